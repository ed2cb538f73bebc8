"""The optimum of the hinge loss with an L2 penalty, mean max(0, 1 - y (w·x + b)) + λ‖w‖₂² / 2, with its gap.

Newton's method on a hinge whose kink is rounded off over a width γ (Chapelle 2007), narrower step by step.
Beside it stands a dual solution, α = min(1, max(0, (1 - margin) / γ)) / N, whose bound Σα - ‖Σαyx‖₂² / 2λ
proves how near the optimum it is.
"""

import numpy as np

from studies.shared.solver import balanced
from support.options import UserError

FIRST_WIDTHS, WIDTHS = (3, 0.3), (0.05, 0.01)  # without and with a start nearby
NEWTON_STEPS = 40
LARGEST_GAP = 0.001  # between the objective and its bound
FLAT = 1e-7  # the largest gradient that counts as none
DAMPING = 1e-3  # of the Hessian, for where no example is on the rounded part


def solve(
    signed: np.ndarray, labels: np.ndarray, strength: float, start: np.ndarray | None = None
) -> tuple[np.ndarray, float, float]:
    """The optimum.

    Args:
        signed: float64 (N, 785), y (x, 1).
        labels: (N,).
        strength: λ.
        start: (785,), w then b, near it, such as the optimum of a similar strength.

    Returns:
        Weights (785,), their objective, and a lower bound of all objectives.
    """
    ridge = np.append(np.full(signed.shape[1] - 1, strength), 0.0)
    weights = np.zeros(signed.shape[1]) if start is None else start
    for width in (*(FIRST_WIDTHS if start is None else ()), *WIDTHS):
        value, gradient, curved = rounded(weights, signed, ridge, width)
        for _ in range(NEWTON_STEPS):
            if np.abs(gradient).max() < FLAT:
                break
            rows = signed[curved]
            hessian = rows.T @ rows / (width * len(signed)) + np.diag(ridge + DAMPING)
            step, size = np.linalg.solve(hessian, gradient), 1.0
            while size > 1e-6:
                found = rounded(weights - size * step, signed, ridge, width)
                if found[0] <= value - 1e-4 * size * (gradient @ step):
                    break
                size /= 2
            else:
                break
            weights, (value, gradient, curved) = weights - size * step, found
    alpha = balanced(np.clip((1 - signed @ weights) / WIDTHS[-1], 0, 1), labels) / len(signed)
    upper = np.maximum(0, 1 - signed @ weights).mean() + ridge @ weights**2 / 2
    lower = alpha.sum() - ((alpha @ signed[:, :-1]) ** 2).sum() / (2 * strength)
    return weights, float(upper), float(lower)


def path(images: np.ndarray, labels: np.ndarray, strengths: tuple) -> np.ndarray:
    """The optima (785, S) for falling strengths, each from the one before.

    Raises:
        UserError: an objective and its bound are more than LARGEST_GAP apart.
    """
    signed = np.column_stack([images, np.ones(len(images))]).astype(np.float64) * labels[:, None]
    found = []
    for strength in strengths:
        weights, upper, lower = solve(signed, labels, strength, found[-1] if found else None)
        if not upper - lower <= LARGEST_GAP:
            raise UserError(f"no proof of the L2 optimum at λ = {strength}: {upper} and {lower} are apart")
        found.append(weights)
    return np.stack(found, axis=1)


def rounded(weights: np.ndarray, signed: np.ndarray, ridge: np.ndarray, width: float) -> tuple:
    """Value and gradient of the rounded objective, and which examples are on the rounded part."""
    lacks = 1 - signed @ weights
    alpha = np.clip(lacks / width, 0, 1)
    curved = (lacks > 0) & (lacks < width)
    losses = alpha * (lacks - width * alpha / 2)
    gradient = ridge * weights - alpha @ signed / len(signed)
    return losses.mean() + ridge @ weights**2 / 2, gradient, curved
