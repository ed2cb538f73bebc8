"""Accuracy under attack, against images really moved, every corner, a solver and adversarial.py."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize

import adversarial
from studies.shared import attacks

STEEPEST = {  # the direction of length 1 in each norm that lowers w·x most
    np.inf: np.sign,
    2: lambda w: w / np.sqrt(w @ w),
    1: lambda w: np.eye(len(w))[np.argmax(np.abs(w))] * np.sign(w),
}


@pytest.fixture(params=range(3))
def small(request):
    """Three models of five pixels, twenty images in [0, 1], labels."""
    random = np.random.default_rng(request.param)
    return random.normal(size=(6, 3)), random.random((20, 5)), np.where(random.random(20) < 0.5, -1.0, 1.0)


@pytest.mark.parametrize("norm", STEEPEST)
def test_accuracy_is_that_of_images_moved_the_steepest_way(small, norm):
    weights, pixels, labels = small
    epsilons = [0, 0.05, 0.2, 0.7]
    found = attacks.accuracy(weights, pixels, labels, epsilons, norm=norm)
    for row, epsilon in enumerate(epsilons):
        for column, (*w, b) in enumerate(weights.T):
            moved = pixels - epsilon * np.outer(labels, STEEPEST[norm](np.array(w)))
            assert found[row, column] == np.mean(labels * (moved @ w + b) > 0)
    assert len(np.unique(found)) > 3


@pytest.mark.parametrize("clip", [False, True])
def test_no_corner_of_the_box_is_worse(small, clip):
    weights, pixels, labels = small
    corners = np.array(list(product((-1, 1), repeat=5)))
    accuracy = attacks.clipped_accuracy if clip else attacks.accuracy
    for epsilon in (0.1, 0.4):
        found = accuracy(weights, pixels, labels, [epsilon])[0]
        moved = pixels[:, None] + epsilon * corners
        moved = moved.clip(0, 1) if clip else moved
        worst = (labels[:, None, None] * (moved @ weights[:-1] + weights[-1])).min(axis=1)
        np.testing.assert_array_equal(found, (worst > 1e-12).mean(axis=0))


@pytest.mark.parametrize("clip", [False, True])
def test_an_attack_along_other_signs_moves_images_there(small, clip):
    weights, pixels, labels = small
    signs = np.sign(np.random.default_rng(9).normal(size=(5, 1)))
    accuracy = attacks.clipped_accuracy if clip else attacks.accuracy
    moved = pixels - 0.3 * labels[:, None] * signs[:, 0]
    moved = moved.clip(0, 1) if clip else moved
    right = labels[:, None] * (moved @ weights[:-1] + weights[-1]) > 0
    np.testing.assert_array_equal(
        accuracy(weights, pixels, labels, [0.3], signs=signs)[0], right.mean(axis=0)
    )


def test_a_margin_of_zero_is_a_mistake():
    weights, pixels, labels = np.array([[1.0], [0.0]]), np.array([[0.5], [-1.0]]), np.array([1.0, -1.0])
    np.testing.assert_array_equal(attacks.accuracy(weights, pixels, labels, [0, 0.5, 1])[:, 0], [1, 0.5, 0])


def test_radii_halving_and_break_even_are_where_accuracies_change(small):
    weights, pixels, labels = small
    radii, grid = attacks.radii(weights, pixels, labels), np.linspace(0, 3, 301)
    accuracy = attacks.accuracy(weights, pixels, labels, grid)
    for row, epsilon in enumerate(grid):
        np.testing.assert_array_equal(accuracy[row], (radii > epsilon).mean(axis=0))
    for column, half in enumerate(attacks.halving_epsilon(accuracy, grid)):
        below = [epsilon for epsilon, value in zip(grid, accuracy[:, column], strict=True) if value < 0.5]
        assert half == (below[0] if below else grid[-1])
    constant = attacks.constant_right(labels)
    for column, epsilon in enumerate(attacks.break_even_epsilon(weights, pixels, labels)):
        before, after = attacks.accuracy(weights, pixels, labels, [epsilon - 1e-9, epsilon + 1e-9])[:, column]
        assert after * len(labels) <= constant + 1e-9
        assert epsilon == 0 or before * len(labels) > constant


@pytest.mark.parametrize("clip", [False, True])
def test_many_models_at_once_are_attacked_as_one_by_one(clip):
    random = np.random.default_rng(5)
    weights = random.normal(size=(785, 3)).astype(np.float32)
    pixels = random.random((40, 784), np.float32).round()  # half of them without room on one side
    labels = np.where(random.random(40) < 0.5, -1, 1).astype(np.float32)
    found = attacks.attacked_margins(weights, pixels, labels, 0.1, clipped=clip)
    for w, b, ours in zip(weights[:-1].T, weights[-1], found.T, strict=True):
        moved = pixels + adversarial.worst_case_perturbation(w, labels, 0.1)
        moved = moved.clip(0, 1) if clip else moved
        np.testing.assert_allclose(ours, labels * (moved.astype(float) @ w + b), atol=1e-5)


SIZES = {1: lambda both: both.sum(), 2: lambda both: np.sqrt((both**2).sum() + 1e-18)}


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_the_worst_valid_change_is_what_a_solver_finds(norm):
    """SLSQP over rises and falls of five pixels, each within its room."""
    random = np.random.default_rng(2)
    weights, pixels, labels = random.normal(size=(6, 1)), random.random((4, 5)), np.array([1.0, -1, 1, -1])
    for epsilon in (0.1, 0.6):
        found = attacks.attacked_margins(weights, pixels, labels, epsilon, norm=norm, clipped=True)
        for x, y, margin in zip(pixels, labels, found[:, 0], strict=True):

            def after(both, x=x, y=y):
                return y * ((x + both[:5] - both[5:]) @ weights[:-1, 0] + weights[-1, 0])

            room = [(0, 1 - value) for value in x] + [(0, value) for value in x]
            if norm == np.inf:
                room = [(0, min(epsilon, most)) for _, most in room]
            within = {"type": "ineq", "fun": lambda both, e=epsilon: e - SIZES[norm](both)}
            limit = [within] if norm in SIZES else []
            best = min(
                minimize(after, random.random(10) * 0.1, bounds=room, constraints=limit, method="SLSQP").fun
                for _ in range(5)
            )
            assert margin == pytest.approx(best, abs=2e-4)
        right = (found > 0).mean(axis=0)
        np.testing.assert_array_equal(
            attacks.clipped_accuracy(weights, pixels, labels, [epsilon], norm=norm)[0], right
        )
