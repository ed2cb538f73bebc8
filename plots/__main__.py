"""Draw the figures: `python plots` all of them, `python plots NAME ...` some."""

import importlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots import command, style
from support.options import UserError, one_line_errors, runs_folder, short

SCRIPTS = Path(__file__).parent.glob("[a-z]*.py")
FIGURES = sorted({path.stem for path in SCRIPTS} - {"command", "schematic", "style"})


def main() -> None:
    parser = command.parser("Draw the figures from results/.")
    parser.add_argument("names", nargs="*", metavar="NAME", default=FIGURES, help="of figures")
    arguments = parser.parse_args()
    with one_line_errors(), style.look():
        for name in arguments.names:
            if name not in FIGURES:
                raise UserError(f"unknown figure {name!r}: choose from {', '.join(FIGURES)}")
        results_dir = runs_folder("regular", arguments)
        failed = {}  # the figures that can't be drawn, by the reason
        for name in arguments.names:
            start, path = time.perf_counter(), command.image_path(name, arguments)
            try:
                figure = importlib.import_module(f"plots.{name}").draw(results_dir)
            except UserError as error:
                failed.setdefault(str(error), []).append(name)
                continue
            style.write(figure, path)
            print(f"{name:28} {time.perf_counter() - start:5.1f} s  {short(path)}", flush=True)
        if failed:
            raise UserError(
                "; ".join(f"can't draw {', '.join(names)}: {why}" for why, names in failed.items())
            )


if __name__ == "__main__":
    main()
