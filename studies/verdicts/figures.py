"""The figure of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.verdicts.choices import BY_NAME
from studies.verdicts.statements import STATEMENTS
from studies.verdicts.tables import shown

SIGNS = {"ε": r"$\epsilon$", "·": r"$\cdot$", "‖w‖₁": r"$\|w\|_1$"}  # not in the font


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"choices": draw_choices(numbers["statements"], arrays["values"])}


def draw_choices(found: dict, values: np.ndarray) -> Figure:
    """Each statement a row, each choice a point; left of the line it doesn't hold.

    Args:
        values: (statements, choices), NaN where a statement isn't asked. Rows are stretched so that the value
            farthest from the line is equally far in all.
    """
    post = [row for row, name in enumerate(STATEMENTS) if STATEMENTS[name].of]
    ours = [row for row, name in enumerate(STATEMENTS) if not STATEMENTS[name].of]
    rows = {row: 1 + place for place, row in enumerate(post)}
    rows |= {row: 3 + len(post) + place for place, row in enumerate(ours)}
    folds = list(BY_NAME).index("cross-validation")
    figure, axes = plt.subplots(figsize=(9.6, 0.2 * len(rows) + 1.2))
    figure.subplots_adjust(left=0.5, right=0.83, top=0.95, bottom=0.01)
    axes.axvspan(-1.1, 0, color=style.PALE_GREY, linewidth=0)
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    for row, (name, statement) in enumerate(STATEMENTS.items()):
        beyond = statement.beyond(values[row])
        beyond = beyond / np.nanmax(np.abs(beyond))
        y = rows[row]
        axes.plot(beyond[1:], np.full(len(beyond) - 1, y), "o", color=style.BLACK, ms=3, alpha=0.3, mew=0)
        axes.plot(beyond[folds], y, "o", color="white", ms=4, mec=style.BLACK, mew=0.9)
        axes.plot(beyond[0], y, "D", color=style.GREEN, ms=4.5, mew=0)
        words = f"{statement.of.split()[0]}  {statement.words}" if statement.of else statement.words
        for sign, formula in SIGNS.items():
            words = words.replace(sign, formula)
        axes.text(-1.13, y, words, ha="right", va="center", fontsize=7.6)
        axes.text(1.1, y, shown(statement, *found[name]["range"]), va="center", fontsize=7.6)
    for row, heading in ((0, "The post's sentences"), (2 + len(post), "Ours")):
        axes.text(-1.13, row, heading, ha="right", va="center", fontsize=10, color=style.GREEN)
    axes.set(xlim=(-1.08, 1.06), ylim=(len(rows) + 2.6, -0.6), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    top = axes.get_xaxis_transform()
    for x, side, words in ((-0.03, "right", "doesn't hold"), (0.03, "left", "holds"), (1.1, "left", "range")):
        axes.text(x, 1.005, words, ha=side, transform=top, fontsize=9)
    axes.plot([], [], "D", color=style.GREEN, ms=4.5, label="the post's choices")
    axes.plot([], [], "o", color="white", ms=4, mec=style.BLACK, mew=0.9, label="cross-validated")
    axes.plot([], [], "o", color=style.BLACK, ms=3, alpha=0.3, label="another choice")
    figure.legend(loc="upper left", frameon=False, fontsize=8.5, ncols=3, columnspacing=1)
    return figure
