"""There are none: the page has a table."""

from matplotlib.figure import Figure


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {}
