"""Every page against results, sources and files: code, links, formulas, tables and numbers."""

import re
from pathlib import Path

import pytest
from conftest import ROOT

from studies.shared import pages

PAGES = [path for path in pages.paths() if path.exists()]


def unfenced(page: Path) -> str:
    """The text without its blocks of code."""
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def foreign_code(page: Path) -> list[str]:
    """Code shown as the project's own that doesn't stand in the file it names."""
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"<!-- code: ([\w. ]+) -->\n```python\n(.*?)```", text, re.DOTALL)
    assert len(shown) == text.count("```python"), "a code block names no file"
    return [
        name
        for name, code in shown
        if name != "from Python" and code not in (ROOT / name).read_text(encoding="utf-8")
    ]


def anchors(page: Path) -> set[str]:
    """The headings of a page as a link names them."""
    headings = re.findall(r"^#+ (.*)$", unfenced(page).lower(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    """Relative links and pictures of a page that lead nowhere, headings included."""
    broken = []
    for target in re.findall(r'(?:\]\(|(?:src|href)=")([^)"\s]+)[)"]', unfenced(page)):
        name, _, heading = target.partition("#")
        path = page.parent / name if name else page
        if re.match(r"https?://", target):
            continue
        if not path.exists() or (heading and path.suffix == ".md" and heading not in anchors(path)):
            broken.append(target)
    return broken


def risky_formulas(page: Path) -> list[str]:
    """Formulas that the code host refuses, or that Markdown would change before they are typeset.

    The host allows no operatorname, mbox and phantom. A backslash before punctuation is dropped, an
    underscore after punctuation or a star may open emphasis, and an angle bracket may open a tag.
    """
    text = re.sub(r"`[^`]*`", "", unfenced(page))
    formulas = re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
    formulas += re.findall(r"\$([^$\n]+)\$", re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL))
    risk = r"\\(?:operatorname|mbox|h?v?phantom)|\\[^A-Za-z]|(?<![A-Za-z0-9])_|\*|[<>]|^\s.*[^\n]$"
    return [formula for formula in formulas if re.search(risk, formula.strip("\n"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_code_links_formulas_and_numbers(page):
    """On pages of details and proofs numbers stand in generated tables and formulas only."""
    assert foreign_code(page) == []
    assert broken_links(page) == []
    assert risky_formulas(page) == []
    if page.name == "README.md":
        assert [str(fault) for fault in pages.wrong_numbers(page)] == [], "`make pages` lists them all"


def test_tables_are_those_of_the_numbers():
    """What `make pages` would write is what stands there."""
    assert pages.put(check=True) == 0


def test_the_checks_can_fail(tmp_path):
    """Each on a text with the fault that it looks for."""
    page = tmp_path / "README.md"
    page.write_text("<!-- code: data.py -->\n```python\nno such line\n```")
    assert foreign_code(page) == ["data.py"]
    page.write_text("[a](nowhere.md) ![b](gone.png) [c](#no-heading) [d](#heading)\n# Heading")
    assert broken_links(page) == ["nowhere.md", "gone.png", "#no-heading"]
    for formula in (r"\{x\}", r"\lVert w \rVert\_1", "}_1 a_2", "a*b", "a<b", r"a\,b", r"\mbox{x}"):
        page.write_text(f"${formula}$")
        assert risky_formulas(page) == [formula]


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
        ("## Title\n99.9  attacked(regular, 0.2)\n7  7.49\n9  9.51", [("99.9", "0.0"), ("9", "10")]),
        ("## Title\n99.9  99.95\n7  6.5\n9  9.5", []),  # a half goes either way
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
    text = "# One\nEighteen of 12,345 and `5.0`,\n-0.25 and 5.0.\n\n## Two\n3e-5 or 7\n"
    listed = "## One\nEighteen  22\n12,345    1234.5 * 10 + 1000\n-0.25     0.001\n5.0       setting\n"
    listed += "## Two\n3e-5      0.00004\n"
    mends = [("Eighteen", "Twenty-two"), ("12,345", "13,345"), ("-0.25", "0.00"), ("3e-5", "4e-5")]
    assert written(text, listed) == [*mends, ("7", None)]
    assert [fault.line for fault in pages.wrong_numbers(written.page)] == [2, 2, 3, 6, 6]
    pages.mend(written.page)
    for wrong, right in mends:
        text = text.replace(wrong, right)
    assert written.page.read_text() == text
    assert [fault.shown for fault in pages.wrong_numbers(written.page)] == ["7"]
