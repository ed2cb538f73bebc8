"""Accuracy under attack, against images really moved and every corner."""

from itertools import product

import numpy as np
import pytest

from studies.shared import attacks


@pytest.fixture(params=range(3))
def small(request):
    """Three models of five pixels, twenty images in [0, 1], labels."""
    random = np.random.default_rng(request.param)
    return random.normal(size=(6, 3)), random.random((20, 5)), np.where(random.random(20) < 0.5, -1.0, 1.0)


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
        np.testing.assert_allclose(attacks.attacked_margins(*small, epsilon, clipped=clip), worst)


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


def test_radii_and_halving_are_where_accuracies_change(small):
    weights, pixels, labels = small
    radii, grid = attacks.radii(weights, pixels, labels), np.linspace(0, 3, 301)
    accuracy = attacks.accuracy(weights, pixels, labels, grid)
    for row, epsilon in enumerate(grid):
        np.testing.assert_array_equal(accuracy[row], (radii > epsilon).mean(axis=0))
    for column, half in enumerate(attacks.halving_epsilon(accuracy, grid)):
        below = [epsilon for epsilon, value in zip(grid, accuracy[:, column], strict=True) if value < 0.5]
        assert half == (below[0] if below else grid[-1])
