"""ε*, the least ε at which no model has a lower robust hinge loss than a constant one (digits/PROOF.md).

    ε* = ½ min ‖μ - ν‖∞ over ν = Σ p x with 0 ≤ p ≤ 1/m, Σp = 1

μ is the mean of the m images of the rarer digit, x are the other digit's images. Every such p bounds ε* from
above by ½ ‖μ - ν‖∞. Every u with ‖u‖₁ = 1 bounds it from below by half of u·μ less the mean of the m largest
u·x. A linear program gives a p and a u whose bounds meet.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from studies.shared.solver import Solution
from support.options import UserError

FIRST_PIXELS, MORE_PIXELS = 60, 60  # in the restricted program, and to join it in one round
TOLERANCE = 1e-9  # HiGHS's, and for the difference at a pixel left out
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
    """ε* by a linear program on few pixels, joined by those where ν is further from μ until there are none.

    Raises:
        UserError: HiGHS fails.
    """
    rarer, other = split(images, labels)
    mean, count = rarer.mean(axis=0), len(other)
    pixels = np.argsort(-np.abs(mean - other.mean(axis=0)), kind="stable")[:FIRST_PIXELS]
    while True:
        columns = other[:, pixels].T
        sides = np.vstack([columns, -columns])  # ±(ν - μ) ≤ largest difference
        result = linprog(
            np.r_[np.zeros(count), 1],
            A_ub=np.column_stack([sides / len(rarer), -np.ones(len(sides))]),
            b_ub=np.r_[mean[pixels], -mean[pixels]],
            A_eq=np.r_[np.ones(count), 0][None],
            b_eq=[len(rarer)],
            bounds=[(0, 1)] * count + [(0, None)],
            method="highs-ds",
            options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
        )
        if result.status:
            raise UserError(f"HiGHS found no optimum: {result.message}")
        shares = np.clip(result.x[:-1], 0, 1)
        shares /= shares.sum()
        excess = np.abs(mean - shares @ other) - result.fun
        excess[pixels] = 0
        new = np.argsort(-excess, kind="stable")[:MORE_PIXELS]
        new = new[excess[new] > TOLERANCE]
        if not len(new):
            break
        pixels = np.union1d(pixels, new)
    above, below = np.split(-result.ineqlin.marginals, 2)
    direction = np.zeros(len(mean))
    direction[pixels] = below - above
    return Threshold(shares, direction / np.abs(direction).sum())


def constant_optimum(threshold: Threshold, images: np.ndarray, labels: np.ndarray) -> Solution:
    """The optimum for every ε from ε* on: the answer of the more frequent digit, and the α that proves it."""
    rarer = min((-1, 1), key=lambda label: (labels == label).sum())
    alpha = np.full(len(labels), 1 / len(labels))
    alpha[labels != rarer] = threshold.shares * (labels == rarer).sum() / len(labels)
    return Solution(np.zeros(images.shape[1]), float(-rarer), np.minimum(alpha, 1 / len(labels)))
