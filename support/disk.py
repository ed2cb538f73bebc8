"""Files written whole or not at all, the same bytes on every machine, by one process at a time."""

import contextlib
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import support.packages  # noqa: F401  says what a Python lacks
import numpy as np

from support.options import UserError

try:
    import fcntl
except ImportError:  # Windows has no flock: there, nothing keeps two experiments apart
    fcntl = None

COMPLETE = ".complete"  # in a folder: newer files, on their way to their places
SUMS = "SHA256SUMS"  # in a folder: what `sha256sum -c` checks it against


# Writing


@contextlib.contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Say in one line why something can't be written."""
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise UserError(f"can't write {path} ({why}), what was there stays: choose another folder") from None


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path that is no other writer's, for what is to take the place of `path` if nothing is raised.

    Raises:
        UserError: it can't be written; what was there stays.
    """
    with explaining(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as scratch:
            yield Path(scratch, path.name)
            Path(scratch, path.name).replace(path)


@contextlib.contextmanager
def replacing_together(folder: Path) -> Iterator[Path]:
    """A scratch folder whose files take their places in `folder` together if nothing is raised.

    They go to COMPLETE, which is there whole or not at all, and from there to their places. As `read` looks
    into COMPLETE first, a process killed at any moment leaves all the old files or all the new ones. Raises
    as `replacing` does.
    """
    with replacing(folder / COMPLETE) as partial:
        partial.mkdir()
        yield partial
        settle(folder)  # if the last process was killed before it did so
    settle(folder)


def settle(folder: Path) -> None:
    """Move what is in COMPLETE to its place."""
    if (folder / COMPLETE).exists():
        for path in (folder / COMPLETE).iterdir():
            path.replace(folder / path.name)
        (folder / COMPLETE).rmdir()


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """An .npz file of the same bytes everywhere: of zlib, which NumPy takes, there are many, of bzip2 one."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.create_system = 3  # on Windows too
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asanyarray(array), allow_pickle=False)
            # Whole: to an entry written in parts, Python before 3.11.4 gives another header
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_BZIP2)


def write_sums(folder: Path, paths: Iterable[Path]) -> None:
    """List the SHA-256 sums of files in a folder."""
    lines = [f"{sha256(path.read_bytes())}  {path.relative_to(folder).as_posix()}\n" for path in paths]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Reading


def read(path: Path) -> bytes:
    """The content of a file written by `replacing_together`, be it in its place or on the way there."""
    with contextlib.suppress(FileNotFoundError):
        return (path.parent / COMPLETE / path.name).read_bytes()
    return path.read_bytes()


def read_listed(folder: Path, count: int, repair: str) -> dict[str, bytes]:
    """The contents of the `count` files that a folder's list of sums names, each checked against its sum.

    Raises:
        UserError: a file is missing or differs; the message names it and ends in `repair`.
    """
    path, text = folder / SUMS, b""
    try:
        text = read(path)
        sums = dict(line.split("  ")[::-1] for line in text.decode().splitlines())
        if len(sums) != count:
            raise ValueError
        contents = {}
        for name in sums:
            path = folder / name
            contents[name] = read(path)
            if sha256(contents[name]) != sums[name]:
                raise ValueError
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError):
            if read(folder / SUMS) != text:  # newer files have come meanwhile
                return read_listed(folder, count, repair)
        what = getattr(error, "strerror", None) or f"it is damaged (by its sum in {SUMS})"
        raise UserError(f"{path}: {what}; {repair}") from None
    return contents


# Locks


@contextlib.contextmanager
def holding(folder: Path, *names: str, wait: bool = False) -> Iterator[Path]:
    """Hold what this process is going to write in a folder, which is made if need be.

    Each name has a lock, an empty file beside it that stays. A file system without locks holds nothing.

    Raises:
        UserError: it can't be written, or another process holds it and this one is not to wait.
    """
    with contextlib.ExitStack() as held:
        with explaining(folder):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()  # better refused now than after the training
            # NFS locks for writers only
            locks = {name: held.enter_context((folder / f".{name}.lock").open("w")) for name in names}
        for name in names if fcntl else ():
            try:
                fcntl.flock(locks[name], fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise UserError(f"another experiment writes {folder / name}: choose another folder") from None
            except OSError:  # there are no locks
                pass
        yield folder
