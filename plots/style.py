"""The look that all figures share, and what makes a figure script a command.

A script under plots/ defines `draw(results_dir) -> Figure` and ends in `style.main(draw)`. Black, white and
one green; thin axes; serif text in the Computer Modern fonts that come with matplotlib, so no LaTeX.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

PLOTS = Path(__file__).resolve().parent
sys.path.insert(0, str(PLOTS.parent))

from support.disk import replacing
from support.options import Parser, add_runs, one_line_errors, runs_folder, short
from support.runs import Run, figures_folder, load_models, unusable

__all__ = ["Run", "load_models", "unusable"]  # what the figure scripts need from the folder above

BLACK = "black"
GREEN = "#008000"
PALE_GREEN = "#e6f0e6"
PALE_GREY = "#f2f2f2"
# The post's four models in their order: grey for the regular one, deepening greens for the robust ones
MODEL_LINES = ("#7a7a7a", "#7cbf7c", "#2c8c2c", "#004a00")
MODEL_FILLS = (PALE_GREY, PALE_GREEN, "#cbe3cb", "#a9d1a9")
DIGIT_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FORMATS = ("png", "pdf", "svg")
NO_DATE = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}  # the same bytes every time

plt.rcParams.update(
    {
        "font.family": "serif",
        "font.serif": ["cmr10"],
        "mathtext.fontset": "cm",
        "axes.formatter.use_mathtext": True,
        "axes.unicode_minus": False,  # cmr10 has no such sign
        "axes.linewidth": 0.8,
        "svg.hashsalt": "plots",
        "savefig.dpi": 300,
    }
)


def model_name(run: Run) -> str:
    """How titles, legends and row labels call a model."""
    return "Regular" if run.model == "regular" else rf"Robust ($\epsilon={run.epsilon:g}$)"


def short_name(run: Run) -> str:
    """The same where the place is narrow."""
    return "Regular" if run.model == "regular" else rf"$\epsilon={run.epsilon:g}$"


def shades(colours: tuple[str, ...], count: int) -> list[str]:
    """Colours for `count` models: the first for the regular one, robust ones spread over the others."""
    robust = np.array([to_rgb(colour) for colour in colours[1:]])
    at = np.linspace(0, len(robust) - 1, count - 1)
    channels = [np.interp(at, range(len(robust)), channel) for channel in robust.T]
    return [colours[0], *map(to_hex, zip(*channels, strict=True))]


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
        raise unusable(run.folder / "adversarial.npz", f"no attack at ε = {epsilon:g}")
    return int(rows[0])


def show_image(axes: Axes, image: np.ndarray) -> None:
    """Draw an image (28, 28) in a thin frame: white its smallest value, black its largest."""
    axes.imshow(image, cmap="gray_r", interpolation="none")
    axes.set(xticks=[], yticks=[])


def parser(description: str) -> Parser:
    """The options that every figure script and `python plots` share."""
    parser = Parser(description)
    parser.add_argument("--format", choices=FORMATS, default="png", help="of the image")
    add_runs(parser)
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=argparse.SUPPRESS,
        help="where the image goes (default: plots/, or a folder plots in another --results-dir)",
    )
    return parser


def image_path(name: str, arguments: argparse.Namespace) -> Path:
    """Where the options say that the figure `name` goes."""
    folder = getattr(arguments, "output_dir", figures_folder(runs_folder("regular", arguments)))
    return folder / f"{name}.{arguments.format}"


def write(figure: Figure, path: Path) -> None:
    """Save the figure whole or not at all, and close it.

    Raises:
        UserError: the image can't be written.
    """
    try:
        with replacing(path) as partial:
            figure.savefig(partial, metadata=NO_DATE[path.suffix[1:]])
    finally:
        plt.close(figure)


def main(draw: Callable[[Path], Figure]) -> None:
    """Run a figure script as a command: its file name is the figure's."""
    script = Path(draw.__code__.co_filename)
    arguments = parser(f"Draw {script.stem}.").parse_args()
    with one_line_errors():
        path = image_path(script.stem, arguments)
        write(draw(runs_folder("regular", arguments)), path)
        print(short(path))
