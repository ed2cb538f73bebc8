"""Active examples and gradients against a training replayed example by example; the rules by hand."""

import numpy as np
import pytest
import shared
import trainer
from dynamics import study
from scipy.stats import mannwhitneyu

EPSILONS = np.array([0.02, 0.05])


@pytest.fixture(scope="module")
def trained():
    """Two epochs of two robust models on random images, and which examples a plain loop finds active."""
    random = np.random.default_rng(4)
    images = (random.random((250, 784)) * (random.random((250, 784)) < 0.3)).astype(np.float32)
    images[:, :300] = 0
    labels = np.where(images[:, 300:310].sum(axis=1) < 1.5, -1, 1).astype(np.float32)
    images[:, 310:330] *= labels[:, None] > 0
    start = random.uniform(-0.03, 0.03, (785, 2)).astype(np.float32)
    observer = study.ActiveExamples(images, labels, 2, epochs=2)
    rates = np.full(2, 0.005)
    history = trainer.train(images, labels, start, EPSILONS, rates, np.ones(2, bool), 2, observe=observer)
    counts, sums = np.zeros((2, 2)), np.zeros((2, 784, 2))
    for model, epsilon in enumerate(EPSILONS):
        parameters = start[:, model].astype(float)
        for epoch in range(2):
            for first in range(0, 250, 100):
                norm, step = np.abs(parameters[:-1]).sum(), np.zeros(785)
                for image, label in zip(
                    images[first : first + 100], labels[first : first + 100], strict=True
                ):
                    if label * (image @ parameters[:-1] + parameters[-1]) < 1 + epsilon * norm:
                        counts[epoch, model] += 1
                        sums[epoch, :, model] += label * image
                        step += np.append(label * image - epsilon * np.sign(parameters[:-1]), label)
                parameters += rates[model] * step
    return images, labels, history, observer, counts, sums


def test_active_examples_are_those_of_the_replayed_training(trained):
    *_, observer, counts, sums = trained
    assert 0 < counts.min() < counts.max() <= 250
    np.testing.assert_allclose(observer.counts, counts, atol=1)  # a loss of 0 to rounding
    np.testing.assert_allclose(observer.sums, sums, atol=1.1)


def test_gradient_shares_are_those_of_the_gradients_themselves(trained):
    """The slope of the loss along |w|, without and with the robust term, weight by weight."""
    images, labels, history, *_ = trained
    found = study.gradient_shares(history[-1], EPSILONS, images, labels)
    for model, epsilon in enumerate(EPSILONS):
        weights = history[-1, :, model].astype(float)
        margins = labels * (images @ weights[:-1] + weights[-1])
        active = margins < 1 + epsilon * np.abs(weights[:-1]).sum()
        tally = np.zeros(4)
        for pixel in range(784):
            sign = np.sign(weights[pixel])
            plain = -sign * (labels[active] * images[active, pixel].astype(float)).mean()
            robust = plain + epsilon
            if plain == 0:
                tally[3] += 1
            elif plain * robust < 0:
                tally[1] += 1
            else:
                tally[0 if abs(robust) < abs(plain) else 2] += 1
        np.testing.assert_allclose(found[:, model], 100 * tally / 784, atol=0.2)
        assert tally.min() >= 0 and tally[3] >= 300


def test_scores_of_a_rule():
    random = np.random.default_rng(2)
    quantity, wiped = np.round(random.random(200), 1), random.random(200) < 0.3
    found = study.score(quantity, 0.35, wiped)
    below = quantity < 0.35
    smaller = mannwhitneyu(quantity[~wiped], quantity[wiped]).statistic
    assert found["roc_auc"] == pytest.approx(smaller / (wiped.sum() * (~wiped).sum()))
    assert found["balanced_accuracy"] == pytest.approx((below[wiped].mean() + (~below)[~wiped].mean()) / 2)
    assert found["kept_below"] == pytest.approx(100 * (below & ~wiped).sum() / (~wiped).sum())
    assert found["below_wiped"] == pytest.approx(100 * (below & wiped).sum() / below.sum())
    assert study.score(quantity, 2, wiped)["above_wiped"] == 0  # there are none above


def test_least_gain_is_over_thresholds_and_best_over_epochs():
    """Four pixels; the mean parts them right at 0.003, the weights of the middle epoch half right."""
    sizes = np.array([[0.2, 0.2, 0.2, 0.2], [0.05, 0.2, 0.2, 0.2], [0, 0.002, 0.005, 0.2]])
    mean = np.array([0.01, 0.02, 0.3, 0.4])
    found = study.least_and_best(0.1, sizes, mean)
    assert found["weight_best_epoch"]["balanced_accuracy"] == 0.75
    by_threshold = {0.003: 1 - 0.75, 0.001: (1 + 2 / 3) / 2 - 1, 0.01: (2 / 3 + 1) / 2 - 2 / 3}
    assert found["least_gain"] == pytest.approx(min(by_threshold.values()))


def test_figures_show_the_numbers():
    random = np.random.default_rng(1)
    history, means = random.normal(scale=0.01, size=(11, 785, 4)), random.random((784, 3)) * 0.4
    figure = study.draw_rules(history[..., 1:], means)
    for number, axes in enumerate(figure.axes[3:6]):
        wiped, kept, line = axes.lines
        assert len(wiped.get_xdata()) == (np.abs(history[-1, :-1, number + 1]) <= 0.003).sum()
        np.testing.assert_allclose(
            np.sort(np.r_[wiped.get_xdata(), kept.get_xdata()]), np.sort(means[:, number])
        )
        assert set(line.get_xdata()) == {shared.MODEL_EPSILONS[number + 1]}
    shown = study.draw_weights(history, means).axes[11].images[0].get_array()
    assert ((shown != 0).ravel() == (means[:, 0] >= 0.1)).all()


@pytest.mark.slow
def test_stored_numbers_are_those_of_the_models():
    """Five of the hundred seeds, trained without an observer."""
    starts = np.stack([shared.glorot_start(seed) for seed in range(1, 6)], axis=1)
    history = shared.train_post_models(*shared.pair("train"), starts)
    stored = shared.read_json("dynamics")
    for number, (epsilon, found) in enumerate(stored["models"].items(), 1):
        least, _, most = found["wiped"]
        wiped = 100 * (np.abs(history[-1, :-1, number]) <= 0.003).mean(axis=0)
        assert least - 0.2 <= wiped.min() <= wiped.max() <= most + 0.2
        assert np.abs(starts[:-1]).max() < float(epsilon)
