"""What the study counts while models train and how it scores the two readings, by hand."""

import numpy as np
import pytest

from studies.dynamics import study
from studies.shared import files, images, models


@pytest.mark.slow
def test_stored_means_are_those_of_the_active_examples():
    """Of the post's training for 0.2 from seed 1, in plain steps."""
    pixels, labels = (array.astype(float) for array in images.pair("train"))
    w, b = models.start(1)[:-1].astype(float), 0.0
    total, count = 0, 0
    for first in [*range(0, len(labels), 100)] * 10:
        x, y = pixels[first : first + 100], labels[first : first + 100]
        active = y * (x @ w + b) < 1 + 0.2 * np.abs(w).sum()
        pull = (y * active) @ x
        total, count = total + pull, count + active.sum()
        w = w + 0.0001 * (pull - 0.2 * active.sum() * np.sign(w))
        b = b + 0.0001 * (y * active).sum()
    stored = files.arrays("dynamics")
    np.testing.assert_allclose(stored["history"][-1, :-1, 2], w, atol=1e-6)
    np.testing.assert_allclose(stored["means"][:, 1], total / count, atol=1e-6)


def test_the_readings_are_scored_by_what_they_get_right_of_wiped_and_kept():
    random, epsilon, lit = np.random.default_rng(0), 0.1, 40
    history = random.uniform(-0.3, 0.3, (3, 785))
    history[-1, :20] = np.linspace(0.0005, 0.015, 20)  # each threshold calls others wiped
    counts, sums = np.array([30, 10]), np.zeros((2, 784))
    sums[:, :lit] = random.uniform(-4, 4, (2, lit))
    found = study.measure(epsilon, history, counts, sums)

    sizes, mean = np.abs(history[:, :lit]), np.abs(sums[:, :lit].sum(axis=0)) / 40

    def balanced(quantity, wiped):
        return (np.mean(quantity[wiped] < epsilon) + np.mean(quantity[~wiped] >= epsilon)) / 2

    def of_both(threshold):
        wiped = sizes[-1] <= threshold
        return max(balanced(size, wiped) for size in sizes[:-1]), balanced(mean, wiped)

    wiped = sizes[-1] <= 0.003
    assert 0 < wiped.sum() < (sizes[-1] <= 0.01).sum()
    assert (found["line_of_weight"], found["line_of_mean"]) == pytest.approx(of_both(0.003))
    gains = [by_mean - by_weight for by_weight, by_mean in map(of_both, (0.001, 0.003, 0.01))]
    assert found["gain_of_the_mean"] == pytest.approx(min(gains))
    assert found["wiped_with_mean_below"] == pytest.approx(np.mean(mean[wiped] < epsilon))
    assert found["kept_with_mean_below"] == pytest.approx(np.mean(mean[~wiped] < epsilon))
    assert found["line_of_first_mean"] == pytest.approx(balanced(np.abs(sums[0, :lit]) / 30, wiped))
    ranked = [a < b for a in sizes[1, wiped] for b in sizes[1, ~wiped]]
    assert found["order_of_weight"] == pytest.approx(np.mean(ranked))
