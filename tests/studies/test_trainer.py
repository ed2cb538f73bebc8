"""The trainer against the experiments, SGD by hand, and moving every image."""

import numpy as np
import pytest
import shared
import trainer

import data
import experiment_regular
import experiment_robust
import run_files
from adversarial import ATTACK_EPSILONS

SEEDS = (1, 2)
EPSILONS = shared.MODEL_EPSILONS


@pytest.fixture(scope="module")
def trained():
    """The post's four models of both seeds by the trainer: (11, 785, 4, 2)."""
    starts = np.column_stack([shared.glorot_start(seed) for seed in SEEDS])
    return shared.train_post_models(*shared.pair("train"), starts)


@pytest.fixture(scope="module")
def experiments():
    """The same by the experiments: seed 1 as committed, seed 2 trained here."""
    datasets = [data.binary_mnist(split) for split in ("train", "test")]
    options = ["--graph", "--seed", "2"]
    histories = {(epsilon, 1): committed(epsilon) for epsilon in EPSILONS}
    regular = experiment_regular.train(experiment_regular.parser.parse_args(options), *datasets)
    histories[0.0, 2] = regular.weights
    for epsilon in EPSILONS[1:]:
        robust = experiment_robust.train(experiment_robust.parser.parse_args(options), epsilon, *datasets)
        histories[epsilon, 2] = robust.weights
    return histories


def committed(epsilon):
    return run_files.load_history(run_files.RESULTS / run_files.run_name(epsilon))["weights"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("epsilon", EPSILONS)
def test_it_follows_the_experiments(epsilon, seed, trained, experiments, test_arrays):
    """To the weights after one epoch; after ten, rounding may have decided which examples are active."""
    found, expected = trained[:, :, EPSILONS.index(epsilon), SEEDS.index(seed)], experiments[epsilon, seed]
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], rtol=0, atol=1e-3)
    assert np.abs(found[1] - found[0]).max() > 0.05  # there was something to learn
    last = np.column_stack([found[-1], expected[-1]])
    mistakes = (trainer.margins(last, *test_arrays) <= 0).sum(axis=0)
    assert mistakes[0] == mistakes[1]
    accuracy = trainer.attacked(last, *test_arrays, ATTACK_EPSILONS)
    assert np.abs(accuracy[:, 0] - accuracy[:, 1]).max() * len(test_arrays[1]) <= 3


def sample(count=250):
    """The first images of both digits, so that the last batch is a smaller one."""
    images, labels = shared.pair("train")
    return images[:count], labels[:count]


# Four models of a kind each: ε, learning rate, sum or mean
MIXED = [(0.0, 0.1, False), (0.2, 0.0001, True), (0.3, 0.05, False), (0.0, 0.002, True)]
STARTS = [1, 1, 2, 3]


def train_mixed(columns=range(4), **options):
    starts = np.column_stack([shared.glorot_start(STARTS[j]) for j in columns])
    return trainer.train(*sample(), starts, *zip(*[MIXED[j] for j in columns], strict=True), **options)


@pytest.mark.parametrize("j", range(4))
def test_a_column_is_what_it_is_alone(j):
    """To rounding, for BLAS sums in another order for another shape."""
    np.testing.assert_allclose(train_mixed(epochs=3)[:, :, j], train_mixed([j], epochs=3)[:, :, 0], atol=1e-5)


def dual_norm(w, norm):
    """‖w‖ and one of its subgradients, in words that differ from the trainer's."""
    if norm == 1:
        return sum(abs(w)), np.sign(w)
    if norm == 2:
        return w.dot(w) ** 0.5, w / w.dot(w) ** 0.5
    place = max(range(len(w)), key=lambda i: abs(w[i]))
    return abs(w[place]), np.eye(len(w))[place] * np.sign(w[place])


def sgd_by_hand(start, epsilon, rate, of_the_sum, norm, epochs):
    """Example by example in float64: the weights, and how many examples were active in each batch."""
    images, labels = sample()
    w, b, counts = start[:-1].astype(float), float(start[-1]), []
    for _ in range(epochs):
        for first in range(0, len(images), 100):
            size, slope = dual_norm(w, norm)
            batch = list(
                zip(images[first : first + 100].astype(float), labels[first : first + 100], strict=True)
            )
            active = [(x, y) for x, y in batch if 1 - (y * (w @ x + b) - epsilon * size) > 0]
            step = rate if of_the_sum else rate / len(batch)
            w = w - step * sum((epsilon * slope - y * x for x, y in active), np.zeros(len(w)))
            b = b - step * sum(-y for _, y in active)
            counts.append(len(active))
    return np.append(w, b), counts


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_it_is_sgd_by_hand_and_tells_which_examples_are_active(norm):
    seen = []

    def observe(epoch, batch, active):
        seen.append(active.sum(axis=0))
        assert active.shape == (len(range(*batch.indices(250))), 4)
        assert epoch == (len(seen) - 1) // 3

    found = train_mixed(epochs=2, norm=norm, observe=observe)
    for j, (epsilon, rate, of_the_sum) in enumerate(MIXED):
        start = shared.glorot_start(STARTS[j])
        weights, counts = sgd_by_hand(start, epsilon, rate, of_the_sum, norm, epochs=2)
        np.testing.assert_allclose(found[-1, :, j], weights, rtol=0, atol=1e-4)
        assert np.abs(weights - start).max() > 0.005
        np.testing.assert_array_equal([counts_of_all[j] for counts_of_all in seen], counts)


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_attacked_is_the_accuracy_on_images_really_moved(norm, test_arrays):
    """By the steepest step of size ε in the norm whose dual is `norm`: all pixels, along w, or one pixel."""
    images, labels = test_arrays
    start = shared.glorot_start(1).astype(float)
    weights = np.column_stack([committed(0.2)[-1], start + 0.3 * np.arange(785) / 785])
    epsilons = np.array([0, 0.05, 0.3]) * {1: 1, 2: 10, np.inf: 50}[norm]
    found = trainer.attacked(weights, images, labels, epsilons, norm)
    for row, epsilon in enumerate(epsilons):
        for column, (w, b) in enumerate((model[:-1], model[-1]) for model in weights.T.astype(float)):
            moved = images - epsilon * np.outer(labels, dual_norm(w, norm)[1])
            assert found[row, column] == np.mean(labels * (moved @ w + b) > 0)
    assert len(np.unique(found)) > 3  # some images are lost and some withstand


def test_a_margin_of_zero_is_a_mistake():
    weights = np.array([[1.0], [0.0]])
    images, labels = np.array([[0.5], [-1.0]]), np.array([1.0, -1.0])
    np.testing.assert_array_equal(trainer.attacked(weights, images, labels, [0, 0.5, 1])[:, 0], [1, 0.5, 0])


def test_weights_of_zero_have_no_norm_to_push_against():
    """From zeros the first step goes along the images alone, in every norm."""
    images, labels = sample(100)
    for norm in (1, 2, np.inf):
        found = trainer.train(images, labels, np.zeros((785, 1)), [0.3], [1.0], [True], 1, norm)[-1, :, 0]
        np.testing.assert_allclose(found, np.append(labels @ images, labels.sum()), rtol=1e-5)
