"""The optimum of the robust hinge objective, also with an L1 penalty, with a certificate that trusts no one.

The mean over the N training examples of max(0, 1 - y (w·x + b) + ε‖w‖₁), plus λ‖w‖₁, is convex and piecewise
linear, so its minimum is a linear program; this is its dual:

    maximise Σᵢ αᵢ  subject to  0 ≤ αᵢ ≤ 1/N,  Σᵢ αᵢ yᵢ = 0,  |Σᵢ αᵢ yᵢ xᵢⱼ| ≤ ε Σᵢ αᵢ + λ for every pixel j

Every feasible α bounds the optimum from below by Σα, every (w, b) bounds it from above by its objective.

solve()      HiGHS on few pixels and the examples near the kink of their loss; more join as needed
certify()    both bounds in NumPy over all examples and pixels, or UserError
uniqueness() whether the equations that every optimum meets leave only one
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from support.options import UserError

LARGEST_GAP = 1e-6  # between the bounds, for a solution to count as optimal
ROUNDING = 1e-12  # what float64 may leave of Σαy, which is 0
ZERO = 1e-6  # a weight below this fraction of the largest one counts as zero

SAMPLE = 1000  # examples whose optimum says which of all are near the kink
FIRST_EXAMPLES, MORE_EXAMPLES = 500, 500  # near the kink in the first program, and to join it in one round
FIRST_PIXELS, MORE_PIXELS = 60, 60
# Of ‖w‖₁ where nothing else holds it: too small to be worth any loss, it picks the smallest separator
NORM_WEIGHT = 1e-6
SHRINK = 1e-8  # relative, of ε and λ in the program: so rounding can't push α over the constraints themselves
TOLERANCE = 1e-9  # HiGHS's, for its constraints; here for the loss of an example left out
INFEASIBLE = 2  # linprog's status


@dataclass(frozen=True)
class Solution:
    """A primal and a dual solution, float64: weights (d,), bias (), alpha (n,)."""

    weights: np.ndarray
    bias: float
    alpha: np.ndarray


def objective(
    weights: np.ndarray, bias: float, epsilon: float, images: np.ndarray, labels: np.ndarray, l1: float = 0
) -> float:
    """The mean of max(0, 1 - y (w·x + b) + ε‖w‖₁), plus l1 ‖w‖₁, in float64.

    Args:
        weights: (d,).
        bias: ().
        epsilon: half-width of the box, in units of the pixel range.
        images: (N, d).
        labels: (N,), each -1 or +1.
        l1: strength of the penalty.
    """
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
        raise UserError(f"no proof of optimality at ε = {epsilon}, λ = {l1}: not one α for each image")
    sums = np.abs((alpha * labels) @ np.asarray(images, np.float64))
    conditions = {
        "α is not between 0 and 1/N": alpha.min() >= 0 and alpha.max() <= 1 / len(labels),
        "Σαy is not 0": abs(alpha @ labels) <= ROUNDING,
        "|Σαyx| exceeds εΣα + λ at a pixel": sums.max() <= epsilon * alpha.sum() + l1,
    }
    upper = objective(solution.weights, solution.bias, epsilon, images, labels, l1)
    lower = alpha.sum()
    conditions[f"objective {upper} and bound {lower} are apart"] = (
        0 <= upper - lower + ROUNDING <= LARGEST_GAP
    )
    for fault, holds in conditions.items():
        if not holds:  # also where a comparison met a NaN
            raise UserError(
                f"no proof of optimality at ε = {epsilon}, λ = {l1}: {fault}; the solver's answer is not used"
            )
    return float(upper), float(lower)


def solve(images: np.ndarray, labels: np.ndarray, epsilon: float, l1: float = 0) -> Solution:
    """The optimum, by the dual program restricted to some examples and pixels.

    Only the examples near the kink of their loss are in the program; those above it have α = 1/N, those below
    it α = 0. (A sample's optimum says which.) Examples for which that turns out wrong, and pixels whose
    constraint is violated, join until there are none. With neither ε nor l1 the classes must be linearly
    separable; of all optima, then, this is the one with the smallest ‖w‖₁, and its α is a proof of that
    instead (`norm_lower_bound`). Arguments as for `objective`.

    Raises:
        UserError: HiGHS fails.
    """
    signed = np.asarray(labels, np.float64)[:, None] * images
    labels = np.asarray(labels, np.float64)
    count = first = len(labels)
    holds = epsilon * (1 - SHRINK), count * (l1 * (1 - SHRINK) if epsilon or l1 else NORM_WEIGHT)
    weights, bias = np.zeros(signed.shape[1]), 0.0
    if count > 2 * SAMPLE:
        sample = slice(None, None, count // SAMPLE)
        of_sample = solve(images[sample], labels[sample], epsilon, l1)
        weights, bias, first = of_sample.weights, of_sample.bias, FIRST_EXAMPLES

    def losses_of(weights: np.ndarray, bias: float) -> np.ndarray:
        return 1 - signed @ weights - labels * bias + epsilon * np.abs(weights).sum()

    class_difference = signed[labels > 0].mean(axis=0) + signed[labels < 0].mean(axis=0)
    pixels = np.argsort(-np.abs(class_difference), kind="stable")[:FIRST_PIXELS]
    pixels = np.union1d(pixels, np.flatnonzero(np.abs(weights) > ZERO * np.abs(weights).max()))
    losses = losses_of(weights, bias)
    nearest = np.argsort(np.abs(losses), kind="stable")
    inside = np.zeros(count, bool)  # the program
    inside[nearest[:first]] = True
    above = losses > 0
    while True:
        found = restricted_optimum(signed[:, pixels], labels, inside, above, *holds)
        if found is None:  # too few examples are inside to balance those above
            inside[nearest[: 2 * inside.sum()]] = True
            continue
        some_weights, bias, alpha = found
        weights = np.zeros(signed.shape[1])
        weights[pixels] = some_weights
        wrong = np.where(above, -1, 1) * losses_of(weights, bias)
        excess = np.abs(alpha @ signed) - holds[0] * alpha.sum() - holds[1]
        wrong[inside] = excess[pixels] = 0
        new_examples = largest(wrong, MORE_EXAMPLES)
        new_pixels = largest(excess, MORE_PIXELS)
        if not len(new_examples) and not len(new_pixels):
            return Solution(weights, bias, alpha / count)
        inside[new_examples] = True
        pixels = np.union1d(pixels, new_pixels)


def largest(violations: np.ndarray, count: int) -> np.ndarray:
    """Where the largest `count` of those violations are that rounding does not explain."""
    (violated,) = np.nonzero(violations > TOLERANCE)
    return violated[np.argsort(-violations[violated], kind="stable")[:count]]


def restricted_optimum(
    signed: np.ndarray,
    labels: np.ndarray,
    inside: np.ndarray,
    above: np.ndarray,
    epsilon: float,
    norm_weight: float,
) -> tuple[np.ndarray, float, np.ndarray] | None:
    """The dual program times N for some examples, with α 1/N for those of the others that are above.

    `signed` (N, d) are some pixels times the labels (N,); `inside` and `above` are bool (N,); `norm_weight`
    is that of ‖w‖₁ in the objective, times N.

    Returns:
        w (d,) and b, the multipliers of the constraints, and α (N,) times N; None if no α meets them.
    """
    fixed = above & ~inside
    columns, sums = signed[inside].T, signed[fixed].sum(axis=0)
    bound = epsilon * fixed.sum() + norm_weight
    result = linprog(
        -np.ones(inside.sum()),
        A_ub=np.vstack([columns - epsilon, -columns - epsilon]),
        b_ub=np.r_[bound - sums, bound + sums],
        A_eq=labels[inside][None],
        b_eq=[-labels[fixed].sum()],
        bounds=(0, 1),
        method="highs-ds",
        options={"primal_feasibility_tolerance": TOLERANCE, "dual_feasibility_tolerance": TOLERANCE},
    )
    if result.status == INFEASIBLE and not inside.all():
        return None
    if result.status:
        raise UserError(f"HiGHS found no optimum: {result.message}")
    positive, negative = np.split(-result.ineqlin.marginals, 2)
    alpha = fixed.astype(float)
    alpha[inside] = result.x
    return positive - negative, -result.eqlin.marginals[0], balanced(alpha, labels)


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
