"""What the studies' figures share."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from plots import style

SIGNED = LinearSegmentedColormap.from_list("signed", [style.GREEN, "white", style.BLACK])


def show_weights(axes: Axes, weights: np.ndarray, largest: float | None = None) -> AxesImage:
    """Draw weights (784,) as an image: black speaks for the second digit, green for the first.

    Full black and full green stand for the absolute weight `largest`; without it, for that of this image.
    """
    largest = largest or np.abs(weights).max() or 1
    shown = axes.imshow(weights.reshape(28, 28), cmap=SIGNED, vmin=-largest, vmax=largest)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_linewidth(0.4)
    return shown


def weight_key(figure: Figure, shown: AxesImage, place: tuple[float, float, float, float]) -> None:
    """The key of what `show_weights` drew of zeros and ones, at (left, bottom, width, height)."""
    largest = shown.get_clim()[1]
    key = figure.colorbar(shown, cax=figure.add_axes(place), orientation="horizontal")
    key.set_ticks([-largest, 0, largest], labels=["speaks for the zero", "0", "speaks for the one"])


def open_axes(*places: Axes) -> None:
    """Take the upper and the right line from these axes."""
    for axes in places:
        axes.spines[["top", "right"]].set_visible(False)
