"""Compute the studies' numbers and draw their figures.

    python -m studies [NAME ...] [--figures-only]

Each study writes results.json, arrays.npz and its figures into its own folder, beside its page.
"""

import importlib
import os
import time

# The last bits of NumPy's products depend on these; the processes that a study starts share the cores.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}
os.environ |= {"MATPLOTLIBRC": os.devnull, "MPLBACKEND": "agg"}  # none of the reader's keeps it from starting

from plots import style
from studies import NAMES, STUDIES
from studies.shared import files, work
from support.options import Parser, UserError, one_line_errors


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", default=STUDIES, help="or benchmark")
    parser.add_argument("--figures-only", action="store_true", help="draw again what was computed before")
    arguments = parser.parse_args()
    with one_line_errors():
        for name in arguments.names:
            if name not in NAMES:
                raise UserError(f"unknown study {name!r}: choose from {', '.join(NAMES)}")
        for number, name in enumerate(arguments.names, start=1):
            start = time.perf_counter()
            with work.clock(f"{name}, {number} of {len(arguments.names)}"):
                if not arguments.figures_only:
                    study = importlib.import_module(f"studies.{name}.study")
                    files.write(name, *study.compute())
                draw_figures(name)
            print(f"{name:16} {time.perf_counter() - start:6.1f} s", flush=True)


@style.look()
def draw_figures(name: str) -> None:
    figures = importlib.import_module(f"studies.{name}.figures")
    for figure_name, figure in figures.draw(files.numbers(name), files.arrays(name)).items():
        style.write(figure, files.HERE / name / f"{figure_name}.png")


if __name__ == "__main__":
    main()
