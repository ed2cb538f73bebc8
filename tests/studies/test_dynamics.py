"""Active examples counted by hand while a model trains, and what the robust term does to a gradient."""

import numpy as np
import pytest

from studies import images, models, trainer
from studies.dynamics import study


def test_the_observer_sees_the_active_examples_of_every_batch():
    pixels, labels = (array[:150].astype(float) for array in images.pair("train"))
    counts, sums = [], []

    def observe(epoch, weights, examples, active):
        counts.append(active.sum())
        sums.append(examples[:, :-1].T @ active[:, 0])

    start = models.starts([1])
    trainer.train(pixels, labels, start, [0.2], [0.001], [True], epochs=1, observe=observe)
    w, b = start[:-1, 0].astype(float), float(start[-1, 0])
    for place, batch in enumerate((slice(0, 100), slice(100, 150))):
        size = np.abs(w).sum()
        active = [i for i in range(150)[batch] if labels[i] * (pixels[i] @ w + b) < 1 + 0.2 * size]
        total = sum((labels[i] * pixels[i] for i in active), np.zeros(784))
        assert counts[place] == len(active)
        np.testing.assert_allclose(sums[place], total, atol=1e-9)
        w, b = (
            w + 0.001 * (total - 0.2 * len(active) * np.sign(w)),
            b + 0.001 * sum(labels[i] for i in active),
        )


def test_a_rule_is_scored_by_what_it_gets_right_of_wiped_and_kept():
    quantity, wiped = np.array([0.05, 0.15, 0.05, 0.3, 0.4]), np.array([1, 1, 0, 0, 0], bool)
    found = study.score(quantity, 0.1, wiped)
    assert found["balanced_accuracy"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    ranked = [a < b or (a == b) / 2 for a in quantity[wiped] for b in quantity[~wiped]]
    assert found["roc_auc"] == pytest.approx(np.mean(ranked))
    shares = study.shares(quantity < 0.1, wiped)
    assert shares == pytest.approx(
        {"wiped_below": 1 / 2, "kept_below": 1 / 3, "below_wiped": 1 / 2, "above_wiped": 1 / 3}
    )


def test_the_gradients_cases_are_those_of_finite_steps():
    """By the robust hinge's slope at each weight, without and with the term, over the same active images."""
    pixels, labels = (array[:300].astype(float) for array in images.pair("train"))
    weights = models.starts([3])[:, 0].astype(float)
    found = study.gradient_shares(np.tile(weights[None, :, None, None], (1, 1, 3, 1)), pixels, labels)
    for place, model in enumerate(models.ROBUST):
        active = (
            labels * (pixels @ weights[:-1] + weights[-1]) < 1 + model.epsilon * np.abs(weights[:-1]).sum()
        )
        plain = -(labels * active) @ pixels / active.sum()  # the slope without the term
        robust = plain + model.epsilon * np.sign(weights[:-1])
        none = np.abs(plain) <= study.NO_GRADIENT
        same = np.sign(plain) == np.sign(robust)
        cases = (
            ~none & same & (np.abs(robust) < np.abs(plain)),
            ~none & ~same,
            ~none & same & (np.abs(robust) > np.abs(plain)),
            none,
        )
        np.testing.assert_allclose(found[:, place, 0], np.mean(cases, axis=1), atol=2e-3)
