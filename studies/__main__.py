"""Run the studies: `python studies` all of them, `python studies NAME ...` some.

Each study writes its numbers and figures into its own folder, beside its page.
"""

import importlib
import os
import sys
import time
from pathlib import Path

# The last bits of NumPy's products depend on these; joblib's processes share the cores.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "plots")]
os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:3])  # of the processes that a study starts

import shared

from command_line import Parser, UserError, one_line_errors

NAMES = (*shared.STUDIES, "benchmark")  # which runs only when named


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of " + ", ".join(NAMES))
    arguments = parser.parse_args()
    with one_line_errors():
        for name in arguments.names:
            if name not in NAMES:
                raise UserError(f"unknown study {name!r}: choose from {', '.join(NAMES)}")
        for name in arguments.names or shared.STUDIES:
            start = time.perf_counter()
            importlib.import_module(f"{name}.study").main()
            print(f"{name:16} {time.perf_counter() - start:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
