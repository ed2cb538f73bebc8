"""The proofs' statements against brute force, what the page measures by hand, and the rules' bookkeeping."""

import itertools
import re

import numpy as np
import pytest
import shared
from claims import measured, study
from hypothesis import given, settings
from hypothesis import strategies as st

import adversarial

# The proofs


@settings(max_examples=40)
@given(st.integers(1, 8), st.floats(0.001, 2), st.sampled_from([-1.0, 1.0]), st.integers(0, 2**32 - 1))
def test_t1_no_perturbation_in_the_box_is_worse(size, epsilon, label, seed):
    """The loss is convex in δ, so largest at a corner of the box: all 2^d are tried, and points inside."""
    random = np.random.default_rng(seed)
    weights, image, bias = random.normal(size=size), random.random(size), random.normal()
    weights[random.random(size) < 0.2] = 0
    corners = epsilon * np.array(list(itertools.product((-1, 1), repeat=size)))
    inside = random.uniform(-epsilon, epsilon, size=(200, size))
    (worst,) = adversarial.worst_case_perturbation(weights, np.array([label]), epsilon)

    def hinge(perturbations):
        return np.maximum(0, 1 - label * ((image + perturbations) @ weights + bias))

    assert np.abs(worst).max() <= epsilon
    assert hinge(worst) == pytest.approx(hinge(corners).max(), abs=1e-9)
    assert hinge(worst) >= hinge(inside).max() - 1e-9


def robust_loss(margin: float, weights: np.ndarray, epsilon: float) -> float:
    """experiment_robust's loss of one example of label +1, from y ŷ, in float64."""
    import experiment_robust

    loss = experiment_robust.robust_hinge_loss(np.array([1.0]), np.array([margin]), weights, epsilon)
    return float(loss[0])


@pytest.mark.parametrize("epsilon", [0.05, 0.3])
def test_t3_and_t4_the_kink_moves_to_a_larger_margin(epsilon):
    """Where the loss first becomes zero, by bisection: not at 1, as the hinge's, and not where it was."""
    weights = np.random.default_rng(0).normal(size=(20, 1))
    for scaled in (weights, 3 * weights):
        low, high = 0.0, 1000.0
        while high - low > 1e-9:
            middle = (low + high) / 2
            low, high = (middle, high) if robust_loss(middle, scaled, epsilon) > 0 else (low, middle)
        assert high == pytest.approx(1 + epsilon * np.abs(scaled).sum(), abs=1e-6)
    for margin in (-0.5, 0.0, 0.5, 1.0):  # near the boundary it punishes more than the hinge
        assert robust_loss(margin, weights, epsilon) > max(0, 1 - margin) + 0.5 * epsilon


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_t5_epsilon_enters_the_gradient_of_the_weights_only(active, label):
    """Central differences of the loss, with respect to the image and to the weights."""
    import experiment_robust

    random = np.random.default_rng(3)
    weights, image, epsilon = random.normal(size=9), random.random(9), 0.25
    image[:3] = 0
    bias = label * (-20 if active else 20)

    def loss(weights, image):
        logits = np.array([image @ weights + bias])
        return float(
            experiment_robust.robust_hinge_loss(np.array([label]), logits, weights[:, None], epsilon)[0]
        )

    def differences(function, point):
        steps = 1e-5 * np.eye(len(point))
        return np.array([(function(point + step) - function(point - step)) / 2e-5 for step in steps])

    of_image = differences(lambda x: loss(weights, x), image)
    of_weights = differences(lambda w: loss(w, image), weights)
    np.testing.assert_allclose(of_image, -active * label * weights, atol=1e-7)  # as without ε
    expected = active * (-label * image + epsilon * np.sign(weights))
    np.testing.assert_allclose(of_weights, expected, atol=1e-7)


def test_t2_beyond_the_margin_only_an_l1_penalty_pulls():
    """An example far beyond the margin: the gradient of the weights is 0, with an L1 penalty λ sign(w)."""
    import tensorflow as tf

    import experiment_robust

    weights = tf.constant(np.random.default_rng(5).normal(size=(30, 1)))
    epsilon = strength = 0.1
    images = 10 * tf.sign(tf.transpose(weights))  # label +1, and a margin of 10 ‖w‖₁
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(weights)
        logits = tf.squeeze(images @ weights, axis=1)
        robust = experiment_robust.robust_hinge_loss(tf.ones_like(logits), logits, weights, epsilon)
        penalised = tf.maximum(0.0, 1.0 - logits) + strength * tf.norm(weights, ord=1)
        near = experiment_robust.robust_hinge_loss(tf.ones_like(logits), 0.0 * logits, weights, epsilon)
    assert logits[0] > 2 * (1 + epsilon * np.abs(weights).sum())
    np.testing.assert_array_equal(tape.gradient(robust, weights), np.zeros((30, 1)))
    np.testing.assert_allclose(tape.gradient(penalised, weights), strength * np.sign(weights))
    np.testing.assert_allclose(
        tape.gradient(near, weights), epsilon * np.sign(weights)
    )  # within: it does pull


# What the page measures


def image(*rows: str) -> np.ndarray:
    """Digits are tenths of ink; the rest of the 28 × 28 pixels stays empty."""
    pixels = np.zeros((28, 28), np.float32)
    for y, row in enumerate(rows):
        pixels[y, : len(row)] = [int(digit) / 10 for digit in row]
    return pixels.ravel()


@pytest.mark.parametrize(
    "before, after, pieces",
    [
        (
            ("1110000", "1010099", "1110099"),
            ("111", "101", "111"),
            2,
        ),  # eight faint pixels beat four dark ones
        (("1100", "1100", "0010"), ("1100", "1100", "0010"), 1),  # touching at a corner
        (("11000", "11000", "00000", "00010"), ("11", "11"), 2),
        ((), (), 0),
    ],
)
def test_eraser_keeps_the_largest_piece_only(before, after, pieces):
    assert measured.pieces(image(*before)) == pieces
    found = measured.erase_specks(image(*before))
    np.testing.assert_array_equal(found, image(*after))
    assert found.dtype == np.float32


def test_specks_by_hand():
    """Two models alike but for the weight under the dot: erasing helps the one that has it."""
    digit, dot = image("9999", "9999"), image("0", "0", "0", "0000009")
    weights = np.zeros((785, 4, 1))
    weights[:-1, :, 0] = digit[:, None]
    weights[3 * 28 + 6, 0, 0] = -20
    weights[:-1, 3, 0] *= -1  # always wrong
    found = measured.specks(weights, np.stack([digit + dot, digit]), np.array([1.0, 1.0]))
    assert found["images"] == 1
    assert list(found["mistakes"].values()) == [1, 0, 0, 2]
    assert list(found["put_right"].values()) == [1, 0, 0, 0]
    assert list(found["missed_without"].values()) == [0, 0, 0, 100]


def test_fooled_logits_are_those_of_the_attacked_images():
    random = np.random.default_rng(8)
    weights, images = random.normal(size=(785, 4, 1)), random.random((50, 784))
    labels = np.where(random.random(50) < 0.5, -1.0, 1.0)
    margins = labels[:, None, None] * (np.tensordot(images, weights[:-1], axes=1) + weights[-1])
    epsilons = np.array([0.003, 0.02])
    found = measured.confidence(margins, weights, epsilons, np.array([0.5]))
    w, b = weights[:-1, 2, 0], weights[-1, 2, 0]
    for row, epsilon in enumerate(epsilons):
        logits = (images + adversarial.worst_case_perturbation(w, labels, epsilon)) @ w + b
        fooled = np.abs(logits[labels * logits <= 0])
        assert len(fooled) > 0 and found["at_epsilon"][row, 2, 0] == pytest.approx(np.median(fooled))
    drop = np.sort(margins[:, 2, 0])[24]  # fools 25 of the 50
    after = np.sort(margins[:, 2, 0] - drop)[:25]
    assert found["at_share"][0, 2, 0] == pytest.approx(
        -np.median(after) / np.median(np.abs(margins[:, 2, 0]))
    )


def test_geometry_of_simple_shapes():
    ink = np.zeros((3, 28, 28), np.float32)
    ink[0, 4:24, 13] = 1  # an upright stroke, twice as dark as the next
    ink[1, 4:24, 4:24] = np.eye(20) / 2  # slanted
    ink[2, 10:14, 10:18] = 1
    height, width, slant, amount = measured.geometry(ink[1:].reshape(2, 784)).T
    assert slant == pytest.approx([1, 0]) and amount == pytest.approx([10, 32])
    assert height[0] == pytest.approx(width[0]) == pytest.approx(np.std(np.arange(20)))
    assert (height[1], width[1]) == pytest.approx((np.std(np.arange(4)), np.std(np.arange(8))))


def test_unusual_images_are_the_far_ones():
    """Of boxes of many heights, the tall ones; the digits are asked apart."""
    random = np.random.default_rng(0)

    def boxes(heights):
        ink = np.zeros((len(heights), 28, 28), np.float32)
        for picture, height in zip(ink, heights, strict=True):
            picture[: int(height), : random.integers(4, 9)] = random.random((int(height), 1)) / 2 + 0.5
            picture[0, 0] = random.random()
        return ink.reshape(-1, 784)

    labels = np.repeat([-1, 1], 200)
    train = boxes(np.r_[random.integers(4, 8, 200), random.integers(18, 22, 200)]), labels
    test = boxes(np.r_[5, 20, 20, 5]), np.array([-1, -1, 1, 1])
    assert measured.unusual(train, test).tolist() == [False, True, False, True]
    assert measured.unusual(train, train).mean() == pytest.approx(0.05, abs=0.01)


def test_features_by_hand():
    images = np.zeros((2, 784), np.float32)
    images[0, 0], images[1, 1] = 0.5, 0.3  # zero, one: differences -0.5 and 0.3
    weights = np.zeros((785, 4, 1))
    weights[[0, 1, 2], :, 0] = np.array([[-3.0], [1], [4]])
    found = measured.features(weights, images, np.array([-1, 1]))
    assert found["robust_pixels"].tolist() == [2, 1, 0]
    np.testing.assert_allclose(found["shares"][:, 0, 0], [50, 37.5, 0])
    assert found["cosines"][0, 0] == pytest.approx((1.5 + 0.3) / np.hypot(0.5, 0.3) / np.sqrt(26))


def test_least_distance_by_brute_force():
    random = np.random.default_rng(6)
    images, labels = random.random((20, 784)), np.where(np.arange(20) < 8, -1, 1)
    least = min(np.abs(a - b).max() for a in images[:8] for b in images[8:])
    assert measured.least_distance(images, labels) == pytest.approx(least)


def test_gaps_by_hand():
    weights = np.zeros((785, 4, 1))
    weights[0] = 5  # ‖w‖₁ = 5, so the drops are 0, 0.5, 1 and 1.5
    train, test = (
        np.tile(np.array(rows)[:, None, None], (1, 4, 1)) for rows in ([2, 0.7], [2, 1.2, 0.2, -1])
    )
    found = measured.gaps(train, test, weights)
    assert list(found["accuracy"].values()) == [25] * 4
    assert list(found["attacked"].values()) == [25, 50, 0, 25]
    assert found["loss_ratio"]["0.0"] == pytest.approx((0 + 0 + 0.8 + 2) / 4 / (0.3 / 2))


# The rules


def test_verdicts():
    assert study.verdict({"a": True, "b": True}) == "confirmed"
    assert study.verdict({"a": True, "b": False}) == "corrected"
    assert study.verdict({"a": False, "b": False}) == "refuted"


@pytest.fixture(scope="module")
def stored():
    return shared.read_json("claims")


def test_every_rule_has_as_many_conditions_as_it_names(stored):
    for name, row in stored["claims"].items():
        assert len(re.findall(r"\(\d\)", row["rule"])) == len(row["conditions"]), name
        assert row["verdict"] == study.verdict(row["conditions"])


def test_stored_verdicts_follow_from_the_stored_numbers(stored):
    assert study.decide(stored["measured"]) == stored["claims"]


class Fabricated:
    """Evidence in which the numbers are what a test makes them."""

    def __init__(self, own=None, **results):
        self.own, self.numbers = own, results

    def results(self, name):
        return self.numbers[name]

    def said(self, name):
        return self.numbers[name]["said"]


@pytest.mark.parametrize(
    "mistakes, verdict", [([1, 1, 2], "confirmed"), ([1, 1, 30], "corrected"), ([50, 60, 70], "refuted")]
)
def test_r1_follows_its_rule(mistakes, verdict):
    regular = {
        "mistakes": mistakes,
        "published_wilson": [0.995, 0.9995],
        "median_accuracy": 1 - np.median(mistakes) / 1000,
    }
    digits = {"said": {"pairs": 45, "excellent_holds": 3}}
    conditions, _ = study.excellent(Fabricated(seeds={"models": {"regular": regular}}, digits=digits))
    assert study.verdict(conditions) == verdict


@pytest.mark.parametrize(
    "put_right, without, verdict", [(9, 0, "confirmed"), (1, 0, "corrected"), (1, 5, "refuted")]
)
def test_r3_follows_its_rule(put_right, without, verdict):
    rows = {"put_right": put_right, "mistakes_with": 10, "missed_with": 2, "missed_without": without}
    own = {"specks": {name: dict.fromkeys(measured.MODELS, value) for name, value in rows.items()}}
    assert study.verdict(study.dot(Fabricated(own))[0]) == verdict


@pytest.mark.parametrize(
    "distance, verdict", [(0.9, "confirmed"), (0.5, "corrected"), (0.6, "corrected"), (0.1, "refuted")]
)
def test_t7_follows_its_rule(distance, verdict):
    assert study.verdict(study.kept_meaning(Fabricated({"least_distance": distance}))[0]) == verdict


@pytest.mark.slow
def test_stored_measurements_are_those_of_the_models(stored):
    """Again from ten of the hundred seeds: medians near the stored ones, and what no seed changes."""
    found = measured.measure(shared.post_models(range(1, 11)), shared.pair("train"), shared.pair("test"))
    old = stored["measured"]
    for group, name, tolerance in (
        ("gaps", "accuracy", 0.05),
        ("gaps", "attacked", 0.2),
        ("features", "cosine", 0.02),
        ("specks", "missed_with", 0.5),
        ("geometry", "attacked_median", 25),
    ):
        assert found[group][name] == pytest.approx(old[group][name], abs=tolerance), name
    assert found["confidence"]["relative"]["0.5"] == pytest.approx(
        old["confidence"]["relative"]["0.5"], rel=0.1
    )
    for group, name in (("geometry", "unusual"), ("specks", "images"), ("features", "robust_pixels")):
        assert found[group][name] == pytest.approx(old[group][name])
    assert found["least_distance"] == pytest.approx(old["least_distance"])
