"""What follows from margins, against images really moved and every corner of the box."""

from itertools import product

import numpy as np
import pytest

from studies.shared import attacks as margins

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
    found = margins.accuracy(weights, pixels, labels, epsilons, norm=norm)
    for row, epsilon in enumerate(epsilons):
        for column, (*w, b) in enumerate(weights.T):
            moved = pixels - epsilon * np.outer(labels, STEEPEST[norm](np.array(w)))
            assert found[row, column] == np.mean(labels * (moved @ w + b) > 0)
    assert len(np.unique(found)) > 3


@pytest.mark.parametrize("clip", [False, True])
def test_no_corner_of_the_box_is_worse(small, clip):
    weights, pixels, labels = small
    corners = np.array(list(product((-1, 1), repeat=5)))
    accuracy = margins.clipped_accuracy if clip else margins.accuracy
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
    accuracy = margins.clipped_accuracy if clip else margins.accuracy
    moved = pixels - 0.3 * labels[:, None] * signs[:, 0]
    moved = moved.clip(0, 1) if clip else moved
    right = labels[:, None] * (moved @ weights[:-1] + weights[-1]) > 0
    np.testing.assert_array_equal(
        accuracy(weights, pixels, labels, [0.3], signs=signs)[0], right.mean(axis=0)
    )


def test_a_margin_of_zero_is_a_mistake():
    weights, pixels, labels = np.array([[1.0], [0.0]]), np.array([[0.5], [-1.0]]), np.array([1.0, -1.0])
    np.testing.assert_array_equal(margins.accuracy(weights, pixels, labels, [0, 0.5, 1])[:, 0], [1, 0.5, 0])


def test_radii_halving_and_break_even_are_where_accuracies_change(small):
    weights, pixels, labels = small
    radii, grid = margins.radii(weights, pixels, labels), np.linspace(0, 3, 301)
    accuracy = margins.accuracy(weights, pixels, labels, grid)
    for row, epsilon in enumerate(grid):
        np.testing.assert_array_equal(accuracy[row], (radii > epsilon).mean(axis=0))
    for column, half in enumerate(margins.halving_epsilon(accuracy, grid)):
        below = [epsilon for epsilon, value in zip(grid, accuracy[:, column], strict=True) if value < 0.5]
        assert half == (below[0] if below else grid[-1])
    constant = margins.constant_right(labels)
    for column, epsilon in enumerate(margins.break_even_epsilon(weights, pixels, labels)):
        before, after = margins.accuracy(weights, pixels, labels, [epsilon - 1e-9, epsilon + 1e-9])[:, column]
        assert after * len(labels) <= constant + 1e-9
        assert epsilon == 0 or before * len(labels) > constant
