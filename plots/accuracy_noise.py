"""Accuracy of the four models under attack, over the size of the perturbation."""

from pathlib import Path

import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure


def draw(results_dir: Path) -> Figure:
    runs = style.load_post_runs(results_dir)
    figure, axes = plt.subplots(figsize=(7, 5))
    for run in runs:
        axes.plot(run.epsilons, run.accuracy, label=style.model_name(run))
    axes.set_title("White-Box Adversarial Attacks")
    axes.set_xlabel(r"Perturbation Scale ($\epsilon$)")
    axes.legend()
    return figure


if __name__ == "__main__":
    style.main(draw)
