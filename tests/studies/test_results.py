"""Every stored number is read by a page, a table, a figure or a rule, and every figure is drawn from them."""

import importlib
from collections import defaultdict

import prose
import pytest

from plots import style
from studies import NAMES
from studies.shared import files, pages


class Recorded(files.Numbers):
    """Numbers that remember which of their entries were asked for."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = set()

    def __getitem__(self, name):
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.seen.add(name)
        return super().get(name, default)

    def values(self):
        self.seen |= set(self)
        return super().values()

    def items(self):
        self.seen |= set(self)
        return super().items()


def note(found: dict[str, bool], value, path: str, seen: bool = True) -> None:
    """Of every plain number or list, by its path, whether it was asked for; rows of a table share a path."""
    if isinstance(value, list) and value and all(isinstance(entry, dict | list) for entry in value):
        for entry in value:
            note(found, entry, f"{path}[]", seen)
    elif isinstance(value, Recorded):
        entries = dict(dict.items(value))  # without taking note
        table = is_table(list(entries.values()))
        for name, entry in entries.items():
            note(found, entry, f"{path}.{'*' if table else name}", seen and name in value.seen)
    else:
        found[path] |= seen


def is_table(entries: list) -> bool:
    """Whether all entries have the same form: dictionaries that share a key, or plain values of one type."""
    kinds = {type(entry) for entry in entries}
    if len(entries) < 2 or len(kinds) > 1:
        return False
    return kinds != {Recorded} or bool(set.intersection(*map(set, entries)))


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr(files, "Numbers", Recorded)
    files.numbers_of_folder.cache_clear()
    yield
    files.numbers_of_folder.cache_clear()


@pytest.mark.slow
@style.look()
def test_every_stored_number_is_read_and_every_figure_is_that_of_the_numbers(recorded, tmp_path):
    drawn = set()
    for name in NAMES:
        draw = importlib.import_module(f"studies.{name}.figures").draw
        for figure_name, figure in draw(files.numbers(name), files.arrays(name)).items():
            drawn.add(f"{name}/{figure_name}")
            style.write(figure, tmp_path / f"{name}/{figure_name}.png")
    assert pages.put(check=True) == 0
    assert [
        fault for page in pages.paths() if page.name == "README.md" for fault in prose.wrong_numbers(page)
    ] == []
    found = defaultdict(bool)
    for name in NAMES:
        note(found, files.numbers(name), name)
    assert [path for path, seen in found.items() if not seen] == []
    committed = {str(path.relative_to(files.HERE))[:-4] for path in files.HERE.glob("*/*.png")}
    assert committed == drawn
    for path in drawn:
        assert (tmp_path / f"{path}.png").read_bytes() == (files.HERE / f"{path}.png").read_bytes(), path
