"""How tables and figures write numbers, and tables in Markdown."""

import math


def truncated(accuracy: float) -> str:
    """A fraction in %, cut after two decimals as the post's are (which its test accuracies show)."""
    return f"{math.floor(1e4 * accuracy + 1e-6) / 100:.2f}"  # 8 % may come as 0.0799999999


def markdown(head: tuple[str, ...], rows: list[tuple]) -> str:
    """A table whose columns are as wide as they have to be, numbers to the right."""
    rows = [tuple(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [[head[0].ljust(widths[0]), *map(str.rjust, head[1:], widths[1:])]]
    lines += [["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]]
    lines += [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
