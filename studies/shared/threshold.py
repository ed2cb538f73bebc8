"""ε*, the least ε at which no model has a lower robust hinge loss than a constant one (digits/PROOF.md).

    ε* = ½ min ‖μ - ν‖∞ over ν = Σ p x with 0 ≤ p ≤ 1/m, Σp = 1

μ is the mean of the m images of the rarer digit, x are the other digit's images. Every such p bounds ε* from
above by ½ ‖μ - ν‖∞. Every u with ‖u‖₁ = 1 bounds it from below by half of u·μ less the mean of the m largest
u·x. A linear program gives a p and a u whose bounds meet.
"""

from dataclasses import dataclass

import numpy as np

from studies.shared import solver
from studies.shared.solver import Solution
from support.options import UserError

LARGEST_GAP = 1e-9  # between the bounds, for them to count as one number


@dataclass(frozen=True)
class Threshold:
    """What proves ε*: the shares p of the frequent digit's images (k,), and a direction u (d,)."""

    shares: np.ndarray
    direction: np.ndarray


def split(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images of the rarer digit (m, d) and of the other (k, d), float64; if equally many, -1 first."""
    classes = [images[labels == label].astype(np.float64) for label in (-1, 1)]
    return tuple(sorted(classes, key=len))


def by_mean_images(images: np.ndarray, labels: np.ndarray) -> float:
    """The bound from above that the other digit's whole mean gives."""
    rarer, other = split(images, labels)
    return np.abs(rarer.mean(axis=0) - other.mean(axis=0)).max() / 2


def certified(threshold: Threshold, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The bounds on ε* from below and above that u and p prove, from nothing but the data.

    Raises:
        UserError: p breaks a constraint, ‖u‖₁ is not 1, or the bounds are apart.
    """
    rarer, other = split(images, labels)
    shares, direction = threshold.shares, threshold.direction
    if shares.min() < 0 or shares.max() * len(rarer) > 1 + 1e-12 or abs(shares.sum() - 1) > 1e-12:
        raise UserError("no proof of ε*: the shares are not between 0 and 1/m with sum 1")
    if abs(np.abs(direction).sum() - 1) > 1e-12:
        raise UserError("no proof of ε*: the direction's 1-norm is not 1")
    mean = rarer.mean(axis=0)
    below = (direction @ mean - np.sort(other @ direction)[-len(rarer) :].mean()) / 2
    above = np.abs(mean - shares @ other).max() / 2
    if not above - below <= LARGEST_GAP:
        raise UserError(f"no proof of ε*: the bounds {below} and {above} are apart")
    return float(below), float(above)


def solve(images: np.ndarray, labels: np.ndarray) -> Threshold:
    """ε* by a linear program in m p and the largest difference at a pixel.

    Raises:
        UserError: HiGHS fails.
    """
    rarer, other = split(images, labels)
    last = np.eye(len(other) + 1)[-1]
    found, direction, _ = solver.least(
        last,
        np.vstack([other / len(rarer), np.zeros(other.shape[1])]),
        rarer.mean(axis=0),
        last,
        0,
        equal=1 - last,
        start=np.append(np.full(len(other), len(rarer) / len(other)), 1),
    )
    shares = np.clip(found[:-1], 0, 1)
    return Threshold(shares / shares.sum(), -direction / np.abs(direction).sum())


def constant_optimum(threshold: Threshold, images: np.ndarray, labels: np.ndarray) -> Solution:
    """The optimum for every ε from ε* on: the answer of the more frequent digit, and the α that proves it."""
    rarer = min((-1, 1), key=lambda label: (labels == label).sum())
    alpha = np.full(len(labels), 1 / len(labels))
    alpha[labels != rarer] = threshold.shares * (labels == rarer).sum() / len(labels)
    return Solution(np.zeros(images.shape[1]), float(-rarer), np.minimum(alpha, 1 / len(labels)))
