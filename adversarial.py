"""White-box attacks on a linear classifier, exact and in plain NumPy.

The logit of an image x is w·x + b. Of all perturbations δ with max norm at most ε,

    δ* = -y ε sign(w)

lowers the margin y (w·(x + δ) + b) most, namely by ε‖w‖₁ (Hölder's inequality). `evaluate` moves every
test image by δ* for each ε of a grid and records what becomes of the logits. As in the post, perturbed
images are not clipped to [0, 1], and a logit of exactly 0 counts as a mistake.
"""

import numpy as np

ATTACK_EPSILONS = np.linspace(0, 0.5, 101)
CLOSEST = 10  # misclassified images kept for each ε, those nearest the decision boundary


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


def evaluate(
    weights: np.ndarray,
    bias: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    epsilons: np.ndarray = ATTACK_EPSILONS,
) -> dict[str, np.ndarray]:
    """Attack every image at every ε.

    One ε at a time, so that memory grows with the images but not with the grid.

    Args:
        weights: float32 (784,).
        bias: float32 ().
        images: float32 (N, 784) in [0, 1].
        labels: float32 (N,), each -1 or +1.
        epsilons: (E,), the grid.

    Returns:
        The arrays of `adversarial.npz`: `epsilons` (E,), `accuracy` (E,), `labels` int8 (N,), `logits`
        float32 (E, N) under attack, `closest` (E, 10) indices of the misclassified images nearest the
        decision boundary (-1 where there are fewer) and `closest_images` float32 (E, 10, 28, 28), the
        same images as perturbed (0 where there are fewer).
    """
    count = len(epsilons)
    logits = np.empty((count, len(images)), np.float32)
    closest = np.full((count, CLOSEST), -1)
    closest_images = np.zeros((count, CLOSEST, 28, 28), np.float32)
    for row, epsilon in enumerate(epsilons):
        perturbed = images + worst_case_perturbation(weights, labels, epsilon)
        logits[row] = decision_function(perturbed, weights, bias)
        (misclassified,) = np.nonzero(labels * logits[row] <= 0)
        nearest = misclassified[np.argsort(np.abs(logits[row, misclassified]), kind="stable")][:CLOSEST]
        closest[row, : len(nearest)] = nearest
        closest_images[row, : len(nearest)] = perturbed[nearest].reshape(-1, 28, 28)
    return {
        "epsilons": epsilons,
        "accuracy": (labels * logits > 0).mean(axis=1),
        "labels": labels.astype(np.int8),
        "logits": logits,
        "closest": closest,
        "closest_images": closest_images,
    }


def final_metrics(
    weights: np.ndarray,
    bias: np.ndarray,
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
) -> dict[str, float | int]:
    """Accuracies and test mistakes without an attack; `train` and `test` are (images, labels)."""
    train_mistakes, test_mistakes = (
        int((labels * decision_function(images, weights, bias) <= 0).sum())
        for images, labels in (train, test)
    )
    return {
        "train_accuracy": 1 - train_mistakes / len(train[1]),
        "test_accuracy": 1 - test_mistakes / len(test[1]),
        "test_mistakes": test_mistakes,
    }
