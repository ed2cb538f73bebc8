"""Faults, for real: each test starts the actual command in a process of its own and strikes it from outside.

A kill or Ctrl-C is aimed at what the command shows of itself, not at the clock: it comes a drawn time after
the results folder appears (TensorFlow is being imported then), after the first epoch's line, or after the
folder in which the new run is put together (its files are being written). Of the damage that these tests
don't do, tests/test_run_files.py does that to a run's files and tests/test_data.py that to the bundled data.
"""

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, assert_one_line_error, run
from test_run_files import contents, save

import run_files
from command_line import one_line_errors

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals, limits and file locks"),
]
REGULAR = (ROOT / "experiment_regular.py", "--graph", "--epochs", 1, "--results-dir")
KILLS = 20


def start(*command: object, prefix: Sequence[str] = (), **options) -> subprocess.Popen:
    """Start a command with the Python of the tests, through the command `prefix`; output is captured."""
    return subprocess.Popen(
        [*prefix, sys.executable, *map(str, command)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def finish(process: subprocess.Popen) -> subprocess.CompletedProcess:
    stdout, stderr = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def await_line(process: subprocess.Popen, start: str) -> None:
    """Read the command's output up to a line that starts so."""
    for line in process.stdout:
        if line.startswith(start):
            return


def await_path(process: subprocess.Popen, path: Path) -> None:
    """Wait until a path exists or the command ends."""
    while not path.exists() and process.poll() is None:
        time.sleep(0.0005)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_whole(folder: Path, seed: int) -> None:
    """A run from one training with that seed: by the project's reader and by its own list of sums."""
    assert run_files.load(folder).config["seed"] == seed
    place = run_files.in_place(folder)
    metrics = json.loads((place / "metrics.json").read_text())
    sums = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in place.glob("*.npz")}
    assert sums == metrics["sha256"]
    assert len(sums) == 4


def assert_old_or_new(folder: Path, before: dict[str, bytes], seed: int) -> bool:
    """The run before, byte by byte, or the whole new one; tells whether it is the new one."""
    place = run_files.in_place(folder)
    if bytes_of(place) == before:
        return False
    assert_whole(folder, seed)
    return True


def names(results_dir: Path) -> list[str]:
    return sorted(path.name for path in results_dir.iterdir())


LEFTOVERS = {".regular.partial", ".regular.previous", ".probe.partial", "regular"}


# kill -9


def kill_trainings(results_dir: Path, kills: int, seed: int) -> None:
    """Train, then kill that many trainings over the same run, and let a last one pass."""
    draw = random.Random(seed)
    process = finish(start(*REGULAR, results_dir))
    assert process.returncode == 0, process.stderr
    phases = dict(part.rsplit(" ", 1) for part in process.stdout.split("seconds: ")[1].strip().split(", "))
    folder = results_dir / "regular"
    before = bytes_of(folder)
    for kill in range(kills):
        process = start(*REGULAR, results_dir, "--seed", 100 + kill)
        if kill % 3:  # anywhere from the start to the attack
            time.sleep(draw.uniform(0, float(phases["total"]) - float(phases["files"])))
        else:  # anywhere in the writing of the files
            await_path(process, run_files.partial(folder))
            time.sleep(draw.uniform(0, 0.1 + float(phases["files"])))
        process.kill()
        finish(process)
        assert set(names(results_dir)) <= LEFTOVERS
        if assert_old_or_new(folder, before, 100 + kill):
            before = bytes_of(run_files.in_place(folder))
    process = finish(start(*REGULAR, results_dir, "--seed", 99))
    assert process.returncode == 0, process.stderr
    assert_whole(folder, 99)
    assert names(results_dir) == ["regular"]


def test_killed_trainings_leave_the_old_run_or_the_new_one(tmp_path):
    """Twenty real trainings, twelve killed at any moment before the files and eight while writing them.

    Two at a time, each in a results folder of its own, where the next training starts on what the kill left.
    """
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(kill_trainings, [tmp_path / "a", tmp_path / "b"], [KILLS // 2] * 2, [1, 2]))


SAVE_FOREVER = """
import itertools, sys
from pathlib import Path
sys.path.insert(0, "tests")
from test_run_files import save
print("ready", flush=True)
for seed in itertools.count(int(sys.argv[2])):
    save(Path(sys.argv[1]), seed)
"""


def test_killed_writers_leave_the_old_run_or_the_new_one(tmp_path):
    """Twenty more kills in nothing but the writing: small runs replace one another without TensorFlow."""
    draw = random.Random(3)
    folder = save(tmp_path, seed=0)
    for kill in range(KILLS):
        process = start("-c", SAVE_FOREVER, tmp_path, 1000 * kill)
        await_line(process, "ready")
        time.sleep(draw.uniform(0, 0.15))
        process.kill()
        finish(process)
        assert set(names(tmp_path)) <= LEFTOVERS
        run = run_files.load(folder)
        assert_whole(folder, run.config["seed"])
        expected = contents(run.config["seed"], 0.0)
        np.testing.assert_array_equal(run.logits, expected["attack"]["logits"])
        np.testing.assert_array_equal(run_files.load_history(folder)["weights"], expected["weights"])
        np.testing.assert_array_equal(run_files.load_gradients(folder), expected["gradients"])
        with run_files.writing(tmp_path):
            assert names(tmp_path) == ["regular"]
        assert_whole(folder, run.config["seed"])


# Ctrl-C


def interrupt(process: subprocess.Popen) -> subprocess.CompletedProcess:
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert ended.returncode == 130, ended.stderr
    assert_one_line_error(ended, "interrupted")
    return ended


def test_interrupted_imports(tmp_path):
    """At moments drawn from about two seconds after the options are read; importing takes three."""
    draw = random.Random(4)
    for strike in range(6):
        process = start(*REGULAR, tmp_path / str(strike))
        await_path(process, tmp_path / str(strike))
        time.sleep(draw.uniform(0.05, 2))
        interrupt(process)
        assert names(tmp_path / str(strike)) == []


def test_an_interrupt_that_a_c_module_makes_an_import_error(capsys):
    """What pybind11 modules of TensorFlow do, at moments too short to aim at."""
    with pytest.raises(SystemExit) as end, one_line_errors():
        try:
            raise ImportError("initialization failed") from KeyboardInterrupt()
        except ImportError as error:
            raise ImportError("can't import tensorflow") from error
    assert end.value.code == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_interrupted_training(tmp_path):
    before = bytes_of(save(tmp_path))
    process = start(*REGULAR, tmp_path, "--epochs", 1000)
    await_line(process, "epoch    1")
    interrupt(process)
    assert bytes_of(tmp_path / "regular") == before
    assert names(tmp_path) == ["regular"]


def test_interrupted_saving(tmp_path):
    before = bytes_of(save(tmp_path))
    process = start(*REGULAR, tmp_path)
    await_path(process, run_files.partial(tmp_path / "regular"))
    interrupt(process)
    assert bytes_of(tmp_path / "regular") == before
    assert names(tmp_path) == ["regular"]


# Disks


def test_a_full_disk_leaves_the_old_run(tmp_path):
    """Room for the old run and a part of the new one, whose adversarial.npz alone takes 1 MB.

    A small file system where this process may mount one, elsewhere a limit on the size of files.
    """
    mount = ["mount", "-t", "tmpfs", "-o", "size=400000", "none", str(tmp_path)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    limit = None if mounted else limit_files
    try:
        before = bytes_of(save(tmp_path))
        process = finish(start(*REGULAR, tmp_path, preexec_fn=limit))
        assert_one_line_error(process, str(tmp_path), "untouched", "--results-dir")
        assert "epoch 1" in process.stdout
        assert bytes_of(tmp_path / "regular") == before
        assert names(tmp_path) == ["regular"]
    finally:
        if mounted:
            subprocess.run(["umount", str(tmp_path)], check=True)


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_a_read_only_results_folder_is_refused_at_once(tmp_path):
    prefix = (
        ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if not os.geteuid() else []
    )
    if prefix and (not shutil.which("setpriv") or subprocess.run([*prefix, "true"]).returncode):
        pytest.skip("root can't be kept from writing everywhere: no setpriv")
    before = bytes_of(save(tmp_path))
    tmp_path.chmod(0o555)
    try:
        process = finish(start(*REGULAR, tmp_path, prefix=prefix))
    finally:
        tmp_path.chmod(0o755)
    assert_one_line_error(process, str(tmp_path), "Permission denied", "untouched", "--results-dir")
    assert process.stdout == ""
    assert bytes_of(tmp_path / "regular") == before
    assert names(tmp_path) == ["regular"]


# Two at once


def test_of_two_trainings_started_at_once_one_is_refused(tmp_path):
    pytest.importorskip("fcntl", reason="no file locks on this system")
    started = [start(*REGULAR, tmp_path, "--seed", seed) for seed in (1, 2)]
    ended = [finish(process) for process in started]
    assert sorted(process.returncode for process in ended) == [0, 1]
    winner = 1 if ended[0].returncode == 0 else 2
    assert_one_line_error(ended[2 - winner], str(tmp_path), "another experiment", "--results-dir")
    assert ended[2 - winner].stdout == ""
    assert_whole(tmp_path / "regular", winner)
    assert names(tmp_path) == ["regular"]


# Damaged data


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """The scripts and the data, without results and environment."""
    copy = tmp_path_factory.mktemp("a checkout")
    for script in ROOT.glob("*.py"):
        shutil.copy(script, copy)
    shutil.copytree(ROOT / "mnist_zero_one", copy / "mnist_zero_one")
    return copy


@pytest.mark.parametrize("part", ["train", "test"])
def test_damaged_data_stop_the_command_before_training(checkout, part):
    """One bit of one of the images."""
    (path,) = checkout.glob(f"mnist_zero_one/*/*-{part}.tfrecord*")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    try:
        process = run(checkout / "experiment_regular.py", "--graph", "--epochs", 1)
    finally:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert_one_line_error(process, str(path), "damaged", "git checkout")
    assert process.stdout == ""
    assert names(checkout / "results") == []


# No network


@pytest.fixture(scope="module")
def offline() -> list[str]:
    """A command that runs another in a namespace without any network, not even the machine's own loopback."""
    prefix = ["unshare", "--map-root-user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not permitted here")
    code = "import socket; socket.create_connection(('1.1.1.1', 443), timeout=5)"
    assert "unreachable" in finish(start("-c", code, prefix=prefix)).stderr
    return prefix


def test_both_experiments_need_no_network(offline, tmp_path):
    robust = (ROOT / "experiment_robust.py", "--epsilons", 0.1, *REGULAR[1:])
    started = [
        start(*command, tmp_path / str(number), prefix=offline)
        for number, command in enumerate((REGULAR, robust))
    ]
    for process in map(finish, started):
        assert process.returncode == 0, process.stderr
    assert_whole(tmp_path / "0" / "regular", 1)
    assert_whole(tmp_path / "1" / "robust_0.1", 1)


def test_the_tests_need_no_network(offline):
    """Those of training and attack, as far as they are quick."""
    files = [ROOT / "tests" / f"test_{name}.py" for name in ("training", "adversarial")]
    process = finish(start("-m", "pytest", "-m", "not slow", *files, prefix=offline))
    assert process.returncode == 0, process.stdout
