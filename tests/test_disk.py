"""Files written whole or not at all, the same bytes everywhere. (tests/test_faults.py kills the writers.)"""

import bz2
import struct
import zlib

import numpy as np
import pytest
from conftest import ROOT, bytes_of

from support.disk import replacing
from support.options import UserError

RESULTS = ROOT / "results"


def zip_file(entries: dict[str, bytes]) -> bytes:
    """A zip file as PKWARE's APPNOTE 6.3.10 prescribes it (4.3.7, 4.3.12, 4.3.16), with bzip2 (method 12).

    Nothing in it depends on who writes it: midnight of 1 January 1980, made by Unix, no extra fields.
    """
    body, directory = b"", b""
    for name, content in entries.items():
        packed = bz2.compress(content)
        midnight, first_of_january_1980 = 0, 1 << 5 | 1
        common = struct.pack("<HHHHH", 46, 0, 12, midnight, first_of_january_1980)  # 4.6 is needed for bzip2
        common += struct.pack("<IIIHH", zlib.crc32(content), len(packed), len(content), len(name), 0)
        owner_may_read_and_write = 0o600 << 16
        tail = struct.pack("<HHHII", 0, 0, 0, owner_may_read_and_write, len(body))
        directory += b"PK\1\2" + bytes([46, 3]) + common + tail + name.encode()
        body += b"PK\3\4" + common + name.encode() + packed
    count = len(entries)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end


@pytest.mark.parametrize(
    "path", sorted(RESULTS.glob("r*/*.npz")), ids=lambda path: str(path.relative_to(RESULTS))
)
def test_the_committed_arrays_are_what_the_zip_format_prescribes(path):
    """To the byte: no Python and no platform may write another file; NumPy's part is its format 1.0."""
    entries = {}
    with np.load(path) as archive:
        for name, array in archive.items():
            order = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
            text = "{" + "".join(f"'{key}': {value!r}, " for key, value in order.items()) + "}"
            head = text.ljust(-(len(text) + 11) % 64 + len(text)) + "\n"
            length = struct.pack("<H", len(head))
            entries[f"{name}.npy"] = b"\x93NUMPY\1\0" + length + head.encode() + array.tobytes()
    assert path.read_bytes() == zip_file(entries)


def test_an_error_while_writing_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.png"

    def replace(content: str, error: BaseException | None = None) -> None:
        with replacing(path) as partial:
            partial.write_text(content)
            if error:
                raise error

    replace("old")
    with pytest.raises(UserError, match=r"can't write .*No space left.*untouched"):
        replace("half", OSError(28, "No space left on device"))
    with pytest.raises(KeyboardInterrupt):
        replace("half", KeyboardInterrupt())
    assert bytes_of(tmp_path) == {"a.png": b"old"}
    replace("new")
    assert bytes_of(tmp_path) == {"a.png": b"new"}
