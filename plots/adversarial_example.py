"""A test image, the regular model's worst perturbation, their sum, and what two models say of it."""

from pathlib import Path

import numpy as np
import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

EPSILON = 0.2  # of the attack and, as near as there is one, of the robust model
KEPT = 9  # which of the kept misclassified images: the farthest beyond the boundary


def draw(results_dir: Path) -> Figure:
    runs = style.load_models(results_dir)
    regular, robust = runs[0], style.nearest(runs, EPSILON)
    row = style.row_at(regular, EPSILON)
    kept = min(KEPT, np.count_nonzero(regular.closest[row] >= 0) - 1)
    if kept < 0:
        raise style.unusable(regular.folder / "adversarial.npz", f"no image is fooled at ε = {EPSILON}")
    label = regular.labels[regular.closest[row, kept]]
    fooled = regular.closest_images[row, kept]
    perturbation = -label * EPSILON * np.sign(regular.weights.reshape(28, 28))

    figure, places = plt.subplots(1, 3, figsize=(7.4, 1.9))
    figure.subplots_adjust(left=0.01, right=0.68, bottom=0.02, top=0.86, wspace=0.24)
    captions = (name(regular, label), rf"$\pm {EPSILON}$ for each pixel", "their sum")
    for place, image, caption in zip(
        places, (fooled - perturbation, perturbation, fooled), captions, strict=True
    ):
        # One grey scale for the three: the perturbation is as faint as it looks
        place.imshow(image, cmap="gray_r", interpolation="none", vmin=-EPSILON, vmax=1 + EPSILON)
        place.set(xticks=[], yticks=[])
        place.set_title(caption, fontsize=12)
    for place, sign in zip(places[1:], "+=", strict=True):
        place.text(-0.11, 0.5, f"${sign}$", transform=place.transAxes, ha="center", va="center", fontsize=16)
    for run, height in ((regular, 0.68), (robust, 0.28)):
        logit = fooled.ravel() @ run.weights + run.bias
        figure.text(0.71, height, f"{style.model_name(run)} model:", fontsize=11)
        figure.text(0.71, height - 0.14, f"it is {name(run, logit)} (logit ${logit:+.1f}$)", fontsize=12)
    return figure


def name(run: style.Run, logit: float) -> str:
    """The digit that a label or the sign of a logit stands for, with its article."""
    digit = style.DIGIT_NAMES[run.digits[int(logit > 0)]]
    return f"an {digit}" if digit == "eight" else f"a {digit}"


if __name__ == "__main__":
    style.main(draw)
