"""The loss of a linear model over one input, where the hinge is active: a straight line of slope -y w_i."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import schematic


def draw(_results_dir: Path) -> Figure:
    axes = schematic.landscape_axes("$x$", "$x_i$")
    loss = 3.5 - 0.4 * schematic.INPUT
    schematic.landscape(axes, loss, path_effects=schematic.HALO)
    axes.text(0.5, 2.9, "$w_i>0$\n$y=1$", va="top", linespacing=1.5)
    schematic.box(axes, 5, 3.65, r"$\dfrac{\partial L}{\partial x_i}=-yw_i$")
    return axes.figure


if __name__ == "__main__":
    main(draw)
