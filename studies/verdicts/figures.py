"""The figure of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from studies.shared import models
from studies.shared.drawing import open_axes

LABELS = {  # of regular models, where they stand beside their marks, in points
    "the post's": ("the post's choices", (7, 1)),
    "batches of 10": ("batches of 10", (7, -3)),
    "rates × 10": (r"rates $\times$ 10", (-7, 6)),
    "1 epoch": ("1 epoch", (7, -1)),
    "100 epochs": ("100 epochs", (7, -3)),
    "optimum of least norm": ("optimum of\nleast norm", (7, -7)),
    "start at zero": ("start\nat zero", (6, -14)),
    "5 % of the images": ("5 % of the images", (5, -9)),
}


def draw(numbers: dict, _: dict) -> dict[str, Figure]:
    return {"choices": draw_choices(numbers["models"])}


def draw_choices(found: dict) -> Figure:
    """Median margin over ‖w‖₁ of the four models under each choice, and where half of the images fall."""
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    x = np.array([0, 76])
    for epsilon, end in ((0.1, 64), (0.2, 41), (0.4, 20.5)):
        axes.plot(x, epsilon * x, "k--", lw=0.8, zorder=0)
        words = rf"half fall at $\epsilon={epsilon:g}$"
        axes.annotate(words, (end, epsilon * end), (3, 0), textcoords="offset points", va="top", fontsize=9)
    norms, margins = (np.array([of[name] for of in found.values()]) for name in ("norms", "margins"))
    for place, model in enumerate(models.POST):
        words = f"trained for {model.label}" if model.epsilon else "regular"
        axes.plot(norms[:, place], margins[:, place], "o", ms=5, color=model.colour, label=words)
    for name, (words, offset) in LABELS.items():
        at = found[name]["norms"][0], found[name]["margins"][0]
        side = "left" if offset[0] > 0 else "right"
        axes.annotate(words, at, offset, textcoords="offset points", ha=side, fontsize=9)
    axes.set(xlim=(0, 76), ylim=(0, 8.4), xlabel=r"$\Vert w\Vert_1$", ylabel="median margin")
    axes.legend(frameon=False, loc="lower right")
    open_axes(axes)
    return figure
