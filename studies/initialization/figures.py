"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from adversarial import ATTACK_EPSILONS
from plots import style
from studies.shared.drawing import open_axes, show_weights, weight_key
from studies.shared.models import POST

LINES = {
    "unlit_at_zero": (":", "unlit at zero"),
    "start_subtracted": ("--", "start subtracted"),
    "from_zeros": ("-", "from zeros"),
}
PICTURES = {
    "start": "Start",
    "trained": "Trained",
    "unlit_at_zero": "Unlit at Zero",
    "start_subtracted": "Trained - Start",
    "from_zeros": "From Zeros",
}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"accuracy": draw_accuracy(arrays), "weights": draw_weights(arrays)}


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
            axes.plot(*style.without_straight(grid, median), color=model.colour, label=model.label)
        for variant, (line, name) in LINES.items():
            curve = style.without_straight(grid, arrays[f"{variant} {kind}"])
            axes.plot(*curve, color=style.BLACK, linestyle=line, linewidth=1.1, label=f"Regular, {name}")
        axes.set(xlabel=r"Perturbation Scale ($\epsilon$)", xlim=(0, 0.5))
    open_axes(*places)
    places[0].set(title="As in the Post", ylabel="Accuracy")
    places[1].set(title="Pixels Kept in [0, 1]")
    handles = places[0].get_legend_handles_labels()
    figure.legend(*handles, frameon=False, ncols=4, loc="lower center", fontsize=9)
    return figure


def draw_weights(arrays: dict) -> Figure:
    """The regular model's weights of the first seed and its variants' on one scale."""
    figure, places = plt.subplots(1, len(PICTURES), figsize=(8, 2.15))
    figure.subplots_adjust(left=0.005, right=0.995, bottom=0.16, top=0.93, wspace=0.05)
    largest = max(np.abs(arrays[f"picture {name}"]).max() for name in PICTURES)
    for axes, (name, title) in zip(places, PICTURES.items(), strict=True):
        shown = show_weights(axes, arrays[f"picture {name}"], largest)
        axes.set_title(title, fontsize=11)
    weight_key(figure, shown, (0.3, 0.12, 0.4, 0.04))
    return figure
