"""Both experiments: the robust loss against brute force, and real trainings against independent ones."""

import functools
import itertools
import re

import support.tensorflow_setup  # noqa: F401  before TensorFlow
import numpy as np
import pytest
import tensorflow as tf
from conftest import ROOT, call, finish, start

import data
import experiment_regular
import experiment_robust
from compare import PUBLISHED
from experiment_robust import robust_hinge_loss
from support.disk import holding
from support.options import POST
from support.runs import load, load_models


def margins(weights, bias, images, labels):
    return labels * (images @ weights + bias)


def test_the_robust_loss_is_the_maximum_over_the_corners_of_the_box():
    """The hinge loss is convex in the perturbation, so its maximum stands at one of the 2^d corners."""
    random = np.random.default_rng(0)
    for d in [*range(1, 7)] * 20:
        weights, images = random.integers(-4, 5, d) / 2, random.random((4, d))
        bias, epsilon = random.uniform((-2, 0), (2, 1))
        labels = random.choice([-1.0, 1.0], 4)
        corners = epsilon * np.array([*itertools.product([-1, 1], repeat=d)])
        losses = [np.maximum(0, 1 - margins(weights, bias, images + corner, labels)) for corner in corners]
        logits = tf.constant(images @ weights + bias)
        robust = robust_hinge_loss(tf.constant(labels), logits, tf.constant(weights[:, None]), epsilon)
        assert robust.shape == labels.shape  # a vector, not (N, N)
        np.testing.assert_allclose(robust, np.max(losses, axis=0), atol=1e-12)


# The committed runs


def test_the_committed_runs_are_near_the_post(models):
    for run in models:
        train, test = PUBLISHED[run.epsilon]
        assert abs(100 * run.final["test_accuracy"] - test) < 0.06  # a mistake more or less
        assert not run.epsilon or abs(100 * run.history["train_accuracy"][-1] - train) <= 0.15
        assert not run.epsilon or run.accuracy[np.isclose(run.epsilons, run.epsilon / 2)] >= 0.97
    accuracies = [run.accuracy[70] for run in models]  # at ε = 0.35, the more robust the better
    assert accuracies == sorted(set(accuracies))


def numpy_sgd(arrays, start, epsilon, learning_rate, batch_size=100, epochs=1):
    """The same SGD by hand, in float64: w and b. ε = 0 takes the mean over the batch."""
    images, labels = arrays[0].astype(float), arrays[1]
    weights = start.astype(float)
    for first in [*range(0, len(images), batch_size)] * epochs:
        x, y = images[first : first + batch_size], labels[first : first + batch_size]
        w = weights[:-1]
        active = margins(w, weights[-1], x, y) - epsilon * np.abs(w).sum() < 1
        gradient = np.append(-(y * active) @ x + epsilon * active.sum() * np.sign(w), -(y * active).sum())
        weights = weights - learning_rate * gradient / (1 if epsilon else len(x))
    return weights


@pytest.mark.parametrize("place", range(4))
def test_the_committed_weights_are_those_of_sgd_by_hand(place, models, train_arrays, test_arrays):
    """After all ten epochs and to the last digit: in float64, no rounding decides which example is active."""
    run = models[place]
    weights = np.column_stack([run.trajectory["weights"], run.trajectory["biases"]])
    rate = POST[run.model]["learning_rate"]
    by_hand = numpy_sgd(train_arrays, weights[0], run.epsilon, rate, epochs=10)
    np.testing.assert_array_equal(weights[-1], by_hand.astype(np.float32))
    np.testing.assert_array_equal([*run.weights, run.bias], weights[-1])
    for part, (images, labels) in (("train", train_arrays), ("test", test_arrays)):
        wrong = margins(run.weights.astype(float), run.bias, images.astype(float), labels) <= 0
        assert run.final[f"{part}_accuracy"] == 1 - wrong.sum() / len(labels)
    assert run.final["test_mistakes"] == wrong.sum()


# Real trainings


@pytest.mark.slow
def test_settings_reach_the_training(tmp_path, capsys, train_arrays):
    """One epoch in the order of the labels turned round, against SGD by hand."""
    options = ["--digits", 1, 0, "--epochs", 1, "--batch-size", 5000, "--learning-rate", 0.01, "--seed", 7]
    call(experiment_regular.main, *options, "--initializer", "zeros", "--results-dir", tmp_path)
    stdout, stderr = capsys.readouterr()
    assert ([line.split()[0] for line in stdout.splitlines()], stderr) == (["epoch", "saved"], "")
    run = load(tmp_path / "regular")
    assert run.changed.keys() == POST["regular"].keys()
    weights = np.column_stack([run.trajectory["weights"], run.trajectory["biases"]])
    assert not weights[0].any()
    images, labels = train_arrays
    np.testing.assert_allclose(weights[1], numpy_sgd((images, -labels), weights[0], 0, 0.01, 5000), rtol=1e-6)


@pytest.mark.parametrize("name", ["regular", "robust_0.1"])
def test_what_is_refused_is_refused_before_the_training(name, tmp_path, refused, monkeypatch):
    """A run that another writes (but not its neighbour), a folder that can't be written, damaged data."""
    main = experiment_regular.main if name == "regular" else experiment_robust.main
    monkeypatch.setattr(data, "ZERO_ONE", tmp_path / "nowhere")
    options = ["--results-dir", tmp_path / "runs"]
    with holding(tmp_path / "runs", name):
        words = ["another experiment", f"runs/{name}", "choose another folder"]
        assert refused(1, words, main, *options) == ""
    with holding(tmp_path / "runs", "regular" if name != "regular" else "robust_0.3"):
        assert refused(1, ["nowhere", "git checkout mnist/zero_one"], main, *options) == ""
    (tmp_path / "file").write_text("")
    assert refused(1, ["can't write", "there stays"], main, "--results-dir", tmp_path / "file") == ""
    assert [path for path in (tmp_path / "runs").iterdir() if path.suffix != ".lock"] == []


@pytest.mark.slow
def test_other_digits_are_learnt_too(tmp_path, all_of_mnist, monkeypatch):
    """From the test images, which are fewer."""
    read = functools.cache(data.binary_mnist)
    monkeypatch.setattr(data, "binary_mnist", lambda split, digits: read("test", digits))
    options = ["--digits", 4, 9, "--graph", "--epochs", 5, "--results-dir", tmp_path]
    call(experiment_regular.main, *options)
    call(experiment_robust.main, "--epsilons", 0.1, *options)
    models = load_models(tmp_path)
    for found in models:
        assert (found.digits, len(found.labels), (found.labels == 1).sum()) == ((4, 9), 1991, 1009)
    attacked = [found.accuracy[np.isclose(found.epsilons, 0.1)][0] for found in models]
    assert models[0].final["test_accuracy"] > 0.9 and attacked[0] < 0.2 < attacked[1]


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "studies/README.md"])
def test_a_page_s_lines_for_use_from_python_run(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    (block,) = re.findall(r"<!-- code: from Python -->\s+```python\n(.*?)```", text, re.DOTALL)
    process = finish(start("-c", block))
    assert process.returncode == 0, process.stderr
