"""What the reader's machine is set to changes no result, and what it lacks is said in one line."""

import os
import re
import shutil
import stat
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, assert_one_line_error, finish, run, start

import data
from support.disk import read_listed
from support.options import RESULTS
from support.runs import load

ONE_EPOCH = ("--epochs", 1, "--graph", "--results-dir")
REGULAR = ("experiment_regular.py", *ONE_EPOCH)
ROBUST = ("experiment_robust.py", "--epsilons", 0.1, *ONE_EPOCH)
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


def as_committed(run_folder: Path) -> bool:
    """Whether the run has the committed one's weights at the start and after an epoch."""
    there = load(RESULTS / run_folder.name).trajectory["weights"]
    return np.array_equal(load(run_folder).trajectory["weights"], there[:2])


@pytest.fixture
def foreign(tmp_path) -> Path:
    """A folder with modules that have the names of ours."""
    folder = tmp_path / "foreign"
    (folder / "support").mkdir(parents=True)
    for name in ("data", "training", "adversarial", "compare", "support/__init__"):
        (folder / f"{name}.py").write_text("raise SystemError('another module')")
    return folder


@pytest.mark.slow
def test_no_setting_of_the_readers_changes_a_training(tmp_path, foreign):
    """Most of these, alone, ended in an error or in other numbers."""
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(KERAS)
    process = run(*REGULAR, tmp_path, **HOSTILE, HOME=str(tmp_path), PYTHONPATH=str(foreign))
    assert (process.returncode, process.stderr) == (0, "")
    assert as_committed(tmp_path / "regular")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="no POSIX shell")
def test_closed_streams_change_nothing(tmp_path):
    """Nor does what is written to them land in a file that was opened in their place."""
    (tmp_path / "keras.json").write_text(KERAS)
    command = ["sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh", sys.executable, *map(str, ROBUST), tmp_path]
    environment = {**os.environ, **HOSTILE, "KERAS_HOME": str(tmp_path)}
    assert subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
    assert as_committed(tmp_path / "robust_0.1")


def test_the_table_is_the_same_whatever_is_set(foreign):
    expected, found = run("compare.py"), run("compare.py", **HOSTILE, PYTHONPATH=str(foreign))
    assert (expected.returncode, expected.stderr, found.returncode, found.stderr) == (0, "", 0, "")
    assert found.stdout == expected.stdout.replace("ε", r"\u03b5")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_that_cannot_be_written_is_one_line():
    command = ["sh", "-c", '"$@" > /dev/full', "sh", sys.executable, ROOT / "compare.py"]
    environment = {**os.environ, "PYTHONUNBUFFERED": ""}
    process = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert_one_line_error(process, "error: No space left on device")


# What the machine lacks


@pytest.mark.parametrize("script", ["compare.py", "experiment_regular.py"])
def test_a_python_without_bzip2_gets_a_sentence(script, tmp_path):
    (tmp_path / "bz2.py").write_text("import _no_such_bz2")
    (tmp_path / "_no_such_bz2.py").write_text("raise ModuleNotFoundError(name='_bz2')")
    assert_one_line_error(run(script, PYTHONPATH=str(tmp_path)), "this Python was built without bz2")


def test_a_processor_that_tensorflow_cannot_use_gets_a_sentence():
    old = "import pathlib, platform; platform.machine = lambda: 'x86_64'\n"
    old += "pathlib.Path.exists = lambda *_: True; pathlib.Path.read_text = lambda *_: 'flags : sse sse2'\n"
    process = finish(start("-c", old + "import experiment_regular"))
    assert_one_line_error(process, "needs a processor with AVX")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        ("KeyboardInterrupt", 130, "interrupted"),
        ("ModuleNotFoundError(name='keras')", 1, "no keras here: `make test-environment`"),
    ],
)
def test_what_goes_wrong_while_tensorflow_is_imported_is_one_line(error, code, said, tmp_path):
    (tmp_path / "keras.py").write_text(f"raise {error}")
    process = run("experiment_regular.py", PYTHONPATH=str(tmp_path))
    assert process.returncode == code
    assert_one_line_error(process, said)


# What comes before


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no Git repository")
def test_git_checks_out_what_was_committed_with_line_ends_of_windows_too(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", ROOT, clone], check=True)
    listed = subprocess.run(["git", "ls-files", "--eol"], cwd=clone, capture_output=True, text=True).stdout
    ends = re.findall(r"(?m)^i/(\S*) +w/(\S*)", listed)
    assert len(ends) > 100
    assert [pair for pair in ends if pair[0] != pair[1]] == []
    for folder in ("zero_one", "original"):
        read_listed(clone / "mnist" / folder, data.FILES, "")


def environment(folder: Path, python: object, **settings: str) -> subprocess.CompletedProcess:
    command = ["sh", "environment.sh", python, "requirements.txt"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **settings})


@pytest.fixture
def project(tmp_path) -> Path:
    """A folder that is set up in no time."""
    shutil.copy(ROOT / "environment.sh", tmp_path)
    (tmp_path / "studies").mkdir()
    for name in ("requirements.txt", "studies/requirements.txt", "requirements.lock"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="no POSIX shell")
def test_an_environment_is_made_whatever_pip_is_told_and_made_again_without_its_python(project):
    told = {
        "PIP_USER": "1",
        "PIP_TARGET": "elsewhere",
        "PIP_CONSTRAINT": "nowhere",
        "PIP_REQUIRE_VIRTUALENV": "1",
    }
    told |= {"PYTHONPATH": "nowhere", "PYTHONOPTIMIZE": "2"}
    for said in (True, False):
        process = environment(project, sys.executable, **told)
        assert (process.returncode, bool(process.stdout)) == (0, said), process.stderr
    (project / ".venv" / "bin" / "python").unlink()
    assert environment(project, sys.executable).returncode == 0
    assert subprocess.run([project / ".venv" / "bin" / "python", "-c", ""]).returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="no POSIX shell")
def test_a_python_built_without_a_library_makes_no_environment(project):
    python = project / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *bz2*) exit 1;; esac\nexec "{sys.executable}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    assert_one_line_error(environment(project, python), "was built without bz2", "libbz2-dev")
