"""The figures of the 45 pairs."""

import numpy as np
import shared
import style
from digits import verdicts
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

TELLING = ("0 1", "4 9", "3 4", "3 5")
INK = LinearSegmentedColormap.from_list("ink", ["white", "#404040"])
GREENS = LinearSegmentedColormap.from_list("greens", ["white", style.GREEN])


def draw_triangles(pairs: dict) -> Figure:
    """The price in points for each ε of training, and ε*: a square for each pair."""
    figure, places = plt.subplots(2, 2, figsize=(8, 8), layout="constrained")
    prices = {
        e: {name: 100 * verdicts.price(pair, e) for name, pair in pairs.items()} for e in verdicts.ROBUST
    }
    for (epsilon, values), axes in zip(prices.items(), places.flat, strict=False):
        title = rf"Price in points, trained with $\epsilon={epsilon}$"
        draw_triangle(axes, values, title, INK, (0, 50), lambda price: f"{price:.1f}")
    thresholds = {name: pair["no_learning"] for name, pair in pairs.items()}
    title = r"Nothing is learned from $\epsilon^\ast$ on"
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


def draw_thresholds(pairs: dict) -> Figure:
    """Accuracy above the constant's over ε*, clean and under attack: a dot for each pair and model."""
    figure, places = plt.subplots(1, 2, figsize=(8, 4.2), sharex=True, sharey=True, layout="constrained")
    thresholds = [pair["no_learning"] for pair in pairs.values()]
    for epsilon, colour, marker in zip(verdicts.ROBUST, style.MODEL_LINES[1:], "osD", strict=True):
        clean = [np.mean(pair["clean"][epsilon]) - pair["constant"] for pair in pairs.values()]
        attacked = [verdicts.attacked(pair, epsilon, epsilon) - pair["constant"] for pair in pairs.values()]
        for axes, values in zip(places, (clean, attacked), strict=True):
            label = rf"$\epsilon={epsilon}$"
            axes.plot(thresholds, 100 * np.array(values), marker, color=colour, markersize=4, label=label)
            axes.axvline(float(epsilon), color=colour, linewidth=1, linestyle=(0, (4, 4)))
    for axes, title in zip(places, ("Clean", r"Attacked with the $\epsilon$ of training"), strict=True):
        axes.axhline(0, color=style.BLACK, linewidth=0.6)
        axes.set_title(title, fontsize=12)
        axes.set_xlabel(r"$\epsilon^\ast$ of the pair", fontsize=11)
        axes.spines[["top", "right"]].set_visible(False)
    places[0].set_ylabel("Points above the constant", fontsize=11)
    places[1].legend(frameon=False, fontsize=11, loc="upper left")
    return figure


def draw_pairs(models: dict[str, np.ndarray], means: dict[str, list[np.ndarray]]) -> Figure:
    """Mean images, seed 1's weights and the optima of a few pairs.

    Args:
        models: for each pair (7, 785), as in models.npz.
        means: for each pair of `TELLING` the mean image of either digit, (784,).
    """
    heads = ["Mean images", "", "Regular", r"$\epsilon=0.1$", r"$\epsilon=0.3$"]
    heads += [rf"Optimum, ${epsilon}$" for epsilon in verdicts.ROBUST]
    figure, places = plt.subplots(len(TELLING), len(heads), figsize=(8, 1.08 * len(TELLING) + 0.25))
    figure.subplots_adjust(left=0.005, right=0.995, bottom=0.01, top=0.93, wspace=0.06, hspace=0.06)
    for name, row in zip(TELLING, places, strict=True):
        for axes, image in zip(row, means[name], strict=False):
            style.show_image(axes, image.reshape(28, 28))
        for axes, weights in zip(row[2:], models[name][[0, 1, 3, 4, 5, 6]], strict=True):
            shared.show_weights(axes, weights[:-1])
    for axes, head in zip(places[0], heads, strict=True):
        axes.set_title(head, fontsize=10, loc="left" if head == heads[0] else "center")
    return figure
