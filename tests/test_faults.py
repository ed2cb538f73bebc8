"""Faults, for real: those who write runs are killed, interrupted, or left without a disk or locks."""

import errno
import os
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import assert_one_line_error, bytes_of, finish, run, start, strikes
from synthetic_runs import contents, save

from support.disk import SUMS
from support.options import UserError
from support.runs import FILES, load

resource = pytest.importorskip("resource", reason="not a POSIX system")
SAVE = """
import sys, support.options, synthetic_runs
with support.options.one_line_errors():
    synthetic_runs.save(synthetic_runs.Path(sys.argv[1]))
"""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


@pytest.fixture
def before(tmp_path):
    """A run in tmp_path that must still be there in the end, and nothing else."""
    before = bytes_of(save(tmp_path))
    yield
    assert (bytes_of(tmp_path / "regular"), names(tmp_path)) == (before, {"regular"})


# Kills and Ctrl-C


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kill", "Ctrl-C"])
def test_a_strike_at_any_step_of_writing_leaves_the_old_run_or_the_new_one(kind, tmp_path):
    """Before each single thing that it does to the file system, on what the last strike left."""
    save(tmp_path, seed=0)
    seeds = [0]
    for step in strikes(kind, lambda step: save(tmp_path, seed=step)):
        assert names(tmp_path) == {"regular"}
        run = load(tmp_path / "regular")  # all of it
        seeds.append(run.config["seed"])
        assert seeds[-1] in (seeds[-2], step)
        np.testing.assert_array_equal(run.weights, contents(seeds[-1], 0.0)["trajectory"]["weights"][-1])
    assert len(seeds) > 10
    assert len(set(seeds)) > 2  # some strikes came after the exchange
    left = names(tmp_path / "regular") - {SUMS, *FILES}
    assert all(name.startswith(".partial-") for name in left)


@pytest.mark.slow
def test_a_training_that_is_interrupted_leaves_the_old_run(tmp_path, before):
    process = start("experiment_regular.py", "--graph", "--results-dir", tmp_path, "--epochs", 1000)
    next(line for line in process.stdout if line.startswith("epoch    1"))
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.returncode == 130
    assert_one_line_error(ended, "interrupted")


# Disks


def test_a_full_disk_leaves_the_old_run(tmp_path, before):
    """A limit on the size of files, in the middle of adversarial.npz, stands for the full disk."""
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(UserError, match=f"can't write {tmp_path}.*what was there stays"):
            save(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_read_only_results_folder_is_refused(tmp_path, before):
    root = os.geteuid() == 0
    prefix = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if root else []
    if prefix and (not shutil.which("setpriv") or subprocess.run([*prefix, "true"]).returncode):
        pytest.skip("root can't be kept from writing everywhere: no setpriv")
    tmp_path.chmod(0o555)
    try:
        process = run("-c", SAVE, tmp_path, prefix=prefix)
    finally:
        tmp_path.chmod(0o755)
    assert_one_line_error(process, str(tmp_path), "Permission denied", "choose another folder")


def test_where_there_are_no_locks_it_works_as_well(tmp_path, monkeypatch):
    def flock(file, how):
        assert file.writable()  # over NFS, an exclusive lock wants that
        raise OSError(errno.EBADF, "no locks here")

    monkeypatch.setattr("fcntl.flock", flock)
    assert load(save(tmp_path)).epsilon == 0
