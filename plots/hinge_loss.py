"""The hinge loss over y·ŷ: zero from 1 on, growing linearly below."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import schematic, style


def draw(_results_dir: Path) -> Figure:
    axes = schematic.hinge_axes(r"$y\cdot\hat{y}$")
    schematic.hinge(axes, label=1, kink=1, linewidth=schematic.THICK)
    axes.fill_between([-3, 1], [4, 0], color=style.PALE_GREY, linewidth=0, zorder=0)
    schematic.box(axes, -1.75, 1, r"$\max(0, 1 - y\cdot\hat{y})$")
    return axes.figure


if __name__ == "__main__":
    main(draw)
