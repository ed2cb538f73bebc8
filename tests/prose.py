"""Checks of the pages: their numbers, code, links, pictures and formulas.

A measured number or a verdict in the prose is followed by an invisible comment with the expression that gives
it, as in `99.2 %<!--= attacked(robust_02, 0.1) -->`. On a study's page the names are those of "said" in its
results.json; on the other pages a study's stand behind its name, as in `digits.pairs`. Numbers without an
expression must be settings, listed by the test.
"""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from conftest import ROOT

import compare
import run_files

NUMBER = r"(?<![\w.,-])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?"
MARKED = re.compile(rf"({NUMBER}|\b[a-z]+)(?:\s?%|\*\*)?<!--=(.*?)-->", re.DOTALL)
COG = re.compile(r"<!-- \[\[\[cog.*?<!-- \[\[\[end\]\]\] -->", re.DOTALL)


def pages() -> list[str]:
    """Every page whose sentences speak of results, by its path."""
    paths = [ROOT / "README.md", *ROOT.glob("studies/**/README.md"), ROOT / "explorer" / "README.md"]
    return sorted(str(path.relative_to(ROOT)) for path in paths)


def namespace(page: str) -> dict:
    """What the expressions of a page may use."""
    runs = run_files.load_post_models()
    paths = [*ROOT.glob("studies/*/results.json"), *ROOT.glob("explorer/results.json")]
    said = {path.parent.name: json.loads(path.read_text(encoding="utf-8")).get("said", {}) for path in paths}
    return {
        **{name: SimpleNamespace(**numbers) for name, numbers in said.items()},
        **dict(zip(("regular", "robust_01", "robust_02", "robust_03"), runs, strict=True)),
        "attacked": attacked,
        "fooled_logit": fooled_logit,
        "norm": lambda run: np.abs(run.weights).sum(),
        "train_count": 12665,  # tests/test_data.py counts them
        "published": compare.PUBLISHED_MISCLASSIFIED,
        "shown": [compare.misclassified(run) for run in runs],
        **said.get(Path(page).parent.name, {}),
    }


def at(run: run_files.Run, epsilon: float) -> int:
    (row,) = np.flatnonzero(np.isclose(run.epsilons, epsilon))
    return row


def attacked(run: run_files.Run, epsilon: float) -> float:
    """Accuracy under attack in %."""
    return 100 * run.accuracy[at(run, epsilon)]


def fooled_logit(run: run_files.Run, epsilon: float) -> float:
    """Median absolute logit of the misclassified images."""
    logits = run.logits[at(run, epsilon)]
    return float(np.median(np.abs(logits[logits * run.labels <= 0])))


def wrong_numbers(text: str, names: dict) -> list[str]:
    """Marked numbers that differ from their expression at the shown number of decimals, and marked words."""
    wrong = []
    for shown, expression in MARKED.findall(text):
        value = eval(expression, dict(names))
        if isinstance(value, str):
            right = shown == value
        else:
            mantissa, _, exponent = shown.replace(",", "").replace("−", "-").partition("e")
            decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
            number = float(mantissa) * 10.0 ** int(exponent or 0)
            right = abs(number - float(value)) <= 0.5 * 10.0**-decimals * (1 + 1e-9)
        if not right:
            wrong.append(f"{shown} is {value} ({expression.strip()})")
    return wrong


def stray_marks(text: str) -> list[str]:
    """Expressions that stand behind no number and no word."""
    return re.findall(r".{0,20}<!--=.*?-->", MARKED.sub("", text), re.DOTALL)


def unmarked_numbers(text: str) -> set[str]:
    """Numbers in the prose that no expression vouches for; code, formulas, links, tags and tables aside."""
    text = COG.sub("", text)
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"^(?: {4}|\t).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\d+\. ", "", text, flags=re.MULTILINE)  # numbered lists
    text = MARKED.sub("", text)
    for pattern in (r"\$\$.*?\$\$", r"\$[^$\n]*\$", r"`[^`]*`", r"\]\([^)]*\)", r"<[^>]*>"):
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    return set(re.findall(NUMBER, text))


def foreign_code(text: str) -> list[str]:
    """Code shown as the project's own that doesn't stand in the file it names."""
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
