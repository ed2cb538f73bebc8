"""A test image after the worst valid change for the regular model, and after a robust one's: what both say.

Pixels stay between white and black. Shown is, of the images that fool the regular model at half the change
when they may leave that range, the one nearest the boundary that fools it at the whole change within it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from plots.command import main  # before matplotlib
import numpy as np
from matplotlib.figure import Figure

from adversarial import decision_function, worst_case_perturbation, worst_valid_images
from plots import style
from support.options import UserError, short
from support.runs import Run, load_models

EPSILON = 0.2  # of the attack and, as near as there is one, of the robust model


def draw(results_dir: Path) -> Figure:
    runs = load_models(results_dir)
    image, label = example(runs[0])
    both = runs[0], style.nearest(runs, EPSILON)
    figure = Figure(figsize=(7.4, 3.8))
    grid = figure.subplots(2, 3)
    figure.subplots_adjust(left=0.01, right=0.68, bottom=0.01, top=0.935, wspace=0.24, hspace=0.15)
    for attacked, places in zip(both, grid, strict=True):
        worst = worst_valid_images(attacked.weights, image, label, EPSILON)
        captions = (digit(attacked, label[0]), rf"$\pm {EPSILON}$, worst for {attacked.model}", "their sum")
        # Images on their true grey; of the change, none is the middle grey, so it is as faint as it looks
        for place, picture, caption, least in zip(
            places, (image, worst - image, worst), captions, (0, -1, 0), strict=True
        ):
            place.imshow(picture.reshape(28, 28), cmap=style.INK, interpolation="none", vmin=least, vmax=1)
            place.set(xticks=[], yticks=[])
            place.set_title(caption, fontsize=12)
        for place, sign in zip(places[1:], "+=", strict=True):
            style.beside(place, -0.11, 0.5, f"${sign}$", ha="center", fontsize=16)
        for run, height in zip(both, (0.79, 0.33), strict=True):
            (logit,) = decision_function(worst, run.weights, run.bias)
            style.beside(places[-1], 1.11, height, f"{style.model_name(run)} model:", fontsize=11)
            answer = f"it is {digit(run, logit)} (logit ${logit:+.1f}$)"
            style.beside(places[-1], 1.11, height - 0.17, answer, fontsize=12)
    return figure


def example(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """An image (1, 784) whose worst valid change fools the model, and its label (1,).

    Raises:
        UserError: there is none.
    """
    row = style.row_at(run, EPSILON / 2)
    for place, perturbed in zip(run.closest[row], run.closest_images[row], strict=True):
        label = run.labels[[place]]
        change = worst_case_perturbation(run.weights, label, EPSILON / 2)
        image = np.clip(perturbed.reshape(1, -1) - change, 0, 1)
        worst = worst_valid_images(run.weights, image, label, EPSILON)
        if place >= 0 and label * decision_function(worst, run.weights, run.bias) < 0:
            return image, label
    raise UserError(f"no valid change of ε = {EPSILON} fools {short(run.folder)}")


def digit(run: Run, logit: float) -> str:
    """The digit that a label or the sign of a logit stands for, with its article."""
    digit = style.DIGIT_NAMES[run.digits[int(logit > 0)]]
    return f"an {digit}" if digit == "eight" else f"a {digit}"


if __name__ == "__main__":
    main(draw)
