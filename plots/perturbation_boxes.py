"""Points in three dimensions, each in the box of everything within ε of it in the max norm."""

import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from plots import style

EPSILON = 0.2  # half the width of a box
LIMITS = (1.2, 4.8)  # of all three axes


def draw(_results_dir: Path) -> Figure:
    figure = Figure(figsize=(4, 3.75))
    axes = figure.add_axes((0.04, 0.05, 1, 1), projection="3d", elev=22, azim=40)
    axes.set_proj_type("persp", focal_length=0.6)
    axes.set_box_aspect((1, 1, 1), zoom=1.12)
    axes.set(xlim=LIMITS, ylim=LIMITS, zlim=LIMITS)
    square = np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)])
    faces = [np.insert(square, axis, side, axis=1) for axis, side in product(range(3), (-1, 1))]
    points = np.random.default_rng(96).normal(3, 0.7, (50, 3))  # a cluster that is easy to look into
    for point in points:
        # One collection per box, not one for all: matplotlib draws whole collections from far to near.
        axes.scatter(*point, s=20, color=style.BLACK, linewidth=0)
        box = point + EPSILON * np.array(faces)  # (6 faces, 4 corners, 3)
        look = {"facecolor": "#80bf8040", "edgecolor": "#000000c0", "linewidth": 0.4}
        axes.add_collection3d(Poly3DCollection(box, **look))
    axes.grid(False)
    for name, axis in zip(("$x_1$", "$x_2$", "$x_3$"), (axes.xaxis, axes.yaxis, axes.zaxis), strict=True):
        axis.set(ticklabels=[], pane_color="white", label_text=name, rotate_label=False)
        axis.line.set_linewidth(0.5)
        axis.set_tick_params(width=0.5)
        axis.labelpad = -12
    return figure


if __name__ == "__main__":
    main(draw)
