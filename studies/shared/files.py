"""A study's files: results.json, numbers to read, and arrays.npz, what figures and tests need besides.

write()    both, rounded, so that they are the same bytes on every machine
numbers()  results.json; `numbers("digits").pairs["0 1"].threshold` and [...] reach the same values
arrays()   arrays.npz
"""

import functools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from support.disk import replacing, write_arrays
from support.options import UserError, python, short

HERE = Path(__file__).resolve().parent.parent
DIGITS = 10  # significant, of a number
WIDTH = 110  # of a line; what fits stands on one


class Numbers(dict):
    """A dictionary whose entries with names for keys are attributes too."""

    def __getattr__(self, name: str):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def write(study: str, numbers: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write a study's files, whole or not at all; without arrays there is no arrays.npz.

    Args:
        study: the folder's name.
        numbers: nested dictionaries and lists of numbers, words and truth values; arrays become lists.
        arrays: by name.

    Raises:
        ValueError: a number is not finite.
    """
    folder = HERE / study
    with replacing(folder / "results.json") as partial:
        partial.write_text("\n".join(lines(rounded(numbers))) + "\n", encoding="utf-8")
    if arrays:
        with replacing(folder / "arrays.npz") as partial:
            write_arrays(partial, **arrays)
    numbers_of_folder.cache_clear()


def numbers(study: str) -> Numbers:
    """A study's numbers.

    Raises:
        UserError: they are missing or damaged; the message names the command that makes them.
    """
    return numbers_of_folder(HERE / study)


@functools.cache
def numbers_of_folder(folder: Path) -> Numbers:
    path = folder / "results.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_hook=Numbers)
    except (OSError, ValueError):
        raise lost(path) from None


class Arrays(dict):
    """Arrays by name; asking for one that isn't there says how to make it."""

    def __init__(self, path: Path, entries: Mapping[str, np.ndarray]):
        super().__init__(entries)
        self.path = path

    def __missing__(self, name: str):
        raise lost(self.path)


def arrays(study: str) -> Arrays:
    """A study's arrays; none if it has no arrays.npz. Raises UserError as `numbers` does."""
    path = HERE / study / "arrays.npz"
    try:
        with np.load(path) as archive:
            return Arrays(path, archive)
    except FileNotFoundError:
        return Arrays(path, {})
    except Exception:  # damaged bytes raise many kinds
        raise lost(path) from None


def lost(path: Path) -> UserError:
    command = python("-m", "studies", path.parent.name)
    return UserError(f"{short(path)} is missing or damaged: run `{command}`")


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


def lines(value, indent: int = 0, before: str = "", after: str = "") -> list[str]:
    """JSON whose lists of plain values, and whatever else fits, stand on one line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    whole = " " * indent + before + text + after
    plain = isinstance(value, list) and not any(isinstance(entry, list | dict) for entry in value)
    if not isinstance(value, list | dict) or plain or len(whole) <= WIDTH:
        return [whole]
    names = [json.dumps(key, ensure_ascii=False) + ": " for key in value] if isinstance(value, dict) else None
    entries = list(value.values()) if names else value
    opening, closing = "{}" if names else "[]"
    found = [" " * indent + before + opening]
    for place, entry in enumerate(entries):
        comma = "," if place < len(entries) - 1 else ""
        found += lines(entry, indent + 1, names[place] if names else "", comma)
    return [*found, " " * indent + closing + after]
