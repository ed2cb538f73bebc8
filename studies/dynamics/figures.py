"""The figures of the page, of seed 1."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.dynamics.study import NEAR_ZERO, SHOWN_EPOCHS
from studies.shared.drawing import open_axes, show_weights, weight_key
from studies.shared.models import POST, ROBUST


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    history, means = arrays["history"], arrays["means"]
    return {"rules": draw_rules(history, means), "weights": draw_weights(history, means)}


def draw_rules(history: np.ndarray, means: np.ndarray) -> Figure:
    """Final weights over what each reading looks at: starting weights above, means below.

    Args:
        history: weights of the four models at SHOWN_EPOCHS, (5, 785, 4).
        means: of y·x over the active examples, of the robust ones, (784, 3).
    """
    figure, places = plt.subplots(2, 3, figsize=(8, 4.8), sharey=True)
    figure.subplots_adjust(left=0.09, right=0.985, bottom=0.11, top=0.93, wspace=0.09, hspace=0.38)
    for place, (model, (above, below)) in enumerate(zip(ROBUST, places.T, strict=True)):
        first, final = np.abs(history[[0, -1], :-1, place + 1])
        for axes, quantity in ((above, first), (below, np.abs(means[:, place]))):
            wiped = final <= NEAR_ZERO
            for chosen, mark, colour in ((wiped, ".", "0.6"), (~wiped, "x", style.BLACK)):
                axes.plot(
                    quantity[chosen], final[chosen], mark, color=colour, markersize=3, markeredgewidth=0.6
                )
            axes.axvline(model.epsilon, color=style.BLACK, linewidth=0.8, linestyle=(0, (4, 4)))
            axes.set_yscale("symlog", linthresh=NEAR_ZERO)
            axes.set_xlim(0, 0.45)
        above.set_title(rf"Robust, {model.label}", fontsize=12)
    open_axes(*places.flat)
    places[0, 1].set_xlabel(r"Weight at the Start ($|w_i|$)")
    places[1, 1].set_xlabel(r"Mean of $y\,x_i$ over the Active Examples ($|m_i|$)")
    figure.supylabel(r"Weight at the End ($|w_i|$)", fontsize=10)
    return figure


def draw_weights(history: np.ndarray, means: np.ndarray) -> Figure:
    """The weights by epoch, and the means where they are at least ε; each row has a scale."""
    figure, places = plt.subplots(4, len(SHOWN_EPOCHS) + 1, figsize=(8, 6))
    figure.subplots_adjust(left=0.045, right=0.995, bottom=0.08, top=0.94, wspace=0.05, hspace=0.05)
    for number, (model, row) in enumerate(zip(POST, places, strict=True)):
        row[0].set_ylabel(model.label, fontsize=11)
        weights = history[:, :-1, number]
        for place, image in zip(row[:-1], weights, strict=True):
            shown = show_weights(place, image, np.abs(weights).max())
        if model.epsilon:
            mean = means[:, number - 1]
            show_weights(row[-1], np.where(np.abs(mean) >= model.epsilon, mean, 0))
        else:
            row[-1].set_axis_off()
    for epoch, place in zip(SHOWN_EPOCHS, places[0, :-1], strict=True):
        place.set_title(f"Epoch {epoch}" if epoch else "Start", fontsize=11)
    places[1, -1].set_title(r"Mean $m_i$," + "\n" + r"if at Least $\epsilon$", fontsize=11)
    weight_key(figure, shown, (0.3, 0.045, 0.4, 0.018))
    return figure
