"""Both experiments: the robust loss against brute force, and real trainings against independent ones."""

import itertools
import json
import shutil

import numpy as np
import pytest
from conftest import ROOT, assert_one_line_error, run
from hypothesis import given, settings
from hypothesis import strategies as st

import data
import experiment_robust
import run_files
from experiment_robust import robust_hinge_loss

with data.quiet_tensorflow():
    import tensorflow as tf

RESULTS = ROOT / "results"
PUBLISHED_MISTAKES = {"regular": 2, "robust_0.1": 3, "robust_0.2": 2, "robust_0.3": 5}
PUBLISHED_TRAIN_ACCURACY = {"robust_0.1": 0.9981, "robust_0.2": 0.9964, "robust_0.3": 0.9937}


# The robust loss

SMALL = st.integers(1, 6).flatmap(
    lambda d: st.tuples(
        st.lists(st.floats(-2, 2, width=32), min_size=d, max_size=d),
        st.lists(st.lists(st.floats(0, 1, width=32), min_size=d, max_size=d), min_size=1, max_size=4),
    )
)


def margins(weights, bias, images, labels):
    return labels * (images @ weights + bias)


@given(SMALL, st.floats(-2, 2), st.floats(0, 1), st.integers(0, 15))
@settings(max_examples=300, deadline=None)
def test_the_robust_loss_is_the_maximum_over_the_corners_of_the_box(small, bias, epsilon, signs):
    """The hinge loss is convex in the perturbation, so its maximum stands at one of the 2^d corners."""
    weights, images = (np.array(part, np.float64) for part in small)
    labels = np.array([1.0 if signs >> i & 1 else -1.0 for i in range(len(images))])
    corners = epsilon * np.array(list(itertools.product([-1, 1], repeat=len(weights))))
    losses = [np.maximum(0, 1 - margins(weights, bias, images + corner, labels)) for corner in corners]
    w = tf.constant(weights[:, None], tf.float32)
    logits = tf.constant(images @ weights + bias, tf.float32)
    robust = robust_hinge_loss(tf.constant(labels, tf.float32), logits, w, epsilon)
    assert robust.shape == labels.shape  # a vector, not (N, N)
    np.testing.assert_allclose(robust, np.max(losses, axis=0), atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_its_gradient_is_that_of_the_errata(seed):
    """Where the hinge is active ∂L/∂w = -y x + ε sign(w), elsewhere 0; summed over the batch."""
    random = np.random.default_rng(seed)
    weights = 4 * random.normal(size=6).astype(np.float32)
    images, labels = (
        random.normal(size=(20, 6)).astype(np.float32),
        random.choice([-1, 1], 20).astype(np.float32),
    )
    w, epsilon = tf.Variable(weights[:, None]), 0.2
    with tf.GradientTape() as tape:
        logits = tf.squeeze(images @ w, axis=1)
        loss = robust_hinge_loss(labels, logits, w, epsilon)
    active = margins(weights, 0, images, labels) - epsilon * np.abs(weights).sum() < 1
    assert 0 < active.sum() < 20
    expected = sum(
        -y * x + epsilon * np.sign(weights) for x, y, on in zip(images, labels, active, strict=True) if on
    )
    np.testing.assert_allclose(np.ravel(tape.gradient(loss, w)), expected, rtol=1e-4)


# Real trainings


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """All four models, trained by the real commands with --graph."""
    folder = tmp_path_factory.mktemp("trained")
    for script in ("experiment_regular.py", "experiment_robust.py"):
        process = run(script, "--graph", "--results-dir", folder)
        assert process.returncode == 0, process.stderr
        assert process.stderr == ""  # TensorFlow's chatter stays out of sight
        assert "\r" not in process.stdout
        assert "\x1b" not in process.stdout
        assert max(map(len, process.stdout.replace(str(folder), "").splitlines())) <= 80
        assert process.stdout.splitlines()[-1].startswith("seconds: imports ")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED_MISTAKES)
def test_a_training_reproduces_the_committed_run_and_the_post(trained, name):
    """Other processors round differently, so weights agree to 1e-3; one machine repeats itself bit by bit."""
    committed, again = run_files.load(RESULTS / name), run_files.load(trained / name)
    np.testing.assert_allclose(again.weights, committed.weights, atol=1e-3)
    np.testing.assert_allclose(again.accuracy, committed.accuracy, atol=0.005)
    for found in (committed, again):
        assert abs(found.final["test_mistakes"] - PUBLISHED_MISTAKES[name]) <= 1
        if name in PUBLISHED_TRAIN_ACCURACY:
            difference = found.history["train_accuracy"][-1] - PUBLISHED_TRAIN_ACCURACY[name]
            assert abs(difference) <= 0.0015


@pytest.mark.slow
def test_robust_models_withstand_what_the_post_says(trained):
    runs = run_files.load_post_runs(trained)
    for found in runs[1:]:
        (half,) = np.flatnonzero(np.isclose(found.epsilons, found.epsilon / 2))
        assert found.accuracy[half] >= 0.97
    (row,) = np.flatnonzero(np.isclose(runs[0].epsilons, 0.35))
    accuracies = [found.accuracy[row] for found in runs]
    assert accuracies == sorted(accuracies)
    assert len(set(accuracies)) == 4


def numpy_sgd(images, labels, weights, epsilon, learning_rate, epochs):
    """The same SGD by hand, in float64: w and b after the last epoch. ε = 0 takes the mean over the batch."""
    weights = weights.astype(float)
    for _ in range(epochs):
        for start in range(0, len(images), 100):
            x, y = images[start : start + 100], labels[start : start + 100]
            w = weights[:-1]
            active = margins(w, weights[-1], x, y) - epsilon * np.abs(w).sum() < 1
            gradient = np.append(-(y * active) @ x + epsilon * active.sum() * np.sign(w), -(y * active).sum())
            weights = weights - learning_rate * gradient / (1 if epsilon else len(x))
    return weights


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", [0, 0.1, 0.2, 0.3])
def test_the_committed_weights_are_those_of_sgd_by_hand(epsilon):
    """One epoch in float64 from the same start. (Later, rounding decides which examples are active.)"""
    images, labels = data.to_arrays(data.binary_mnist("train"))
    history = run_files.load_history(RESULTS / run_files.run_name(epsilon))["weights"]
    by_hand = numpy_sgd(
        images.astype(float), labels, history[0], epsilon, 0.0001 if epsilon else 0.1, epochs=1
    )
    np.testing.assert_allclose(history[1], by_hand, atol=1e-3)
    assert np.abs(history[1] - history[0]).max() > 0.05  # there was something to learn


@pytest.mark.slow
def test_eager_and_graph_agree_and_a_command_repeats_itself(tmp_path):
    """The same bytes in every file, eager twice and as a graph."""
    options = ["--epsilons", "0.2", "--epochs", "1"]
    folders = {"eager": [], "again": [], "graph": ["--graph"]}
    for name, extra in folders.items():
        process = run("experiment_robust.py", *options, *extra, "--results-dir", tmp_path / name)
        assert process.returncode == 0, process.stderr
    for path in (tmp_path / "eager" / "robust_0.2").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / "robust_0.2" / path.name).read_bytes()
    eager, graph = (run_files.load(tmp_path / name / "robust_0.2") for name in ("eager", "graph"))
    np.testing.assert_allclose(graph.weights, eager.weights, atol=1e-5)
    np.testing.assert_allclose(graph.logits, eager.logits, atol=1e-4)


@pytest.mark.slow
def test_settings_reach_the_training(tmp_path):
    options = ["--epochs", "1", "--batch-size", "5000", "--learning-rate", "0.01", "--initializer", "zeros"]
    process = run("experiment_regular.py", "--graph", *options, "--seed", "7", "--results-dir", tmp_path)
    assert process.returncode == 0, process.stderr
    metrics = json.loads((tmp_path / "regular" / "metrics.json").read_text())
    assert metrics["config"] == {
        "epochs": 1,
        "batch_size": 5000,
        "learning_rate": 0.01,
        "seed": 7,
        "initializer": "zeros",
        "source": "bundled",
    }
    assert not run_files.load_history(tmp_path / "regular")["weights"][0].any()
    gradients = run_files.load_gradients(tmp_path / "regular")
    assert gradients.shape == (1, 3, 785)
    weights = run_files.load_history(tmp_path / "regular")["weights"]
    np.testing.assert_allclose(weights[1], -0.01 * gradients[0].sum(axis=0), atol=1e-5)


@pytest.mark.slow
def test_a_loss_that_explodes_leaves_the_run_before(tmp_path):
    shutil.copytree(RESULTS / "robust_0.1", tmp_path / "robust_0.1")
    before = {path.name: path.read_bytes() for path in (tmp_path / "robust_0.1").iterdir()}
    options = ["--epsilons", "0.1", "--learning-rate", "1e38", "--graph"]
    process = run("experiment_robust.py", *options, "--results-dir", tmp_path)
    assert_one_line_error(process, "epoch 1, batch", "smaller --learning-rate")
    assert {path.name: path.read_bytes() for path in (tmp_path / "robust_0.1").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["robust_0.1"]


def test_the_defaults_are_those_of_the_post():
    defaults = experiment_robust.run.__kwdefaults__ or experiment_robust.run.__defaults__
    assert defaults[:5] == ((0.1, 0.2, 0.3), 10, 100, 0.0001, 1)


@pytest.mark.parametrize("script", ["regular", "robust"])
def test_the_output_shown_in_the_docstring_is_real(script):
    """The last epoch's line of the committed run, as the script prints it."""
    name = {"regular": "regular", "robust": "robust_0.1"}[script]
    metrics = json.loads((RESULTS / name / "metrics.json").read_text())
    last = {key: figures[-1] for key, figures in metrics["history"].items()}
    line = (
        f"epoch 10: train loss {last['train_loss']:.3g} accuracy {last['train_accuracy']:.4f}, "
        f"test loss {last['test_loss']:.3g} accuracy {last['test_accuracy']:.4f}\n"
    )
    assert line in (ROOT / f"experiment_{script}.py").read_text(encoding="utf-8")
