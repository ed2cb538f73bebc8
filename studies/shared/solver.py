"""The optimum of the robust hinge objective, also with an L1 penalty, with a certificate that trusts no one.

The mean over the N training examples of max(0, 1 - y (w·x + b) + ε‖w‖₁), plus λ‖w‖₁, is convex and piecewise
linear, so its minimum is a linear program; this is its dual:

    maximise Σᵢ αᵢ  subject to  0 ≤ αᵢ ≤ 1/N,  Σᵢ αᵢ yᵢ = 0,  |Σᵢ αᵢ yᵢ xᵢⱼ| ≤ ε Σᵢ αᵢ + λ for every pixel j

Every feasible α bounds the optimum from below by Σα, every (w, b) bounds it from above by its objective.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from support.options import UserError

LARGEST_GAP = 1e-6  # between the bounds, for a solution to count as optimal
ROUNDING = 1e-12  # what float64 may leave of Σαy, which is 0
ZERO = 1e-6  # a share below this counts as zero

PIXELS = 60  # in the first program, and at most to join it in one round
# Of ‖w‖₁ where ε doesn't hold it: too small to be worth any loss, it picks the smallest separator
NORM_WEIGHT = 1e-6
SHRINK = 1e-8  # relative, of ε in the program: so rounding can't push α over the constraints themselves
TOLERANCE = 1e-9  # HiGHS's, and for the constraint of a pixel left out


@dataclass(frozen=True)
class Solution:
    """A primal and a dual solution, float64: weights (d,), bias (), alpha (n,)."""

    weights: np.ndarray
    bias: float
    alpha: np.ndarray


def objective(
    weights: np.ndarray, bias: float, epsilon: float, images: np.ndarray, labels: np.ndarray, l1: float = 0
) -> float:
    """What is minimised, of weights (d,), images (N, d) and labels (N,), each -1 or +1; `l1` is λ."""
    weights, images, labels = (np.asarray(array, np.float64) for array in (weights, images, labels))
    norm = np.abs(weights).sum()
    losses = np.maximum(0, 1 - labels * (images @ weights + bias) + epsilon * norm)
    return losses.mean() + l1 * norm


def certify(
    solution: Solution, epsilon: float, images: np.ndarray, labels: np.ndarray, l1: float = 0
) -> tuple[float, float]:
    """The objective of (w, b) and the lower bound that α proves, from nothing but the data.

    Raises:
        UserError: α breaks a constraint of the dual, or the two are more than LARGEST_GAP apart.
    """
    alpha, labels = solution.alpha, np.asarray(labels, np.float64)
    if len(alpha) != len(labels):
        raise UserError("no proof of optimality: not one α for each image")
    sums = np.abs((alpha * labels) @ np.asarray(images, np.float64))
    upper = objective(solution.weights, solution.bias, epsilon, images, labels, l1)
    lower = alpha.sum()
    conditions = {
        "α is not between 0 and 1/N": alpha.min() >= 0 and alpha.max() <= 1 / len(labels),
        "Σαy is not 0": abs(alpha @ labels) <= ROUNDING,
        "|Σαyx| exceeds εΣα + λ at a pixel": sums.max() <= epsilon * alpha.sum() + l1,
        f"objective {upper} and bound {lower} are apart": 0 <= upper - lower + ROUNDING <= LARGEST_GAP,
    }
    for fault, holds in conditions.items():
        if not holds:  # also where a comparison met a NaN
            raise UserError(f"no proof of optimality at ε = {epsilon}, λ = {l1}: {fault}")
    return float(upper), float(lower)


def solve(images: np.ndarray, labels: np.ndarray, epsilon: float) -> Solution:
    """The optimum for images (N, d) and labels (N,).

    Without ε the classes must be linearly separable; of all optima, then, this is the one with the smallest
    ‖w‖₁, and its α is a proof of that instead (`norm_lower_bound`).

    Raises:
        UserError: HiGHS fails.
    """
    labels = np.asarray(labels, np.float64)
    ones = np.ones(len(labels))
    alpha, weights, bias = least(  # times N
        -ones,
        labels[:, None] * images,
        np.zeros(images.shape[1]),
        epsilon * (1 - SHRINK) * ones,
        0 if epsilon else len(labels) * NORM_WEIGHT,
        equal=labels,
        start=balanced(ones, labels),
    )
    return Solution(weights, bias, balanced(alpha, labels) / len(labels))


def least(
    cost: np.ndarray,
    columns: np.ndarray,
    middle: np.ndarray,
    slope: np.ndarray,
    slack: float,
    equal: np.ndarray,
    start: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, float]:
    """The z (n,) with the least cost·z such that |z·columns - middle| ≤ slope·z + slack at every pixel.

    Pixels whose constraint is violated join the linear program until there are none.

    Args:
        cost, slope, equal, start: (n,). As `start`, z is between 0 and 1, and equal·z the same.
        columns, middle: (n, d) and (d,).

    Returns:
        z (n,), the multipliers of the pixels (d,) and that of the equation.

    Raises:
        UserError: HiGHS fails.
    """
    z, pixels = start, np.array([], int)
    while True:
        excess = np.abs(z @ columns - middle) - slope @ z - slack
        excess[pixels] = 0
        new = np.argsort(-excess, kind="stable")[:PIXELS]
        if len(pixels):
            new = new[excess[new] > TOLERANCE]
            if not len(new):
                break
        pixels = np.union1d(pixels, new)
        some = columns[:, pixels].T
        result = linprog(
            cost,
            A_ub=np.vstack([some - slope, -some - slope]),
            b_ub=np.r_[slack + middle[pixels], slack - middle[pixels]],
            A_eq=equal[None],
            b_eq=[equal @ start],
            bounds=(0, 1),
            method="highs-ds",
            options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
        )
        if result.status:
            raise UserError(f"HiGHS found no optimum: {result.message}")
        z = result.x
    above, below = np.split(-result.ineqlin.marginals, 2)
    multipliers = np.zeros(len(middle))
    multipliers[pixels] = above - below
    return z, multipliers, -result.eqlin.marginals[0]


def balanced(alpha: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """α within [0, 1], the heavier class scaled down so that Σαy = 0 to rounding."""
    alpha = np.clip(alpha, 0, 1)
    sums = {label: alpha[labels == label].sum() for label in (-1, 1)}
    heavier = max(sums, key=sums.get)
    if sums[heavier]:
        alpha[labels == heavier] *= sums[-heavier] / sums[heavier]
    return alpha


def norm_lower_bound(alpha: np.ndarray, images: np.ndarray, labels: np.ndarray) -> float:
    """A lower bound on ‖w‖₁ of every (w, b) with y (w·x + b) ≥ 1 for all examples.

    For α ≥ 0 with Σαy = 0, Σα ≤ Σ α y (w·x + b) = (Σ α y x)·w ≤ ‖Σ α y x‖∞ ‖w‖₁.
    """
    return float(alpha.sum() / np.abs((alpha * labels) @ np.asarray(images, np.float64)).max())


def uniqueness(solution: Solution, epsilon: float, images: np.ndarray, labels: np.ndarray) -> dict:
    """Whether (w, b) is the only optimum, by complementary slackness with α.

    Every optimum has w = 0 at each pixel where |Σαyx| < εΣα, elsewhere no sign against that of Σαyx, and
    margin y (w·x + b) - ε‖w‖₁ = 1 at each example with 0 < α < 1/N. These equations are linear in what is
    left of w and in b; they have one solution if their matrix has full column rank.

    Returns:
        `unique`, false also where this does not decide, and the shape of the matrix.
    """
    labels = np.asarray(labels, np.float64)
    sums = (solution.alpha * labels) @ np.asarray(images, np.float64)
    tight = np.abs(sums) >= epsilon * solution.alpha.sum() * (1 - ZERO)
    share = solution.alpha * len(labels)
    between = (share > ZERO) & (share < 1 - ZERO)
    equations = labels[between, None] * np.column_stack([images[between][:, tight], np.ones(between.sum())])
    equations[:, :-1] -= epsilon * np.sign(sums[tight])
    count, free = equations.shape
    unique = count >= free and np.linalg.svd(equations, compute_uv=False).min() > ZERO
    return {"unique": bool(unique), "shape": equations.shape}
