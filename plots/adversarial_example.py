"""A test image, the regular model's worst valid change, what comes of it, and what two models say of that.

Pixels stay between white and black. Shown is, of the images that half the change fools when it may leave that
range, the one nearest the boundary that the whole change fools within it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.figure import Figure

from plots import style
from support.runs import Run, load_models

EPSILON = 0.2  # of the attack and, as near as there is one, of the robust model


def draw(results_dir: Path) -> Figure:
    runs = load_models(results_dir)
    regular, robust = runs[0], style.nearest(runs, EPSILON)
    image, fooled, label = example(regular)
    figure = Figure(figsize=(7.4, 1.9))
    places = figure.subplots(1, 3)
    figure.subplots_adjust(left=0.01, right=0.68, bottom=0.02, top=0.86, wspace=0.24)
    captions = (name(regular, label), rf"at most $\pm {EPSILON}$", "their sum")
    # Images on their true grey; of the change, no change is the middle grey, so it is as faint as it looks
    for place, picture, caption, least in zip(
        places, (image, fooled - image, fooled), captions, (0, -1, 0), strict=True
    ):
        place.imshow(picture, cmap="gray_r", interpolation="none", vmin=least, vmax=1)
        place.set(xticks=[], yticks=[])
        place.set_title(caption, fontsize=12)
    for place, sign in zip(places[1:], "+=", strict=True):
        place.text(-0.11, 0.5, f"${sign}$", transform=place.transAxes, ha="center", va="center", fontsize=16)
    for run, height in ((regular, 0.68), (robust, 0.28)):
        logit = fooled.ravel() @ run.weights + run.bias
        figure.text(0.71, height, f"{style.model_name(run)} model:", fontsize=11)
        figure.text(0.71, height - 0.14, f"it is {name(run, logit)} (logit ${logit:+.1f}$)", fontsize=12)
    return figure


def example(run: Run) -> tuple[np.ndarray, np.ndarray, int]:
    """An image (28, 28), the same after the worst valid change, which fools the model, and its label."""
    row = style.row_at(run, EPSILON / 2)
    worst = np.sign(run.weights.reshape(28, 28))
    for place, perturbed in zip(run.closest[row], run.closest_images[row], strict=True):
        label = run.labels[place]
        image = np.clip(perturbed + label * EPSILON / 2 * worst, 0, 1)
        fooled = np.clip(image - label * EPSILON * worst, 0, 1)
        if place >= 0 and label * (fooled.ravel() @ run.weights + run.bias) < 0:
            return image, fooled, label
    raise style.unusable(run.folder / "adversarial.npz", f"no image is fooled in range at ε = {EPSILON}")


def name(run: Run, logit: float) -> str:
    """The digit that a label or the sign of a logit stands for, with its article."""
    digit = style.DIGIT_NAMES[run.digits[int(logit > 0)]]
    return f"an {digit}" if digit == "eight" else f"a {digit}"


if __name__ == "__main__":
    main(draw)
