"""The figure of the page."""

from textwrap import fill

from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from plots import style
from studies.verdicts.choices import CHOICES
from studies.verdicts.statements import STATEMENTS, Statement
from studies.verdicts.tables import by_verdict

SIGNS = {
    "ε": r"$\epsilon$",
    "×": r"$\times$",
    "<": "$<$",
    ">": "$>$",
    "‖w‖₁": r"$\Vert w\Vert_1$",
}  # not in the font
COLUMNS = [choice.name for choice in CHOICES if not choice.seed]


def draw(numbers: dict, _: dict) -> dict[str, Figure]:
    return {"choices": draw_choices(numbers["statements"])}


def draw_choices(found: dict) -> Figure:
    """Each statement a row, each choice a column, full where it holds; the last is the ten starts'."""
    rows = by_verdict(found)
    height = sum(len(names) + 1 for _, names in rows)
    figure, axes = plt.subplots(figsize=(9.2, 0.3 * height + 1.5))
    figure.subplots_adjust(left=0.41, right=0.785, top=1 - 1.45 / (0.3 * height + 1.5), bottom=0.01)
    end, y = len(COLUMNS), 0
    for verdict, names in rows:
        axes.text(-0.9, y, verdict, ha="right", va="center", fontsize=12, color=style.GREEN)
        for name in names:
            y += 1
            statement, of = STATEMENTS[name], found[name]
            words = in_font(fill(statement.words, 60))
            axes.text(-0.9, y, words, ha="right", va="center", fontsize=8.4, linespacing=1)
            for x, choice in enumerate(COLUMNS):
                if choice in of["holds"] + of["fails"]:
                    cell(axes, x, y, choice in of["holds"])
            if of["starts"][1]:
                cell(axes, end, y, of["starts"][0] / of["starts"][1])
            values = in_font(fill(in_range(statement, *of["range"]), 24))
            axes.text(end + 0.9, y, values, va="center", fontsize=8.4, linespacing=1)
        y += 1
    for x, words in enumerate([*COLUMNS, "ten single starts"]):
        axes.text(x, -0.7, in_font(words), rotation=60, rotation_mode="anchor", fontsize=9)
    axes.text(end + 0.9, 0, "measured", va="center", fontsize=10)
    axes.set(xlim=(-0.7, end + 0.7), ylim=(height - 0.4, -0.7), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return figure


def cell(axes: plt.Axes, x: float, y: float, share: float) -> None:
    """A box, filled from below as far as the statement holds."""
    for height, drawn in ((share, {"color": style.GREEN, "lw": 0}), (1, {"fill": False, "lw": 0.6})):
        axes.add_patch(Rectangle((x - 0.36, y + 0.36), 0.72, -0.72 * height, **drawn))


def in_range(statement: Statement, low: float, high: float) -> str:
    if statement.unit:
        digits = 2 if high - low < 0.01 else 1
        found = f"{100 * low:.{digits}f} to {100 * high:.{digits}f} {statement.unit}"
    else:
        found = f"{low:.2g} to {high:.2g}"
    return f"{found} {statement.of_what}"


def in_font(words: str) -> str:
    for sign, formula in SIGNS.items():
        words = words.replace(sign, formula)
    return words
