"""The proofs on the experiment's own loss, what the rules need by hand, the post's images found again.

T1 is tested with the attack, in test_adversarial.py.
"""

import numpy as np
import pytest
from conftest import ROOT

import compare
from studies.shared import files, images
from studies.verdicts import match_post, shapes
from support import runs as run_files
from support.options import UserError

# The proofs


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


def test_t4_two_digits_of_one_mean_image_are_not_separable():
    """The stored α, from nothing but the data: both digits have the same mean image, up to rounding."""
    arrays = files.arrays("verdicts")
    places, alpha = arrays["places"], arrays["alpha"]
    pixels, labels = (part[places] for part in images.pair("train", (4, 9)))
    means = [alpha[labels == label] @ pixels[labels == label].astype(float) for label in (-1, 1)]
    assert alpha.min() > 0 and alpha[labels > 0].sum() == pytest.approx(0.5)
    np.testing.assert_allclose(*means, atol=1e-14)


# Specks and geometry


def image(*rows: str) -> np.ndarray:
    """Digits are tenths of ink; the rest of the 28 × 28 pixels stays empty."""
    pixels = np.zeros((28, 28), np.float32)
    for y, row in enumerate(rows):
        pixels[y, : len(row)] = [int(digit) / 10 for digit in row]
    return pixels.ravel()


@pytest.mark.parametrize(
    "before, after, pieces",
    [
        # eight faint pixels beat four dark ones
        (("1110000", "1010099", "1110099"), ("111", "101", "111"), 2),
        (("1100", "1100", "0010"), ("1100", "1100", "0010"), 1),  # touching at a corner
        (("11000", "11000", "00000", "00010"), ("11", "11"), 2),
        ((), (), 0),
    ],
)
def test_eraser_keeps_the_largest_piece_only(before, after, pieces):
    assert shapes.pieces(image(*before))[1] == pieces
    found = shapes.erase_specks(image(*before))
    np.testing.assert_array_equal(found, image(*after))
    assert found.dtype == np.float32


def test_geometry_of_simple_shapes():
    ink = np.zeros((3, 28, 28), np.float32)
    ink[0, 4:24, 13] = 1  # an upright stroke, twice as dark as the next
    ink[1, 4:24, 4:24] = np.eye(20) / 2  # slanted
    ink[2, 10:14, 10:18] = 1
    height, width, slant, amount = shapes.geometry(ink[1:].reshape(2, 784)).T
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
    assert shapes.unusual(train, test).tolist() == [False, True, False, True]
    assert shapes.unusual(train, train).mean() == pytest.approx(0.05, abs=0.01)


# The post's images


def test_a_picture_of_misclassified_examples_is_read_back():
    """This project's own picture: the images that it draws are found, each far ahead of the next best."""
    rows = match_post.match(ROOT / "plots" / "misclassified_regular.png", images.pair("test")[0])
    found = [tuple(place for place, *_ in row) for row in rows]
    assert found == [compare.misclassified(run) for run in run_files.load_models()]
    assert all(distance < 0.01 < 0.1 < second for row in rows for _, distance, second in row)


def test_a_picture_without_frames_ends_in_one_line(tmp_path):
    from matplotlib import pyplot as plt

    plt.imsave(tmp_path / "blank.png", np.ones((50, 50, 3)))
    with pytest.raises(UserError, match="no framed images"):
        match_post.match(tmp_path / "blank.png", np.zeros((2, 784)))
