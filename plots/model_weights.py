"""The models' weights as images: the darker, the larger, each on a grey scale of its own."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import style
from support.runs import load_models


def draw(results_dir: Path) -> Figure:
    runs = load_models(results_dir)
    figure = Figure(figsize=(max(4, 1.5 * len(runs)), 2.05))
    places = figure.subplots(1, len(runs))
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.11, top=0.78, wspace=0.08)
    figure.suptitle("Model Weights (W)", fontsize=14, y=0.98)
    for run, place in zip(runs, places, strict=True):
        style.show_image(place, run.weights.reshape(28, 28))
        place.set_title(style.model_name(run), fontsize=11)
    first, second = runs[0].digits
    key = f"dark: speaks for a {second};  pale: for a {first};  each on a grey scale of its own"
    figure.text(0.5, 0.02, key, ha="center", fontsize=8)
    return figure


if __name__ == "__main__":
    main(draw)
