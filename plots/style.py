"""The look that all figures share: black, white and one green; thin axes; Computer Modern without LaTeX.

A figure is drawn and written inside `look()`, where only matplotlib's defaults and LOOK count.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from support.disk import replacing
from support.options import UserError
from support.runs import Run

BLACK = "black"
GREEN = "#008000"
PALE_GREEN = "#e6f0e6"
PALE_GREY = "#f2f2f2"
# The post's four models in their order: grey for the regular one, deepening greens for the robust ones
MODEL_LINES = ("#7a7a7a", "#7cbf7c", "#2c8c2c", "#004a00")
MODEL_FILLS = (PALE_GREY, PALE_GREEN, "#cbe3cb", "#a9d1a9")
INK = LinearSegmentedColormap.from_list("ink", ["white", BLACK], N=256)  # matplotlib's depend on image.lut
DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NO_DATE = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}  # the same bytes every time

LOOK = {
    "font.family": "serif",
    "font.serif": ["cmr10"],
    "mathtext.fontset": "cm",
    "axes.formatter.use_mathtext": True,
    "axes.unicode_minus": False,  # cmr10 has no such sign
    "axes.linewidth": 0.8,
    "svg.hashsalt": "plots",
    "savefig.dpi": 300,
}


@contextlib.contextmanager
def look() -> Iterator[None]:
    """What is drawn and written in here depends on no setting of the reader's, and leaves them as they are.

    As in `with look():`, or `@look()` above a function.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)
        yield


def model_name(run: Run) -> str:
    """How titles, legends and row labels call a model."""
    return "Regular" if run.model == "regular" else rf"Robust ($\epsilon={run.epsilon:g}$)"


def short_name(run: Run) -> str:
    """The same where the place is narrow."""
    return "Regular" if run.model == "regular" else rf"$\epsilon={run.epsilon:g}$"


def shades(colours: tuple[str, ...], count: int) -> list[str]:
    """Colours for `count` models: the first for the regular one, robust ones spread over the others."""
    robust = LinearSegmentedColormap.from_list("robust", colours[1:], N=256)
    return [colours[0], *map(to_hex, robust(np.linspace(0, 1, count - 1)))]


def without_straight(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A curve over an even grid, without its points on the straight line from one neighbour to the other.

    A joint of two pieces in one line is drawn otherwise on another kind of processor.
    """
    bent = np.append(np.insert(np.abs(np.diff(y, 2)) > 1e-9, 0, True), True)
    return x[bent], y[bent]


def nearest(runs: list[Run], epsilon: float) -> Run:
    """The robust model of these whose ε is nearest."""
    return min(runs[1:], key=lambda run: abs(run.epsilon - epsilon))


def row_at(run: Run, epsilon: float) -> int:
    """The row of the run's attack that belongs to `epsilon`.

    Raises:
        UserError: the run was not attacked at this ε.
    """
    rows = np.flatnonzero(np.isclose(run.epsilons, epsilon))
    if not len(rows):
        raise UserError(f"{run.folder / 'adversarial.npz'}: no attack at ε = {epsilon:g}, make the run again")
    return int(rows[0])


def misclassified(run: Run, epsilon: float) -> np.ndarray:
    """Up to ten perturbed images that the model gets wrong, nearest the boundary first: (n, 28, 28).

    Raises:
        UserError: as row_at.
    """
    row = row_at(run, epsilon)
    return run.closest_images[row, run.closest[row] >= 0]


def show_image(axes: Axes, image: np.ndarray | None) -> None:
    """Draw an image (28, 28) in a thin frame, white its smallest value and black its largest; or nothing."""
    if image is None:
        axes.set_axis_off()
    else:
        axes.imshow(image, cmap=INK, interpolation="none")
        axes.set(xticks=[], yticks=[])


def beside(axes: Axes, x: float, y: float, text: str, **look) -> None:
    """A text beside an image, whose lower left corner is (0, 0) and upper right one (1, 1)."""
    axes.text(x, y, text, transform=axes.transAxes, **{"va": "center"} | look)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], **look) -> None:
    """A thin line from `start` to the head at `end`; `look` is passed on to matplotlib's FancyArrowPatch."""
    line = {"arrowstyle": "-|>", "color": BLACK, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=line | look)


def write(figure: Figure, path: Path) -> None:
    """Save the figure whole or not at all, and close it.

    Raises:
        UserError: the image can't be written.
    """
    with replacing(path) as partial:
        figure.savefig(partial, metadata=NO_DATE[path.suffix[1:]])
    plt.close(figure)
