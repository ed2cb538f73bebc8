"""What all command lines of this project share: checked arguments, one-line errors, a quiet TensorFlow.

class UserError      something the reader can mend; printed as one line
one_line_errors()    turns an exception into that line and an exit code
Parser               argparse with one-line errors; experiment_parser() has the experiments' options
quiet_tensorflow()   keeps TensorFlow's start-up messages off the terminal
Stopwatch            what each phase of a run took
"""

import argparse
import contextlib
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
RESULTS = ROOT / "results"


class UserError(Exception):
    """Something that the reader can mend; the message says what is wrong and what to do."""


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Print a foreseeable error as one line on stderr and exit: 1, or 130 after Ctrl-C."""
    try:
        yield
    except UserError as error:
        message, code = f"error: {error}", 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        message, code = f"error: {where}{error.strerror or error}", 1
    except MemoryError:
        message, code = "error: out of memory: close other programs or choose smaller settings", 1
    except BaseException as error:
        if not interrupted(error):
            raise
        message, code = "interrupted: the last complete results are in place", 130
    else:
        return
    print(" ".join(message.split()), file=sys.stderr)
    raise SystemExit(code)


def short(path: Path) -> Path:
    """The path as a line of output shows it: relative where it lies below the working folder."""
    path, here = path.resolve(), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: a C module that it strikes while loading raises an ImportError."""
    return error is not None and (
        isinstance(error, KeyboardInterrupt) or interrupted(error.__cause__ or error.__context__)
    )


class Parser(argparse.ArgumentParser):
    """argparse's parser, with a wrong argument answered in one line (exit code 2)."""

    def __init__(self, description: str):
        super().__init__(
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )

    def error(self, message: str):
        self.exit(2, " ".join(f"error: {message} (see --help)".split()) + "\n")


def whole_number(minimum: int, maximum: int = 2**31 - 1) -> Callable[[str], int]:
    """An argparse type: an integer from `minimum` to `maximum`."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or not minimum <= number <= maximum:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {minimum} to {maximum}")
        return number

    return parse


def positive_number(text: str) -> float:
    """An argparse type: a finite number above zero."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number above zero")
    return number


def experiment_parser(description: str, learning_rate: float) -> Parser:
    """The options that both experiments share; `learning_rate` is the default of that option."""
    parser = Parser(description)
    parser.add_argument("--epochs", type=whole_number(1), default=10, help="passes over the data")
    parser.add_argument("--batch-size", type=whole_number(1), default=100, help="training examples")
    parser.add_argument("--learning-rate", type=positive_number, default=learning_rate, help="of SGD")
    parser.add_argument("--seed", type=whole_number(0, 2**32 - 1), default=1, help="of the initial weights")
    parser.add_argument(
        "--initializer",
        choices=["glorot_uniform", "zeros"],
        default="glorot_uniform",
        help="initial weights",
    )
    parser.add_argument(
        "--source",
        choices=["bundled", "tfds"],
        default="bundled",
        help="the data set beside this script, or all of MNIST through TFDS",
    )
    parser.add_argument("--results-dir", type=Path, default=RESULTS, help="where the run goes")
    parser.add_argument(
        "--graph",
        action="store_true",
        help="compile the same steps with tf.function: the same result, faster",
    )
    return parser


@contextlib.contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Import TensorFlow inside this: its C++ libraries greet on file descriptor 2 regardless of settings.

    An exception still passes; only what native code writes to stderr meanwhile is lost.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    logging.getLogger("absl").setLevel(logging.ERROR)
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


class Stopwatch:
    """Seconds per phase: `lap(name)` ends the phase that began at the lap before."""

    def __init__(self):
        self.phases: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, phase: str) -> None:
        now = time.perf_counter()
        self.phases[phase] = self.phases.get(phase, 0.0) + now - self._last
        self._last = now

    def __str__(self) -> str:
        phases = {**self.phases, "total": sum(self.phases.values())}
        return "seconds: " + ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in phases.items())
