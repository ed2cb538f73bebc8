"""The robust loss over one input as the post published it: ε takes from the slope over the input.

The derivative is the wrong one, see landscape_robust_corrected.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import schematic, style


def draw(_results_dir: Path) -> Figure:
    axes = schematic.landscape_axes("$x$", "$x_i$")
    loss = 3.5 - 0.4 * schematic.INPUT
    robust_loss = 2.9 - 0.2 * schematic.INPUT
    axes.plot(schematic.INPUT, loss, style.BLACK, linewidth=1)
    schematic.landscape(axes, robust_loss, path_effects=schematic.HALO)
    schematic.arrow(axes, (5.1, 0.9), (5.5, 2.35), linewidth=1.4, connectionstyle="arc3,rad=0.35")
    axes.text(5.75, 1.35, r"$\epsilon$", size=12)
    axes.text(0.4, 2.6, "$w_i>0$\n$y=1$", va="top", linespacing=1.5)
    cases = r"\genfrac{\{}{.}{0}{0}{-yw_i+\epsilon,\,w_i>0}{-yw_i-\epsilon,\,w_i<0}"
    schematic.box(axes, 4.55, 3.65, rf"$\dfrac{{\partial L}}{{\partial x_i}}={cases}$")
    return axes.figure


if __name__ == "__main__":
    main(draw)
