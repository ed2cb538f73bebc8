"""The robust hinge losses max(0, 1 + ε‖w‖₁ - y·ŷ): the kinks move to ŷ = ±2.5, the margin grows.

The twin of hinge_robust.py, which moves the curves the other way.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import schematic


def draw(_results_dir: Path) -> Figure:
    axes = schematic.hinge_axes(r"$\hat{y}$", reach=4, top=5.7)
    kink = 1 + 1.5  # ε‖w‖₁ is 1.5
    schematic.strip(axes, half_width=kink, top=5.7)
    for label, dashes in ((1, "-"), (-1, schematic.DASHES)):
        schematic.hinge(axes, label, kink=1, span=(-4, 4), linewidth=schematic.THIN)
        schematic.hinge(axes, label, kink, span=(-3, 4), linewidth=schematic.THICK, linestyle=dashes)
        axes.text(-3.25 * label, kink + 3.2, f"$y={label}$", ha="center")
        schematic.arrow(axes, (-2 * label, 3), (label * (kink - 3), 3), mutation_scale=16)
        axes.text(-1.5 * label, 3.2, r"$\epsilon\|w\|_1$", ha="center")
    schematic.tick(axes, kink, r"$1+\epsilon\|w\|_1$")
    schematic.box(axes, 0, 4.2, "Soft-margin")
    return axes.figure


if __name__ == "__main__":
    main(draw)
