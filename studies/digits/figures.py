"""The figure of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from plots import style
from studies.digits.study import ROBUST, price

INK = LinearSegmentedColormap.from_list("ink", ["white", "#404040"])
GREENS = LinearSegmentedColormap.from_list("greens", ["white", style.GREEN])


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"triangles": draw_triangles(numbers["pairs"])}


def draw_triangles(pairs: dict) -> Figure:
    """The price in points for each ε of training, and ε*: a square for each pair."""
    figure, places = plt.subplots(2, 2, figsize=(8, 8))
    figure.subplots_adjust(left=0.04, right=0.99, bottom=0.01, top=0.94, wspace=0.1, hspace=0.14)
    for key, axes in zip(ROBUST, places.flat, strict=False):
        values = {name: 100 * price(pair, key) for name, pair in pairs.items()}
        title = rf"Price in points, trained with $\epsilon={key}$"
        draw_triangle(axes, values, title, INK, (0, 50), lambda price: f"{price:.1f}")
    thresholds = {name: pair["threshold"] for name, pair in pairs.items()}
    title = r"$\epsilon^\ast$: from here on a constant is optimal"
    draw_triangle(places[1, 1], thresholds, title, GREENS, (0.2, 0.5), lambda value: f".{1000 * value:.0f}")
    return figure


def draw_triangle(axes: Axes, values: dict[str, float], title: str, colours, limits: tuple, text) -> None:
    """The smaller digit of a pair is its row, the larger its column; `limits`: white and full colour."""
    for name, value in values.items():
        row, column = map(int, name.split())
        shade = np.clip((value - limits[0]) / np.ptp(limits), 0, 1)
        axes.add_patch(
            plt.Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colours(shade), edgecolor="white")
        )
        colour = "white" if shade > 0.6 else style.BLACK
        axes.text(column, row, text(value), ha="center", va="center", fontsize=9, color=colour)
    axes.add_patch(
        plt.Rectangle((0.5, -0.5), 1, 1, fill=False, edgecolor=style.BLACK, linewidth=1.2, zorder=3)
    )
    axes.set(xlim=(0.45, 9.55), ylim=(8.55, -0.55), aspect="equal", xticks=range(1, 10), yticks=range(9))
    axes.set_title(title, fontsize=12)
    axes.tick_params(length=0, labeltop=True, labelbottom=False, labelsize=11)
    axes.spines[:].set_visible(False)
