"""The networks' gradients, bounds and attack against independent truth; a network's numbers made again."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import approx_fprime, linprog

from studies.networks import network, study
from studies.networks.network import Network, Training
from studies.shared import files, images


def a_network() -> Network:
    """Of 6 pixels and 4 units."""
    chance = np.random.default_rng(0)
    return Network(
        chance.normal(size=(6, 4)) / 2,
        chance.normal(size=4) / 3,
        chance.normal(size=4),
        chance.normal(size=1),
    )


def some_images() -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(1)
    return chance.uniform(size=(10, 6)), chance.choice([-1.0, 1.0], size=10)


def least_margin(of: Network, image, label, epsilon) -> float:
    """Brute force: for each pattern of units on and off the network is linear, its least a linear program."""
    found = []
    for pattern in product((0, 1), repeat=len(of.bias)):
        on, sign = np.array(pattern), 1 - 2 * np.array(pattern)
        outputs = label * of.output * on
        program = linprog(
            of.weights @ outputs,
            A_ub=(of.weights * sign).T,
            b_ub=-sign * of.bias,
            bounds=np.column_stack([image - epsilon, image + epsilon]),
        )
        if program.status == 0:
            found.append(program.fun + outputs @ of.bias + label * of.constant[0])
    return min(found)


@pytest.mark.parametrize("epsilon", [0, 0.2])
def test_training_follows_the_slope_of_its_loss(epsilon):
    of, (seen, labels) = a_network(), some_images()

    def loss(flat: np.ndarray) -> float:
        moved = Network(flat[:24].reshape(6, 4), flat[24:28], flat[28:32], flat[32:])
        if epsilon == 0:
            return np.maximum(0, 1 - labels * network.logits(moved, seen)).mean()
        return np.maximum(0, 1 - network.intervals(moved, seen, labels, epsilon)).mean()

    flat, found = (
        np.concatenate([array.ravel() for array in arrays])
        for arrays in (of, network.gradients(of, seen, labels, epsilon))
    )
    assert np.abs(found).max() > 0.1 and found == pytest.approx(approx_fprime(flat, loss, 1e-7), abs=1e-5)


def test_the_example_of_the_page():
    """The units 2 x₁ ± 3 x₂ of (0.5, 0.3): CROWN proves the zero right, intervals only without the noise."""
    of = Network(np.array([[2.0, 2.0], [3.0, -3.0]]), np.zeros(2), np.ones(2), np.array([-2.7]))
    zero = np.array([[0.5, 0.3]]), np.array([-1.0]), 0.1
    grid = np.array(list(product(np.linspace(0.4, 0.6, 41), np.linspace(0.2, 0.4, 41))))
    assert -network.logits(of, zero[0]) == pytest.approx(2.7 - 2.0)
    assert -network.logits(of, grid).max() == pytest.approx(2.7 - 2.4)
    assert network.attack(of, *zero) == pytest.approx(2.7 - 2.4)
    assert network.crown(of, *zero) == pytest.approx(2.7 - 2.64)
    assert network.intervals(of, *zero) == pytest.approx(2.7 - 3.0)
    without = of._replace(weights=np.array([[2.0, 2.0], [0, 0]]))
    assert network.intervals(without, *zero) == pytest.approx(2.7 - 2.4)


def test_proof_truth_and_attack_are_in_order_and_the_program_tells_the_truth():
    of, (seen, labels), epsilon = a_network(), some_images(), 0.2
    truth = np.array([least_margin(of, *one, epsilon) for one in zip(seen, labels, strict=True)])
    attacked = network.attack(of, seen, labels, epsilon)
    assert (network.intervals(of, seen, labels, epsilon) <= truth + 1e-6).all()
    assert (network.crown(of, seen, labels, epsilon) <= truth + 1e-6).all()
    assert (attacked >= truth - 1e-6).all() and np.median(attacked - truth) < 0.1
    for image, label, least in zip(seen, labels, truth, strict=True):
        for slack in (-0.001, 0.001):  # the least margin, after a change of the constant
            moved = of._replace(constant=of.constant - label * (least - slack))
            assert network.robust(moved, image, label, epsilon) == (slack > 0)


def test_starts_and_the_twins_noise_have_their_size_and_the_noise_cancels():
    usual, tenth = (network.start(256, Training(start=size), seed=1) for size in (1, 0.1))
    assert usual.weights.std() == pytest.approx(np.sqrt(2 / 784), rel=0.01)
    assert tenth.weights == pytest.approx(usual.weights / 10)
    on = usual._replace(bias=usual.bias + 100)  # every unit, in both twins
    twins, seen = study.split(on, np.random.default_rng(0)), np.random.default_rng(1).uniform(size=(9, 784))
    assert network.logits(twins, seen) == pytest.approx(network.logits(on, seen))
    assert (twins.weights[:, :256] - on.weights).std() == pytest.approx(tenth.weights.std(), rel=0.01)


@pytest.mark.slow
def test_the_numbers_of_a_network_are_the_stored_ones_and_those_of_other_code():
    of_pair = [array.astype(float) for split in ("train", "test") for array in images.pair(split)]
    train_images, train_labels, all_images, all_labels = of_pair
    made = study.measure((0, 1), 16, "L1", 1, *of_pair)
    stored = files.numbers("networks")["networks"]["0 1"]["16"]["L1"]
    assert {name: values[0] for name, values in stored.items()} == pytest.approx(made, rel=1e-2)
    of = network.train(train_images, train_labels, 16, study.TRAININGS["L1"], 0.2, seed=1)
    logits = np.maximum(all_images @ of.weights + of.bias, 0) @ of.output + of.constant
    assert made["clean"] == ((logits > 0) == (all_labels > 0)).sum()
    places = np.random.default_rng(20).permutation(len(all_labels))[:500]
    seen, labels = all_images[places], all_labels[places]
    assert made["proved"] == sum(lower_bound(of, *one) > 0 for one in zip(seen, labels, strict=True))
    moved = seen.copy()
    for _ in range(40):
        slopes = (moved @ of.weights + of.bias > 0) * of.output @ of.weights.T
        moved = np.clip(moved - 0.02 * np.sign(labels[:, None] * slopes), seen - 0.2, seen + 0.2)
    withstand = (labels * network.logits(of, moved) > 0).sum()
    assert made["attacked"] == pytest.approx(withstand, abs=5)


def lower_bound(of: Network, image, label) -> float:
    """The better of CROWN and intervals for one image at 0.2, unit by unit."""
    slopes, height = np.zeros(784), label * of.constant[0]
    by_intervals = height
    for weights, bias, output in zip(of.weights.T, of.bias, label * of.output, strict=True):
        centre, spread = image @ weights + bias, 0.2 * np.abs(weights).sum()
        least, most = centre - spread, centre + spread
        by_intervals += output * max(0, least if output > 0 else most)
        slope, lift = float(most > -least), 0.0  # also of a unit that is surely on, or surely off
        if output < 0 and least < 0 < most:
            slope, lift = most / (most - least), -least * most / (most - least)
        slopes += output * slope * weights
        height += output * (slope * bias + lift)
    return max(by_intervals, height + slopes @ image - 0.2 * np.abs(slopes).sum())


def test_the_linear_optimum_under_attack_by_its_formula():
    (seen, labels), optima = images.pair("test"), files.arrays("digits")
    places = np.random.default_rng(20).permutation(len(labels))[:500]
    weights = optima["0 1 optimum 0.2"]
    margins = labels * (seen @ weights[:-1] + weights[-1])
    found = study.baseline(optima, (0, 1), seen, labels)
    assert found == files.numbers("networks")["linear"]["0 1"]
    assert found["clean"] == (margins > 0).sum()
    assert found["attacked"] == (margins[places] > 0.2 * np.abs(weights[:-1]).sum()).sum()
