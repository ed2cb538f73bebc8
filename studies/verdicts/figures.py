"""The figure of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from plots import style
from studies.verdicts.choices import BY_NAME
from studies.verdicts.statements import STARTS, STATEMENTS
from studies.verdicts.tables import TELLING, VERDICTS, shown

SIGNS = {"ε": r"$\epsilon$", "·": r"$\cdot$", "×": r"$\times$", "<": "$<$", ">": "$>$"}  # not in the font
HEADINGS = {"firm": "firm", "conditional": "needs a condition", "open": "open", "wrong": "wrong"}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"choices": draw_choices(numbers["statements"], arrays["values"])}


def draw_choices(found: dict, values: np.ndarray) -> Figure:
    """Each statement a row, each choice a column, full where it holds; the last is the share of ten starts.

    Args:
        values: (statements, choices), NaN where a statement isn't asked.
    """
    columns = [name for name in BY_NAME if name not in STARTS]
    rows = [
        (verdict, [n for n, drawn in TELLING if drawn and found[n]["verdict"] == verdict])
        for verdict in VERDICTS
    ]
    table = {name: dict(zip(BY_NAME, row, strict=True)) for name, row in zip(STATEMENTS, values, strict=True)}
    height = sum(len(names) + 1 for _, names in rows)
    figure, axes = plt.subplots(figsize=(10.5, 0.24 * height + 1.7))
    figure.subplots_adjust(left=0.43, right=0.82, top=1 - 1.65 / (0.24 * height + 1.7), bottom=0.01)
    y = 0
    for verdict, names in rows:
        axes.text(-0.9, y, HEADINGS[verdict], ha="right", va="center", fontsize=11, color=style.GREEN)
        for name in names:
            y += 1
            statement, row = STATEMENTS[name], table[name]
            axes.text(-0.9, y, in_font(statement.words), ha="right", va="center", fontsize=7.8)
            for x, choice in enumerate(columns):
                if np.isfinite(row[choice]):
                    cell(axes, x, y, float(statement.holds(row[choice])))
            of_starts = [bool(statement.holds(row[start])) for start in STARTS if np.isfinite(row[start])]
            if of_starts:
                cell(axes, len(columns), y, np.mean(of_starts))
            span = shown(statement, *found[name]["range"])
            axes.text(len(columns) + 0.9, y, in_font(statement.holds_at), va="center", fontsize=7.8)
            axes.text(len(columns) + 5.2, y, span, va="center", fontsize=7.8)
        y += 1
    for x, words in enumerate([*columns, "single starts"]):
        axes.text(x, -0.9, in_font(words), rotation=60, ha="left", va="bottom", fontsize=8)
    for x, words in ((0.9, "holds if"), (5.2, "range")):
        axes.text(len(columns) + x, 0, words, va="center", fontsize=9)
    axes.set(xlim=(-0.7, len(columns) + 0.7), ylim=(height - 0.4, -0.7), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return figure


def cell(axes: plt.Axes, x: float, y: float, share: float) -> None:
    """A box, filled from below as far as the statement holds."""
    axes.add_patch(
        Rectangle((x - 0.36, y + 0.36 - 0.72 * share), 0.72, 0.72 * share, color=style.GREEN, lw=0)
    )
    axes.add_patch(Rectangle((x - 0.36, y - 0.36), 0.72, 0.72, fill=False, ec=style.BLACK, lw=0.6))


def in_font(words: str) -> str:
    for sign, formula in SIGNS.items():
        words = words.replace(sign, formula)
    return words
