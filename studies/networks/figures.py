"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.networks.study import EPSILONS, MEASURED, SHOWN
from studies.networks.tables import NAMES
from studies.shared.drawing import open_axes
from studies.shared.files import Numbers

ROWS = [name for name in NAMES if name != "regular"]


def draw(numbers: Numbers, arrays: dict[str, np.ndarray]) -> dict[str, Figure]:
    return {"gap": gap(numbers), "lines": lines(), "pixels": pixels(arrays)}


def gap(numbers: Numbers) -> Figure:
    """By pair, size and training, from the median proof to the median attack; a dot is a seed."""
    figure, places = plt.subplots(2, 2, figsize=(9, 6), sharex=True, sharey=True)
    figure.subplots_adjust(left=0.19, right=0.985, bottom=0.085, top=0.89, wspace=0.08, hspace=0.24)
    heights = np.arange(len(ROWS))[::-1]
    for row, ((pair, of_pair), epsilon) in zip(
        places, zip(numbers["networks"].items(), EPSILONS.values(), strict=True), strict=True
    ):
        optimum = 100 * numbers["linear"][pair]["attacked"] / MEASURED
        for axes, (units, of_size) in zip(row, of_pair.items(), strict=True):
            axes.axvline(optimum, color=style.BLACK, linewidth=0.8, linestyle=":")
            for height, name in zip(heights, ROWS, strict=True):
                if name in of_size:
                    draw_row(axes, height, of_size[name])
            names = " and ".join(f"{style.DIGIT_NAMES[int(digit)].title()}s" for digit in pair.split())
            axes.set_title(rf"{names} at $\epsilon={epsilon:g}$, {units} Hidden Units", fontsize=11)
            axes.set(xlim=(-2, 101), ylim=(-0.6, len(ROWS) - 0.4))
    for axes in places[-1]:
        axes.set_xlabel("Test Images Right, %")
    places[0, 0].set_yticks(heights, [NAMES[name] for name in ROWS])
    dots = [
        plt.Line2D([], [], marker="o", linestyle="", color=colour, markerfacecolor=fill, markersize=4)
        for colour, fill in ((style.GREEN, style.GREEN), (style.BLACK, "white"))
    ]
    line = plt.Line2D([], [], color=style.BLACK, linewidth=0.8, linestyle=":")
    figure.legend(
        [*dots, line],
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
    axes.plot(attacked, seeds, "o", color=style.BLACK, markersize=4, markerfacecolor="white")


def lines() -> Figure:
    """The second unit of the page's example: a ReLU and the line above it, for inputs from -0.4 to 0.6."""
    figure, axes = plt.subplots(figsize=(3.6, 2.2))
    figure.subplots_adjust(left=0.17, right=0.97, bottom=0.23, top=0.96)
    low, high = -0.4, 0.6
    inputs = np.array([low, 0, high])
    axes.plot([low, high], [0, high], color=style.GREEN)
    axes.plot(inputs, np.maximum(inputs, 0), color=style.BLACK, linewidth=2)
    axes.set(
        xlim=(low - 0.05, high + 0.05), ylim=(-0.05, 0.65), xticks=(low, 0, high), yticks=(0, 0.24, high)
    )
    axes.set_xlabel("Before the ReLU")
    axes.set_ylabel("After the ReLU")
    open_axes(axes)
    return figure


def pixels(arrays: dict[str, np.ndarray]) -> Figure:
    """What each pixel adds to the sum of reaches, and to what one image takes, on one grey scale."""
    figure, places = plt.subplots(2, len(SHOWN), figsize=(6.4, 3.5))
    figure.subplots_adjust(left=0.22, right=0.995, bottom=0.01, top=0.92, wspace=0.04, hspace=0.06)
    largest = max(arrays[name].max() for name in SHOWN)
    for column, name in zip(places.T, SHOWN, strict=True):
        for axes, image in zip(column, arrays[name].astype(float), strict=True):
            axes.imshow(image.reshape(28, 28), cmap=style.INK, vmin=0, vmax=largest, interpolation="none")
            axes.set(xticks=[], yticks=[])
        column[0].set_title(NAMES[name], fontsize=11)
    for axes, name in zip(places[:, 0], ("each unit meets\nits own worst image", "one image"), strict=True):
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    return figure
