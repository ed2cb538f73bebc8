"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plots import style
from studies.accidents.study import ATTACK, KEYS, OTHERS
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, STRENGTHS, happen
from studies.shared.drawing import open_axes
from studies.shared.images import PAIRS
from studies.shared.models import REGULAR, ROBUST

MODEL = ROBUST[0]  # the robust model of the main picture


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.2), width_ratios=(1.55, 1))
    figure.subplots_adjust(left=0.15, right=0.985, bottom=0.13, top=0.92, wspace=0.22)
    draw_pairs(left, arrays["differences"][..., OTHERS.index(MODEL.key)])
    draw_reason(right, arrays["ink"], arrays["cost"])
    open_axes(left, right)
    left.spines["left"].set_visible(False)
    return {"pairs": figure, "gallery": draw_gallery(arrays["zero"])}


def draw_pairs(axes: Axes, differences: np.ndarray) -> None:
    """By how much the robust model is more accurate, for each pair and accident: (2 + kinds, 45)."""
    others = (rf"attack, $\epsilon={ATTACK:g}$", "nothing happens")
    order = [0, 1, *(2 + np.argsort(-np.median(differences[2:], axis=1), kind="stable"))]
    names = [*others, *ACCIDENTS]
    places = -np.arange(len(names)) - 0.4 * (np.arange(len(names)) > 1)
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    for place, row in zip(places, order, strict=True):
        points = 100 * differences[row]
        marks = {"markersize": 9, "markeredgewidth": 0.7, "linestyle": "", "marker": "|"}
        axes.plot(points, np.full(len(points), place), color=MODEL.colour, **marks)
        first = PAIRS.index((0, 1))
        axes.plot(points[first], place, "o", color=style.BLACK, markersize=4, label="zeros and ones")
        axes.plot(
            np.median(points),
            place - 0.36,
            "^",
            color=style.MODEL_LINES[3],
            markersize=5,
            label="median pair",
        )
    axes.set_xscale("symlog", linthresh=1, linscale=0.6)
    ticks = [-30, -10, -3, -1, 0, 1, 3, 10, 30, 100]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(yticks=places, yticklabels=[names[row] for row in order], xlim=(-40, 110))
    axes.tick_params(axis="y", length=0, labelsize=11)
    axes.set_xlabel("points more accurate than the regular model")
    axes.set_title(f"Robust, {MODEL.label}, on 45 pairs", fontsize=11)
    axes.legend(
        *(found[:2] for found in axes.get_legend_handles_labels()),
        frameon=False,
        fontsize=9,
        loc="lower right",
    )


def draw_reason(axes: Axes, ink: np.ndarray, cost: np.ndarray) -> None:
    """What more ink costs each pair over what a unit of ink moves the logit: (45, 6)."""
    for model, marker in ((REGULAR, "o"), (MODEL, "s")):
        place = KEYS.index(model.key)
        axes.plot(
            ink[:, place], 100 * cost[:, place], marker, color=model.colour, markersize=4, label=model.label
        )
    centred = KEYS.index("centred")
    axes.plot(
        ink[:, centred],
        100 * cost[:, centred],
        "x",
        color=style.BLACK,
        markersize=4,
        label="Regular, centred",
    )
    axes.set(
        xlim=(-0.1, None),
        xlabel="size of the sum of weights, in typical logits",
        ylabel="points that more ink costs",
    )
    axes.set_title("Why more ink hurts", fontsize=11)
    axes.legend(frameon=False, fontsize=9)


def draw_gallery(zero: np.ndarray) -> Figure:
    """An image (784,) after every accident (its first variant), at three strengths."""
    shown = (STRENGTHS[0], MIDDLE_STRENGTH, STRENGTHS[-1])
    figure, places = plt.subplots(len(shown), len(ACCIDENTS), figsize=(8, 3.5))
    figure.subplots_adjust(left=0.035, right=0.995, bottom=0.01, top=0.86, wspace=0.08, hspace=0.08)
    for row, strength in zip(places, shown, strict=True):
        row[0].set_ylabel(str(strength), rotation=0, labelpad=8, va="center", fontsize=11)
        for axes, name in zip(row, ACCIDENTS, strict=True):
            after = next(iter(happen(name, zero[None], strength).values()))
            style.show_image(axes, after.reshape(28, 28))
            axes.images[0].set_clim(0, 1)
            if strength == shown[0]:
                axes.set_title(name.replace(" or ", "\nor ").replace("hidden ", "hidden\n"), fontsize=11)
    return figure
