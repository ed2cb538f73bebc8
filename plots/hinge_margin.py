"""The hinge losses of both classes over the logit ŷ, and the margin in which both are positive."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import schematic


def draw(_results_dir: Path) -> Figure:
    axes = schematic.hinge_axes(r"$\hat{y}$")
    schematic.strip(axes, half_width=1)
    schematic.hinge(axes, label=1, kink=1, linewidth=schematic.THICK)
    schematic.hinge(axes, label=-1, kink=1, linewidth=schematic.THICK, linestyle=schematic.DASHES)
    axes.text(-3, 4.1, "$y=1$", ha="center")
    axes.text(3, 4.1, "$y=-1$", ha="center")
    schematic.box(axes, 0, 3, "Soft-margin")
    return axes.figure


if __name__ == "__main__":
    main(draw)
