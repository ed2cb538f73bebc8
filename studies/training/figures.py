"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.shared.drawing import open_axes, show_weights, weight_key
from studies.shared.models import DRIVEN, POST, ROBUST, driven_to_zero


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"weights": draw_weights(numbers, arrays), "line": draw_line(arrays)}


def draw_weights(numbers: dict, arrays: dict) -> Figure:
    """What the models start from and end in, each on a scale of its own, with the halving ε.

    Of the many optima of the regular loss none is shown.
    """
    optima = [None, *(arrays[f"{model.key} weights"] for model in ROBUST)]
    rows = {
        "usual": ("Random start", arrays["start"], arrays["usual"].T),
        "zeros": ("From zeros", np.zeros(785), arrays["zeros"].T),
        "longer": ("100 epochs", None, arrays["longer"].T),
        "optimum": ("Optimum", None, optima),
    }
    figure, places = plt.subplots(len(rows), 1 + len(POST), figsize=(8, 8))
    figure.subplots_adjust(left=0.045, right=0.995, bottom=0.09, top=0.96, wspace=0.06, hspace=0.2)
    for (name, (title, start, ends)), row in zip(rows.items(), places, strict=True):
        row[0].set_ylabel(title, fontsize=12)
        for axes, weights, model in zip(row, (start, *ends), (None, *POST), strict=True):
            if weights is None:
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
                continue
            shown = show_weights(axes, weights[:-1])
            if model:
                halving = numbers["models"][model.key][name]["halving"]
                axes.set_xlabel(rf"half fallen at $\epsilon={halving:.2f}$", fontsize=11, labelpad=3)
    titles = ("Start", *(f"For {model.label}" if model.epsilon else model.label for model in POST))
    for axes, title in zip(places[0], titles, strict=True):
        axes.set_title(title, fontsize=12)
    weight_key(figure, shown, (0.35, 0.045, 0.4, 0.014))
    return figure


def draw_line(arrays: dict) -> Figure:
    """Final weights of the first seed over what the active images say of the pixel."""
    figure, places = plt.subplots(1, len(ROBUST), figsize=(8, 3), sharey=True)
    figure.subplots_adjust(left=0.095, right=0.985, bottom=0.19, top=0.9, wspace=0.09)
    for model, axes, weights, means in zip(
        ROBUST, places, arrays["usual"][:-1, 1:].T, arrays["means"].T, strict=True
    ):
        driven, sizes = driven_to_zero(weights), np.abs(weights) / np.abs(weights).max()
        for chosen, mark, colour in ((driven, ".", "0.6"), (~driven, "x", style.BLACK)):
            axes.plot(
                np.abs(means[chosen]), sizes[chosen], mark, color=colour, markersize=3, markeredgewidth=0.6
            )
        axes.axvline(model.epsilon, color=style.BLACK, linewidth=0.8, linestyle=(0, (4, 4)))
        axes.set_yscale("symlog", linthresh=DRIVEN)
        axes.set(xlim=(0, 0.45), ylim=(-0.0005, 1.3), title=model.label)
        axes.title.set_size(12)
    open_axes(*places)
    places[0].set_yticks([0, 0.01, 0.1, 1], ["0", "0.01", "0.1", "1"])
    places[1].set_xlabel(r"Mean of $y x_i$ over the active images, absolute value", fontsize=11)
    places[0].set_ylabel(r"Weight, as a share of the largest", fontsize=11)
    return figure
