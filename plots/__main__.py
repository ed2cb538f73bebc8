"""Draw the figures: `python plots` all of them, `python plots NAME ...` some."""

import importlib
import time

import style

from support.options import UserError, one_line_errors, runs_folder, short

FIGURES = sorted(
    path.stem for path in style.PLOTS.glob("[a-z]*.py") if path.stem not in ("style", "schematic")
)


def main() -> None:
    parser = style.parser("Draw the figures from results/.")
    parser.add_argument("names", nargs="*", metavar="NAME", default=FIGURES, help="of figures")
    arguments = parser.parse_args()
    with one_line_errors():
        for name in arguments.names:
            if name not in FIGURES:
                raise UserError(f"unknown figure {name!r}: choose from {', '.join(FIGURES)}")
        results_dir = runs_folder("regular", arguments)
        for name in arguments.names:
            start = time.perf_counter()
            path = style.image_path(name, arguments)
            style.write(importlib.import_module(name).draw(results_dir), path)
            print(f"{name:28} {time.perf_counter() - start:5.1f} s  {short(path)}", flush=True)


if __name__ == "__main__":
    main()
