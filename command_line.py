"""What all command lines of this project share.

class UserError       something the reader can mend; printed as one line
one_line_errors()     turns an exception into that line and an exit code
Parser                argparse with one-line errors
experiment_parser()   the experiments' options, with the post's settings as defaults
runs_folder()         results/ for the post's settings; others name a folder of their own
"""

import argparse
import contextlib
import math
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
RESULTS = ROOT / "results"
POST_DIGITS = (0, 1)
COMMON = {"digits": POST_DIGITS, "epochs": 10, "batch_size": 100, "seed": 1, "initializer": "glorot_uniform"}
POST = {  # the settings on which a run depends, and their values in the post
    "regular": {**COMMON, "learning_rate": 0.1},  # for the mean over a batch
    "robust": {**COMMON, "learning_rate": 0.0001, "epsilons": (0.1, 0.2, 0.3)},  # for the sum over a batch
}


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


def experiment_parser(docstring: str, model: str) -> Parser:
    """The options of the experiment that trains `model`, "regular" or "robust"; the post's by default."""
    parser = Parser(docstring)
    parser.set_defaults(**POST[model])
    add = parser.add_argument
    which = "of MNIST: the first is labelled -1, the second +1"
    add("--digits", nargs=2, type=whole_number(0, 9), action=Different, metavar=("A", "B"), help=which)
    add("--epochs", type=whole_number(1), help="passes over the data")
    add("--batch-size", type=whole_number(1), help="training examples")
    add("--learning-rate", type=positive_number, help="of SGD")
    add("--seed", type=whole_number(0), help="of the initial weights")
    add("--initializer", choices=["glorot_uniform", "zeros"], help="initial weights")
    if "epsilons" in POST[model]:
        widths = "half-widths of the box, a model each"
        add("--epsilons", nargs="+", type=positive_number, action=Different, help=widths)
    where = "where the runs go (default: results/, or a folder in it named by the settings that differ)"
    add("--results-dir", type=Path, default=argparse.SUPPRESS, help=where)
    add("--graph", action="store_true", help="compile the same steps: the same bytes, faster")
    return parser


def config(options: argparse.Namespace) -> dict:
    """The settings on which a training's result depends."""
    return {name: getattr(options, name) for name in POST["regular"]}


# Settings and folders


def changed(model: str, settings: dict) -> dict[str, str]:
    """The settings that are not the post's, as a folder's name shows them. A part of its ε is no change."""
    found = {name: as_text(settings.get(name, post)) for name, post in POST[model].items()}
    if set(settings.get("epsilons", ())) <= set(POST["robust"]["epsilons"]):
        found.pop("epsilons", None)
    return {name: text for name, text in found.items() if text != as_text(POST[model][name])}


def as_text(value: object) -> str:
    return "_".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def runs_folder(model: str, options: argparse.Namespace) -> Path:
    """--results-dir, or else results/ or the folder in it that the changed settings name.

    Raises:
        UserError: runs with changed settings are sent to results/ itself.
    """
    parts = ",".join(f"{name}={text}" for name, text in changed(model, vars(options)).items())
    named = RESULTS / re.sub(r"^digits=(\d)_(\d)", r"\1_vs_\2", parts)
    folder = getattr(options, "results_dir", named)
    if parts and is_results(folder):
        raise UserError(
            f"{short(folder)} is for the post's settings alone: choose another --results-dir, "
            f"or leave it out and the runs go to {short(named)}"
        )
    return folder


def settings_of(name: str) -> dict[str, str]:
    """The changed settings that a folder's name shows; none if it is named otherwise."""
    parts = re.sub(r"^(\d)_vs_(\d)", r"digits=\1_\2", name).split(",")
    return {key: text for key, _, text in (part.partition("=") for part in parts) if key in POST["robust"]}


def is_results(folder: Path) -> bool:
    """Whether this is results/, by whatever path."""
    return folder.resolve() == RESULTS.resolve()
