"""The optimum against whole programs; the certificate against what is spoiled."""

from dataclasses import replace

import numpy as np
import pytest
from linear_programs import small_problem, whole_program
from scipy.optimize import linprog

from studies.shared import solver, stored
from studies.shared.solver import Solution
from support.options import UserError


@pytest.mark.parametrize("epsilon", [0.02, 0.1, 0.3])  # for the last, a constant is optimal
@pytest.mark.parametrize("seed", range(3))
def test_generation_equals_the_whole_program(seed, epsilon, monkeypatch):
    monkeypatch.setattr(solver, "PIXELS", 1)  # so the others have to be generated
    pixels, labels = small_problem(seed)
    whole = whole_program(pixels, labels, epsilon)
    bounds = solver.certify(solver.solve(pixels, labels, epsilon), epsilon, pixels, labels)
    assert bounds == pytest.approx((whole.fun, whole.fun), abs=1e-7)


def test_separable_classes_without_epsilon_give_the_smallest_norm(monkeypatch):
    monkeypatch.setattr(solver, "PIXELS", 1)
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
    "a weight not a number": (lambda s: replace(s, weights=with_first(s.weights, np.nan)), "apart"),
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


def test_certificate_rejects_alpha_of_a_larger_strength():
    """Also as that of the penalty ε times the loss, to which the same α belongs (penalties/PROOF.md)."""
    pixels, labels = small_problem(0)
    solution = solver.solve(pixels, labels, 0.1)
    strength = 0.1 * solution.alpha.sum()
    for epsilon, l1 in ((0.099, 0), (0, 0.99 * strength), (0.05, 0.49 * strength)):
        with pytest.raises(UserError, match="at a pixel"):
            solver.certify(solution, epsilon, pixels, labels, l1)


def test_what_is_stored_is_proved_or_else_solved():
    problem = small_problem(0)
    solution = solver.solve(*problem, 0.1)

    def found(read, solve=lambda: solution):
        return stored.proved_or_solved(read, solve, lambda proof: solver.certify(proof, 0.1, *problem))

    assert found(lambda: solution, solve=None) == (solution, solver.certify(solution, 0.1, *problem))
    for read in ({}.popitem, lambda: replace(solution, alpha=0.9 * solution.alpha)):
        assert found(read)[0] is solution


def test_an_optimum_is_unique_where_enough_equations_differ():
    """For w₁, w₂ and b: of twin pixels they don't; with two examples between the bounds there are too few."""
    labels = np.array([1.0, 1, 1, -1, -1, -1])
    pixel = np.array([0.9, 0.8, 0.6, 0.1, 0.3, 0.2])
    half = np.full(6, 0.5 / 6)
    few = np.array([0.5, 1, 1, 0.5, 1, 1]) / 6
    for other, alpha, unique in ((pixel, half, False), (pixel**2, half, True), (pixel**2, few, False)):
        solution = Solution(np.ones(2), 0.0, alpha)
        found = solver.uniqueness(solution, 0.01, np.column_stack([pixel, other]), labels)
        assert found == {"unique": unique, "shape": (2 if alpha is few else 6, 3)}
