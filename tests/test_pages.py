"""Every page against results, sources and files."""

import re
from pathlib import Path

import prose
import pytest
from conftest import ROOT

from studies.shared import pages

PAGES = [path for path in pages.paths() if path.exists()]


@pytest.fixture(params=PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def page(request) -> Path:
    return request.param


@pytest.fixture
def text(page) -> str:
    return page.read_text(encoding="utf-8")


def test_every_number_is_that_of_the_results(page):
    """On pages of details and proofs numbers stand in generated tables and formulas only."""
    if page.name == "README.md":
        assert prose.wrong_numbers(page) == []


def test_code_links_pictures_formulas_and_lines(page, text):
    assert prose.foreign_code(text) == []
    assert prose.broken_links(page) == []
    assert prose.poor_pictures(text) == []
    assert prose.risky_formulas(text) == []
    assert prose.long_lines(text) == []


def test_tables_are_those_of_the_numbers():
    """What `make pages` would write is what stands there."""
    assert pages.put(check=True) == 0


def test_every_figure_is_shown_with_its_script():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for figure in (ROOT / "plots").glob("*.png"):
        assert f'src="plots/{figure.name}"' in text
        assert f'href="plots/{figure.stem}.py"' in text
    for figure in ROOT.glob("studies/*/*.png"):
        assert f"({figure.name})" in (figure.parent / "README.md").read_text(encoding="utf-8")


def test_every_study_stands_on_the_studies_page():
    text = (ROOT / "studies" / "README.md").read_text(encoding="utf-8")
    for study in ROOT.glob("studies/*/study.py"):
        assert f"({study.parent.name}/README.md" in text


def test_the_first_two_commands_are_those_that_ci_runs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"(?m)^    (make\b.*?) *(?:#.*)?$", text)
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert commands[:2] == ["make", "make test"]
    assert all(command in lines for command in commands[:2])


def test_the_checks_can_fail(tmp_path):
    """Each on a text with the fault that it looks for."""
    page = tmp_path / "README.md"
    page.write_text("# Title\n99.9 % of 2,115, in 7 of `8` [9](10) $11$ are better\n## Rules\n12")
    numbers = page.with_suffix(".numbers")
    numbers.write_text("settings: 7\n## Title\n99.9  attacked(regular, 0)\nbetter  'better'\n")
    assert prose.wrong_numbers(page) == ["Title: 9 is not listed where better should come"]
    numbers.write_text("## Title\n99.9  attacked(regular, 0.2)\n9  9.4\nworse  'worse'\n")
    faults = prose.wrong_numbers(page)
    assert "Title: 99.9 is 0.0 (attacked(regular, 0.2))" in faults
    assert "Title: 7 is not listed where 9 should come" in faults
    numbers.write_text("settings: 7 9 2,115\n## Title\n99.9  setting\nworse  'worse'\n")
    assert prose.wrong_numbers(page) == ["Title: worse is listed, but not said there"]
    assert prose.foreign_code("<!-- code: data.py -->\n```python\nno such line\n```")
    page.write_text("[a](nowhere.md) ![b](gone.png) [c](#no-heading) [d](#heading)\n# Heading")
    assert prose.broken_links(page) == ["nowhere.md", "gone.png", "#no-heading"]
    assert prose.poor_pictures('<img src="a.png" alt="a figure">')
    for formula in (r"\{x\}", r"\lVert w \rVert\_1", "}_1 a_2", "a*b", "a<b", r"a\,b", r"\mbox{x}"):
        assert prose.risky_formulas(f"${formula}$"), formula
    assert prose.long_lines("word " * 81)
