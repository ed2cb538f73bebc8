"""Faults, for real: processes that write runs are killed, interrupted, or left without a disk.

Most processes write small runs without TensorFlow, which takes seconds to import; two train. Of the damage
that these tests don't do, tests/test_run_files.py does that to a run's files and tests/test_data.py that to
the data.
"""

import functools
import os
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, assert_one_line_error, bytes_of, finish, start
from synthetic_runs import draw, save

from support import runs
from support.disk import SUMS

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
STRIKE_AT_EVERY_STEP = """
import itertools, os, sys
from pathlib import Path
from synthetic_runs import save
for step in range(1, 1000):
    child = os.fork()
    if not child:
        left = itertools.count(step, -1)
        def strike(event, _):
            if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir") and next(left) == 1:
                if sys.argv[2] == "kill":
                    os._exit(9)
                raise KeyboardInterrupt
        sys.addaudithook(strike)
        try:
            save(Path(sys.argv[1]), seed=step)
        except KeyboardInterrupt:
            os._exit(9)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    print(step, flush=True)
    if sys.stdin.readline() == "" or status == 0:
        sys.exit(status)
"""


def await_line(process: subprocess.Popen, start: str) -> None:
    """Read the command's output up to a line that starts so."""
    for line in process.stdout:
        if line.startswith(start):
            return


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def surviving_seed(results_dir: Path) -> int:
    """The seed of the run that is in place, after a look at all of it."""
    assert names(results_dir) == {"regular"}
    run = runs.load(results_dir / "regular")
    truth = draw(run.config["seed"], 0.0)
    np.testing.assert_array_equal(run.weights, truth.weights)
    np.testing.assert_array_equal(run.labels, truth.labels)
    return run.config["seed"]


# Kills and Ctrl-C


@pytest.mark.parametrize("strike", ["kill", "Ctrl-C"])
def test_a_strike_at_any_step_of_writing_leaves_the_old_run_or_the_new_one(strike, tmp_path):
    """Before each single thing that it does to the file system, on what the last strike left."""
    save(tmp_path, seed=0)
    process = start("-c", STRIKE_AT_EVERY_STEP, tmp_path, strike)
    seeds = [0]
    for line in process.stdout:
        seeds.append(surviving_seed(tmp_path))
        assert seeds[-1] in (seeds[-2], int(line))
        process.stdin.write("next\n")
        process.stdin.flush()
    assert finish(process).returncode == 0, "the last one was struck"
    assert len(seeds) > 10
    assert len(set(seeds)) > 2  # some strikes came after the exchange
    left = names(tmp_path / "regular") - {SUMS, *runs.FILES}
    assert all(name.startswith(".partial-") for name in left)


@pytest.mark.parametrize("strike", [signal.SIGKILL, signal.SIGINT])
def test_a_training_that_is_struck_leaves_the_old_run(strike, tmp_path):
    before = bytes_of(save(tmp_path))
    process = start(*TRAIN, tmp_path, "--epochs", 1000)
    await_line(process, "epoch    1")
    process.send_signal(strike)
    ended = finish(process)
    if strike == signal.SIGINT:
        assert ended.returncode == 130
        assert_one_line_error(ended, "interrupted")
    assert (bytes_of(tmp_path / "regular"), names(tmp_path)) == (before, {"regular"})


# Disks


def test_a_full_disk_leaves_the_old_run(tmp_path):
    """A limit on the size of files, in the middle of adversarial.npz, stands for the full disk."""
    before = bytes_of(save(tmp_path))
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (50_000, 50_000))
    process = finish(start("-c", SAVE, tmp_path, preexec_fn=limit))
    assert_one_line_error(process, "can't write", str(tmp_path), "untouched")
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
