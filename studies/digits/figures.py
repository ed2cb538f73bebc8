"""The figure of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from plots import style
from studies.digits.study import ROBUST, measures

INK = LinearSegmentedColormap.from_list("ink", ["white", "#404040"])
GREENS = LinearSegmentedColormap.from_list("greens", ["white", style.GREEN])


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"limit": draw_limit(numbers["pairs"])}


def draw_limit(pairs: dict) -> Figure:
    """ε* of each pair and the price for 0.3; and for each ε of training what its distance to ε* decides."""
    figure, ((left, right), (price, attack)) = plt.subplots(2, 2, figsize=(8, 7.2), height_ratios=(4, 3))
    figure.subplots_adjust(left=0.07, right=0.99, bottom=0.07, top=0.93, wspace=0.16, hspace=0.14)
    thresholds = {name: pair["threshold"] for name, pair in pairs.items()}
    title = r"$\epsilon^\ast$: from here on a constant is optimal"
    draw_triangle(left, thresholds, title, GREENS, (0.2, 0.5), lambda value: f".{1000 * value:.0f}")
    prices = {name: 100 * (pair["clean"]["regular"] - pair["clean"]["0.3"]) for name, pair in pairs.items()}
    beyond = {name for name, limit in thresholds.items() if limit <= 0.3}
    title = r"Price in points, ten epochs for $\epsilon=0.3$"
    draw_triangle(right, prices, title, INK, (0, 50), lambda price: f"{price:.1f}", beyond)
    cases = [(pair, key) for key in ROBUST for pair in pairs.values()]
    room, prices, own, _, _ = measures(cases)
    for axes, values, title in (
        (price, prices, "Price in points"),
        (attack, own, r"Right in % under an attack of $\epsilon$"),
    ):
        axes.axvline(0, color=style.BLACK, linewidth=0.8)
        axes.plot(room, 100 * values[1], "s", color=style.GREEN, markersize=3, label="converged")
        axes.plot(room, 100 * values[0], "o", color=style.BLACK, markersize=3, label="ten epochs")
        axes.set_xlabel(r"$\epsilon^\ast-\epsilon$")
        axes.set_title(title, fontsize=12)
        axes.spines[["top", "right"]].set_visible(False)
    price.legend(frameon=False)
    return figure


def draw_triangle(
    axes: Axes, values: dict[str, float], title: str, colours, limits: tuple, text, framed: set = frozenset()
) -> None:
    """The smaller digit of a pair is its row, the larger its column; `limits`: white and full colour."""

    def square(row: int, column: int, size: float, **look) -> None:
        corner = column - size / 2, row - size / 2
        axes.add_patch(plt.Rectangle(corner, size, size, **look))

    for name, value in values.items():
        row, column = map(int, name.split())
        shade = np.clip((value - limits[0]) / np.ptp(limits), 0, 1)
        square(row, column, 1, facecolor=colours(shade), edgecolor="white")
        if name in framed:
            square(row, column, 0.86, fill=False, edgecolor=style.GREEN, linewidth=2.2)
        colour = "white" if shade > 0.6 else style.BLACK
        axes.text(column, row, text(value), ha="center", va="center", fontsize=9, color=colour)
    square(0, 1, 1, fill=False, edgecolor=style.BLACK, linewidth=1.2, zorder=3)
    axes.set(xlim=(0.45, 9.55), ylim=(8.55, -0.55), aspect="equal", xticks=range(1, 10), yticks=range(9))
    axes.set_title(title, fontsize=12)
    axes.tick_params(length=0, labeltop=True, labelbottom=False, labelsize=11)
    axes.spines[:].set_visible(False)
