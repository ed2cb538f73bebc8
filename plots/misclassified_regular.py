"""Test images that each model gets wrong without an attack: up to four, nearest the boundary first."""

import sys
from itertools import zip_longest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import style
from support.runs import load_models

PLACES = 4


def draw(results_dir: Path) -> Figure:
    runs = load_models(results_dir)
    height = 0.48 + 0.63 * len(runs)  # inches
    figure = Figure(figsize=(3, height))
    grid = figure.subplots(len(runs), PLACES)
    figure.subplots_adjust(0.25, 0.06 / height, 0.97, 1 - 0.42 / height, wspace=0.2, hspace=0.2)
    figure.suptitle("Misclassified Examples", fontsize=13, y=1 - 0.09 / height)
    for run, places in zip(runs, grid, strict=True):
        style.beside(places[0], -0.25, 0.5, style.short_name(run), ha="right")
        for place, image in zip_longest(places, style.misclassified(run, 0)[:PLACES]):
            style.show_image(place, image)
    return figure


if __name__ == "__main__":
    main(draw)
