"""A chapter's files: results.json, numbers to read, and arrays.npz, what figures and others need besides.

results.json begins with "made_from": short hashes of the settings, the data, the study's INPUTS, and the
numbers and arrays of the chapters that it READS. The code that computes is not among them: CI makes every
chapter again and compares the bytes.
"""

import functools
import importlib
import inspect
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from pathlib import Path

import numpy as np

from support import options
from support.disk import read, replacing_together, sha256, write_arrays
from support.options import ROOT, UserError, short

HERE = Path(__file__).resolve().parent.parent
DIGITS = 10  # significant, of a number
WIDTH = 110  # what fits stands on one line


class Numbers(dict):
    """A dictionary whose entries with names for keys are attributes too."""

    def __getattr__(self, name: str):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def write(study: str, numbers: dict, arrays: dict[str, np.ndarray], made_from: dict[str, str]) -> None:
    """Write a chapter's two files; whatever happens meanwhile, the old pair or the new one is there.

    Numbers are rounded, so that they are the same bytes on every machine.

    Args:
        study: the folder's name.
        numbers: nested dictionaries and lists of numbers, words and truth values; arrays become lists.
        arrays: by name.
        made_from: what the function of this name said before the numbers were computed.

    Raises:
        ValueError: a number is not finite.
        UserError: the disk is full or the folder can't be written.
    """
    with replacing_together(HERE / study) as partial:
        write_arrays(partial / "arrays.npz", **arrays)
        stamps = {"made_from": made_from, "arrays_sha256": sha256((partial / "arrays.npz").read_bytes())}
        (partial / "results.json").write_text(as_json(stamps | rounded(numbers)) + "\n", "utf-8")


def numbers(study: str) -> Numbers:
    """What results.json says; `numbers("digits").pairs["0 1"].threshold` and [...] reach the same values.

    Raises:
        UserError: it is missing or damaged; the message names the command that makes it.
    """
    path = HERE / study / "results.json"
    try:
        found = json.loads(read(path), object_hook=Numbers)
        if not isinstance(found, Numbers) or not {"made_from", "arrays_sha256"} <= found.keys():
            raise ValueError
        return found
    except (OSError, ValueError):
        raise lost(path) from None


def arrays(study: str) -> dict[str, np.ndarray]:
    """A chapter's arrays.

    Raises:
        UserError: they are missing, damaged, or not those that were written with the numbers.
    """
    path = HERE / study / "arrays.npz"
    wanted = numbers(study)
    try:
        stored = read(path)
        if sha256(stored) != wanted.arrays_sha256:
            raise ValueError
        with np.load(io.BytesIO(stored)) as archive:
            return dict(archive)
    except Exception:  # damaged bytes raise many kinds
        raise lost(path) from None


def lost(path: Path) -> UserError:
    command = f"`.venv/bin/python -m studies {path.parent.name}`"
    return UserError(f"{short(path)} is missing, damaged or not of these numbers: run {command}")


def named(values: np.ndarray, *axes: Iterable[str]) -> dict:
    """The entries of an array as nested dictionaries, by the names of its first axes."""
    first, *rest = axes
    return {name: named(entry, *rest) if rest else entry for name, entry in zip(first, values, strict=True)}


def rounded(value):
    """The same with lists in the place of arrays, words for keys and ten significant digits."""
    if isinstance(value, dict):
        return {str(key): rounded(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def as_json(value, indent: int = 0) -> str:
    """JSON in which a list of plain values, and whatever else fits, stands on one line."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    nested = isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value)
    )
    if not nested or len(line) <= WIDTH - indent:
        return line
    if isinstance(value, dict):
        entries = [f"{as_json(name)}: {as_json(entry, indent + 1)}" for name, entry in value.items()]
    else:
        entries = [as_json(entry, indent + 1) for entry in value]
    gap = "\n" + " " * indent
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + gap + " " + f",{gap} ".join(entries) + gap + closing


# What a chapter was made from


def made_from(study: str) -> dict[str, str]:
    """Twelve digits for each thing on which a chapter's numbers depend, as it is now."""
    module = importlib.import_module(f"studies.{study}.study")
    things = {"settings": options.POST, "data": sorted(ROOT.glob("mnist/*/SHA256SUMS"))}
    things |= getattr(module, "INPUTS", {})
    for other in getattr(module, "READS", ()):
        things[other] = {name: value for name, value in numbers(other).items() if name != "made_from"}
    return {name: sha256(described(thing).encode())[:12] for name, thing in things.items()}


def stale(study: str) -> list[str]:
    """What has changed since a chapter was made, by name; "files" if its own can't be read."""
    try:
        now, then = made_from(study), numbers(study).made_from
        arrays(study)
    except UserError:
        return ["files"]
    return [name for name in {**then, **now} if then.get(name) != now.get(name)]


def described(thing: object) -> str:
    """A text that differs for different things, and is the same in every process and on every machine.

    Of a path it is the file's content, of a function its source.
    """
    if isinstance(thing, Path):
        return sha256(thing.read_bytes())
    if isinstance(thing, functools.partial):
        return described([thing.func, thing.args, thing.keywords])
    if inspect.isfunction(thing):
        return inspect.getsource(thing)
    if is_dataclass(thing):
        thing = vars(thing)
    if isinstance(thing, Mapping):
        return "{" + ", ".join(f"{key!r}: {described(value)}" for key, value in thing.items()) + "}"
    if isinstance(thing, list | tuple):
        return "[" + ", ".join(map(described, thing)) + "]"
    if not isinstance(thing, str | int | float | None):
        raise TypeError(f"an INPUT can't be {type(thing).__name__}")  # its repr may be an address
    return repr(thing)
