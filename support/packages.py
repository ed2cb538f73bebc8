"""Ends in one line where a Python lacks bz2 or what `make` installs. Comes before NumPy."""

from support.options import one_line_errors

with one_line_errors():
    import bz2  # noqa: F401  zipfile would only miss it when it is to write or read

    import numpy  # noqa: F401
