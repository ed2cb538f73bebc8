"""What makes a figure script a command: its options, and where its image goes.

A script under plots/ defines `draw(results_dir) -> Figure` and ends in `command.main(draw)`.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

# Whether a figure script is run or `python plots`, and not a program of the reader's
if Path(sys.argv[0]).resolve().is_relative_to(Path(__file__).resolve().parent):
    os.environ["MATPLOTLIBRC"] = os.devnull  # with one that can't be read, matplotlib can't be imported,
    os.environ["MPLBACKEND"] = "agg"  # nor with a backend that isn't there

from support.options import Parser, add_runs, figures_folder, one_line_errors, runs_folder, short

with one_line_errors():
    from matplotlib.figure import Figure

    from plots import style


def parser(description: str) -> Parser:
    """The options that every figure script and `python plots` share."""
    parser = Parser(description)
    parser.add_argument("--format", choices=[*style.NO_DATE], default="png", help="of the image")
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


def main(draw: Callable[[Path], Figure]) -> None:
    """Run a figure script as a command: its file name is the figure's."""
    script = Path(draw.__code__.co_filename)
    arguments = parser(f"Draw {script.stem}.").parse_args()
    with one_line_errors(), style.look():
        path = image_path(script.stem, arguments)
        style.write(draw(runs_folder("regular", arguments)), path)
        print(short(path))
