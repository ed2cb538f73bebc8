"""The trainer against the experiments, and against steps down the numerical gradient of what it minimises."""

import numpy as np
import pytest

import data
from studies.shared import images, models, trainer
from support.runs import load_models

# Models that are trained side by side: ε, learning rate, whether a step follows the sum
KINDS = [(0.0, 0.1, False), (0.2, 0.02, True), (0.3, 0.5, False), (0.0, 0.002, True)]


@pytest.mark.slow
def test_it_trains_the_committed_models():
    found = models.train(*images.pair("train"), models.starts([1]))[..., 0]
    for place, run in enumerate(load_models()):
        expected = np.column_stack([run.trajectory["weights"], run.trajectory["biases"]])
        np.testing.assert_allclose(found[:, :, place], expected, rtol=0, atol=1e-6)
        assert np.abs(expected[-1] - expected[0]).max() > 0.05  # there was something to learn


@pytest.mark.slow
def test_it_is_handed_other_digits_as_the_experiments_see_them(all_of_mnist):
    found, expected = images.pair("test", (9, 4)), data.to_arrays(data.binary_mnist("test", (9, 4)))
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def small_problem(count=25, pixels=6):
    rng = np.random.default_rng(1)
    return rng.random((count, pixels)), rng.choice([-1.0, 1.0], count), rng.normal(size=(pixels + 1, 4))


def descended(model, kind, batches, l1=0, step=1e-6):
    """A model after one step for each batch, down what the docstring says is minimised, by differences."""
    epsilon, rate, of_the_sum = kind

    def objective(model, batch, labels):
        weights, bias = model[:-1], model[-1]
        norm = np.abs(weights).sum()
        return np.maximum(0, 1 - labels * (batch @ weights + bias) + epsilon * norm).mean() + l1 * norm

    for batch in batches:
        up, down = ([objective(model + s * e, *batch) for e in np.eye(len(model))] for s in (step, -step))
        rate_here = rate * (len(batch[1]) if of_the_sum else 1)
        model = model - rate_here * np.subtract(up, down) / (2 * step)
    return model


@pytest.mark.parametrize("l1", [0, 0.1])
def test_each_step_goes_down_the_gradient(l1, monkeypatch):
    """Of every model's own objective; the last batch is a smaller one."""
    monkeypatch.setattr(trainer, "BATCH_SIZE", 10)
    pixels, labels, start = small_problem()
    found = trainer.train(pixels, labels, start, *zip(*KINDS, strict=True), 2, l1=l1)
    batches = [(pixels[first : first + 10], labels[first : first + 10]) for first in (0, 10, 20)]
    for column, kind in enumerate(KINDS):
        model = start[:, column]
        for weights in found:
            np.testing.assert_allclose(weights[:, column], model, rtol=0, atol=1e-5)
            model = descended(model, kind, batches, l1)


def test_batches_as_given_and_rates_that_fall():
    pixels, labels, start = small_problem()
    orders = [[np.array([3, 1, 4]), np.array([24, 0])], [np.array([7]), np.array([9, 2])]]
    done, epochs = [], []
    found = trainer.train(
        pixels,
        labels,
        start,
        *zip(*KINDS, strict=True),
        epochs=2,
        batches=lambda epoch: orders[epoch],
        observe=lambda epoch, *_: epochs.append(epoch),
        schedule=lambda share: done.append(share) or np.array([1, 1, 0, 1]),
    )
    assert done == [0, 0.25, 0.5, 0.75] and epochs == [0, 0, 1, 1]
    np.testing.assert_array_equal(found[-1, :, 2], start[:, 2].astype(np.float32))  # its rate was 0
    batches = [(pixels[batch], labels[batch]) for of_epoch in orders for batch in of_epoch]
    expected = descended(start[:, 1], KINDS[1], batches)
    np.testing.assert_allclose(found[-1, :, 1], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("l1", "epsilon"), [(0.3, 0), (0, 0.3), (0.1, 0.2)])
def test_a_proximal_step_goes_where_its_own_little_problem_is_least(l1, epsilon):
    """Of ½ (w - target)² + rate · pull · |w|, weight by weight, the target being the step without |w|."""
    pixels, labels, start = small_problem()
    start = start[:, :1]
    found = trainer.train(pixels, labels, start, [epsilon], [0.5], [False], 1, l1=l1, proximal=True)[-1, :, 0]
    w, b = start[:-1, 0], start[-1, 0]
    active = [y * (w @ x + b) - epsilon * sum(map(abs, w)) < 1 for x, y in zip(pixels, labels, strict=True)]
    pull = l1 + epsilon * np.mean(active)
    places = np.linspace(-3, 3, 60_001)
    for i, weight in enumerate(found[:-1]):
        target = w[i] + 0.5 * np.mean(active * labels * pixels[:, i])
        least = places[np.argmin((places - target) ** 2 / 2 + 0.5 * pull * abs(places))]
        assert weight == pytest.approx(least, abs=1e-4)
    assert (found[:-1] == 0).any() and (found[:-1] != 0).any()
    assert found[-1] == pytest.approx(b + 0.5 * np.mean(active * labels), rel=1e-6)
