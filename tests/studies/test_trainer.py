"""The trainer against the experiments, and against steps down the numerical gradient of what it minimises."""

import numpy as np
import pytest

import data
from studies.shared import images, models, trainer
from support.runs import load_models

LOSSES = {
    trainer.hinge: lambda margin: max(0, 1 - margin),
    trainer.squared_hinge: lambda margin: max(0, 1 - margin) ** 2,
    trainer.logistic: lambda margin: np.log(1 + np.exp(-margin)),
}
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


def objective(model, batch, labels, epsilon, norm, loss, l1, l2):
    """What the docstring of `train` says is minimised, for one model."""
    weights, bias = model[:-1], model[-1]
    size = epsilon * np.linalg.norm(weights, norm)
    losses = [loss(y * (weights @ x + bias) - size) for x, y in zip(batch, labels, strict=True)]
    return np.mean(losses) + l1 * np.abs(weights).sum() + l2 * (weights**2).sum() / 2


def descended(model, kind, batches, *terms, step=1e-6):
    """A model after one step for each batch, down the gradient by central differences."""
    epsilon, rate, of_the_sum = kind
    for batch, labels in batches:
        gradient = [
            (
                objective(model + step * e, batch, labels, epsilon, *terms)
                - objective(model - step * e, batch, labels, epsilon, *terms)
            )
            / (2 * step)
            for e in np.eye(len(model))
        ]
        model = model - rate * (len(batch) if of_the_sum else 1) * np.array(gradient)
    return model


@pytest.mark.parametrize(
    ("norm", "descent", "l1", "l2"),
    [
        (1, trainer.hinge, 0, 0),
        (2, trainer.hinge, 0, 0),
        (np.inf, trainer.hinge, 0, 0),
        (1, trainer.hinge, 0.1, 0),
        (1, trainer.hinge, 0, 0.3),
        (1, trainer.squared_hinge, 0, 0),
        (1, trainer.logistic, 0.05, 0.2),
    ],
)
def test_each_step_goes_down_the_gradient(norm, descent, l1, l2, monkeypatch):
    """Of every model's own objective; the last batch is a smaller one."""
    monkeypatch.setattr(trainer, "BATCH_SIZE", 10)
    pixels, labels, start = small_problem()
    found = trainer.train(
        pixels, labels, start, *zip(*KINDS, strict=True), 2, norm=norm, descent=descent, l1=l1, l2=l2
    )
    batches = [(pixels[first : first + 10], labels[first : first + 10]) for first in (0, 10, 20)]
    for column, kind in enumerate(KINDS):
        model = start[:, column]
        for weights in found:
            np.testing.assert_allclose(weights[:, column], model, rtol=0, atol=1e-5)
            model = descended(model, kind, batches, norm, LOSSES[descent], l1, l2)
        assert np.abs(found[-1, :, column] - start[:, column]).max() > 1e-3


def test_batches_as_given_and_what_an_observer_sees():
    pixels, labels, start = small_problem()
    orders = [[np.array([3, 1, 4]), np.array([24, 0])], [np.array([7])]]
    seen = []
    found = trainer.train(
        pixels,
        labels,
        start,
        *zip(*KINDS, strict=True),
        epochs=2,
        batches=lambda epoch: orders[epoch],
        observe=lambda *told: seen.append([np.copy(part) for part in told]),
    )
    places = [(epoch, batch) for epoch, batches in enumerate(orders) for batch in batches]
    for (epoch, batch), told in zip(places, seen, strict=True):
        assert told[0] == epoch
        np.testing.assert_array_equal(
            told[2], labels[batch, None] * np.c_[pixels[batch], np.ones(len(batch))]
        )
        for column, (epsilon, *_) in enumerate(KINDS):
            weights, bias = told[1][:-1, column], told[1][-1, column]
            margins = labels[batch] * (pixels[batch] @ weights + bias) - epsilon * np.abs(weights).sum()
            np.testing.assert_array_equal(told[3][:, column], margins < 1)
    given = [(pixels[batch], labels[batch]) for _, batch in places]
    expected = descended(start[:, 1], KINDS[1], given, 1, LOSSES[trainer.hinge], 0, 0)
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


def test_rates_fall_with_the_share_of_steps_done_and_weights_are_averaged():
    """Three epochs of three batches, 10 of 25 images each; the mean is that of what was seen."""
    pixels, labels, start = small_problem()
    told, seen, average = [], [], trainer.Average(2)

    def observe(epoch, weights, *rest):
        seen.append(weights.copy())
        average(epoch, weights)

    places = [slice(0, 10), slice(10, 20), slice(20, 25)]
    trainer.train(
        pixels,
        labels,
        start,
        *zip(*KINDS, strict=True),
        epochs=3,
        batches=lambda epoch: places,
        schedule=lambda done: told.append(done) or np.array([1, 1, 0, 1]),
        observe=observe,
    )
    assert told == pytest.approx([step / 9 for step in range(9)])
    assert (seen[-1][:, 2] == start[:, 2]).all() and (seen[-1][:, 1] != start[:, 1]).any()
    np.testing.assert_allclose(average.weights(), np.mean(seen[6:], axis=0), rtol=1e-6)
    assert [trainer.cosine(done) for done in (0, 0.25, 0.5, 1)] == pytest.approx(
        [1, 0.853553, 0.5, 0], abs=1e-6
    )
    assert [trainer.stairs(done) for done in (0, 0.49, 0.5, 0.74, 0.75)] == [1, 1, 0.1, 0.1, 0.01]


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_weights_of_zero_have_no_norm_to_push_against(norm):
    """From zeros the first step goes along the images alone."""
    pixels, labels, _ = small_problem()
    found = trainer.train(pixels, labels, np.zeros((7, 1)), [0.3], [1.0], [True], 1, norm=norm)[-1, :, 0]
    np.testing.assert_allclose(found, np.append(labels @ pixels, labels.sum()), rtol=1e-6)
