"""Checks of the two README files: their numbers, code, links, pictures and formulas.

A measured number or a verdict in the prose is followed by an invisible comment with the expression that gives
it, as in `99.2 %<!--= attacked(robust_02, 0.1) -->`. Numbers without one must be settings or names, listed by
the test. The expressions see the results that are committed together with the prose (see conftest.committed).
"""

import json
import re
import statistics
from pathlib import Path

import numpy as np
from conftest import ROOT

import run_files

NUMBER = r"(?<![\w.,-])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?"
MARKED = re.compile(rf"({NUMBER}|\b[a-z]+)(?:\s?%|\*\*)?<!--=(.*?)-->", re.DOTALL)


def namespace(root: Path) -> dict:
    """What the expressions may use."""
    runs = run_files.load_post_runs(root / "results")
    names = dict(zip(("regular", "robust_01", "robust_02", "robust_03"), runs, strict=True))
    studies = {
        path.stem: json.loads(path.read_text()) for path in (root / "extensions/results").glob("*.json")
    }
    return {
        **names,
        **studies,
        "attacked": attacked,
        "fooled_logit": fooled_logit,
        "norm": lambda run: np.abs(run.weights).sum(),
        "median": statistics.median,
        "train_count": 12665,  # tests/test_data.py counts them
        "np": np,
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


def unmarked_numbers(text: str) -> set[str]:
    """Numbers in the prose that no expression vouches for; code, formulas, links and tags aside."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"^(?: {4}|\t).*$", "", text, flags=re.MULTILINE)
    text = MARKED.sub("", text)
    for pattern in (r"\$\$.*?\$\$", r"\$[^$\n]*\$", r"`[^`]*`", r"\]\([^)]*\)", r"<[^>]*>"):
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    return set(re.findall(NUMBER, text))


def foreign_code(text: str) -> list[str]:
    """Code shown as the project's own that doesn't stand in the file it names."""
    shown = re.findall(r"<!-- code: (\S+) -->\n```python\n(.*?)```", text, re.DOTALL)
    assert len(shown) == text.count("```python"), "a code block names no file"
    return [name for name, code in shown if code not in (ROOT / name).read_text(encoding="utf-8")]


def broken_links(text: str, folder: Path) -> list[str]:
    """Relative links and pictures that lead nowhere, headings included."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text):
        if target.startswith("#"):
            if target[1:] not in anchors:
                broken.append(target)
        elif not re.match(r"https?://", target) and not (folder / target.partition("#")[0]).exists():
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
    """Formulas that Markdown would change before they are typeset.

    A backslash before punctuation is dropped, an underscore after punctuation or a star may open emphasis,
    and an angle bracket may open a tag.
    """
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    formulas = re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
    formulas += re.findall(r"\$([^$\n]+)\$", re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL))
    assert formulas
    return [
        f for f in formulas if re.search(r"\\[^A-Za-z]|(?<![A-Za-z0-9])_|\*|[<>]|^\s.*[^\n]$", f.strip("\n"))
    ]
