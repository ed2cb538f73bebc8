"""Ends in one line where a Python lacks what `make` installs. Comes before NumPy and matplotlib."""

from support.options import one_line_errors

with one_line_errors():
    import numpy  # noqa: F401
