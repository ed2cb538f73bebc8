"""Every page against results, sources and files."""

from pathlib import Path

import numpy as np
import prose
import pytest
from conftest import ROOT

from studies.shared import pages
from support.options import RESULTS
from support.runs import load

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
        assert [str(fault) for fault in pages.wrong_numbers(page)] == [], "`make pages` lists them all"


def test_code_links_pictures_and_formulas(page, text):
    assert prose.foreign_code(text) == []
    assert prose.broken_links(page) == []
    assert prose.poor_pictures(text) == []
    assert prose.risky_formulas(text) == []


def test_tables_are_those_of_the_numbers():
    """What `make pages` would write is what stands there."""
    assert pages.put(check=True) == 0


def test_every_figure_is_shown_with_its_script():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for figure in (ROOT / "plots").glob("*.png"):
        assert f'src="plots/{figure.name}"' in text
        assert f'href="plots/{figure.stem}.py"' in text
    for figure in ROOT.glob("studies/*/*.png"):
        text = (figure.parent / "README.md").read_text(encoding="utf-8")
        assert f"({figure.name})" in text or f'src="{figure.name}"' in text


def test_every_study_stands_on_the_studies_page():
    text = (ROOT / "studies" / "README.md").read_text(encoding="utf-8")
    for study in ROOT.glob("studies/*/study.py"):
        assert f"({study.parent.name}/README.md" in text


def test_the_checks_can_fail(tmp_path):
    """Each on a text with the fault that it looks for."""
    page = tmp_path / "README.md"
    assert prose.foreign_code("<!-- code: data.py -->\n```python\nno such line\n```")
    page.write_text("[a](nowhere.md) ![b](gone.png) [c](#no-heading) [d](#heading)\n# Heading")
    assert prose.broken_links(page) == ["nowhere.md", "gone.png", "#no-heading"]
    assert prose.poor_pictures('<img src="a.png" alt="a figure">')
    for formula in (r"\{x\}", r"\lVert w \rVert\_1", "}_1 a_2", "a*b", "a<b", r"a\,b", r"\mbox{x}"):
        assert prose.risky_formulas(f"${formula}$"), formula


# Numbers


@pytest.fixture
def written(tmp_path):
    """Write a page and its ledger; gives (shown, right) of what is wrong."""
    page = tmp_path / "README.md"

    def written(text: str, ledger: str) -> list[tuple[str, str | None]]:
        page.write_text(text)
        page.with_suffix(".numbers").write_text(ledger)
        return [(fault.shown, fault.right) for fault in pages.wrong_numbers(page)]

    written.page = page
    return written


TITLE = "# Title\n99.9 % of 2,115, in 7 of `8` [9](10) $11$ are better"


@pytest.mark.parametrize(
    ("ledger", "wrong"),
    [
        ("settings: 7 9\n## Title\n99.9  attacked(regular, 0)\nbetter  'better'", []),
        ("settings: 7\n## Title\n99.9  attacked(regular, 0)\nbetter  'better'", [("9", None)]),
        ("## Title\n99.9  attacked(regular, 0.2)\n7  7.4\n9  9.6", [("99.9", "0.0"), ("9", "10")]),
        ("settings: 7 9\n## Title\n99.9  setting\nworse  'worse'", [("worse", None)]),
        ("settings: 7 9\n## Title\n99.8  attacked(regular, 0)", [("99.9", "99.9")]),  # the ledger is old
        ("settings: 7 9\n## Title\n99.9  gone.number", [("99.9", None)]),
        ("settings: 7 9 99.9\n## Other\n1  1", [("Other", None)]),
    ],
)
def test_a_number_is_listed_and_right_or_named(written, ledger, wrong):
    assert written(TITLE, ledger) == wrong


def test_every_wrong_number_is_named_with_its_line_and_mended_in_page_and_ledger(written):
    """One changed number hides no other, and nothing else changes; what is not known is left."""
    text = "# One\nEighteen of 12,345 and `5.0`,\n-0.25 and 5.0 and twenty-one.\n\n## Two\n3e-5 or 7\n"
    listed = "## One\nEighteen  22\n12,345    1234.5 * 10 + 1000\n-0.25     0.001\n5.0       setting\n"
    listed += "twenty-one 21.0\n## Two\n3e-5      0.00004\n"
    wrong = [
        ("Eighteen", "Twenty-two"),
        ("12,345", "13,345"),
        ("-0.25", "0.00"),
        ("3e-5", "4e-5"),
        ("7", None),
    ]
    assert written(text, listed) == wrong
    lines = [
        str(fault).split(" (")[0].rpartition("README.md:")[2] for fault in pages.wrong_numbers(written.page)
    ]
    assert lines == [
        "2: Eighteen -> Twenty-two",
        "2: 12,345 -> 13,345",
        "3: -0.25 -> 0.00",
        "6: 3e-5 -> 4e-5",
        "6: 7",
    ]
    pages.mend(written.page)
    mended = text.replace("Eighteen", "Twenty-two").replace("12,345", "13,345").replace("-0.25", "0.00")
    assert written.page.read_text() == mended.replace("3e-5", "4e-5")
    assert pages.wrong_numbers(written.page)[0].shown == "7"
    assert len(pages.wrong_numbers(written.page)) == 1


@pytest.mark.parametrize(
    ("shown", "value", "right"),
    [
        ("0.3", 0.25, "0.3"),  # a half goes either way
        ("0.2", 0.25, "0.2"),
        ("0.2", 0.2501, "0.3"),
        ("−1.0", -1.2, "−1.2"),
        ("0.1", -0.04, "0.0"),
        ("9,999", 10000, "10,000"),
        ("2e-4", 0.00031, "3e-4"),
        ("forty", 45, "forty-five"),
        ("nine", 100, "100"),
        ("two", 2.5, "2.5"),
        ("few", "many", "many"),
    ],
)
def test_a_number_is_mended_in_its_own_form(shown, value, right):
    assert pages.correct(shown, repr(value), {}) == right


@pytest.mark.slow
def test_what_expressions_say_of_a_run(test_arrays):
    """Against the margins of the test images."""
    images, labels = (array.astype(np.float64) for array in test_arrays)
    regular = load(RESULTS / "regular")
    margins = labels * (images @ regular.weights.astype(np.float64) + float(regular.bias))
    reach = 0.1 * np.abs(regular.weights.astype(np.float64)).sum()
    assert pages.median_margin(regular) == pytest.approx(np.median(margins), rel=1e-6)
    assert pages.attacked(regular, 0.1) == pytest.approx(100 * (margins > reach).mean())
    assert 0.1 * pages.norm(regular) == pytest.approx(reach)
