"""Accuracy under attack in the max norm, exactly, of many linear models at once.

The worst attack, -y ε sign(w), lowers a margin y (w·x + b) by ε‖w‖₁; one along other signs, -y ε sign(v), by
ε w·sign(v). Where pixels have to stay in [0, 1], *clipped*, a pixel moves no further than its room, x_i where
it falls and 1 - x_i where it rises. A margin of 0 is a mistake.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from adversarial import ATTACK_EPSILONS


def margins(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """y (w·x + b) for weights (785, M): float64 (N, M)."""
    weights = weights.astype(np.float64)
    return labels[:, None] * (images.astype(np.float64) @ weights[:-1] + weights[-1])


def attacked_margins(
    weights: np.ndarray, images: np.ndarray, labels: np.ndarray, epsilon: float, clipped: bool = False
) -> np.ndarray:
    """The same after the worst change within ε: float64 (N, M)."""
    clean = margins(weights, images, labels)
    if clipped:
        return clean - next(clipped_drops(weights, images, labels, [epsilon]))
    return clean - epsilon * np.abs(weights[:-1].astype(np.float64)).sum(axis=0)


def radii(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The ε at which each image is lost, below 0 if it is wrong already: (N, M); not clipped.

    Of a model without weights, whose margins no attack moves, ±infinity, and 0 at a margin of 0.
    """
    norms = np.abs(weights[:-1].astype(np.float64)).sum(axis=0)
    found = margins(weights, images, labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(found == 0, 0, found / norms)


def accuracy(
    weights: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    epsilons: np.ndarray,
    signs: np.ndarray | None = None,
) -> np.ndarray:
    """Accuracy (E, M) of weights (785, M) when each image is moved in the worst way within each ε.

    Args:
        epsilons: (E,).
        signs: (784, M) or (784, 1), for the attack -y ε signs in place of the worst one.
    """
    slopes = weights[:-1].astype(np.float64)
    drop = (slopes * (np.sign(slopes) if signs is None else signs)).sum(axis=0)
    clean = np.sort(margins(weights, images, labels), axis=0)
    lost = [
        np.searchsorted(column, lower, side="right")
        for column, lower in zip(clean.T, np.outer(epsilons, drop).T, strict=True)
    ]
    return (len(labels) - np.array(lost).T) / len(labels)


def clipped_accuracy(
    weights: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    epsilons: np.ndarray,
    signs: np.ndarray | None = None,
) -> np.ndarray:
    """The same with pixels kept in [0, 1]: (E, M)."""
    clean = margins(weights, images, labels)
    drops = clipped_drops(weights, images, labels, epsilons, signs)
    return np.array([(clean > drop).mean(axis=0) for drop in drops])


def clipped_drops(
    weights: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    epsilons: Iterable[float],
    signs: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """What each margin loses when every pixel goes by min(ε, its room), the worst way or along `signs`.

    Yields:
        For each ε: (N, M).
    """
    slopes = weights[:-1].astype(np.float64)
    along = np.where(labels[:, None] > 0, images, 1 - images.astype(np.float64))  # the room of x - y
    against = 1 - along
    signs = np.sign(slopes) if signs is None else signs
    falls, rises = slopes * (signs > 0), -slopes * (signs < 0)
    for epsilon in epsilons:
        yield np.minimum(epsilon, along) @ falls + np.minimum(epsilon, against) @ rises


def halving_epsilon(accuracy: np.ndarray, epsilons: np.ndarray = ATTACK_EPSILONS) -> np.ndarray:
    """The first ε of a grid (E,) at which an accuracy (E, ...) is below one half; the last if none is."""
    return epsilons[(accuracy >= 0.5).sum(axis=0).clip(max=len(epsilons) - 1)]


def constant_right(labels: np.ndarray) -> int:
    """How many labels the better of the two constant models gets right."""
    return int(max((labels > 0).sum(), (labels < 0).sum()))
