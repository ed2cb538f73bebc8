"""Checks of the pages: their code, links, pictures and formulas. (Their numbers: studies/shared/pages.py.)"""

import re
from pathlib import Path

from conftest import ROOT


def foreign_code(text: str) -> list[str]:
    """Code shown as the project's own that doesn't stand in the file it names."""
    text = text.replace("<!-- code: from Python -->\n```python", "")  # tests/test_from_python.py runs it
    shown = re.findall(r"<!-- code: (\S+) -->\n```python\n(.*?)```", text, re.DOTALL)
    assert len(shown) == text.count("```python"), "a code block names no file"
    return [name for name, code in shown if code not in (ROOT / name).read_text(encoding="utf-8")]


def anchors(path: Path) -> set[str]:
    """The headings of a page as a link names them."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }


def broken_links(page: Path) -> list[str]:
    """Relative links and pictures of a page that lead nowhere, headings included."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text):
        name, _, heading = target.partition("#")
        path = page.parent / name if name else page
        if re.match(r"https?://", target):
            continue
        if not path.exists() or (heading and path.suffix == ".md" and heading not in anchors(path)):
            broken.append(target)
    return broken


def poor_pictures(text: str) -> list[str]:
    """Pictures without a description that would help somebody who can't see them."""
    tags = re.findall(r"<img [^>]*>", text)
    markdown = [
        f'<img src="{source}" alt="{alt}">' for alt, source in re.findall(r"!\[(.*?)\]\((.*?)\)", text)
    ]
    return [
        tag for tag in tags + markdown if len((re.search(r'alt="([^"]*)"', tag) or [tag, ""])[1].split()) < 8
    ]


def risky_formulas(text: str) -> list[str]:
    """Formulas that the code host refuses, or that Markdown would change before they are typeset.

    The host allows no operatorname, mbox and phantom. A backslash before punctuation is dropped, an
    underscore after punctuation or a star may open emphasis, and an angle bracket may open a tag.
    """
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    formulas = re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
    formulas += re.findall(r"\$([^$\n]+)\$", re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL))
    risk = r"\\(?:operatorname|mbox|h?v?phantom)|\\[^A-Za-z]|(?<![A-Za-z0-9])_|\*|[<>]|^\s.*[^\n]$"
    return [formula for formula in formulas if re.search(risk, formula.strip("\n"))]
