"""What all command lines of this project share.

class UserError       something the reader can mend; printed as one line
one_line_errors()     turns an exception into that line and an exit code
Parser                argparse with one-line errors
experiment_parser()   the experiments' options and their defaults
"""

import argparse
import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
RESULTS = ROOT / "results"
POST_DIGITS = (0, 1)
CONFIG = ("digits", "epochs", "batch_size", "learning_rate", "seed", "initializer")


class UserError(Exception):
    """Something that the reader can mend; the message says what is wrong and what to do."""


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Print a foreseeable error as one line on stderr and exit: 1, or 130 after Ctrl-C."""
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        if any(isinstance(cause, KeyboardInterrupt) for cause in with_causes(error)):
            message, code = "interrupted: the last complete results are in place", 130
        elif isinstance(error, UserError):
            message, code = f"error: {error}", 1
        elif isinstance(error, OSError):
            where = f"{error.filename}: " if error.filename else ""
            message, code = f"error: {where}{error.strerror or error}", 1
        elif isinstance(error, MemoryError):
            message, code = "error: out of memory: close other programs or choose smaller settings", 1
        else:
            raise
        print(" ".join(message.split()), file=sys.stderr)
        raise SystemExit(code) from None


def with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and those that it was raised on top of: what Ctrl-C interrupts may fail in turn."""
    while error:
        yield error
        error = error.__context__


def short(path: Path) -> Path:
    """The path as a line of output shows it: relative where it lies below the working folder."""
    path, here = path.resolve(), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


class Parser(argparse.ArgumentParser):
    """argparse's parser, described by a module's first line, with one-line errors (exit code 2)."""

    def __init__(self, docstring: str):
        super().__init__(
            description=docstring.splitlines()[0],
            allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )

    def error(self, message: str):
        self.exit(2, " ".join(f"error: {message} (see --help)".split()) + "\n")


def whole_number(minimum: int, maximum: int = 2**31 - 1) -> Callable[[str], int]:
    """An argparse type: an integer from `minimum` to `maximum`."""

    def parse(text: str) -> int:
        with contextlib.suppress(ValueError):
            if minimum <= int(text) <= maximum:
                return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {minimum} to {maximum}")

    return parse


def positive_number(text: str) -> float:
    """An argparse type: a finite number above zero."""
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a finite number above zero")


class Different(argparse.Action):
    """Stores the values of an option, which must differ from one another."""

    def __call__(self, parser, namespace, values, option_string=None):
        if len(set(values)) < len(values):
            raise argparse.ArgumentError(self, f"the same value twice: {' '.join(map(str, values))}")
        setattr(namespace, self.dest, tuple(values))


def experiment_parser(docstring: str, learning_rate: float) -> Parser:
    """The options that both experiments share, with their defaults."""
    parser = Parser(docstring)
    add = parser.add_argument
    add(
        "--digits",
        nargs=2,
        type=whole_number(0, 9),
        default=POST_DIGITS,
        action=Different,
        metavar=("A", "B"),
        help="of MNIST: the first is labelled -1, the second +1",
    )
    add("--epochs", type=whole_number(1), default=10, help="passes over the data")
    add("--batch-size", type=whole_number(1), default=100, help="training examples")
    add("--learning-rate", type=positive_number, default=learning_rate, help="of SGD")
    add("--seed", type=whole_number(0), default=1, help="of the initial weights")
    add(
        "--initializer", choices=["glorot_uniform", "zeros"], default="glorot_uniform", help="initial weights"
    )
    add("--results-dir", type=Path, default=RESULTS, help="where the runs go; digits but 0 1 below it")
    add("--graph", action="store_true", help="compile the same steps: the same bytes, faster")
    return parser


def config(options: argparse.Namespace) -> dict:
    """The options on which a training's result depends."""
    return {name: getattr(options, name) for name in CONFIG}
