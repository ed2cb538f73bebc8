"""Stored certificates again from the data, the L2 optimum beside scikit-learn's, other losses by SciPy."""

import numpy as np
import pytest
from linear_programs import small_problem
from scipy.optimize import minimize
from sklearn.svm import SVC

from studies import files, images, margins, solver
from studies.penalties import l2, losses, study


@pytest.mark.slow
@pytest.mark.parametrize("pair", ["0 1", "4 9"])
@pytest.mark.parametrize("family", ["l1", "robust"])
def test_stored_optima_are_optimal_and_make_their_front(pair, family):
    arrays = files.arrays("penalties")
    train, test = (images.pair(split, tuple(map(int, pair.split()))) for split in ("train", "test"))
    strengths, weights, alpha = (
        arrays[f"{pair} {family} {part}"] for part in ("strengths", "weights", "alpha")
    )
    points = files.numbers("penalties").fronts[pair][family]
    assert [point.strength for point in points] == pytest.approx(list(strengths))
    for strength, model, proof, point in zip(strengths, weights.T, alpha, points, strict=True):
        solution = solver.Solution(model[:-1], model[-1], proof)
        solver.certify(solution, *((strength, *train, 0) if family == "robust" else (0, *train, strength)))
        found = test[1] * (test[0].astype(float) @ model[:-1] + model[-1])
        reach = np.abs(model[:-1]).sum()
        assert point.clean == pytest.approx((found > 0).mean())
        for epsilon, accuracy in point.attacked.items():
            assert accuracy == pytest.approx((found > float(epsilon) * reach).mean(), abs=1.5 / len(found))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("penalty", [0, 0.02])
def test_robust_plus_penalty_ends_in_a_penalised_optimum(seed, penalty):
    pixels, labels = small_problem(seed)
    solution = solver.solve(pixels, labels, 0.05, penalty)
    least = solver.objective(solution.weights, solution.bias, 0.05, pixels, labels, penalty)
    scale = 1 / (1 + 0.05 * np.abs(solution.weights).sum())
    scaled = study.scaled(solution, scale)
    solver.certify(scaled, 0, pixels, labels, (penalty + 0.05 * least) * (1 + 1e-7))


@pytest.mark.parametrize("strength", [0.01, 0.1, 1.0])
def test_the_l2_optimum_is_scikit_learns(strength):
    pixels, labels = small_problem(0)
    signed = np.column_stack([pixels, np.ones(len(pixels))]) * labels[:, None]
    _, upper, lower = l2.solve(signed, labels, strength)
    machine = SVC(kernel="linear", C=1 / (strength * len(labels)), tol=1e-8).fit(pixels, labels)
    theirs = np.append(machine.coef_[0], machine.intercept_[0])
    objective = np.maximum(0, 1 - signed @ theirs).mean() + strength * (theirs[:-1] ** 2).sum() / 2
    assert lower - 1e-9 <= objective <= upper + 1e-9
    assert upper - objective < 0.005


@pytest.mark.parametrize("name", losses.LOSSES)
def test_other_losses_reach_what_a_derivative_free_search_does(name):
    pixels, labels = small_problem(1, pixels=3)
    loss, epsilon = losses.LOSSES[name], 0.05

    def objective(model):
        return loss(epsilon * np.abs(model[:-1]).sum() - labels * (pixels @ model[:-1] + model[-1]))[0].mean()

    ours, slope = losses.solve(pixels, labels, epsilon, loss)
    search = {"method": "Nelder-Mead", "options": {"maxiter": 20_000, "xatol": 1e-9, "fatol": 1e-12}}
    best = min(minimize(objective, start, **search).fun for start in (np.zeros(4), ours, ours + 0.3))
    assert objective(ours) <= best + 1e-7
    assert slope < 1e-4
    lacks = np.linspace(-3, 3, 13)
    slopes = (loss(lacks + 1e-6)[0] - loss(lacks - 1e-6)[0]) / 2e-6
    np.testing.assert_allclose(loss(lacks)[1], slopes, atol=1e-5)


def test_a_family_covers_another_if_it_has_a_model_as_good_both_ways():
    theirs = np.array([[0.9, 0.5], [0.8, 0.7], [0.7, 0.7]])  # the second is best under attack
    for ours, covered in (([[0.8, 0.7]], True), ([[0.9, 0.6], [0.7, 0.9]], False), ([[0.8, 0.6999]], True)):
        assert study.covers(np.array(ours), theirs, 1, 2000) == covered


def test_the_strengths_reach_from_more_accurate_to_useless():
    """The strong end is no better than a constant, the weak end less robust than what lies between."""
    for pair, fronts in files.numbers("penalties").fronts.items():
        labels = images.pair("test", tuple(map(int, pair.split())))[1]
        constant = margins.constant_right(labels) / len(labels)
        for family in ("l1", "l2"):
            weak, *between, strong = sorted(fronts[family], key=lambda point: point.strength)
            assert len(between) >= 13
            assert strong.clean <= constant + 0.2, (pair, family)
            assert weak.attacked["0.3"] < max(point.attacked["0.3"] for point in between), (pair, family)
