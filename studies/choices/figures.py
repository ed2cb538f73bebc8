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
    names = sorted(FINDINGS, key=lambda name: len(found[name]["turned"]) / found[name]["tried"])
    figure, axes = plt.subplots(figsize=(9, 0.27 * len(names) + 0.6))
    figure.subplots_adjust(left=0.48, right=0.84, top=0.93, bottom=0.02)
    axes.axvspan(-1.1, 0, color=style.PALE_GREY, linewidth=0)
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    for row, name in enumerate(names):
        finding, numbers = FINDINGS[name], found[name]
        values = np.array([value for value in numbers["values"] if value is not None])
        distances = (values - finding.threshold) * (1 if finding.above else -1)
        distances /= np.abs(distances).max()
        axes.plot(
            distances, np.full(len(values), row), "o", color=style.BLACK, markersize=3.2, alpha=0.35, mew=0
        )
        axes.plot(distances[0], row, "D", color=style.GREEN, markersize=5, mew=0)
        text = finding.text
        for sign, formula in SIGNS.items():
            text = text.replace(sign, formula)
        axes.text(-1.13, row, text, ha="right", va="center", fontsize=8.5)
        axes.text(1.1, row, shown(finding, *numbers["range"]), va="center", fontsize=8.5)
    axes.set(xlim=(-1.08, 1.06), ylim=(len(names) - 0.4, -0.6), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    top = axes.get_xaxis_transform()
    axes.text(-0.03, 1.01, "turns", ha="right", transform=top, fontsize=9)
    axes.text(0.03, 1.01, "holds", ha="left", transform=top, fontsize=9)
    axes.text(1.1, 1.01, "range", ha="left", transform=top, fontsize=9)
    return figure
