"""What several test files share: commands run as a user runs them, and the one-line errors they must give."""

import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
settings.register_profile("untimed", deadline=None)  # no test fails because the machine is busy
settings.load_profile("untimed")


def run(*arguments: object, cwd: Path = ROOT, timeout: float = 300, **environment: str):
    """Run a Python script of the project in a process of its own; output is captured as text."""
    script, *options = arguments
    return subprocess.run(
        [sys.executable, str(ROOT / script), *map(str, options)],
        cwd=cwd,
        timeout=timeout,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def assert_one_line_error(process: subprocess.CompletedProcess, *words: str) -> None:
    """The command failed with one line on stderr that holds the words."""
    assert process.returncode not in (0, -9), process.stdout
    assert process.stderr.count("\n") == 1, process.stderr
    assert "Traceback" not in process.stderr
    for word in words:
        assert word in process.stderr


@pytest.fixture(scope="session")
def test_arrays():
    """The test images (2115, 784) and labels (2115,)."""
    import data

    return data.to_arrays(data.binary_mnist("test"))


@pytest.fixture(scope="session")
def committed(tmp_path_factory) -> Path:
    """The project as committed, for what is checked letter for letter; the working tree where git can't tell.

    A reader's own `make` may move the last bits of the results in the working tree: another processor rounds
    differently.
    """
    process = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True)
    if process.returncode:
        return ROOT
    folder = tmp_path_factory.mktemp("committed")
    with tarfile.open(fileobj=BytesIO(process.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder
