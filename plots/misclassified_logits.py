"""Distribution of the logits of misclassified test images, a ridge for each size of the perturbation."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plots import style
from support.runs import Run, load_models

EPSILONS = np.linspace(0.025, 0.5, 20)
BANDWIDTH = 0.5
STEP = 0.1  # from one ridge down to the next
ROBUST = 0.2  # the ε of the robust model, as near as there is one


def density(logits: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Gaussian kernel density estimate of `logits` (n,), n >= 1, at the points `at` (m,)."""
    distances = (at[:, np.newaxis] - logits) / BANDWIDTH
    return np.exp(-(distances**2) / 2).mean(axis=1) / (BANDWIDTH * np.sqrt(2 * np.pi))


def half_widths(run: Run) -> np.ndarray:
    """How far each ridge reaches to both sides of 0: three bandwidths beyond what a logit can come to.

    An attack moves a margin by ε‖w‖₁, so no misclassified logit is farther from 0 than that and the worst
    mistake without an attack together.
    """
    worst = -(run.labels * run.logits[style.row_at(run, 0)]).min(initial=0)
    return EPSILONS * np.abs(run.weights).sum() + worst + 3 * BANDWIDTH


def draw_ridges(axes: Axes, run: Run) -> None:
    """One ridge below the other; where nothing is misclassified, only its base line."""
    for number, (epsilon, half_width) in enumerate(zip(EPSILONS, half_widths(run), strict=True)):
        row = style.row_at(run, epsilon)
        misclassified = run.logits[row, run.labels * run.logits[row] <= 0]
        at = np.linspace(-half_width, half_width, 401)
        base = -STEP * number
        ridge = base + (density(misclassified, at) if len(misclassified) else np.zeros_like(at))
        axes.fill_between(at, base, ridge, color=style.BLACK, alpha=0.1, linewidth=0)
        axes.plot(at, ridge, color=style.BLACK, alpha=0.7, linewidth=1.5)


def draw_arrow(axes: Axes, run: Run) -> None:
    """The arrow along the ridges' left ends, with the ε of every second ridge at its left."""
    widest = half_widths(run)[-1]
    x, y = -half_widths(run) - 0.24 * widest, -STEP * np.arange(len(EPSILONS))
    style.arrow(axes, (x[0], y[0]), (x[-1], y[-1]))
    for number in range(1, len(EPSILONS), 2):
        axes.text(x[number] - 0.05 * widest, y[number], f"{EPSILONS[number]:.2f}", ha="right", va="center")
    slope = np.degrees(np.arctan2(y[0] - y[-1], x[0] - x[-1]))
    along = {"rotation": slope, "rotation_mode": "anchor", "transform_rotates_text": True}
    look = {"ha": "center", "va": "center", "fontsize": 11}
    axes.text(x.mean() + 0.115 * widest, y.mean(), r"Perturbations ($\epsilon$)", **look, **along)
    axes.set_xlim(-1.5 * widest, 1.05 * widest)


def draw(results_dir: Path) -> Figure:
    runs = load_models(results_dir)
    figure = Figure(figsize=(10, 4))
    panels = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.005, right=0.995, bottom=0.12, top=0.86, wspace=0.02)
    figure.suptitle("Misclassified Logits Distribution", fontsize=16)
    for run, axes in zip((runs[0], style.nearest(runs, ROBUST)), panels, strict=True):
        draw_ridges(axes, run)
        draw_arrow(axes, run)
        axes.set_title(style.model_name(run), fontsize=14)
        axes.set_xlabel("Logit", fontsize=12)
        axes.locator_params(axis="x", nbins=6)
        axes.set_yticks([])
        axes.spines[["left", "right", "top"]].set_visible(False)
    return figure


if __name__ == "__main__":
    main(draw)
