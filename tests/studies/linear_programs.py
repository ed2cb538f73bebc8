"""Small problems, and the whole primal program at once: what the studies' solvers are held to."""

import numpy as np
from scipy.optimize import linprog


def small_problem(seed, count=60, pixels=8):
    """Two overlapping clouds in [0, 1], one of them rarer."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(count) < 0.4, -1.0, 1.0)
    images = rng.random((count, pixels)) + 0.2 * labels[:, None] * rng.random(pixels)
    return np.clip(images, 0, 1), labels


def whole_program(images, labels, epsilon, l1=0, cost=None, largest_objective=None):
    """linprog's result in w⁺, w⁻, b and the losses; with a cost of its own, on the optimal face."""
    count, pixels = images.shape
    signed = labels[:, None] * images
    rows = -np.hstack([signed - epsilon, -signed - epsilon, labels[:, None], np.eye(count)])
    objective = np.r_[np.full(2 * pixels, l1), 0, np.full(count, 1 / count)]
    limits = -np.ones(count)
    if cost is not None:
        rows, limits = np.vstack([rows, objective]), np.r_[limits, largest_objective]
    bounds = [(0, None)] * 2 * pixels + [(None, None)] + [(0, None)] * count
    result = linprog(objective if cost is None else cost, A_ub=rows, b_ub=limits, bounds=bounds)
    assert result.status in (0, 3), result.message  # 3: unbounded
    return result
