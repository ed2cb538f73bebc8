"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from adversarial import ATTACK_EPSILONS
from plots import style
from studies.shared.drawing import open_axes, show_weights, weight_key
from studies.shared.models import DRIVEN, KEYS, POST, ROBUST, driven_to_zero

ROWS = {"usual": "Random start", "zeros": "From zeros", "longer": "100 epochs", "optimum": "Optimum"}
DASHED = (0, (4, 2))
LEGEND = {"frameon": False, "fontsize": 8, "handlelength": 1.7, "handletextpad": 0.5}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {
        "weights": draw_weights(numbers, arrays),
        "accuracy": draw_accuracy(arrays),
        "line": draw_line(arrays),
    }


def draw_weights(numbers: dict, arrays: dict) -> Figure:
    """What the four models start from and end in, each on a scale of its own, with the ε that halves it."""
    figure, places = plt.subplots(len(ROWS), 1 + len(POST), figsize=(8, 8))
    figure.subplots_adjust(left=0.045, right=0.995, bottom=0.09, top=0.96, wspace=0.06, hspace=0.2)
    optima = np.stack([arrays[f"{key} weights"] for key in KEYS], axis=1)
    ends = {"usual": arrays["usual"], "zeros": arrays["zeros"], "longer": arrays["longer"], "optimum": optima}
    starts = {"usual": arrays["start"], "zeros": np.zeros(785), "longer": arrays["start"]}
    for (name, title), (first, *others) in zip(ROWS.items(), places, strict=True):
        if name in starts:
            show_weights(first, starts[name][:-1])
        else:
            first.set(xticks=[], yticks=[])
            first.spines[:].set_visible(False)
        first.set_ylabel(title, fontsize=12)
        for model, weights, axes in zip(POST, ends[name].T, others, strict=True):
            shown = show_weights(axes, weights[:-1])
            halving = numbers["models"][model.key][name]["halving"]
            axes.set_xlabel(rf"halved at $\epsilon={halving:.2f}$", fontsize=11, labelpad=3)
    for axes, title in zip(places[0], ("Start", *(model.label for model in POST)), strict=True):
        axes.set_title(title, fontsize=12)
    weight_key(figure, shown, (0.35, 0.045, 0.4, 0.014))
    return figure


def draw_accuracy(arrays: dict) -> Figure:
    """Accuracy over ε: what the start and the objective change (left), what more training changes (right)."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.3), sharey=True)
    figure.subplots_adjust(left=0.075, right=0.985, bottom=0.16, top=0.9, wspace=0.08)
    for place, model in enumerate(POST):
        usual, zeros, optimum = (
            arrays[f"{name} accuracy"][..., place] for name in ("usual", "zeros", "optimum")
        )
        if model.key in ("regular", "0.2"):
            draw_curve(left, usual, model.colour, f"{model.label}, random start", band=True)
            draw_curve(left, zeros, model.colour, f"{model.label}, from zeros", DASHED)
        if model.epsilon:
            draw_curve(right, usual, model.colour, f"{model.label}, ten epochs", band=True)
            draw_curve(right, optimum, model.colour, f"{model.label}, optimum", DASHED)
    for axes, title in ((left, "The Start and the Objective"), (right, "The Steps")):
        axes.axhline(50, color=style.BLACK, linewidth=0.6, linestyle=(0, (1, 2)))
        axes.set(xlim=(0, 0.5), ylim=(0, 102), xlabel=r"Perturbation Scale ($\epsilon$)", title=title)
        axes.title.set_size(12)
    left.legend(**LEGEND, loc="upper right", bbox_to_anchor=(1.03, 1.04))
    right.legend(**LEGEND, loc="lower left")
    left.set_ylabel("Right under attack, %")
    open_axes(left, right)
    return figure


def draw_curve(axes: Axes, curve: np.ndarray, colour: str, label: str, dashes="solid", band=False) -> None:
    """The median of a curve (3, E), perhaps in a band from the least to the most."""
    low, middle, high = 100 * curve.astype(float)
    if band:
        axes.fill_between(ATTACK_EPSILONS, low, high, color=colour, alpha=0.35, linewidth=0)
    at = style.without_straight(ATTACK_EPSILONS, middle)
    axes.plot(*at, color=colour, linewidth=1.3, linestyle=dashes, label=label)


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
    places[1].set_xlabel(r"Mean of $y x_i$ over the active images ($|m_i|$)", fontsize=11)
    places[0].set_ylabel(r"$|w_i|$ / largest", fontsize=11)
    return figure
