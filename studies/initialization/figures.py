"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from adversarial import ATTACK_EPSILONS
from plots import style
from studies.drawing import open_axes, show_weights
from studies.models import POST

LINES = {
    "unlit_at_zero": (":", "unlit at zero"),
    "start_subtracted": ("--", "start subtracted"),
    "from_zeros": ("-", "from zeros"),
}
PICTURES = ("Start", "Trained", "Unlit at Zero", "Trained - Start", "From Zeros")


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"accuracy": draw_accuracy(arrays), "weights": draw_weights(arrays["pictures"])}


def draw_accuracy(arrays: dict) -> Figure:
    """Accuracy under attack, as in the post and clipped: median and range of the seeds."""
    figure, places = plt.subplots(1, 2, figsize=(8, 3.9), sharey=True)
    figure.subplots_adjust(left=0.08, right=0.985, bottom=0.29, top=0.92, wspace=0.07)
    for axes, kind, grid in zip(
        places, ("free", "clipped"), (ATTACK_EPSILONS, ATTACK_EPSILONS[::2]), strict=True
    ):
        for model in POST:
            least, median, most = arrays[f"{model.key} {kind}"]
            axes.fill_between(grid, least, most, color=model.fill, linewidth=0)
            axes.plot(grid, median, color=model.colour, label=model.label)
        for variant, (line, name) in LINES.items():
            curve = arrays[f"{variant} {kind}"]
            axes.plot(grid, curve, color=style.BLACK, linestyle=line, linewidth=1.1, label=f"Regular, {name}")
        axes.set(xlabel=r"Perturbation Scale ($\epsilon$)", xlim=(0, 0.5))
    open_axes(*places)
    places[0].set(title="As in the Post", ylabel="Accuracy")
    places[1].set(title="Pixels Kept in [0, 1]")
    handles = places[0].get_legend_handles_labels()
    figure.legend(*handles, frameon=False, ncols=4, loc="lower center", fontsize=9)
    return figure


def draw_weights(pictures: np.ndarray) -> Figure:
    """A row for each model, a column for each of `pictures` (5, 785, 4); one scale along a row, and a key."""
    figure, places = plt.subplots(4, len(pictures), figsize=(7, 6.2))
    figure.subplots_adjust(left=0.05, right=0.995, bottom=0.085, top=0.95, wspace=0.05, hspace=0.05)
    largest = np.abs(pictures[:, :-1]).max(axis=(0, 1))
    for column, (name, weights) in enumerate(zip(PICTURES, pictures, strict=True)):
        places[0, column].set_title(name, fontsize=11)
        for row in range(4):
            shown = show_weights(places[row, column], weights[:-1, row], largest[row])
    for model, place in zip(POST, places[:, 0], strict=True):
        place.set_ylabel(model.label, fontsize=11)
    key = figure.colorbar(shown, cax=figure.add_axes((0.3, 0.045, 0.4, 0.018)), orientation="horizontal")
    key.set_ticks([-largest[-1], 0, largest[-1]], labels=["speaks for the zero", "0", "speaks for the one"])
    return figure
