"""Files written whole or not at all, and locks. (tests/test_faults.py kills the writers.)"""

import errno
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from conftest import bytes_of

from support import disk
from support.options import UserError

fcntl = pytest.importorskip("fcntl", reason="no file locks on this system")


def test_arrays_come_back_and_are_the_same_bytes_in_any_order_of_memory(tmp_path):
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.float32(7), "c": np.array([], np.int8)}
    disk.write_arrays(tmp_path / "one.npz", **arrays)
    disk.write_arrays(tmp_path / "two.npz", **{name: array.copy() for name, array in arrays.items()})
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as archive:
        for name, array in arrays.items():
            np.testing.assert_array_equal(archive[name], array, strict=True)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_an_error_while_writing_leaves_what_was_there(tmp_path, error):
    (tmp_path / "a.png").write_text("old")
    expected = pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else UserError)
    with expected as found, disk.replacing(tmp_path / "a.png") as partial:
        partial.write_text("half")
        raise error
    assert bytes_of(tmp_path) == {"a.png": b"old"}
    if expected.expected_exceptions is UserError:
        assert "No space left on device" in str(found.value) and "untouched" in str(found.value)


def hold(folder: Path, name: str, wait: bool, pipe) -> None:
    """In another process: hold it, say so, and let it go when told."""
    try:
        with disk.holding(folder, name, wait=wait):
            pipe.send("held")
            pipe.recv()
    except UserError as error:
        pipe.send(str(error))


@pytest.mark.parametrize("wait", [False, True])
def test_two_that_write_the_same_are_kept_apart_and_others_are_not(tmp_path, wait):
    pipes, context = {}, multiprocessing.get_context("fork")
    for who, name in (("first", "regular"), ("second", "regular"), ("other", "robust_0.1")):
        pipes[who], end = context.Pipe()
        context.Process(target=hold, args=(tmp_path, name, wait, end), daemon=True).start()
        if who == "second" and wait:
            assert not pipes[who].poll(0.1)
        else:
            assert pipes[who].poll(60)
            said = pipes[who].recv()
            assert said == "held" if who != "second" else "another experiment is writing there" in said
    pipes["first"].send("let go")
    if wait:
        assert pipes["second"].poll(60) and pipes["second"].recv() == "held"


def test_where_there_are_no_locks_it_works_as_well(tmp_path, monkeypatch):
    def flock(file, how):
        assert file.writable()  # over NFS, an exclusive lock wants that
        raise OSError(errno.EBADF, "no locks here")

    monkeypatch.setattr(fcntl, "flock", flock)
    with disk.holding(tmp_path, "regular", "robust_0.1") as folder:
        assert folder == tmp_path
