"""Checks of the pages: their numbers, code, links, pictures and formulas.

What the numbers in a page's prose are stands beside it in README.numbers: for each section, in the order of
the page, a number or word as it is shown and the expression that gives it. On a study's page the names are
those of its results.json; on every page other studies stand behind their name, as in `digits.pairs["0 1"]`.
"""

import re
import statistics
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from conftest import ROOT

from studies import NAMES
from studies.shared import files
from support import runs as run_files

NUMBER = r"(?<![\w.,-])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?"
COG = re.compile(r"<!-- \[\[\[cog.*?<!-- \[\[\[end\]\]\] -->", re.DOTALL)
# Where a page says what was to be done, its numbers are settings; what was found has other headings.
PLANS = ("Definitions", "Rules", "Question")
# Of the experiments; a page's README.numbers may name more.
SETTINGS = {"0.1", "0.2", "0.3", "784", "100", "12,665", "2,115"}


@dataclass
class Listed:
    """What README.numbers says: more settings, and for each section (shown, expression) in order."""

    settings: set[str] = field(default_factory=set)
    sections: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def ledger(page: Path) -> Path:
    """The list of a page's numbers: README.numbers for the front page, otherwise by the folder's name."""
    name = "README" if page.parent == ROOT else page.parent.name
    folder = ROOT / "tests" / "numbers"
    return folder / f"{name}.numbers" if page.is_relative_to(ROOT) else page.with_suffix(".numbers")


def listed(page: Path) -> Listed:
    found, section = Listed(), None
    path = ledger(page)
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if line.startswith("settings:"):
            found.settings |= set(line.split()[1:])
        elif line.startswith("## "):
            section = found.sections.setdefault(line[3:], [])
        elif line and not line.startswith("# "):
            shown, expression = line.split(maxsplit=1)
            section.append((shown, expression))
    return found


def sections(text: str) -> dict[str, str]:
    """The prose under each heading; code, formulas, links' targets, tags, comments and tables aside."""
    text = COG.sub("", text)
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"^(?: {4}|\t|\|).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\d+\. ", "", text, flags=re.MULTILINE)  # numbered lists
    formulas = r"\$\$.*?\$\$", r"\$[^$\n]*\$"
    for pattern in (r"<!--.*?-->", r"!\[.*?\]", *formulas, r"`[^`]*`", r"\]\([^)]*\)", r"<[^>]*>"):
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    headings = re.split(r"(?m)^#+ (.*)$", text)
    return {name.strip(): prose for name, prose in zip(headings[1::2], headings[2::2], strict=True)}


def wrong_numbers(page: Path) -> list[str]:
    """Numbers of the prose that are listed nowhere or differ from what they are said to be."""
    names, wanted = namespace(page), listed(page)
    prose = sections(page.read_text(encoding="utf-8"))
    settings = SETTINGS | wanted.settings
    wrong = [f"no section {name!r}" for name in wanted.sections if name not in prose]
    for name, text in prose.items():
        if name.startswith(PLANS):
            continue
        entries = wanted.sections.get(name, [])
        rest, words = list(entries), "|".join(re.escape(shown) for shown, _ in entries if shown.isalpha())
        for shown in re.findall(rf"{NUMBER}|\b(?:{words})\b" if words else NUMBER, text):
            if rest and rest[0][0] == shown:
                _, expression = rest.pop(0)
                if expression != "setting" and not right(shown, value := eval(expression, dict(names))):
                    wrong.append(f"{name}: {shown} is {value} ({expression})")
            elif not shown.isalpha() and shown not in settings:
                expected = f"where {rest[0][0]} should come" if rest else "after the last"
                wrong.append(f"{name}: {shown} is not listed {expected}")
                break
        else:
            wrong += [f"{name}: {shown} is listed, but not said there" for shown, _ in rest]
    return wrong


def right(shown: str, value: object) -> bool:
    """Whether a number is the value at the shown number of decimals, or a word the word."""
    if isinstance(value, str):
        return shown == value
    mantissa, _, exponent = shown.replace(",", "").replace("−", "-").partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    number = float(mantissa) * 10.0 ** int(exponent or 0)
    return abs(number - float(value)) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def namespace(page: Path) -> dict:
    """What the expressions of a page may use."""
    runs = run_files.load_models()
    made = [name for name in NAMES if (files.HERE / name / "results.json").exists()]
    own = files.numbers_of_folder(page.parent) if (page.parent / "results.json").exists() else {}
    expressions = " ".join(expression for rows in listed(page).sections.values() for _, expression in rows)
    return {
        **{name: files.numbers(name) for name in made},
        **dict(zip(("regular", "robust_01", "robust_02", "robust_03"), runs, strict=True)),
        "attacked": attacked,
        "fooled_logit": fooled_logit,
        "norm": lambda run: np.abs(run.weights).sum(),
        "median": statistics.median,
        "mean": statistics.fmean,
        **{name: own[name] for name in own if re.search(rf"\b{name}\b", expressions)},
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


def long_lines(text: str) -> list[str]:
    """Lines that are hard to read raw; tables and the tags of pictures aside."""
    return [line for line in text.splitlines() if len(line) > 400 and not line.startswith(("|", "<img"))]


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
