"""The models' accuracy in training and on the test set, without an attack, as a table."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
from matplotlib.figure import Figure

from plots import style
from support.runs import load_models
from support.tables import truncated

ROWS = (0.76, 0.42, 0.16)  # heights of the lines of text
RULES = ((0.98, 1.2), (0.6, 0.7), (0.0, 1.2))  # height and line width: above, below the head, below the body
FIRST, STEP = 0.41, 0.17  # the centre of the first model's column, and the way to the next


def draw(results_dir: Path) -> Figure:
    runs = load_models(results_dir)
    width = 1 + STEP * (len(runs) - 4)
    figure = Figure(figsize=(4 * width, 1))
    axes = figure.add_axes((0.02, 0.06, 0.96, 0.88))
    axes.set(xlim=(0, width), ylim=(0, 1))
    axes.set_axis_off()
    for height, width in RULES:
        axes.axhline(height, color=style.BLACK, linewidth=width, clip_on=False)
    for text, height in zip(("Accuracy (%)", "Train", "Test"), ROWS, strict=True):
        axes.text(0.02, height, text, va="center")
    for number, run in enumerate(runs):
        # As in the post, training accuracy is the running one: over the last epoch, while the weights change.
        accuracies = (run.history["train_accuracy"][-1], run.final["test_accuracy"])
        texts = (style.short_name(run), *map(truncated, accuracies))
        for text, height in zip(texts, ROWS, strict=True):
            axes.text(FIRST + STEP * number, height, text, ha="center", va="center")
    return figure


if __name__ == "__main__":
    main(draw)
