"""White-box attacks on a linear classifier, exact and in plain NumPy.

The logit of an image x is w·x + b. Of all perturbations δ with max norm at most ε,

    δ* = -y ε sign(w)

lowers the margin y (w·(x + δ) + b) most, namely by ε‖w‖₁ (Hölder's inequality). As in the post, x + δ* is not
clipped to [0, 1], and a logit of exactly 0 counts as a mistake. With valid pixels, the worst image is

    clip(x + δ*, 0, 1)

and exactly so: each pixel adds y w_i x_i to the margin whatever the others do, so each does its worst alone.
A valid pixel within ε of x_i lies in [max(0, x_i - ε), min(1, x_i + ε)], a linear term is least at an end of
an interval, and that end is clip(x_i + δ*_i, 0, 1).

`python adversarial.py [FOLDER ...]` attacks stored runs again, without training.
"""

import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as Python does, unless it is told not to (PYTHONSAFEPATH)
import support.packages  # noqa: F401  says what a Python lacks
import numpy as np

from support.options import POST, RESULTS, Parser, one_line_errors, run_name, short
from support.runs import load
from support.tables import markdown, truncated

ATTACK_EPSILONS = np.linspace(0, 0.5, 101)
CLOSEST = 10  # misclassified images kept for each ε, those nearest the decision boundary
TABLE_EPSILONS = (0, 0.05, 0.1, 0.2, 0.3)
Pair = tuple[np.ndarray, np.ndarray]  # images float32 (N, 784) and labels float32 (N,)


def decision_function(images: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """The logits w·x + b of images (N, d): summed in float64, in whatever order BLAS likes, and rounded once.

    Returns:
        float32 (N,).
    """
    return (images.astype(np.float64) @ weights.astype(np.float64) + bias).astype(np.float32)


def worst_case_perturbation(weights: np.ndarray, labels: np.ndarray, epsilon: float) -> np.ndarray:
    """δ* = -y ε sign(w) for each example.

    Args:
        weights: (d,).
        labels: (N,), each -1 or +1.
        epsilon: largest change of a pixel, in units of the pixel range [0, 1].

    Returns:
        (N, d), of the weights' type.
    """
    return np.outer(-labels, weights.dtype.type(epsilon) * np.sign(weights))


def worst_valid_images(
    weights: np.ndarray, images: np.ndarray, labels: np.ndarray, epsilon: float
) -> np.ndarray:
    """clip(x + δ*, 0, 1) for images (N, d) in [0, 1]: of all images within ε of each, the worst valid one."""
    return np.clip(images + worst_case_perturbation(weights, labels, epsilon), 0, 1)


def evaluate(
    weights: np.ndarray,
    bias: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    epsilons: np.ndarray = ATTACK_EPSILONS,
) -> dict[str, np.ndarray]:
    """Attack every image at every ε, one ε after the other: together they would take much memory.

    Args:
        weights: float32 (784,).
        bias: float32 ().
        images: float32 (N, 784) in [0, 1].
        labels: float32 (N,), each -1 or +1.
        epsilons: (E,), the grid.

    Returns:
        The arrays of `adversarial.npz`: `epsilons` (E,), `accuracy` (E,) under the post's attack,
        `accuracy_valid` (E,) under the one that keeps pixels valid, `labels` int8 (N,), and of the post's
        attack `logits` float32 (E, N), `closest` (E, 10) indices of the misclassified images nearest the
        decision boundary (-1 where there are fewer) and `closest_images` float32 (E, 10, 28, 28), the
        same images as perturbed (0 where there are fewer).
    """
    count = len(epsilons)
    logits, accuracy_valid = np.empty((count, len(images)), np.float32), np.empty(count)
    closest = np.full((count, CLOSEST), -1)
    closest_images = np.zeros((count, CLOSEST, 28, 28), np.float32)
    for row, epsilon in enumerate(epsilons):
        perturbed = images + worst_case_perturbation(weights, labels, epsilon)
        logits[row] = decision_function(perturbed, weights, bias)
        valid = worst_valid_images(weights, images, labels, epsilon)
        accuracy_valid[row] = (labels * decision_function(valid, weights, bias) > 0).mean()
        (misclassified,) = np.nonzero(labels * logits[row] <= 0)
        nearest = misclassified[np.argsort(np.abs(logits[row, misclassified]), kind="stable")][:CLOSEST]
        closest[row, : len(nearest)] = nearest
        closest_images[row, : len(nearest)] = perturbed[nearest].reshape(-1, 28, 28)
    return {
        "epsilons": epsilons,
        "accuracy": (labels * logits > 0).mean(axis=1),
        "accuracy_valid": accuracy_valid,
        "labels": labels.astype(np.int8),
        "logits": logits,
        "closest": closest,
        "closest_images": closest_images,
    }


def final_metrics(weights: np.ndarray, bias: np.ndarray, train: Pair, test: Pair) -> dict[str, float]:
    """Accuracies and test mistakes without an attack."""
    train_mistakes, test_mistakes = (
        int((labels * decision_function(images, weights, bias) <= 0).sum())
        for images, labels in (train, test)
    )
    return {
        "train_accuracy": 1 - train_mistakes / len(train[1]),
        "test_accuracy": 1 - test_mistakes / len(test[1]),
        "test_mistakes": test_mistakes,
    }


def table(folders: list[Path]) -> str:
    """Accuracy of stored runs under attack, in %: a row under the post's attack and one with valid pixels.

    Raises:
        UserError: a run or a data set is missing or damaged.
    """
    import data  # and with it TensorFlow, which takes seconds

    test_arrays = functools.cache(lambda digits: data.to_arrays(data.binary_mnist("test", digits)))
    rows = []
    for run in map(load, folders):
        found = evaluate(run.weights, run.bias, *test_arrays(run.digits), np.array(TABLE_EPSILONS))
        for way, pixels in (("accuracy", ""), ("accuracy_valid", ", valid pixels")):
            rows.append((f"{short(run.folder)}{pixels}", *map(truncated, found[way])))
    return markdown(("accuracy in % under attack", *(f"ε = {epsilon:g}" for epsilon in TABLE_EPSILONS)), rows)


def main() -> None:
    parser = Parser("Attack stored runs again, as the post does and with valid pixels: a table in Markdown.")
    posts = [RESULTS / run_name(epsilon) for epsilon in (0, *POST["robust"]["epsilons"])]
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", default=posts, help="of runs")
    arguments = parser.parse_args()
    with one_line_errors():
        print(table(arguments.folders))


if __name__ == "__main__":
    main()
