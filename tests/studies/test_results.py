"""The chapters' stored results: made from what is there, and read by somebody."""

import importlib
import re

import pytest
from conftest import ROOT

from studies import STUDIES
from studies.shared import files

STORED = r'files\.(?:numbers|arrays)\("(\w+)"\)'


@pytest.mark.parametrize("name", STUDIES)
def test_results_were_made_from_what_is_there(name):
    assert files.stale(name) == [], "changed since: `python -m studies --stale`, then `make pages`"


@pytest.mark.parametrize("name", STUDIES)
def test_a_chapter_reads_only_the_earlier_ones_that_it_names(name):
    """What compute may reach: else a chapter could be stale without saying so."""
    reads = set(getattr(importlib.import_module(f"studies.{name}.study"), "READS", ()))
    assert reads <= set(STUDIES[: STUDIES.index(name)])
    for path in (ROOT / "studies" / name).glob("*.py"):
        code = path.read_text(encoding="utf-8")
        assert set(re.findall(STORED, code)) <= reads | {name}, path
        others = set(re.findall(r"(?m)^\s*(?:from|import) studies\.(\w+)", code)) - {"shared", name}
        assert not others, path


@pytest.mark.parametrize("name", STUDIES)
def test_every_stored_number_has_a_reader(name):
    """By its name: a page's ledger, a table, a figure, another chapter, the explorer or a test."""
    own = ROOT / "studies" / name
    places = [*ROOT.glob("tests/**/*.*"), *ROOT.glob("explorer/*.py"), *ROOT.glob("studies/*/*.py")]
    readers = [path for path in places if path.parent != own or path.name in ("tables.py", "figures.py")]
    text = " ".join(path.read_text("utf-8") for path in readers if path.suffix in (".py", ".numbers"))
    assert keys(files.numbers(name)) - set(re.findall(r"\w+", text)) == set()


def keys(value) -> set[str]:
    """The names in these numbers; what names the rows of a table is none."""
    if not isinstance(value, dict):
        return set().union(*map(keys, value)) if isinstance(value, list) else set()
    rows = [set(entry) for entry in value.values() if isinstance(entry, dict)]
    is_table = len(rows) > 1 and len(rows) == len(value) and set.intersection(*rows)
    names = set() if is_table else {name for name in value if name.isidentifier()}
    return names.union(*map(keys, value.values()))
