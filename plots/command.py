"""What makes figure scripts commands: their options, and where the images go.

A script under plots/ defines `draw(results_dir) -> Figure` and ends in `command.main(draw)`.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

# Whether a figure script is run or `python plots`, and not a program of the reader's
if Path(sys.argv[0]).resolve().is_relative_to(Path(__file__).resolve().parent):
    os.environ["MATPLOTLIBRC"] = os.devnull  # with one that can't be read, matplotlib can't be imported,
    os.environ["MPLBACKEND"] = "agg"  # nor with a backend that isn't there

from support.options import Parser, UserError, add_runs, figures_folder, one_line_errors, runs_folder, short

with one_line_errors():
    from matplotlib.figure import Figure

    from plots import style

SCRIPTS = Path(__file__).parent.glob("[a-z]*.py")
FIGURES = sorted({path.stem for path in SCRIPTS} - {"command", "schematic", "style"})


def main(draw: Callable[[Path], Figure] | None = None) -> None:
    """Draw the figure of a script, which is called like it, or else those that the reader names, or all."""
    parser = Parser("Draw from results/.")
    if draw:
        parser.set_defaults(names=[Path(draw.__code__.co_filename).stem])
    else:
        parser.add_argument("names", nargs="*", metavar="NAME", default=FIGURES, help="of figures")
    parser.add_argument("--format", choices=[*style.NO_DATE], default="png", help="of the images")
    add_runs(parser)
    where = "where the images go (default: plots/, or a folder plots in another --results-dir)"
    parser.add_argument("--output-dir", type=Path, default=argparse.SUPPRESS, help=where)
    arguments = parser.parse_args()
    with one_line_errors(), style.look():
        if unknown := [name for name in arguments.names if name not in FIGURES]:
            raise UserError(f"unknown figure {unknown[0]!r}: choose from {', '.join(FIGURES)}")
        results_dir = runs_folder("regular", arguments)
        folder = getattr(arguments, "output_dir", figures_folder(results_dir))
        failed = {}  # the figures that can't be drawn, by the reason
        for name in arguments.names:
            try:
                figure = (draw or importlib.import_module(f"plots.{name}").draw)(results_dir)
            except UserError as error:
                failed.setdefault(str(error), []).append(name)
                continue
            path = folder / f"{name}.{arguments.format}"
            style.write(figure, path)
            print(short(path), flush=True)
        if failed:
            reasons = (f"can't draw {', '.join(names)}: {why}" for why, names in failed.items())
            raise UserError("; ".join(reasons))
