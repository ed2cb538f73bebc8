"""Faults, for real: processes that write runs are killed, interrupted, or left without a disk."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, assert_one_line_error, bytes_of, finish, start, strikes
from synthetic_runs import draw, save

from support.disk import SUMS
from support.options import UserError
from support.runs import FILES, load

resource = pytest.importorskip("resource", reason="not a POSIX system")
pytestmark = pytest.mark.slow
TRAIN = (ROOT / "experiment_regular.py", "--graph", "--results-dir")
SAVE = """
import sys
from pathlib import Path
from support.options import one_line_errors
from synthetic_runs import save
with one_line_errors():
    save(Path(sys.argv[1]), seed=1)
"""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def surviving_seed(results_dir: Path) -> int:
    """The seed of the run that is in place, after a look at all of it."""
    assert names(results_dir) == {"regular"}
    run = load(results_dir / "regular")
    truth = draw(run.config["seed"], 0.0)
    np.testing.assert_array_equal(run.weights, truth.weights)
    np.testing.assert_array_equal(run.labels, truth.labels)
    return run.config["seed"]


# Kills and Ctrl-C


@pytest.mark.parametrize("kind", ["kill", "Ctrl-C"])
def test_a_strike_at_any_step_of_writing_leaves_the_old_run_or_the_new_one(kind, tmp_path):
    """Before each single thing that it does to the file system, on what the last strike left."""
    save(tmp_path, seed=0)
    seeds = [0]
    for step in strikes(kind, lambda step: save(tmp_path, seed=step)):
        seeds.append(surviving_seed(tmp_path))
        assert seeds[-1] in (seeds[-2], step)
    assert len(seeds) > 10
    assert len(set(seeds)) > 2  # some strikes came after the exchange
    left = names(tmp_path / "regular") - {SUMS, *FILES}
    assert all(name.startswith(".partial-") for name in left)


def test_a_training_that_is_interrupted_leaves_the_old_run(tmp_path):
    before = bytes_of(save(tmp_path))
    process = start(*TRAIN, tmp_path, "--epochs", 1000)
    next(line for line in process.stdout if line.startswith("epoch    1"))
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.returncode == 130
    assert_one_line_error(ended, "interrupted")
    assert (bytes_of(tmp_path / "regular"), names(tmp_path)) == (before, {"regular"})


# Disks


def test_a_full_disk_leaves_the_old_run(tmp_path):
    """A limit on the size of files, in the middle of adversarial.npz, stands for the full disk."""
    before = bytes_of(save(tmp_path))
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(UserError, match=f"can't write {tmp_path}.*untouched"):
            save(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (bytes_of(tmp_path / "regular"), names(tmp_path)) == (before, {"regular"})


def test_a_read_only_results_folder_is_refused(tmp_path):
    root = os.geteuid() == 0
    prefix = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if root else []
    if prefix and (not shutil.which("setpriv") or subprocess.run([*prefix, "true"]).returncode):
        pytest.skip("root can't be kept from writing everywhere: no setpriv")
    before = bytes_of(save(tmp_path))
    tmp_path.chmod(0o555)
    try:
        process = finish(start("-c", SAVE, tmp_path, prefix=prefix))
    finally:
        tmp_path.chmod(0o755)
    assert_one_line_error(process, str(tmp_path), "Permission denied", "untouched", "choose another folder")
    assert (bytes_of(tmp_path / "regular"), names(tmp_path)) == (before, {"regular"})
