"""For each model and ε, the perturbed image of the misclassified sample nearest the boundary.

Perturbed images are not clipped, so each has a grey scale of its own, from its smallest value to its largest.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.figure import Figure

from plots import style
from support.runs import load_models

EPSILONS = np.linspace(0, 0.5, 11)


def draw(results_dir: Path) -> Figure:
    runs = load_models(results_dir)
    height = 0.75 * len(runs)  # inches
    figure = Figure(figsize=(9, height))
    grid = figure.subplots(len(runs), len(EPSILONS))
    figure.subplots_adjust(0.135, 0.36 / height, 0.99, 1 - 0.06 / height, wspace=0.12, hspace=0.12)
    for run, places in zip(runs, grid, strict=True):
        style.beside(places[0], -0.2, 0.5, style.model_name(run), ha="right")
        for place, epsilon in zip(places, EPSILONS, strict=True):
            style.show_image(place, next(iter(style.misclassified(run, epsilon)), None))
    for place, epsilon in zip(grid[-1], EPSILONS, strict=True):
        style.beside(place, 0.5, -0.2, rf"$\epsilon={epsilon:.2f}$", ha="center", va="top")
    return figure


if __name__ == "__main__":
    main(draw)
