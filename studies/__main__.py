"""Make the chapters: their numbers, then their figures.

    python -m studies [NAME ...] [--stale | --figures-only]

They are made in the order in which they read one another. With --stale, a chapter that comes out as before
leaves those that read it alone.
"""

import importlib
import os
import time

# The last bits of products depend on the kernels that OpenBLAS takes, those of exp, log and powers on whether
# NumPy finds AVX-512. The processes that a study starts inherit this, and share the cores.
os.environ |= {
    "OPENBLAS_NUM_THREADS": "1",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "MATPLOTLIBRC": os.devnull,  # none of the reader's keeps matplotlib from starting
    "MPLBACKEND": "agg",
}

from plots import style
from studies import STUDIES
from studies.shared import files
from support.options import Parser, UserError, one_line_errors


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", default=STUDIES, help=", ".join(STUDIES))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--stale", action="store_true", help="make only what was made from something else")
    which.add_argument("--figures-only", action="store_true", help="draw again what was computed before")
    arguments = parser.parse_args()
    with one_line_errors():
        for name in arguments.names:
            if name not in STUDIES:
                raise UserError(f"unknown study {name!r}: choose from {', '.join(STUDIES)}")
        for name in sorted(arguments.names, key=STUDIES.index):
            changed = files.stale(name) if arguments.stale else []
            if arguments.stale and not changed:
                print(f"{name:12} left: made from what is there")
                continue
            print(f"{name:12} {'stale: ' + ', '.join(changed) if changed else '...'}", flush=True)
            start = time.perf_counter()
            if not arguments.figures_only:
                made_from = files.made_from(name)  # before: what changes meanwhile may not have been read
                compute = importlib.import_module(f"studies.{name}.study").compute
                files.write(name, *compute(), made_from)
            draw_figures(name)
            print(f"{name:12} {time.perf_counter() - start:6.1f} s", flush=True)


@style.look()
def draw_figures(name: str) -> None:
    """Draw a chapter's figures, and remove those that it no longer draws."""
    draw = importlib.import_module(f"studies.{name}.figures").draw
    figures = draw(files.numbers(name), files.arrays(name))
    for figure_name, figure in figures.items():
        style.write(figure, files.HERE / name / f"{figure_name}.png")
    for path in (files.HERE / name).glob("*.png"):
        if path.stem not in figures:
            path.unlink()


if __name__ == "__main__":
    main()
