"""Accuracy of the models under attack, over the size of the perturbation."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.figure import Figure

from plots import style
from support.runs import load_models


def draw(results_dir: Path) -> Figure:
    figure = Figure(figsize=(7, 5))
    axes = figure.subplots()
    figure.subplots_adjust(left=0.09, right=0.99, bottom=0.12, top=0.93)
    runs = load_models(results_dir)
    looks = (
        style.shades(style.MODEL_LINES, len(runs)),
        style.shades(style.MODEL_FILLS, len(runs)),
        np.linspace(1, 2.5, len(runs)),  # the width tells the models apart in greyscale print too
    )
    handles = []
    below = 0.0
    for run, line, fill, width in zip(runs, *looks, strict=True):
        area = axes.fill_between(run.epsilons, below, run.accuracy, color=fill, linewidth=0)
        (curve,) = axes.plot(*style.without_straight(run.epsilons, run.accuracy), color=line, linewidth=width)
        handles.append((area, curve))
        below = run.accuracy
    axes.set_title("White-Box Adversarial Attacks", fontsize=17, pad=10)
    axes.set_xlabel(r"Perturbation Scale ($\epsilon$)", fontsize=15)
    axes.set_ylabel("Accuracy", fontsize=15)
    axes.tick_params(labelsize=13)
    look = {"loc": "upper right", "fontsize": 12, "framealpha": 1, "handlelength": 1.5, "labelspacing": 0.3}
    axes.legend(handles, [style.model_name(run) for run in runs], **look)
    return figure


if __name__ == "__main__":
    main(draw)
