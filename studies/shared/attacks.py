"""Accuracy under attack, exactly, of many linear models at once: in three norms, in range or not.

An attack with ‖δ‖ₚ ≤ ε lowers a margin y (w·x + b) by at most ε‖w‖_q, 1/p + 1/q = 1 (Hölder's inequality).
One along other signs, -y ε sign(v), lowers it by ε w·sign(v). Where pixels have to stay in [0, 1], *clipped*,
a pixel moves no further than its room, x_i where it falls and 1 - x_i where it rises, and `clipped_drops` has
the worst. A margin of 0 is a mistake.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from adversarial import ATTACK_EPSILONS

DUAL = {np.inf: 1, 2: 2, 1: np.inf}


def margins(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """y (w·x + b) for weights (785, M): float64 (N, M)."""
    weights = weights.astype(np.float64)
    return labels[:, None] * (images.astype(np.float64) @ weights[:-1] + weights[-1])


def attacked_margins(
    weights: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    epsilon: float,
    *,
    norm: float = np.inf,
    clipped: bool = False,
) -> np.ndarray:
    """The same after the worst change within ε: float64 (N, M)."""
    clean = margins(weights, images, labels)
    if clipped:
        return clean - next(clipped_drops(weights, images, labels, [epsilon], norm=norm))
    return clean - epsilon * np.linalg.norm(weights[:-1].astype(np.float64), DUAL[norm], axis=0)


def radii(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The ε at which each image is lost, below 0 if it is wrong already: (N, M); max norm, not clipped.

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
        signs: (784, M) or (784, 1), the max norm's attack -y ε signs in place of the worst one.
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
    norm: float = np.inf,
    signs: np.ndarray | None = None,
) -> np.ndarray:
    """The same with pixels kept in [0, 1]: (E, M)."""
    clean = margins(weights, images, labels)
    drops = clipped_drops(weights, images, labels, epsilons, norm=norm, signs=signs)
    return np.array([(clean > drop).mean(axis=0) for drop in drops])


def clipped_drops(
    weights: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    epsilons: Iterable[float],
    *,
    norm: float = np.inf,
    signs: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """For each ε what each margin loses to the worst δ with ‖δ‖ ≤ ε that keeps pixels in [0, 1]: (N, M).

    In the max norm every pixel goes to min(ε, its room), of the direction that harms, or of that of `signs`.
    In the 1-norm pixels use up their room in the order of |w_i| until ε is spent (a knapsack). In the 2-norm
    a pixel goes to min(λ|w_i|, its room), with the λ that spends ε (conditions of Karush, Kuhn and Tucker).
    """
    slopes = weights[:-1].astype(np.float64)
    along = np.where(labels[:, None] > 0, images, 1 - images.astype(np.float64))  # the room of x - y
    against = 1 - along
    signs = np.sign(slopes) if signs is None else signs
    falls, rises = slopes * (signs > 0), -slopes * (signs < 0)
    for epsilon in epsilons:
        if norm == np.inf:
            yield np.minimum(epsilon, along) @ falls + np.minimum(epsilon, against) @ rises
        else:
            yield np.stack([_spent(column, along, against, epsilon, norm) for column in slopes.T], axis=1)


def _spent(
    slopes: np.ndarray, along: np.ndarray, against: np.ndarray, epsilon: float, norm: float
) -> np.ndarray:
    """`clipped_drops` of one model (784,) in the 1-norm or the 2-norm: (N,)."""
    used = slopes != 0
    size = np.abs(slopes[used])
    room = np.where(slopes > 0, along, against)[:, used]
    if norm == 1:
        order = np.argsort(-size, kind="stable")
        spent = np.minimum(np.cumsum(room[:, order], axis=1), epsilon)
        return np.diff(spent, axis=1, prepend=0) @ size[order]
    # Pixels run full at λ = room / size. Between two of these λ the square of the norm is full + λ² rest
    order = np.argsort(room / size, axis=1, kind="stable")
    full_at = np.take_along_axis(room / size, order, axis=1)
    full = np.cumsum(np.take_along_axis(room, order, axis=1) ** 2, axis=1)
    rest = np.cumsum((size**2)[order[:, ::-1]], axis=1)[:, ::-1]
    full, rest = np.pad(full, ((0, 0), (1, 0))), np.pad(rest, ((0, 0), (0, 1)))  # with 0, 1, ... pixels full
    count = (full[:, 1:] + full_at**2 * rest[:, 1:] <= epsilon**2).sum(axis=1, keepdims=True)
    full, rest = (np.take_along_axis(values, count, axis=1) for values in (full, rest))
    left = epsilon**2 - full
    scale = np.sqrt(np.divide(left, rest, out=np.full_like(left, np.inf), where=rest > 0))
    return np.minimum(scale * size, room) @ size


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
