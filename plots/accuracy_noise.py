"""Accuracy of the four models under attack, over the size of the perturbation."""

from pathlib import Path

import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

LINE_WIDTHS = (1.0, 1.5, 2.0, 2.5)  # tells the models apart in greyscale print too


def draw(results_dir: Path) -> Figure:
    figure, axes = plt.subplots(figsize=(7, 5))
    figure.subplots_adjust(left=0.09, right=0.99, bottom=0.12, top=0.93)
    handles, names = [], []
    below = 0.0
    looks = zip(style.MODEL_LINES, style.MODEL_FILLS, LINE_WIDTHS, strict=True)
    for run, (line, fill, width) in zip(style.load_post_models(results_dir), looks, strict=True):
        area = axes.fill_between(run.epsilons, below, run.accuracy, color=fill, linewidth=0)
        (curve,) = axes.plot(run.epsilons, run.accuracy, color=line, linewidth=width)
        handles.append((area, curve))
        names.append(style.model_name(run))
        below = run.accuracy
    axes.set_title("White-Box Adversarial Attacks", fontsize=17, pad=10)
    axes.set_xlabel(r"Perturbation Scale ($\epsilon$)", fontsize=15)
    axes.set_ylabel("Accuracy", fontsize=15)
    axes.tick_params(labelsize=13)
    axes.legend(
        handles, names, loc="upper right", fontsize=12, framealpha=1, handlelength=1.5, labelspacing=0.3
    )
    return figure


if __name__ == "__main__":
    style.main(draw)
