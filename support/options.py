"""What all command lines share: the settings and their options, the folders they name, one-line errors."""

import argparse
import contextlib
import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"


class UserError(Exception):
    """Something that the reader can mend: what is wrong, which file or run it is, and what to do."""


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Print a foreseeable error as one line on stderr and exit: 1, or 130 after Ctrl-C."""
    try:
        yield
        sys.stdout.flush()  # a full disk, or a reader who has gone, is noticed here and not at the exit
    except (Exception, KeyboardInterrupt) as error:
        cause = error
        while cause.__context__ and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__context__  # what Ctrl-C interrupts may fail in turn
        match cause if isinstance(cause, KeyboardInterrupt) else error:
            case KeyboardInterrupt():
                message, code = "interrupted: the last complete results are in place", 130
            case UserError() | OSError():
                message, code = f"error: {error}", 1
            case ModuleNotFoundError(name=name) if name.strip("_") in sys.stdlib_module_names:
                message, code = f"error: this Python was built without {name.strip('_')}: use another", 1
            case ModuleNotFoundError(name=name):
                message, code = f"error: no {name} here: `make test-environment`, then .venv/bin/python", 1
            case _:
                raise
        print(" ".join(map(str.strip, message.splitlines())), file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # it would fail again at the exit, in Python's words
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(code) from None


for stream in ("stdin", "stdout", "stderr"):
    if getattr(sys, stream) is None:  # closed: its descriptor is free, and the next file opened would get it
        setattr(sys, stream, open(os.devnull, "r+"))  # noqa: SIM115
for stream in (sys.stdout, sys.stderr):
    if isinstance(stream, io.TextIOWrapper):  # an ε that can't be printed becomes \u03b5
        stream.reconfigure(errors="backslashreplace")


def short(path: Path) -> Path:
    """The path as a line of output shows it: relative where it lies below the working folder."""
    path, here = Path(os.path.abspath(path)), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


# Settings


def number(kind: type, least: float, most: float) -> Callable[[str], float]:
    """An argparse type: an int or a float from `least` to `most`."""

    def parse(text: str) -> float:
        with contextlib.suppress(ValueError):
            if least <= kind(text) <= most:
                return kind(text)
        called = "a whole number" if kind is int else "a number"
        raise argparse.ArgumentTypeError(f"{text!r} is not {called} from {least} to {most}")

    return parse


def folder(text: str) -> Path:
    """An argparse type: a path, but not an empty one (of an unset variable), which pathlib takes for here."""
    if not text:
        raise argparse.ArgumentTypeError("its name is empty")
    return Path(text)


class Different(argparse.Action):
    """Store the values of an option, which must differ from one another."""

    def __call__(self, parser, namespace, values, option_string=None):
        if len(set(values)) < len(values):
            raise argparse.ArgumentError(self, f"the same value twice: {' '.join(map(str, values))}")
        setattr(namespace, self.dest, tuple(values))


WIDTH = number(float, 1e-9, 1)  # of an ε-box; 1 is all the way from white to black
DIGITS = {"nargs": 2, "type": number(int, 0, 9), "action": Different, "metavar": ("A", "B")}
MANY = 2**31 - 1
OPTIONS = {  # what each setting is, as argparse is told
    "digits": {"help": "of MNIST: the first is labelled -1, the second +1", **DIGITS},
    "epochs": {"help": "passes over the data", "type": number(int, 1, MANY)},
    "batch_size": {"help": "training examples", "type": number(int, 1, MANY)},
    "seed": {"help": "of the initial weights", "type": number(int, 0, MANY)},
    "initializer": {"help": "initial weights", "choices": ["glorot_uniform", "zeros"]},
    "learning_rate": {"help": "of SGD", "type": number(float, 1e-30, 1e30)},
    "epsilons": {"help": "half-widths of the box", "nargs": "+", "type": WIDTH, "action": Different},
}
POST_DIGITS = (0, 1)
COMMON = {"digits": POST_DIGITS, "epochs": 10, "batch_size": 100, "seed": 1, "initializer": "glorot_uniform"}
POST = {  # the post's settings of each kind of training
    "regular": {**COMMON, "learning_rate": 0.1},  # the loss is the mean over a batch
    "robust": {**COMMON, "learning_rate": 0.0001, "epsilons": (0.1, 0.2, 0.3)},  # its sum
}


def config(model: str, settings: dict) -> dict:
    """The settings of one run, the post's where there is none. Its ε is not among them: it names the run."""
    return {name: settings.get(name, post) for name, post in POST[model].items() if name != "epsilons"}


def changed(model: str, settings: dict) -> dict[str, str]:
    """The settings of one run that are not the post's, as a folder's name shows them."""
    here = {name: as_text(value) for name, value in config(model, settings).items()}
    return {name: text for name, text in here.items() if text != as_text(POST[model][name])}


def as_text(value: object) -> str:
    return "_".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


# Options


class Parser(argparse.ArgumentParser):
    """argparse's parser, described by a module's first line, with one-line errors (exit code 2)."""

    def __init__(self, docstring: str | None):
        about = (docstring or "").partition("\n")[0]  # none with python -OO
        look = argparse.ArgumentDefaultsHelpFormatter
        super().__init__(description=about, allow_abbrev=False, formatter_class=look)

    def error(self, message: str):
        self.exit(2, " ".join(f"error: {message} (see --help)".split()) + "\n")


def add_runs(parser: Parser) -> None:
    """The options that say which runs are read."""
    add = parser.add_mutually_exclusive_group().add_argument
    add("--digits", **DIGITS, default=POST_DIGITS, help="of the runs")
    where = "where the runs lie (default: results/, or the digits' folder in it)"
    add("--results-dir", type=folder, default=argparse.SUPPRESS, help=where)


def experiment_parser(docstring: str | None, model: str) -> Parser:
    """The options of the experiment that trains `model`, "regular" or "robust"; the post's by default."""
    parser = Parser(docstring)
    for name, post in POST[model].items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=post, **OPTIONS[name])
    where = "where the runs go (default: results/, or a folder in it named by what differs)"
    parser.add_argument("--results-dir", type=folder, default=argparse.SUPPRESS, help=where)
    parser.add_argument("--graph", action="store_true", help="compile the same steps: the same bytes, faster")
    return parser


# Folders: settings name the folder that holds runs, and ε a run in it


def runs_folder(model: str, options: argparse.Namespace) -> Path:
    """--results-dir, or else results/ or the folder in it that the changed settings name.

    Raises:
        UserError: runs with changed settings, or with another ε than the post's, are sent to results/ itself.
    """
    parts, epsilons = changed(model, vars(options)), getattr(options, "epsilons", ())
    if not parts and not set(epsilons) <= set(POST["robust"]["epsilons"]):
        parts = {"epsilons": as_text(epsilons)}
    name = ",".join(map("=".join, parts.items()))
    named = RESULTS / re.sub(r"^digits=(\d)_(\d)", r"\1_vs_\2", name)
    folder = getattr(options, "results_dir", named)
    if parts and is_results(folder):
        raise UserError(
            f"{short(folder)} is for the post's settings alone: without --results-dir, "
            f"the runs go to {short(named)}"
        )
    return folder


def is_results(folder: Path) -> bool:
    """Whether this is results/, by whatever path."""
    return folder.resolve() == RESULTS.resolve()


def figures_folder(results_dir: Path) -> Path:
    """Where the figures of the runs in `results_dir` go unless told otherwise."""
    return ROOT / "plots" if is_results(results_dir) else results_dir / "plots"


def run_name(epsilon: float) -> str:
    """The folder of the model trained at `epsilon`, which is 0 for the regular one."""
    return f"robust_{float(epsilon)}" if epsilon else "regular"


def run_epsilon(name: str) -> float | None:
    """The ε in the name of a robust run's folder; None if none is called so, as `robust_0.10` isn't."""
    with contextlib.suppress(argparse.ArgumentTypeError):
        epsilon = WIDTH(name.removeprefix("robust_"))
        if run_name(epsilon) == name:
            return epsilon
    return None
