"""Clean margins of the test images, and how far the attack reaches: what lies within its reach falls."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plots import style
from support.runs import Run, load_models

EPSILON = 0.2  # of the attack and, as near as there is one, of the robust model
BARS = 60


def draw(results_dir: Path) -> Figure:
    runs = load_models(results_dir)
    figure = Figure(figsize=(7, 4.8))
    panels = figure.subplots(2, 1, sharex=True)
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.12, top=0.845, hspace=0.34)
    title = r"An image withstands the attack exactly if its margin exceeds $\epsilon\|w\|_1$"
    figure.suptitle(title, fontsize=15, y=0.97)
    both = runs[0], style.nearest(runs, EPSILON)
    found = [margins(run) for run in both]
    least, most = min(0, np.min(found)), max(np.max(found), *map(reach, both))
    width = (most - least) / BARS
    panels[0].set_xlim(least - 2 * width, most + 5 * width)
    for axes, run in zip(panels, both, strict=True):
        draw_margins(axes, run, width)
    panels[1].set_xlabel(r"Clean margin $y\,(w\cdot x+b)$ of a test image", fontsize=12)
    return figure


def margins(run: Run) -> np.ndarray:
    """Those of the test images without an attack: (N,)."""
    return (run.labels * run.logits[style.row_at(run, 0)]).astype(np.float64)


def reach(run: Run) -> float:
    """What the attack takes from every margin: ε‖w‖₁."""
    return EPSILON * np.abs(run.weights.astype(np.float64)).sum()


def draw_margins(axes: Axes, run: Run, width: float) -> None:
    """A histogram whose bars are `width` wide and end at the reach, and what falls and what withstands."""
    found, limit = margins(run), reach(run)
    bars, counts = np.unique(np.ceil((found - limit) / width), return_counts=True)  # to 0: those that fall
    left, right = axes.get_xlim()
    top = 1.3 * counts.max()
    axes.set(ylim=(0, top), yticks=[])
    axes.axvspan(left, limit, color=style.PALE_GREY, linewidth=0, zorder=0)
    for which, colour in ((bars <= 0, "#808080"), (bars > 0, style.GREEN)):
        places = limit + width * (bars[which] - 0.5)
        axes.bar(places, counts[which], 0.84 * width, color=colour, linewidth=0)
    axes.vlines(limit, 0, top, style.BLACK, linewidth=1.2)
    style.arrow(axes, (0, 0.86 * top), (limit, 0.86 * top), linewidth=0.8)
    taken = rf"the attack takes ${EPSILON:g}\,\|w\|_1={limit:.1f}$"
    side, align = (width, "left") if limit < (left + right) / 2 else (-width, "right")  # where there is room
    axes.text(limit + side, 0.89 * top, taken, ha=align, va="bottom", fontsize=11)
    falls = 100 * (found <= limit).mean()
    axes.set_title(f"{falls:.1f} % fall", fontsize=12, loc="left")
    axes.set_title(style.model_name(run), fontsize=13)
    axes.set_title(f"{100 - falls:.1f} % withstand", fontsize=12, loc="right", color=style.GREEN)
    axes.spines[["left", "right", "top"]].set_visible(False)


if __name__ == "__main__":
    main(draw)
