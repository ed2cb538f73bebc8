"""Locks. (tests/test_faults.py kills the writers, tests/test_runs.py damages what was written.)"""

import errno
import multiprocessing
from pathlib import Path

import pytest

from support import disk
from support.options import UserError

fcntl = pytest.importorskip("fcntl", reason="no file locks on this system")


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
            assert said == "held" if who != "second" else "another experiment writes" in said
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
