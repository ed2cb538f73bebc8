"""Are the differences between the four models real, or chance in the initial weights or the test images?

The four models from 100 seeds, compared by the sign test over seeds and by McNemar's exact test over images.
"""

from itertools import combinations

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks as margins
from studies.shared import images, models
from studies.shared.chance import SIGNIFICANT, paired_test, sign_test

PUBLISHED_MISTAKES = dict(zip(models.KEYS, (2, 3, 2, 5), strict=True))  # inferred from the post's accuracies


def compute() -> tuple[dict, dict]:
    test = images.pair("test")
    weights = models.zeros_and_ones()
    columns = weights.reshape(785, -1)
    right = (margins.margins(columns, *test) > 0).reshape(-1, *weights.shape[1:])
    accuracy = margins.accuracy(columns, *test, ATTACK_EPSILONS).reshape(-1, *weights.shape[1:])
    return summary(right, accuracy), {"attacked": np.quantile(accuracy, (0, 0.5, 1), axis=2)}


def summary(right: np.ndarray, accuracy: np.ndarray) -> dict:
    """All numbers of the study.

    Args:
        right: bool (N, 4, S), which test images each model gets right without an attack.
        accuracy: under attack, (E, 4, S).
    """
    count, _, seeds = right.shape
    halving = margins.halving_epsilon(accuracy)
    always_apart = accuracy[:, 0].max(axis=1) < accuracy[:, 1:].min(axis=(1, 2))
    return {
        "seeds": seeds,
        "test_images": count,
        "models": {
            key: {
                "mistakes": (~right[:, place]).sum(axis=0),
                "always_wrong": (~right[:, place]).all(axis=1).sum(),
                "ever_wrong": (~right[:, place]).any(axis=1).sum(),
                "published_mistakes": PUBLISHED_MISTAKES[key],
            }
            for place, key in enumerate(models.KEYS)
        },
        "pairs": {
            f"{first}, {second}": compare(right[:, a], right[:, b])
            for (a, first), (b, second) in combinations(enumerate(models.KEYS), 2)
        },
        "always_apart_from": ATTACK_EPSILONS[always_apart.argmax()],
        "halving_rises_in_every_seed": bool((np.diff(halving, axis=0) > 0).all()),
    }


def compare(first: np.ndarray, second: np.ndarray) -> dict:
    """Two models, each right (N, S): who makes more mistakes in how many seeds, and both tests."""
    more, fewer = (np.count_nonzero(sign * (first.sum(axis=0) - second.sum(axis=0)) > 0) for sign in (1, -1))
    return {
        "second_worse": more,
        "first_worse": fewer,
        "p_over_seeds": sign_test(more, fewer),
        "seeds_significant_over_images": sum(
            paired_test(a, b) < SIGNIFICANT for a, b in zip(first.T, second.T, strict=True)
        ),
    }
