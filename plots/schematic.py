"""What the schematic figures share: bare axes with arrow heads, the two kinds of curve, marks, boxed text.

These figures illustrate formulas. They read no run: their `draw` takes the folder of the runs, as that of
every figure script does, and leaves it unused.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from plots import style

WIDTH, HEIGHT = 4, 3  # inches
TOP = 4.2  # where the loss axis ends
THICK, THIN = 2.4, 0.6  # line widths in points
DASHES = (0, (3, 1.3))
HALO = [withStroke(linewidth=6, foreground=style.GREEN, alpha=0.5)]
INPUT = np.linspace(0.2, 6, 581)  # where the landscapes are drawn
EXAMPLE = 3  # where they mark the example's x_i


def bare_axes(name: str, start: float, end: float, top: float = TOP) -> Axes:
    """Axes `name` from `start` to `end` and L from 0 to `top`, crossing at 0, with equally long units."""
    figure = Figure(figsize=(WIDTH, HEIGHT))
    width = end - start + 0.8
    height = width * HEIGHT / WIDTH
    left, bottom = start - 0.3, -0.55 * (height - top)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(left, left + width), ylim=(bottom, bottom + height))
    axes.set_axis_off()
    arrow(axes, (start, 0), (end, 0), zorder=1)
    arrow(axes, (0, -0.2), (0, top), zorder=1)
    axes.text(end, -0.25, name, ha="center", va="top")
    axes.text(0, top + 0.1, "$L$", ha="center", va="bottom")
    return axes


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], **look) -> None:
    """style.arrow with a narrower head."""
    style.arrow(axes, start, end, arrowstyle="-|>,head_length=0.4,head_width=0.13", **look)


def tick(axes: Axes, x: float, label: str) -> None:
    """Mark and label `x` on the horizontal axis."""
    axes.vlines(x, -0.1, 0, style.BLACK, linewidth=1)
    axes.text(x, -0.2, label, ha="center", va="top")


def box(axes: Axes, x: float, loss: float, text: str) -> None:
    """A text or formula in a white box around (`x`, `loss`)."""
    frame = {"boxstyle": "square,pad=0.4", "facecolor": "white", "edgecolor": style.BLACK, "linewidth": 1}
    axes.text(x, loss, text, ha="center", va="center", bbox=frame, zorder=4)


def hinge_axes(name: str, reach: float = 3, top: float = TOP) -> Axes:
    """Axes for hinge losses between -`reach` and `reach`, with a tick at 1 on both."""
    axes = bare_axes(name, -reach - 0.3, reach + 0.3, top)
    tick(axes, 1, "$1$")
    axes.hlines(1, -0.1, 0, style.BLACK, linewidth=1)
    axes.text(-0.2, 1, "$1$", ha="right", va="center")
    return axes


def hinge(axes: Axes, label: int, kink: float, span: tuple[float, float] = (-3, 3), **look) -> None:
    """The loss max(0, kink - y·ŷ) of the class y = `label` over the logit ŷ, for y·ŷ within `span`."""
    margin = np.array([span[0], kink, span[1]])
    axes.plot(label * margin, np.maximum(0, kink - margin), color=style.BLACK, **look)


def strip(axes: Axes, half_width: float, top: float = TOP) -> None:
    """A pale green band of logits around the decision boundary, from the axis up to `top`."""
    edges = (-half_width, half_width)
    axes.fill_between(edges, 0, top, color=style.PALE_GREEN, linewidth=0, zorder=0)
    axes.vlines(edges, 0, top, style.BLACK, linewidth=THIN, linestyle=(0, (7, 4)), zorder=1)


def landscape_axes(name: str, mark: str) -> Axes:
    """Axes for the loss over one variable, with a dashed line at the example, labelled `mark`."""
    axes = bare_axes(name, -0.2, 6.2)
    tick(axes, EXAMPLE, mark)
    axes.vlines(EXAMPLE, 0, TOP, style.BLACK, linewidth=0.8, linestyle=(0, (7, 4)), zorder=1)
    return axes


def landscape(axes: Axes, loss: np.ndarray, **look) -> None:
    """A thick curve of `loss` at INPUT, and faint grey above it."""
    axes.fill_between(INPUT, loss, TOP, color=style.PALE_GREY, linewidth=0, zorder=0)
    axes.plot(INPUT, loss, style.BLACK, linewidth=THICK, **look)
