"""What the reader's machine is set to changes no result, and what it lacks is said in one line."""

import os
import shutil
import stat
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, assert_one_line_error, run

import compare
import data
from support.disk import read_listed
from support.options import RESULTS
from support.runs import load

POSIX = pytest.mark.skipif(os.name != "posix", reason="no POSIX shell")
KERAS = '{"floatx": "float99", "epsilon": 0.5, "backend": "jax", "image_data_format": "channels_first"}'
HOSTILE = {
    "KERAS_BACKEND": "jax",
    "KERAS_NNX_ENABLED": "1",
    "PYTHONIOENCODING": "ascii",
    # TensorFlow 2.20 itself can't be imported without docstrings
    "PYTHONOPTIMIZE": "1" if version("tensorflow").startswith("2.20.") else "2",
    "PYTHONSAFEPATH": "1",
    "TF2_BEHAVIOR": "0",
    "TF_USE_LEGACY_KERAS": "1",
    "TF_XLA_FLAGS": "--nonsense",
    "XLA_FLAGS": "--nonsense",
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
}


@pytest.fixture
def hostile(tmp_path) -> dict[str, str]:
    """An environment of which most entries, alone, ended in an error or in other numbers.

    With a keras.json in the home, and a folder with modules that have the names of ours.
    """
    (tmp_path / "home" / ".keras").mkdir(parents=True)
    (tmp_path / "home" / ".keras" / "keras.json").write_text(KERAS)
    (tmp_path / "foreign" / "support").mkdir(parents=True)
    for name in ("data", "training", "adversarial", "compare", "support/__init__"):
        (tmp_path / "foreign" / f"{name}.py").write_text("raise SystemError('another module')")
    return HOSTILE | {"HOME": f"{tmp_path}/home", "PYTHONPATH": f"{tmp_path}/foreign"}


@pytest.mark.slow
def test_no_setting_of_the_readers_changes_a_training_nor_do_closed_streams(hostile, tmp_path):
    """Its start and its first epoch. Nor is what is printed in a file that was opened in a stream's place."""
    closed = ["sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh"] if os.name == "posix" else []
    options = ["--epsilons", 0.1, "--epochs", 1, "--graph", "--results-dir", tmp_path / "runs"]
    assert run("experiment_robust.py", *options, prefix=closed, **hostile).returncode == 0
    found, committed = (load(folder / "robust_0.1").trajectory for folder in (tmp_path / "runs", RESULTS))
    np.testing.assert_array_equal(found["weights"], committed["weights"][:2])


def test_the_table_is_the_same_whatever_is_set(hostile, models):
    found = run("compare.py", **hostile)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith(compare.accuracy_table(models).replace("ε", r"\u03b5"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_that_cannot_be_written_is_one_line():
    process = run("compare.py", prefix=["sh", "-c", '"$@" > /dev/full', "sh"], PYTHONUNBUFFERED="")
    assert_one_line_error(process, "error: ", "No space left on device")


# What the machine lacks


@pytest.mark.parametrize(
    ("module", "code", "command", "said"),
    [
        ("bz2", "raise ModuleNotFoundError(name='_bz2')", ["compare.py"], "built without bz2"),
        ("keras", "raise KeyboardInterrupt", ["experiment_regular.py"], "interrupted"),
        ("keras", "import keras_", ["experiment_regular.py"], "no keras_ here: `make test-environment`"),
        ("matplotlib", "import plt_", ["plots"], "no plt_ here: `make test-environment`"),
        ("numpy", "import numpy_", ["adversarial.py"], "no numpy_ here: `make test-environment`"),
        ("numpy", "import numpy_", ["plots/margins.py"], "no numpy_ here: `make test-environment`"),
    ],
)
def test_what_is_missing_when_it_is_imported_is_one_line(module, code, command, said, tmp_path):
    (tmp_path / f"{module}.py").write_text(code)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    assert_one_line_error(run(*command, PYTHONPATH=path), said)


# What comes before


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no Git repository")
def test_git_checks_out_what_was_committed_with_line_ends_of_windows_too(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", ROOT, clone], check=True)
    assert b"\r" not in (clone / "environment.sh").read_bytes()
    assert load(clone / "results" / "regular").epsilon == 0
    for folder in ("zero_one", "original"):
        read_listed(clone / "mnist" / folder, data.FILES, "")


def environment(folder: Path, python: object, **settings: str) -> subprocess.CompletedProcess:
    command = ["sh", "environment.sh", python, "requirements.txt"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **settings})


@pytest.fixture
def project(tmp_path) -> Path:
    """A folder that is set up in no time, and whose environment has lost its Python."""
    shutil.copy(ROOT / "environment.sh", tmp_path)
    for folder in (tmp_path / "studies", tmp_path / ".venv" / "bin"):
        folder.mkdir(parents=True)
    for name in ("requirements.txt", "studies/requirements.txt", "requirements.lock"):
        (tmp_path / name).write_text("")
    (tmp_path / ".venv" / "requirements.txt.installed").write_text("\n")
    (tmp_path / ".venv" / "bin" / "python").symlink_to("no/such/python")
    return tmp_path


@pytest.mark.slow
@POSIX
def test_an_environment_is_made_once_whatever_pip_is_told(project):
    told = {"PIP_USER": "1", "PIP_TARGET": "elsewhere", "PIP_CONSTRAINT": "nowhere"}
    told |= {"PIP_REQUIRE_VIRTUALENV": "1", "PYTHONPATH": "nowhere", "PYTHONOPTIMIZE": "2"}
    for said in (True, False):
        process = environment(project, sys.executable, **told)
        assert (process.returncode, bool(process.stdout)) == (0, said), process.stderr
    assert subprocess.run([project / ".venv" / "bin" / "python", "-c", ""]).returncode == 0


@POSIX
def test_a_python_built_without_a_library_makes_no_environment(project):
    python = project / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *bz2*) exit 1;; esac\nexec "{sys.executable}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    assert_one_line_error(environment(project, python), "was built without bz2", "libbz2-dev")
