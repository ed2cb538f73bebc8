"""What follows from margins y (w·x + b): accuracy under attack, exactly, and at which ε a model gives way.

An attack with ‖δ‖ₚ ≤ ε lowers a margin by at most ε‖w‖_q, 1/p + 1/q = 1 (Hölder's inequality). One along
other signs, -y ε sign(v), lowers it by ε w·sign(v). With pixels kept in [0, 1], a pixel moves no further than
its room. A margin of 0 is a mistake.
"""

import numpy as np

from adversarial import ATTACK_EPSILONS

DUAL = {np.inf: 1, 2: 2, 1: np.inf}


def margins(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """y (w·x + b) for weights (785, M): float64 (N, M)."""
    weights = weights.astype(np.float64)
    return labels[:, None] * (images.astype(np.float64) @ weights[:-1] + weights[-1])


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
    *,
    norm: float = np.inf,
    signs: np.ndarray | None = None,
) -> np.ndarray:
    """Accuracy (E, M) of weights (785, M) when each image is moved in the worst way within each ε.

    Args:
        epsilons: (E,).
        norm: in which ε limits the attack: np.inf, 2 or 1.
        signs: (784, M) or (784, 1), the attack -y ε signs in place of the worst one.
    """
    if signs is None:
        drop = np.linalg.norm(weights[:-1].astype(np.float64), DUAL[norm], axis=0)
    else:
        drop = (weights[:-1].astype(np.float64) * signs).sum(axis=0)
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
    *,
    signs: np.ndarray | None = None,
) -> np.ndarray:
    """The same in the max norm, with pixels kept in [0, 1] after the attack: (E, M).

    Where y sign > 0 a pixel falls by min(ε, x), elsewhere it rises by min(ε, 1 - x). Along its own signs each
    pixel does its worst, so nothing valid is worse.
    """
    weights = weights.astype(np.float64)
    directions = np.sign(weights[:-1]) if signs is None else signs
    right = np.zeros((len(epsilons), weights.shape[1]))
    for label in (-1, 1):
        of_label = images[labels == label].astype(np.float64)
        clean = label * (of_label @ weights[:-1] + weights[-1])
        moved = label * weights[:-1]
        falls, rises = moved * (label * directions > 0), -moved * (label * directions < 0)
        for row, epsilon in enumerate(epsilons):
            drops = np.minimum(epsilon, of_label) @ falls + np.minimum(epsilon, 1 - of_label) @ rises
            right[row] += (clean > drops).sum(axis=0)
    return right / len(labels)


def halving_epsilon(accuracy: np.ndarray, epsilons: np.ndarray = ATTACK_EPSILONS) -> np.ndarray:
    """The first ε of a grid (E,) at which an accuracy (E, ...) is below one half; the last if none is."""
    return epsilons[(accuracy >= 0.5).sum(axis=0).clip(max=len(epsilons) - 1)]


def break_even_epsilon(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The ε (M,) from which on a model is right no more often than the better constant one; not clipped."""
    found = radii(weights, images, labels)
    found[~np.isfinite(found)] = 0
    return np.maximum(0, -np.sort(-found, axis=0)[constant_right(labels)])


def constant_right(labels: np.ndarray) -> int:
    """How many labels the better of the two constant models gets right."""
    return int(max((labels > 0).sum(), (labels < 0).sum()))
