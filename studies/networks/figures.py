"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.networks.study import EPSILONS, MEASURED, SIZES
from studies.networks.tables import NAMES
from studies.shared import images
from studies.shared.drawing import open_axes
from studies.shared.files import Numbers


def draw(numbers: Numbers, arrays: dict[str, np.ndarray]) -> dict[str, Figure]:
    return {"gap": gap(numbers), "lines": lines()}


def gap(numbers: Numbers) -> Figure:
    """By pair, size and training, from the median proof to the median attack; a dot is a seed."""
    figure, places = plt.subplots(2, 2, figsize=(9, 4.8), sharex=True, sharey=True)
    figure.subplots_adjust(left=0.19, right=0.985, bottom=0.105, top=0.86, wspace=0.08, hspace=0.3)
    kinds = [(pair, units) for pair in EPSILONS for units in SIZES]
    for axes, (pair, units) in zip(places.flat, kinds, strict=True):
        of_size = numbers["networks"][images.key(pair)][str(units)]
        for height, name in enumerate(reversed(NAMES)):
            draw_row(axes, height, of_size[name])
        optimum = 100 * numbers["linear"][images.key(pair)]["attacked"] / MEASURED
        best = axes.axvline(optimum, color=style.BLACK, linewidth=0.8, linestyle=":")
        names = " and ".join(f"{style.DIGIT_NAMES[digit].title()}s" for digit in pair)
        axes.set_title(rf"{names} at $\epsilon={EPSILONS[pair]:g}$, {units} Hidden Units", fontsize=11)
        axes.set(xlim=(-2, 101), ylim=(-0.6, len(NAMES) - 0.4))
    for axes in places[-1]:
        axes.set_xlabel("Test Images Right, %")
    places[0, 0].set_yticks(range(len(NAMES)), reversed(NAMES.values()))
    _, proved, attacked = places[0, 0].lines[:3]
    figure.legend(
        [proved, attacked, best],
        ["proved right under every attack", "right under our attack", "best linear model under every attack"],
        loc="upper center",
        ncols=3,
        frameon=False,
        fontsize=9,
    )
    open_axes(*places.flat)
    return figure


def draw_row(axes, height: float, found: Numbers) -> None:
    """One training: a bar between the medians, a dot for each seed."""
    proved, attacked = (100 * np.array(found[of]) / MEASURED for of in ("proved", "attacked"))
    ends = np.median(proved), np.median(attacked)
    axes.plot(ends, (height, height), color=style.GREEN, alpha=0.25, linewidth=7, solid_capstyle="butt")
    seeds = height + np.linspace(-0.2, 0.2, len(proved))
    axes.plot(proved, seeds, "o", color=style.GREEN, markersize=4)
    axes.plot(attacked, seeds, "o", color=style.BLACK, markersize=4, markerfacecolor="none")


def lines() -> Figure:
    """The second unit of the page's example: a ReLU and the line above it, for inputs from -0.4 to 0.6."""
    figure, axes = plt.subplots(figsize=(3.6, 2.2))
    figure.subplots_adjust(left=0.17, right=0.97, bottom=0.23, top=0.96)
    low, high = -0.4, 0.6
    inputs = np.array([low, 0, high])
    axes.plot([low, high], [0, high], color=style.GREEN)
    axes.plot(inputs, np.maximum(inputs, 0), color=style.BLACK, linewidth=2)
    axes.set(xlim=(low - 0.05, high + 0.05), xticks=(low, 0, high), xlabel="Before the ReLU")
    axes.set(ylim=(-0.05, 0.65), yticks=(0, 0.24, high), ylabel="After the ReLU")
    open_axes(axes)
    return figure
