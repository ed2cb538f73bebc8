"""The attacks against brute force: every corner of the box, every image really moved, pixel by pixel."""

import itertools

import numpy as np
import pytest
import synthetic_runs
from conftest import ROOT, call

import adversarial
import data
from support.runs import load
from support.tables import truncated


def test_no_corner_lowers_the_margin_further():
    """Neither one of the ε-box nor, with valid pixels, one of its part within [0, 1]."""
    random = np.random.default_rng(0)
    for d in [*range(1, 8)] * 20:
        weights = random.integers(-3, 4, d).astype(np.float32)
        images = random.integers(0, 5, (1, d)).astype(np.float32) / 4  # white and black among them
        labels, epsilon = random.choice([-1, 1], 1), random.random()
        free = images + adversarial.worst_case_perturbation(weights, labels, epsilon)
        valid = adversarial.worst_valid_images(weights, images, labels, epsilon)
        box = np.vstack([images - epsilon, images + epsilon]).astype(float)
        for (found,), ends in ((free, box), (valid, box.clip(0, 1))):
            margins = [labels[0] * np.dot(corner, weights) for corner in itertools.product(*ends.T)]
            assert labels[0] * np.dot(found, weights) == pytest.approx(min(margins), abs=1e-5)
            assert (ends[0] - 1e-6 <= found).all() and (found <= ends[1] + 1e-6).all()


def test_logits_accuracies_and_the_closest_mistakes_are_those_of_images_really_moved():
    random = np.random.default_rng(0)
    weights = random.normal(size=784).astype(np.float32)
    images = random.integers(0, 3, (50, 784)).astype(np.float32) / 2  # white, grey and black
    labels = np.where(random.random(50) < 0.5, -1, 1).astype(np.float32)
    bias = np.float32(-np.median(images @ weights))
    epsilons = np.array([0, 0.003, 0.5])
    found = adversarial.evaluate(weights, bias, images, labels, epsilons)
    clean = labels * (images.astype(float) @ weights + bias)
    for row, epsilon in enumerate(epsilons):
        margins = clean - epsilon * np.abs(weights.astype(float)).sum()
        np.testing.assert_allclose(found["logits"][row] * labels, margins, atol=2e-3)
        assert found["accuracy"][row] == (margins > 0).mean()
        room = np.where(labels[:, None] * weights > 0, images, 1 - images).astype(float)
        valid = clean - np.minimum(room, epsilon) @ np.abs(weights.astype(float))
        assert found["accuracy_valid"][row] == (valid > 0).mean()

        wrong = sorted(np.flatnonzero(margins <= 0), key=lambda i, m=margins: abs(m[i]))[:10]
        assert found["closest"][row].tolist() == wrong + [-1] * (10 - len(wrong))
        kept = found["closest_images"][row]
        for index, image in zip(wrong, kept, strict=False):
            moved = images[index] - np.float32(labels[index] * epsilon) * np.sign(weights)  # not clipped
            np.testing.assert_array_equal(image.ravel(), moved)
        assert not kept[len(wrong) :].any()
    assert 0 < found["accuracy"][1] < found["accuracy_valid"][1] < 1  # so that these can differ


def test_a_logit_of_zero_is_a_mistake():
    images, labels = np.zeros((2, 784), np.float32), np.array([-1, 1], np.float32)
    weights, bias = np.ones(784, np.float32), np.float32(0)
    found = adversarial.evaluate(weights, bias, images, labels, np.array([0.0]))
    assert found["accuracy"] == found["accuracy_valid"] == [0]
    assert found["closest"][0, :3].tolist() == [0, 1, -1]
    metrics = adversarial.final_metrics(weights, bias, (images, labels), (images, labels))
    assert metrics == {"train_accuracy": 0, "test_accuracy": 0, "test_mistakes": 2}


# python adversarial.py


def table(capsys, *folders) -> dict[str, list[str]]:
    """What it prints: accuracies at TABLE_EPSILONS by what the row is called."""
    call("adversarial.py", *folders)
    rows = [line.strip("|").split("|") for line in capsys.readouterr().out.splitlines()[2:]]
    return {name.strip(): [number.strip() for number in numbers] for name, *numbers in rows}


@pytest.mark.slow
def test_stored_runs_attacked_again_have_the_stored_accuracies(capsys, monkeypatch, models):
    monkeypatch.chdir(ROOT)
    expected, places = {}, [0, 10, 20, 40, 60]
    for run in models:
        name = f"results/{run.folder.name}"
        expected[name] = [*map(truncated, run.accuracy[places])]
        expected[f"{name}, valid pixels"] = [*map(truncated, run.accuracy_valid[places])]
    assert table(capsys) == expected


def test_a_run_is_attacked_on_the_test_images_of_its_own_digits(tmp_path, capsys, monkeypatch, refused):
    folder = synthetic_runs.save(tmp_path, 1, 0.0, "--digits", 4, 9)
    run, random = load(folder), np.random.default_rng(0)
    images, labels = random.random((50, 784), np.float32), np.repeat(np.float32([-1, 1]), 25)
    monkeypatch.setattr(data, "binary_mnist", lambda *key: key)
    monkeypatch.setattr(data, "to_arrays", {("test", (4, 9)): (images, labels)}.get)
    clean, norm = labels * (images @ run.weights + run.bias), np.abs(run.weights).sum()
    right = [truncated((clean > epsilon * norm).mean()) for epsilon in (0, 0.05, 0.1, 0.2, 0.3)]
    assert table(capsys, folder)[str(folder)] == right
    refused(1, [f"{tmp_path}/none"], "adversarial.py", folder, tmp_path / "none")
