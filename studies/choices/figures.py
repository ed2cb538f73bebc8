"""The figure of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.choices.findings import FINDINGS
from studies.choices.tables import shown

SIGNS = {"ε": r"$\epsilon$", "·": r"$\cdot$"}  # not in the font


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"choices": draw_choices(numbers["findings"])}


def draw_choices(found: dict) -> Figure:
    """Each finding a row, each choice a point; left of the line the sentence turns.

    Rows are stretched so that the choice farthest from the line is equally far in all.
    """
    names = sorted(FINDINGS, key=lambda name: share_turned(found[name]))
    firm = sum(not found[name]["turned"] for name in names)
    rows = [*range(1, firm + 1), *range(firm + 2, len(names) + 2)]  # a heading above either group
    figure, axes = plt.subplots(figsize=(9, 0.25 * (len(names) + 2) + 0.5))
    figure.subplots_adjust(left=0.4, right=0.84, top=0.94, bottom=0.02)
    axes.axvspan(-1.1, 0, color=style.PALE_GREY, linewidth=0)
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    for row, name in zip(rows, names, strict=True):
        finding, numbers = FINDINGS[name], found[name]
        values = np.array([value for value in numbers["values"] if value is not None])
        distances = finding.distance(values)
        distances /= np.abs(distances).max()
        others = np.full(len(values) - 1, row)
        axes.plot(distances[1:], others, "o", color=style.BLACK, markersize=3.2, alpha=0.35, mew=0)
        axes.plot(distances[0], row, "D", color=style.GREEN, markersize=5, mew=0)
        text = finding.text
        for sign, formula in SIGNS.items():
            text = text.replace(sign, formula)
        axes.text(-1.13, row, text, ha="right", va="center", fontsize=8.5)
        axes.text(1.1, row, shown(finding, *numbers["range"]), va="center", fontsize=8.5)
    for row, heading in ((0, "Hold under every choice"), (firm + 1, "Turn under some")):
        axes.text(-1.13, row, heading, ha="right", va="center", fontsize=10, color=style.GREEN)
    axes.set(xlim=(-1.08, 1.06), ylim=(len(names) + 1.6, -0.6), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    top = axes.get_xaxis_transform()
    for x, side, words in ((-0.03, "right", "turns"), (0.03, "left", "holds"), (1.1, "left", "range")):
        axes.text(x, 1.01, words, ha=side, transform=top, fontsize=9)
    axes.plot([], [], "D", color=style.GREEN, markersize=5, label="the post's choice")
    axes.plot([], [], "o", color=style.BLACK, markersize=3.2, alpha=0.35, label="another")
    figure.legend(loc="upper left", frameon=False, fontsize=9, ncols=2)
    return figure


def share_turned(numbers: dict) -> float:
    return len(numbers["turned"]) / sum(value is not None for value in numbers["values"])
