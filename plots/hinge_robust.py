"""The robust hinge losses as the post published them: the kinks move outwards to ŷ = ∓0.5.

The direction is wrong, see hinge_robust_corrected.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import schematic


def draw(_results_dir: Path) -> Figure:
    axes = schematic.hinge_axes(r"$\hat{y}$")
    kink = 1 - 1.5  # ε‖w‖₁ is 1.5
    schematic.strip(axes, half_width=abs(kink))
    for label, dashes in ((1, "-"), (-1, schematic.DASHES)):
        schematic.hinge(axes, label, kink=1, linewidth=schematic.THIN)
        schematic.hinge(axes, label, kink, linewidth=schematic.THICK, linestyle=dashes)
        axes.text(-3 * label, kink + 3.1, f"$y={label}$", ha="center")
        schematic.arrow(axes, (-label, 2), (label * (kink - 2), 2), mutation_scale=16)
        axes.text(-1.75 * label, 2.15, r"$\epsilon\|w\|_1$", ha="center")
    schematic.box(axes, 0, 3, "Boundary")
    return axes.figure


if __name__ == "__main__":
    main(draw)
