"""The attack against brute force: every corner of the ε-box, every image really moved."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import adversarial

NUMBER = st.floats(-3, 3, width=32)


@given(
    weights=st.integers(1, 7).flatmap(lambda d: arrays.arrays(np.float32, d, elements=NUMBER)),
    label=st.sampled_from([-1.0, 1.0]),
    epsilon=st.floats(0, 1, width=32),
    bias=NUMBER,
)
def test_no_corner_of_the_box_lowers_the_margin_further(weights, label, epsilon, bias):
    image = np.linspace(0, 1, len(weights))
    (perturbation,) = adversarial.worst_case_perturbation(weights, np.array([label]), epsilon)
    corners = np.array(list(itertools.product([-epsilon, epsilon], repeat=len(weights))))
    margins = label * ((image + corners) @ weights.astype(float) + bias)
    assert label * ((image + perturbation) @ weights + bias) == pytest.approx(margins.min(), abs=1e-5)
    assert np.abs(perturbation).max() <= np.float32(epsilon)


@pytest.fixture
def attacked():
    random = np.random.default_rng(0)
    weights = random.normal(size=784).astype(np.float32)
    images = random.random((50, 784), np.float32)
    labels = np.where(random.random(50) < 0.5, -1, 1).astype(np.float32)
    bias = np.float32(-np.median(images @ weights))
    epsilons = np.array([0, 0.003, 0.5])
    return weights, bias, images, labels, adversarial.evaluate(weights, bias, images, labels, epsilons)


def test_margins_fall_by_epsilon_times_the_l1_norm_and_accuracy_counts_the_positive_ones(attacked):
    weights, bias, images, labels, found = attacked
    clean = labels * (images.astype(float) @ weights + bias)
    margins = clean - np.outer(found["epsilons"], np.abs(weights.astype(float)).sum())
    np.testing.assert_allclose(found["logits"] * labels, margins, atol=2e-3)
    assert np.abs(margins).min() > 2e-3
    np.testing.assert_array_equal(found["accuracy"], (margins > 0).mean(axis=1))
    assert 0 < found["accuracy"][1] < 1  # neither extreme, so that the line above can fail


def test_closest_are_the_misclassified_with_the_smallest_logits(attacked):
    weights, _, images, labels, found = attacked
    for epsilon, logits, closest, kept in zip(
        found["epsilons"], found["logits"], found["closest"], found["closest_images"], strict=True
    ):
        wrong = [i for i in range(len(labels)) if logits[i] * labels[i] <= 0]
        expected = sorted(wrong, key=lambda i: abs(logits[i]))[:10]
        assert closest.tolist() == expected + [-1] * (10 - len(expected))
        for index, image in zip(expected, kept, strict=False):
            moved = images[index] - np.float32(labels[index] * epsilon) * np.sign(weights)
            np.testing.assert_array_equal(image.ravel(), moved)
            assert epsilon < 0.5 or image.min() < 0 < 1 < image.max()  # not clipped, as in the post
        assert not kept[len(expected) :].any()


def test_a_logit_of_zero_is_a_mistake():
    images, labels = np.zeros((2, 784), np.float32), np.array([-1, 1], np.float32)
    weights, bias = np.ones(784, np.float32), np.float32(0)
    found = adversarial.evaluate(weights, bias, images, labels, np.array([0.0]))
    assert found["accuracy"] == [0]
    metrics = adversarial.final_metrics(weights, bias, (images, labels), (images, labels))
    assert metrics == {"train_accuracy": 0, "test_accuracy": 0, "test_mistakes": 2}


def test_logits_are_rounded_once():
    """Where float32 sums lose the answer: 2²⁴ + 1 - 2²⁴."""
    images, weights = np.ones((1, 2), np.float32), np.array([2**24, 1], np.float32)
    (logit,) = adversarial.decision_function(images, weights, np.float32(-(2**24)))
    assert (logit, logit.dtype) == (1, "float32")
