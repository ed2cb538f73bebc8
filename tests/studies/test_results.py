"""Every stored number is read by a page, a table, a figure or a rule, and every figure is drawn from them."""

import importlib

import prose
import pytest

from plots import style
from studies import NAMES, files, pages


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

    def plain(self, name):
        """An entry without taking note."""
        return super().__getitem__(name)


def unread(value, path: str) -> set[str]:
    """The fields that nobody asked for. One that was read in a row or column of a table is read."""
    asked, all_of_them = set(), set()
    for field, seen in fields(value, path):
        all_of_them.add(field)
        if seen:
            asked.add(field)
    return all_of_them - asked


def fields(value, path: str, seen: bool = True):
    """Every plain number or list by its path, and whether it was asked for; rows of a table share a path."""
    if isinstance(value, list) and value and all(isinstance(entry, dict | list) for entry in value):
        for entry in value:
            yield from fields(entry, f"{path}[]", seen)
    elif isinstance(value, Recorded):
        entries = dict(zip(value, map(value.plain, value), strict=True))
        for name, entry in entries.items():
            key = "*" if is_table(entries) else name
            yield from fields(entry, f"{path}.{key}", seen and name in value.seen)
    else:
        yield path, seen


def is_table(entries: dict) -> bool:
    """Whether all entries have the same form: plain numbers, or dictionaries that share a key, or lists."""
    values = list(entries.values())
    if all(isinstance(entry, dict) for entry in values):
        return len(values) > 1 and bool(set.intersection(*(set(entry) for entry in values)))
    return not any(isinstance(entry, dict) for entry in values) and len(
        {type(entry) for entry in values}
    ) == 1 < len(values)


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr(files, "Numbers", Recorded)
    files.numbers_of_folder.cache_clear()
    yield
    files.numbers_of_folder.cache_clear()


@pytest.mark.slow
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
    assert sorted(path for name in NAMES for path in unread(files.numbers(name), name)) == []
    committed = {str(path.relative_to(files.HERE))[:-4] for path in files.HERE.glob("*/*.png")}
    assert committed == drawn
    for path in drawn:
        assert (tmp_path / f"{path}.png").read_bytes() == (files.HERE / f"{path}.png").read_bytes(), path
