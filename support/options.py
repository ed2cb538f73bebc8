"""What all command lines share: options, one-line errors, and which settings belong to which folder."""

import argparse
import contextlib
import math
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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
        causes = [error]  # what Ctrl-C interrupts may fail in turn
        while causes[-1].__context__:
            causes.append(causes[-1].__context__)
        if any(isinstance(cause, KeyboardInterrupt) for cause in causes):
            message, code = "interrupted: the last complete results are in place", 130
        elif isinstance(error, UserError):
            message, code = f"error: {error}", 1
        elif isinstance(error, OSError):
            where = f"{error.filename}: " if error.filename else ""
            message, code = f"error: {where}{error.strerror or error}", 1
        elif isinstance(error, ModuleNotFoundError):
            message, code = f"error: no {error.name} here: `make test-environment`, then .venv/bin/python", 1
        elif isinstance(error, MemoryError):
            message, code = "error: out of memory: close other programs or choose smaller settings", 1
        else:
            raise
        print(" ".join(map(str.strip, message.splitlines())), file=sys.stderr)
        raise SystemExit(code) from None


def short(path: Path) -> Path:
    """The path as a line of output shows it: relative where it lies below the working folder."""
    path, here = Path(os.path.abspath(path)), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def python(*words: object) -> str:
    """A command to type in the working folder, for the Python that runs this."""
    words = [Path(sys.executable), *words]
    return shlex.join(str(short(word) if isinstance(word, Path) else word) for word in words)


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


def add_folder(add: Callable, digits: str, folder: str) -> None:
    """The two options from which `runs_folder` knows where runs lie, with a help text each."""
    pair = {"nargs": 2, "type": whole_number(0, 9), "action": Different, "metavar": ("A", "B")}
    add("--digits", **pair, default=POST_DIGITS, help=digits)
    add("--results-dir", type=Path, default=argparse.SUPPRESS, help=folder)


def add_runs(parser: Parser) -> None:
    """The options that say which runs are read."""
    add = parser.add_mutually_exclusive_group().add_argument
    add_folder(add, "of the runs", "where the runs lie (default: results/, or the digits' folder in it)")


def experiment_parser(docstring: str, model: str) -> Parser:
    """The options of the experiment that trains `model`, "regular" or "robust"; the post's by default."""
    parser = Parser(docstring)
    parser.set_defaults(**POST[model])
    add = parser.add_argument
    which = "of MNIST: the first is labelled -1, the second +1"
    add_folder(add, which, "where the runs go (default: results/, or a folder in it named by what differs)")
    add("--epochs", type=whole_number(1), help="passes over the data")
    add("--batch-size", type=whole_number(1), help="training examples")
    add("--learning-rate", type=positive_number, help="of SGD")
    add("--seed", type=whole_number(0), help="of the initial weights")
    add("--initializer", choices=["glorot_uniform", "zeros"], help="initial weights")
    if "epsilons" in POST[model]:
        widths = "half-widths of the box, a model each"
        add("--epsilons", nargs="+", type=positive_number, action=Different, help=widths)
    add("--graph", action="store_true", help="compile the same steps: the same bytes, faster")
    return parser


def config(options: argparse.Namespace) -> dict:
    """The settings on which a training's result depends."""
    return {name: getattr(options, name) for name in POST["regular"]}


# Settings and folders


def changed(model: str, settings: dict) -> dict[str, str]:
    """The settings that are not the post's, as a folder's name shows them. An ε is none: it names the run."""
    both = {name: (settings.get(name, POST[model][name]), POST[model][name]) for name in POST["regular"]}
    return {name: as_text(here) for name, (here, post) in both.items() if as_text(here) != as_text(post)}


def as_text(value: object) -> str:
    return "_".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def runs_folder(model: str, options: argparse.Namespace) -> Path:
    """--results-dir, or else results/ or the folder in it that the changed settings name.

    Raises:
        UserError: runs with changed settings, or with another ε than the post's, are sent to results/ itself.
    """
    parts, epsilons = changed(model, vars(options)), getattr(options, "epsilons", ())
    if not parts and not set(epsilons) <= set(POST["robust"]["epsilons"]):
        parts = {"epsilons": as_text(epsilons)}
    name = ",".join(f"{name}={text}" for name, text in parts.items())
    named = RESULTS / re.sub(r"^digits=(\d)_(\d)", r"\1_vs_\2", name)
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
    return {key: text for key, _, text in (part.partition("=") for part in parts) if key in POST["regular"]}


def is_results(folder: Path) -> bool:
    """Whether this is results/, by whatever path."""
    return folder.resolve() == RESULTS.resolve()
