"""Small problems, and the whole primal program at once: what the studies' solvers are held to."""

import numpy as np
from scipy.optimize import linprog


def small_problem(seed, count=60, pixels=8):
    """Two overlapping clouds in [0, 1], one of them rarer."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(count) < 0.4, -1.0, 1.0)
    images = rng.random((count, pixels)) + 0.2 * labels[:, None] * rng.random(pixels)
    return np.clip(images, 0, 1), labels


def whole_program(images, labels, epsilon, l1=0):
    """linprog's result in w⁺, w⁻, b and the losses."""
    count, pixels = images.shape
    signed = labels[:, None] * images
    rows = -np.hstack([signed - epsilon, -signed - epsilon, labels[:, None], np.eye(count)])
    cost = np.r_[np.full(2 * pixels, l1), 0, np.full(count, 1 / count)]
    bounds = [(0, None)] * 2 * pixels + [(None, None)] + [(0, None)] * count
    result = linprog(cost, A_ub=rows, b_ub=-np.ones(count), bounds=bounds)
    assert result.status == 0, result.message
    return result
