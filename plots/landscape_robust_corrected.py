"""The robust loss over one weight, where the hinge is active: ε|w_i| bends the line at w_i = 0.

The gradient is diminished by ε where it drives the weight away from zero and enlarged where it drives the
weight towards zero. The twin of landscape_robust.py, whose slopes are those over the input.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.figure import Figure

from plots import schematic, style


def draw(_results_dir: Path) -> Figure:
    axes = schematic.landscape_axes("$w_i$", "$0$")
    weight = schematic.INPUT - schematic.EXAMPLE  # zero where the twin has its example
    loss = 2.3 - 0.4 * weight
    robust_loss = loss + 0.2 * np.abs(weight)  # ε is 0.2
    axes.plot(schematic.INPUT, loss, style.BLACK, linewidth=1)
    schematic.landscape(axes, robust_loss, path_effects=schematic.HALO)
    schematic.arrow(axes, (5.1, 0.9), (5.5, 2.35), linewidth=1.4, connectionstyle="arc3,rad=0.35")
    axes.text(5.75, 1.35, r"$\epsilon$", size=12)
    schematic.arrow(axes, (0.95, 2.7), (0.9, 4.05), linewidth=1.4, connectionstyle="arc3,rad=-0.35")
    axes.text(0.35, 2.9, r"$\epsilon$", size=12)
    axes.text(0.4, 2.3, "$x_i>0$\n$y=1$", va="top", linespacing=1.5)
    slope = r"$\dfrac{\partial L}{\partial w_i}=-yx_i+\epsilon\,\operatorname{sign}(w_i)$"
    schematic.box(axes, 4.55, 3.65, slope)
    return axes.figure


if __name__ == "__main__":
    main(draw)
