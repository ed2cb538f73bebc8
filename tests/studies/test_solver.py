"""The optimum against whole programs and subgradient descent; the certificate against spoilers."""

from types import SimpleNamespace

import numpy as np
import pytest
import shared
import solver
from scipy.optimize import linprog
from solver import Solution

from command_line import UserError


def small_problem(seed, count=60, pixels=8):
    """Two overlapping clouds in [0, 1]."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(count) < 0.4, -1.0, 1.0)
    images = rng.random((count, pixels)) + 0.2 * labels[:, None] * rng.random(pixels)
    return np.clip(images, 0, 1), labels


def whole_program(images, labels, epsilon, cost=None, largest_objective=None):
    """The primal program at once, in w⁺, w⁻, b and slacks; with a cost of its own on the optimal face."""
    count, pixels = images.shape
    signed = labels[:, None] * images
    rows = -np.hstack([signed - epsilon, -signed - epsilon, labels[:, None], np.eye(count)])
    objective = np.r_[np.zeros(2 * pixels + 1), np.full(count, 1 / count)]
    limits = -np.ones(count)
    if cost is not None:
        rows, limits = np.vstack([rows, objective]), np.r_[limits, largest_objective]
    bounds = [(0, None)] * 2 * pixels + [(None, None)] + [(0, None)] * count
    result = linprog(objective if cost is None else cost, A_ub=rows, b_ub=limits, bounds=bounds)
    assert result.status in (0, 3), result.message  # 3: unbounded
    return result


@pytest.fixture
def tiny_steps(monkeypatch):
    """Start from few examples and pixels, so that most of a small problem has to be generated."""
    for name, size in {"FIRST_EXAMPLES": 7, "MORE_EXAMPLES": 4, "FIRST_PIXELS": 2, "MORE_PIXELS": 1}.items():
        monkeypatch.setattr(solver, name, size)


def test_objective_is_the_mean_over_examples():
    images, labels = small_problem(1)
    weights, bias = np.linspace(-1, 1, 8), 0.3
    losses = []
    for image, label in zip(images, labels, strict=True):
        margin = label * (sum(w * x for w, x in zip(weights, image, strict=True)) + bias)
        losses.append(max(0.0, 1 - margin + 0.2 * sum(map(abs, weights))))
    assert solver.objective(weights, bias, 0.2, images, labels) == pytest.approx(sum(losses) / len(losses))
    several = solver.objective(np.stack([weights, -weights]), np.array([bias, 0]), 0.2, images, labels)
    assert several[0] == pytest.approx(sum(losses) / len(losses))
    assert several[1] == pytest.approx(solver.objective(-weights, 0, 0.2, images, labels))


@pytest.mark.parametrize("epsilon", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_generation_equals_the_whole_program(seed, epsilon, tiny_steps):
    images, labels = small_problem(seed)
    upper, lower = solver.certify(solver.solve(images, labels, epsilon), epsilon, images, labels)
    assert upper == pytest.approx(whole_program(images, labels, epsilon).fun, abs=1e-7)
    assert lower == pytest.approx(upper, abs=1e-7)


@pytest.mark.slow
def test_generation_equals_the_whole_program_on_real_images():
    images, labels = (array[:500].astype(np.float64) for array in shared.pair("train"))
    upper, _ = solver.certify(solver.solve(images, labels, 0.1), 0.1, images, labels)
    lit = images.max(axis=0) > 0
    assert upper == pytest.approx(whole_program(images[:, lit], labels, 0.1).fun, abs=1e-7)


def test_subgradient_descent_comes_close_and_never_below():
    images, labels = small_problem(0)
    epsilon, best = 0.02, np.inf
    _, lower = solver.certify(solver.solve(images, labels, epsilon), epsilon, images, labels)
    weights, bias = np.zeros(8), 0.0
    for step in range(1, 10_001):
        losses = 1 - labels * (images @ weights + bias) + epsilon * np.abs(weights).sum()
        best = min(best, np.maximum(losses, 0).mean())
        active = losses > 0
        push = (labels * active) @ images / len(labels) - epsilon * active.mean() * np.sign(weights)
        weights = weights + push * 8 / np.sqrt(step)
        bias += (labels * active).mean() * 8 / np.sqrt(step)
    assert 0.1 < lower <= best + 1e-9 <= lower + 0.005


def test_separable_classes_without_epsilon_give_the_smallest_norm(tiny_steps):
    images, labels = small_problem(3)
    images = np.where(labels[:, None] > 0, 0.6 + 0.4 * images, 0.55 * images)
    solution = solver.solve(images, labels, 0.0)
    assert (labels * (images @ solution.weights + solution.bias)).min() >= 1 - 1e-7
    signed = labels[:, None] * images
    whole = linprog(
        np.r_[np.ones(16), 0],
        A_ub=-np.hstack([signed, -signed, labels[:, None]]),
        b_ub=-np.ones(len(labels)),
        bounds=[(0, None)] * 16 + [(None, None)],
    )
    assert np.abs(solution.weights).sum() == pytest.approx(whole.fun, rel=1e-7)
    assert solver.norm_lower_bound(solution.alpha, images, labels) == pytest.approx(whole.fun, rel=1e-6)
    zero = Solution(solution.weights, solution.bias, np.zeros(len(labels)))
    assert solver.certify(zero, 0.0, images, labels)[1] == 0


def spoil(part, change):
    """A solution with one of its parts changed."""

    def spoiled(solution):
        parts = {name: getattr(solution, name) for name in ("weights", "bias", "alpha")}
        return Solution(**parts | {part: change(parts[part])})

    return spoiled


def first_nonzero(values, value):
    values = values.copy()
    values[np.flatnonzero(values)[0]] = value
    return values


SPOILED = {
    "weights moved": (spoil("weights", lambda w: w + 0.01), "apart"),
    "weight dropped": (spoil("weights", lambda w: first_nonzero(w, 0)), "apart"),
    "bias moved": (spoil("bias", lambda b: b + 0.01), "apart"),
    "weights not a number": (spoil("weights", lambda w: first_nonzero(w, np.nan)), "apart"),
    "alpha too large": (spoil("alpha", lambda a: 1.01 * a), "between 0 and 1/n"),
    "alpha negative": (spoil("alpha", lambda a: first_nonzero(a, -1e-6)), "between 0 and 1/n"),
    "alpha out of balance": (spoil("alpha", lambda a: first_nonzero(a, 0)), "not 0"),
    "alpha not a number": (spoil("alpha", lambda a: first_nonzero(a, np.nan)), "between 0 and 1/n"),
    "alpha proves too little": (spoil("alpha", lambda a: 0.99 * a), "apart"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_certificate_rejects_a_spoiled_solution(name):
    change, complaint = SPOILED[name]
    images, labels = small_problem(0)
    solution = solver.solve(images, labels, 0.1)
    solver.certify(solution, 0.1, images, labels)
    with pytest.raises(UserError, match=complaint):
        solver.certify(change(solution), 0.1, images, labels)


def test_certificate_rejects_alpha_of_a_larger_epsilon():
    images, labels = small_problem(0)
    solution = solver.solve(images, labels, 0.2)
    with pytest.raises(UserError, match="at a pixel"):
        solver.certify(solution, 0.1, images, labels)


def test_solver_failure_is_a_user_error(monkeypatch):
    failed = SimpleNamespace(status=4, message="numerical trouble")
    monkeypatch.setattr(solver, "linprog", lambda *_, **__: failed)
    with pytest.raises(UserError, match="HiGHS found no optimum"):
        solver.solve(*small_problem(0), 0.1)


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_uniqueness_is_proven_only_where_the_optimal_face_is_a_point(seed, twins):
    """Twin pixels can share their weight as they like; the face's width is found by a program per weight."""
    images, labels = small_problem(seed, pixels=4)
    if twins:
        images = np.repeat(images, 2, axis=1)
    pixels = images.shape[1]
    solution = solver.solve(images, labels, 0.05)
    best = whole_program(images, labels, 0.05).fun
    widths = []
    for pixel in range(pixels):
        cost = np.zeros(2 * pixels + 1 + len(labels))
        cost[[pixel, pixel + pixels]] = 1, -1
        ends = [whole_program(images, labels, 0.05, sign * cost, best + 1e-9) for sign in (1, -1)]
        widths.append(np.inf if any(end.status for end in ends) else -sum(end.fun for end in ends))
    found = solver.uniqueness(solution, 0.05, images, labels)
    assert found["unique"] != twins
    none = np.abs(solution.weights).max() < 1e-9  # twins have nothing to share: not proven, but a point
    assert max(widths) < 1e-4 if found["unique"] or none else max(widths) > 1e-4
    assert found["least_distance"] > solver.ZERO < found["least_slack"]


def test_many_equations_that_repeat_each_other_prove_nothing():
    """Six equations for w₁, w₂ and b: enough if the pixels differ, not if they are twins."""
    labels = np.array([1.0, 1, 1, -1, -1, -1])
    pixel = np.array([0.9, 0.8, 0.6, 0.1, 0.3, 0.2])
    alpha = np.full(6, 0.5 / 6)
    for other, unique in ((pixel, False), (pixel**2, True)):
        solution = Solution(np.ones(2), 0.0, alpha)
        found = solver.uniqueness(solution, 0.01, np.column_stack([pixel, other]), labels)
        assert (found["equations"], found["free_weights"]) == (6, 3)
        assert found["unique"] == unique
