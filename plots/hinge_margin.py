"""The hinge losses of both classes over the logit ŷ, and the margin in which both are positive."""

import sys
from pathlib import Path

from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots import command, schematic


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
    command.main(draw)
