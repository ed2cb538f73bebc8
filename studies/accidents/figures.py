"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plots import style
from studies.accidents.study import CENTRED, KEYS
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, STRENGTHS, happen
from studies.shared.drawing import open_axes
from studies.shared.images import PAIRS
from studies.shared.models import REGULAR, ROBUST

MODEL = ROBUST[0]  # the robust model of the main picture


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), width_ratios=(1.55, 1))
    figure.subplots_adjust(left=0.15, right=0.985, bottom=0.17, top=0.92, wspace=0.22)
    draw_pairs(left, arrays["differences"])
    draw_cost(right, arrays["balance"], arrays["cost"])
    open_axes(left, right)
    left.spines["left"].set_visible(False)
    return {"pairs": figure, "gallery": draw_gallery(arrays["zero"])}


def draw_pairs(axes: Axes, differences: np.ndarray) -> None:
    """By how much the robust model is more accurate: (1 + kinds, 45), without an accident and after each."""
    order = [0, *(1 + np.argsort(-np.median(differences[1:], axis=1), kind="stable"))]
    names = ["nothing happens", *ACCIDENTS]
    places = -np.arange(len(names)) - 0.4 * (np.arange(len(names)) > 0)
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    zeros_and_ones = PAIRS.index((0, 1))
    for place, row in zip(places, order, strict=True):
        points = 100 * differences[row]
        axes.plot(
            points, np.full(len(points), place), "|", color=MODEL.colour, markersize=9, markeredgewidth=0.7
        )
        axes.plot(points[zeros_and_ones], place, "o", color=style.BLACK, markersize=4, label="zeros and ones")
        middle, dark = np.median(points), style.MODEL_LINES[3]
        axes.plot(middle, place - 0.36, "^", color=dark, markersize=5, label="median pair")
    axes.set(yticks=places, yticklabels=[names[row] for row in order])
    axes.tick_params(axis="y", length=0, labelsize=11)
    axes.set_xlabel("points more accurate than the regular model")
    axes.set_title(f"Robust, {MODEL.label}, on 45 pairs", fontsize=11)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[:2], labels[:2], frameon=False, fontsize=9, loc="lower right")


def draw_cost(axes: Axes, balance: np.ndarray, cost: np.ndarray) -> None:
    """What more ink costs each pair over the size of the sum of its weights, both (45, 6)."""
    looks = {
        REGULAR.key: ("o", REGULAR.colour, REGULAR.label),
        MODEL.key: ("s", MODEL.colour, MODEL.label),
        CENTRED[REGULAR.key]: ("x", style.BLACK, "Regular, centred"),
    }
    for key, (marker, colour, label) in looks.items():
        place = KEYS.index(key)
        axes.plot(balance[:, place], 100 * cost[:, place], marker, color=colour, markersize=4, label=label)
    axes.set(
        xlim=(-0.15, None),
        xlabel="size of the sum of the weights,\nin typical logits",
        ylabel="points that more ink costs",
    )
    axes.set_title("More ink, on 45 pairs", fontsize=11)
    axes.legend(frameon=False, fontsize=9)


def draw_gallery(zero: np.ndarray) -> Figure:
    """An image (784,), and after every accident (its first variant), at three strengths."""
    shown = {STRENGTHS[0]: "least", MIDDLE_STRENGTH: "middle", STRENGTHS[-1]: "greatest"}
    figure, places = plt.subplots(len(shown), 1 + len(ACCIDENTS), figsize=(9, 3.5))
    figure.subplots_adjust(left=0.005, right=0.975, bottom=0.01, top=0.86, wspace=0.08, hspace=0.08)
    for row, (strength, word) in zip(places, shown.items(), strict=True):
        style.show_image(row[0], zero.reshape(28, 28))
        row[0].set_visible(strength == MIDDLE_STRENGTH)
        for axes, name in zip(row[1:], ACCIDENTS, strict=True):
            after = next(iter(happen(name, zero[None], strength).values()))
            style.show_image(axes, after.reshape(28, 28))
            axes.images[0].set_clim(0, 1)
            if strength == STRENGTHS[0]:
                axes.set_title(name.replace(" or ", "\nor ").replace("hidden ", "hidden\n"), fontsize=11)
        row[-1].set_ylabel(word, fontsize=11)
        row[-1].yaxis.set_label_position("right")
    places[1][0].set_title("before", fontsize=11)
    return figure
