"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.networks.study import MEASURED, SEEDS, SHOWN, SHOWN_UNITS
from studies.networks.tables import NAMES
from studies.shared.drawing import open_axes, show_weights
from studies.shared.files import Numbers

ROWS = [name for name in NAMES if name not in ("regular", "longer")]


def draw(numbers: Numbers, arrays: dict[str, np.ndarray]) -> dict[str, Figure]:
    return {"gap": gap(numbers), "weights": weights(arrays)}


def gap(numbers: Numbers) -> Figure:
    """Zeros and ones: by size and training, from the median proof to the median attack; a dot is a seed."""
    figure, places = plt.subplots(1, 2, figsize=(9, 3.2), sharex=True, sharey=True)
    figure.subplots_adjust(left=0.19, right=0.985, bottom=0.16, top=0.83, wspace=0.08)
    optimum = 100 * numbers["linear"]["0 1"]["attacked"] / MEASURED
    heights = np.arange(len(ROWS))[::-1]
    for axes, (units, of_size) in zip(places, numbers["networks"]["0 1"].items(), strict=True):
        axes.axvline(optimum, color=style.BLACK, linewidth=0.8, linestyle=":")
        for height, name in zip(heights, ROWS, strict=True):
            proved, attacked = (100 * np.array(of_size[name][of]) / MEASURED for of in ("proved", "attacked"))
            ends = np.median(proved), np.median(attacked)
            axes.plot(
                ends, (height, height), color=style.GREEN, alpha=0.25, linewidth=7, solid_capstyle="butt"
            )
            seeds = height + np.linspace(-0.2, 0.2, len(SEEDS))
            axes.plot(proved, seeds, "o", color=style.GREEN, markersize=4)
            axes.plot(attacked, seeds, "o", color=style.BLACK, markersize=4, markerfacecolor="white")
        axes.set_title(f"{units} Hidden Units", fontsize=11)
        axes.set(xlim=(-2, 101), ylim=(-0.6, len(ROWS) - 0.4))
        axes.set_xlabel(r"Test Images Right at $\epsilon=0.2$, %")
    places[0].set_yticks(heights, [NAMES[name] for name in ROWS])
    dots = [
        plt.Line2D([], [], marker="o", linestyle="", color=colour, markerfacecolor=fill, markersize=4)
        for colour, fill in ((style.GREEN, style.GREEN), (style.BLACK, "white"))
    ]
    line = plt.Line2D([], [], color=style.BLACK, linewidth=0.8, linestyle=":")
    figure.legend(
        [*dots, line],
        ["proved under every attack", "under our attack", "linear optimum, both"],
        loc="upper center",
        ncols=3,
        frameon=False,
        fontsize=9,
    )
    open_axes(*places)
    return figure


def weights(arrays: dict[str, np.ndarray]) -> Figure:
    """The strongest of 16 hidden units by training: their weights, times what they count in the output."""
    figure, places = plt.subplots(len(SHOWN), SHOWN_UNITS, figsize=(7, 3.3))
    figure.subplots_adjust(left=0.25, right=0.995, bottom=0.01, top=0.99, wspace=0.04, hspace=0.06)
    for row, name in zip(places, SHOWN, strict=True):
        for axes, unit in zip(row, arrays[name].T, strict=True):
            show_weights(axes, unit, np.abs(arrays[name]).max())
        row[0].set_ylabel(NAMES[name], rotation=0, ha="right", va="center")
    return figure
