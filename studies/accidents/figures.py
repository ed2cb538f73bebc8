"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from plots import style
from studies.shared.accidents import ACCIDENTS, STRENGTHS, happen
from studies.shared.drawing import open_axes
from studies.shared.models import POST, ROBUST

BLOCKS = 2  # side by side
MISTAKES = LinearSegmentedColormap.from_list("mistakes", ["white", "#404040"])


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {
        "robust_to_what": draw_robust_to_what(numbers),
        "accuracy": draw_accuracy(numbers),
        "gallery": draw_gallery(arrays["zero"]),
    }


def draw_gallery(zero: np.ndarray) -> Figure:
    """An image (28, 28) under every accident (its first variant), at all strengths."""
    rows, columns = -(-len(ACCIDENTS) // BLOCKS), 1 + len(STRENGTHS)
    figure, places = plt.subplots(
        rows, BLOCKS * columns, figsize=(8, 0.62 * rows), width_ratios=BLOCKS * [1.7, *[1] * len(STRENGTHS)]
    )
    figure.subplots_adjust(left=0.005, right=0.995, bottom=0.005, top=0.955, wspace=0.06, hspace=0.06)
    for axes in places.flat:
        axes.axis("off")
    for index, (name, accident) in enumerate(ACCIDENTS.items()):
        block, row = divmod(index, rows)
        head, *tiles = places[row, block * columns : (block + 1) * columns]
        head.text(0.95, 0.5, accident.label.replace(" ", "\n", 1), ha="right", va="center", fontsize=11)
        if not row:
            head.set_title("Strength", fontsize=11, pad=3, loc="right")
        for strength, axes in zip(STRENGTHS, tiles, strict=True):
            after = next(iter(happen(name, zero[None], strength).values()))
            axes.axis("on")
            style.show_image(axes, after[0])
            axes.images[0].set_clim(0, 1)
            if not row:
                axes.set_title(str(strength), fontsize=11, pad=3)
    return figure


def draw_robust_to_what(numbers: dict) -> Figure:
    """How much more accurate than the regular model each robust one is: under attack, and by accident."""
    others = {
        "attack 0.1": r"attack, $\epsilon=0.1$",
        "attack 0.2": r"attack, $\epsilon=0.2$",
        "clean": "nothing happens",
    }
    order = sorted(ACCIDENTS, key=lambda name: -numbers["difference"]["0.2"][name][1])
    labels = [*others.values(), *(ACCIDENTS[name].label for name in order)]
    places = np.arange(len(labels))
    heights = -places - 0.7 * (places > 1) - 0.7 * (places > 2)
    figure, axes = plt.subplots(figsize=(8, 6.4))
    figure.subplots_adjust(left=0.18, right=0.985, bottom=0.09, top=0.99)
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    for shift, model, marker in zip((0.22, 0, -0.22), ROBUST, "osD", strict=True):
        found = numbers["difference"][model.key]
        low, median, high = 100 * np.array([found[case] for case in (*others, *order)]).T
        axes.hlines(heights + shift, low, high, color=model.colour, linewidth=1.2)
        label = f"Robust, {model.label}"
        axes.plot(median, heights + shift, marker, color=model.colour, markersize=4.5, label=label)
    axes.set_xscale("symlog", linthresh=1, linscale=1)
    ticks = [-100, -30, -10, -3, -1, -0.5, 0, 0.5, 1, 3, 10, 30, 100]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(yticks=heights, yticklabels=labels, xlim=(-100, 130), ylim=(heights[-1] - 0.7, 0.7))
    axes.tick_params(labelsize=11)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color="#e0e0e0", linewidth=0.5)
    open_axes(axes)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Points more accurate than the regular model", fontsize=12)
    axes.legend(frameon=False, fontsize=11, loc="lower right")
    return figure


def draw_accuracy(numbers: dict) -> Figure:
    """Accuracy in % in the median seed: a row for each accident, a column for each model and strength."""
    found = numbers["accuracy"]
    values = 100 * np.array([[found[model.key][name] for model in POST] for name in ACCIDENTS])
    figure, places = plt.subplots(1, len(POST), figsize=(8, 5.6), sharey=True)
    figure.subplots_adjust(left=0.15, right=0.995, bottom=0.09, top=0.95, wspace=0.06)
    for column, (axes, model) in enumerate(zip(places, POST, strict=True)):
        axes.imshow(100 - values[:, column], cmap=MISTAKES, vmin=0, vmax=50, aspect="auto")
        for (row, strength), value in np.ndenumerate(values[:, column]):
            colour = "white" if value < 65 else style.BLACK
            text = "100" if value == 100 else f"{np.floor(10 * value) / 10:.1f}"
            axes.text(strength, row, text, ha="center", va="center", fontsize=8.5, color=colour)
        axes.set_title(model.label, fontsize=12)
        axes.set_xlabel("Strength", fontsize=11)
        axes.set_xticks(range(len(STRENGTHS)), STRENGTHS)
        axes.set_yticks(range(len(ACCIDENTS)), [accident.label for accident in ACCIDENTS.values()])
        axes.tick_params(length=0, labelsize=11)
        axes.spines[:].set_visible(False)
    return figure
