"""The loss of a non-linear model over one input: no single gradient tells where it is largest."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.figure import Figure

from plots import schematic


def draw(_results_dir: Path) -> Figure:
    axes = schematic.landscape_axes("$x$", "$x_i$")
    steps = schematic.INPUT - schematic.EXAMPLE
    loss = 2.3 - np.sin(steps) - 0.9 * np.sin(1.5 * steps) ** 2 + 0.2 * np.sin(3.3 * steps)
    schematic.landscape(axes, loss)
    return axes.figure


if __name__ == "__main__":
    main(draw)
