"""The attacks against brute force: every corner of the box, every image really moved, pixel by pixel."""

import itertools

import numpy as np
import pytest
import synthetic_runs
from conftest import ROOT, call
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import adversarial

NUMBER = st.floats(-3, 3, width=32)
PIXEL = st.floats(0, 1, width=32)


@given(
    pair=st.integers(1, 7).flatmap(
        lambda d: st.tuples(*(arrays.arrays(np.float32, d, elements=e) for e in (NUMBER, PIXEL)))
    ),
    label=st.sampled_from([-1.0, 1.0]),
    epsilon=PIXEL,
    bias=NUMBER,
)
def test_no_corner_lowers_the_margin_further(pair, label, epsilon, bias):
    """Neither one of the ε-box nor, with valid pixels, one of its part within [0, 1]."""
    weights, image = pair
    labels = np.array([label])
    (free,) = image + adversarial.worst_case_perturbation(weights, labels, epsilon)
    (valid,) = adversarial.worst_valid_images(weights, image[None], labels, epsilon)
    boxes = np.stack([image - epsilon, image + epsilon], axis=1).astype(float)
    for found, box in ((free, boxes), (valid, boxes.clip(0, 1))):
        margins = [label * (np.dot(corner, weights) + bias) for corner in itertools.product(*box)]
        assert label * (found.astype(float) @ weights + bias) == pytest.approx(min(margins), abs=1e-5)
        assert (box[:, 0] - 1e-6 <= found).all() and (found <= box[:, 1] + 1e-6).all()
    assert ((valid >= 0) & (valid <= 1)).all()


@pytest.fixture
def attacked():
    random = np.random.default_rng(0)
    weights = random.normal(size=784).astype(np.float32)
    images = random.integers(0, 3, (50, 784)).astype(np.float32) / 2  # white, grey and black
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


def test_with_valid_pixels_each_falls_or_rises_as_far_as_it_has_room(attacked):
    weights, bias, images, labels, found = attacked
    for epsilon, accuracy in zip(found["epsilons"], found["accuracy_valid"], strict=True):
        room = np.where(labels[:, None] * weights > 0, images, 1 - images).astype(float)
        drops = np.minimum(room, epsilon) @ np.abs(weights.astype(float))
        margins = labels * (images.astype(float) @ weights + bias) - drops
        assert np.abs(margins).min() > 2e-3
        assert accuracy == (margins > 0).mean()
    assert found["accuracy"][1] < found["accuracy_valid"][1] < 1


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
    assert found["accuracy"] == found["accuracy_valid"] == [0]
    metrics = adversarial.final_metrics(weights, bias, (images, labels), (images, labels))
    assert metrics == {"train_accuracy": 0, "test_accuracy": 0, "test_mistakes": 2}


def test_logits_are_rounded_once():
    """Where float32 sums lose the answer: 2²⁴ + 1 - 2²⁴."""
    images, weights = np.ones((1, 2), np.float32), np.array([2**24, 1], np.float32)
    (logit,) = adversarial.decision_function(images, weights, np.float32(-(2**24)))
    assert (logit, logit.dtype) == (1, "float32")


def table(capsys, *folders) -> dict[str, list[str]]:
    """What `python adversarial.py` prints: accuracies by what the row is called."""
    call("adversarial.py", *folders)
    head, _, *rows = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in capsys.readouterr().out.splitlines()
    )
    assert head[1:] == [f"ε = {epsilon}" for epsilon in ("0", "0.05", "0.1", "0.2", "0.3")]
    return {name: numbers for name, *numbers in rows}


@pytest.mark.slow
def test_stored_runs_attacked_again_have_the_stored_accuracies(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    expected = {}
    for name in ("regular", "robust_0.1", "robust_0.2", "robust_0.3"):
        stored = np.load(ROOT / "results" / name / "adversarial.npz")
        for key, pixels in (("accuracy", ""), ("accuracy_valid", ", valid pixels")):
            rows = stored[key][[0, 10, 20, 40, 60]]
            expected[f"results/{name}{pixels}"] = [f"{int(1e4 * row + 1e-6) / 100:.2f}" for row in rows]
    assert table(capsys) == expected


@pytest.mark.slow
def test_a_run_is_attacked_on_the_test_images_of_its_own_digits(tmp_path, capsys, monkeypatch, refused):
    import data

    truth = synthetic_runs.make(tmp_path, digits=(4, 9))["regular"]
    images = {("test", (4, 9)): (truth.images, truth.labels)}
    monkeypatch.setattr(data, "binary_mnist", lambda *key: key)
    monkeypatch.setattr(data, "to_arrays", images.get)
    right = [1 - len(truth.wrong(epsilon)) / len(truth.images) for epsilon in (0, 0.05, 0.1, 0.2, 0.3)]
    rows = table(capsys, tmp_path / "regular")
    assert rows[f"{tmp_path}/regular"] == [f"{int(1e4 * row + 1e-6) / 100:.2f}" for row in right]
    refused(1, [f"{tmp_path}/none"], "adversarial.py", tmp_path / "regular", tmp_path / "none")
