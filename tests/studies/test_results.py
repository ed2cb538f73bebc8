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


def unread(value, path: str) -> list[str]:
    """The paths of what nobody asked for; a list counts as one number."""
    if isinstance(value, list):
        return [entry for item in value for entry in unread(item, f"{path}[]")]
    if not isinstance(value, Recorded):
        return []
    found = []
    for name in value:
        entry = dict.__getitem__(value, name)
        found += unread(entry, f"{path}.{name}") if name in value.seen else [f"{path}.{name}"]
    return found


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr(files, "Numbers", Recorded)
    files.numbers_of_folder.cache_clear()
    yield
    files.numbers_of_folder.cache_clear()


@pytest.mark.slow
def test_every_stored_number_is_read_and_every_figure_is_that_of_the_numbers(recorded, tmp_path):
    figures = {}
    for name in NAMES:
        drawn = importlib.import_module(f"studies.{name}.figures").draw(
            files.numbers(name), files.arrays(name)
        )
        figures |= {f"{name}/{figure}": drawing for figure, drawing in drawn.items()}
    for path, figure in figures.items():
        style.write(figure, tmp_path / f"{path}.png")
    assert pages.put(check=True) == 0
    assert [
        fault for page in pages.paths() if page.name == "README.md" for fault in prose.wrong_numbers(page)
    ] == []
    assert [path for name in NAMES for path in unread(files.numbers(name), name)] == []
    committed = {str(path.relative_to(files.HERE))[:-4] for path in files.HERE.glob("*/*.png")}
    assert committed == set(figures)
    for path in figures:
        assert (tmp_path / f"{path}.png").read_bytes() == (files.HERE / f"{path}.png").read_bytes(), path
