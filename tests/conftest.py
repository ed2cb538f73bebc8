"""What several test files share: commands run as a user runs them, and the one-line errors they must give."""

import functools
import importlib.metadata
import importlib.util
import itertools
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

os.environ["MPLBACKEND"] = "agg"  # pyplot needs no screen
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process on each core is enough
ROOT = Path(__file__).resolve().parents[1]
# A shell that runs the tests in the background lets them, and all that they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def start(*command: object, cwd: Path = ROOT, prefix=(), **environment: str) -> subprocess.Popen:
    """Start Python, with a script or -c or -m, through the command `prefix`."""
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    return subprocess.Popen(
        [*prefix, sys.executable, *map(str, command)],
        cwd=cwd,
        env={**os.environ, **paths, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> subprocess.CompletedProcess:
    stdout, stderr = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def run(*command: object, **how) -> subprocess.CompletedProcess:
    """Start a process, and wait for it."""
    return finish(start(*command, **how))


def call(command, *arguments: object) -> None:
    """Run a command in this process: a `main` function, or a script's path."""
    with mock.patch.object(sys, "argv", [str(command), *map(str, arguments)]):
        command() if callable(command) else runpy.run_path(str(ROOT / command), run_name="__main__")


@functools.cache
def without_network() -> list[str]:
    """A prefix that takes the network from a command, loopback too; empty where that isn't permitted."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True).returncode:
        return []
    return prefix


def strikes(kind: str, write: Callable[[int], object]) -> Iterator[int]:
    """Call write(1), write(2) ... in a process each. The n-th is struck, by "kill" or "Ctrl-C", before
    the n-th single thing that it does to the file system. Gives n after each, until one was too short for it.
    """
    for step in range(1, 200):
        child = os.fork()
        if not child:
            left, code = itertools.count(step, -1), 9

            def strike(event, _, left=left):
                if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir") and next(left) == 1:
                    if kind == "kill":
                        os._exit(9)
                    raise KeyboardInterrupt

            sys.addaudithook(strike)
            try:
                write(step)
                code = 0
            finally:
                os._exit(code)
        status = os.waitpid(child, 0)[1]
        yield step
        if status == 0:
            return
    raise AssertionError("the last one was struck")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_one_line_error(process: subprocess.CompletedProcess, *words: str) -> None:
    """The command failed with one line on stderr that holds the words."""
    assert process.returncode not in (0, -9), process.stdout
    assert process.stderr.count("\n") == 1, process.stderr
    for word in words:
        assert word in process.stderr


@pytest.fixture
def refused(capsys):
    """Run a command in this process that must fail with one line on stderr; gives what it printed before."""

    def refused(code: int, words: list[str], command, *arguments: object) -> str:
        with pytest.raises(SystemExit) as end:
            call(command, *arguments)
        stdout, stderr = capsys.readouterr()
        assert_one_line_error(subprocess.CompletedProcess(command, end.value.code, stdout, stderr), *words)
        assert end.value.code == code
        return stdout

    return refused


@functools.cache
def locked_versions() -> bool:
    """The packages that make results and figures are those of requirements.lock."""
    lock = dict(re.findall(r"(?m)^(\S+)==(\S+)$", (ROOT / "requirements.lock").read_text("utf-8")))
    packages = ("tensorflow", "keras", "numpy", "tensorflow-datasets", "matplotlib", "pillow")
    return all(lock[package] == importlib.metadata.version(package) for package in packages)


@pytest.fixture(scope="session", name="models")
def committed_models():
    """The four runs in results/, which are checked as they are read."""
    from support.runs import load_models

    return load_models()


@functools.cache
def arrays(split: str):
    if importlib.util.find_spec("joblib"):  # then the chapters' tests run, too, and read them but once
        from studies.shared import images

        return images.pair(split)
    import data

    return data.to_arrays(data.binary_mnist(split))


@pytest.fixture(scope="session")
def train_arrays():
    """The training images float32 (12665, 784) and labels (12665,)."""
    return arrays("train")


@pytest.fixture(scope="session")
def test_arrays():
    """The test images float32 (2115, 784) and labels (2115,)."""
    return arrays("test")


@pytest.fixture(scope="session")
def all_of_mnist():
    """TFDS's `mnist`. The first test process that asks for it prepares it, the others wait."""
    import data

    return data.prepared_mnist()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow tests first, so that no core waits for one at the end."""
    items.sort(key=lambda item: not item.get_closest_marker("slow"))
