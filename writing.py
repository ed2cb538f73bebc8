"""Files written whole or not at all, the same bytes on every machine, into folders that one process holds."""

import contextlib
import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from command_line import UserError

try:
    import fcntl
except ImportError:  # Windows has no flock: there, nothing keeps two experiments apart
    fcntl = None


@contextlib.contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Say in one line why something can't be written."""
    try:
        yield
    except OSError as error:
        held = isinstance(error, BlockingIOError)
        why = "another experiment is writing there" if held else error.strerror or error
        raise UserError(
            f"can't write {path} ({why}), what was there is untouched: mend that or choose another folder"
        ) from None


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path that is no other writer's, for what is to take the place of `path` if nothing is raised.

    Raises:
        UserError: the disk is full or the folder can't be written; what was there stays.
    """
    with explaining(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as scratch:
            yield Path(scratch, path.name)
            Path(scratch, path.name).replace(path)


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """An .npz file of the same bytes everywhere.

    NumPy's own writer deflates, and the bytes that zlib makes depend on which zlib Python was built with; of
    bzip2 there is only one. To an entry written in parts, Python before 3.11.4 gives another header.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.create_system = 3  # on Windows too
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asanyarray(array), allow_pickle=False)
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_BZIP2)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def holding(folder: Path, wait: bool = False) -> Iterator[Path]:
    """Hold a folder, which is made if need be, for what this process writes.

    Raises:
        UserError: it can't be written, or another process holds it and this one is not to wait.
    """
    with contextlib.ExitStack() as held:
        with explaining(folder):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()  # better refused now than after the training
            if fcntl:
                lock = os.open(folder, os.O_RDONLY)
                held.callback(os.close, lock)
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield folder
