"""The optimum against whole programs; the certificate against spoilers."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from linear_programs import small_problem, whole_program
from scipy.optimize import linprog

from studies.shared import solver
from studies.shared.solver import Solution
from support.options import UserError


@pytest.fixture
def tiny_steps(monkeypatch):
    """Start from few examples and pixels, so that most of a small problem has to be generated."""
    sizes = {"SAMPLE": 20, "FIRST_EXAMPLES": 4, "MORE_EXAMPLES": 2, "FIRST_PIXELS": 2, "MORE_PIXELS": 1}
    for name, size in sizes.items():
        monkeypatch.setattr(solver, name, size)


def test_objective_is_the_mean_over_examples():
    pixels, labels = small_problem(1)
    weights, bias = np.linspace(-1, 1, 8), 0.3
    size, losses = sum(map(abs, weights)), []
    for image, label in zip(pixels, labels, strict=True):
        margin = label * (sum(w * x for w, x in zip(weights, image, strict=True)) + bias)
        losses.append(max(0.0, 1 - margin + 0.2 * size))
    expected = sum(losses) / len(losses) + 0.5 * size
    assert solver.objective(weights, bias, 0.2, pixels, labels, 0.5) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("epsilon", "l1"), [(0.02, 0), (0.1, 0), (0.3, 0), (0, 0.002), (0, 0.05), (0.05, 0.01)]
)
@pytest.mark.parametrize("seed", range(3))
def test_generation_equals_the_whole_program(seed, epsilon, l1, tiny_steps):
    pixels, labels = small_problem(seed)
    whole = whole_program(pixels, labels, epsilon, l1)
    solution = solver.solve(pixels, labels, epsilon, l1)
    bounds = solver.certify(solution, epsilon, pixels, labels, l1)
    assert bounds == pytest.approx((whole.fun, whole.fun), abs=1e-7)


def test_separable_classes_without_epsilon_give_the_smallest_norm(tiny_steps):
    pixels, labels = small_problem(3)
    pixels = np.where(labels[:, None] > 0, 0.6 + 0.4 * pixels, 0.55 * pixels)
    solution = solver.solve(pixels, labels, 0.0)
    assert (labels * (pixels @ solution.weights + solution.bias)).min() >= 1 - 1e-7
    signed = labels[:, None] * pixels
    least = linprog(
        np.r_[np.ones(16), 0],
        A_ub=-np.hstack([signed, -signed, labels[:, None]]),
        b_ub=-np.ones(len(labels)),
        bounds=[(0, None)] * 16 + [(None, None)],
    ).fun
    assert np.abs(solution.weights).sum() == pytest.approx(least, rel=1e-7)
    assert solver.norm_lower_bound(solution.alpha, pixels, labels) == pytest.approx(least, rel=1e-6)


def with_first(values, value):
    """The array with another value in the place of the first that isn't 0."""
    return np.where(np.arange(len(values)) == np.flatnonzero(values)[0], value, values)


SPOILED = {
    "weights": (lambda s: replace(s, weights=s.weights + 0.01), "apart"),
    "bias": (lambda s: replace(s, bias=s.bias + 0.01), "apart"),
    "weights not a number": (lambda s: replace(s, weights=with_first(s.weights, np.nan)), "apart"),
    "α too large": (lambda s: replace(s, alpha=1.01 * s.alpha), "between 0 and 1/N"),
    "α negative": (lambda s: replace(s, alpha=with_first(s.alpha, -1e-6)), "between 0 and 1/N"),
    "α out of balance": (lambda s: replace(s, alpha=with_first(s.alpha, 0)), "not 0"),
    "α not a number": (lambda s: replace(s, alpha=with_first(s.alpha, np.nan)), "between 0 and 1/N"),
    "α proves too little": (lambda s: replace(s, alpha=0.99 * s.alpha), "apart"),
    "α of other images": (lambda s: replace(s, alpha=s.alpha[:-1]), "not one α for each image"),
}


@pytest.mark.parametrize(("spoil", "complaint"), SPOILED.values(), ids=SPOILED)
def test_certificate_rejects_a_spoiled_solution(spoil, complaint):
    pixels, labels = small_problem(0)
    solution = solver.solve(pixels, labels, 0.1)
    solver.certify(solution, 0.1, pixels, labels)
    with pytest.raises(UserError, match=complaint):
        solver.certify(spoil(solution), 0.1, pixels, labels)


@pytest.mark.parametrize(("epsilon", "l1"), [(0.1, 0), (0, 0.01)])
def test_certificate_rejects_alpha_of_a_larger_strength(epsilon, l1):
    pixels, labels = small_problem(0)
    solution = solver.solve(pixels, labels, 2 * epsilon, 2 * l1)
    with pytest.raises(UserError, match="at a pixel"):
        solver.certify(solution, epsilon, pixels, labels, l1)


def test_solver_failure_is_a_user_error(monkeypatch):
    failed = SimpleNamespace(status=4, message="numerical trouble")
    monkeypatch.setattr(solver, "linprog", lambda *_, **__: failed)
    with pytest.raises(UserError, match="HiGHS found no optimum: numerical trouble"):
        solver.solve(*small_problem(0), 0.1)


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_uniqueness_is_proven_only_where_the_optimal_face_is_a_point(seed, twins):
    """Twin pixels can share their weight as they like; the face's width is found by a program per weight."""
    pixels, labels = small_problem(seed, pixels=4)
    if twins:
        pixels = np.repeat(pixels, 2, axis=1)
    count = pixels.shape[1]
    solution = solver.solve(pixels, labels, 0.05)
    best = whole_program(pixels, labels, 0.05).fun
    widths = []
    for place in range(count):
        cost = np.zeros(2 * count + 1 + len(labels))
        cost[[place, place + count]] = 1, -1
        ends = [whole_program(pixels, labels, 0.05, 0, sign * cost, best + 1e-9) for sign in (1, -1)]
        widths.append(np.inf if any(end.status for end in ends) else -sum(end.fun for end in ends))
    found = solver.uniqueness(solution, 0.05, pixels, labels)
    assert found["unique"] != twins
    nothing_to_share = np.abs(solution.weights).max() < 1e-9  # not proven, but a point
    assert max(widths) < 1e-4 if found["unique"] or nothing_to_share else max(widths) > 1e-4


def test_many_equations_that_repeat_each_other_prove_nothing():
    """Six equations for w₁, w₂ and b: enough if the pixels differ, not if they are twins."""
    labels = np.array([1.0, 1, 1, -1, -1, -1])
    pixel = np.array([0.9, 0.8, 0.6, 0.1, 0.3, 0.2])
    solution = Solution(np.ones(2), 0.0, np.full(6, 0.5 / 6))
    for other, unique in ((pixel, False), (pixel**2, True)):
        found = solver.uniqueness(solution, 0.01, np.column_stack([pixel, other]), labels)
        assert found == {"unique": unique, "shape": (6, 3)}
