"""The four models' accuracy in training and on the test set, without an attack, as a table."""

from pathlib import Path

import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from compare import truncated

ROWS = (0.76, 0.42, 0.16)  # heights of the lines of text
RULES = ((0.98, 1.2), (0.6, 0.7), (0.0, 1.2))  # height and line width: above, below the head, below the body
COLUMNS = (0.41, 0.58, 0.75, 0.92)  # the models' centres


def draw(results_dir: Path) -> Figure:
    figure = plt.figure(figsize=(4, 1))
    axes = figure.add_axes((0.02, 0.06, 0.96, 0.88))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    for height, width in RULES:
        axes.axhline(height, color=style.BLACK, linewidth=width, clip_on=False)
    for text, height in zip(("Accuracy (%)", "Train", "Test"), ROWS, strict=True):
        axes.text(0.02, height, text, va="center")
    for run, column in zip(style.load_post_models(results_dir), COLUMNS, strict=True):
        # As in the post, training accuracy is the running one: over the last epoch, while the weights change.
        accuracies = (run.history["train_accuracy"][-1], run.final["test_accuracy"])
        texts = (style.short_name(run), *map(truncated, accuracies))
        for text, height in zip(texts, ROWS, strict=True):
            axes.text(column, height, text, ha="center", va="center")
    return figure


if __name__ == "__main__":
    style.main(draw)
