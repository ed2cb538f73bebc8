"""The networks' gradients, bounds and attack against independent truth; a network's numbers made again."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from studies.networks import network, study
from studies.networks.network import Network, Training
from studies.shared import files, images


def a_network(pixels: int = 6, units: int = 4, seed: int = 0) -> Network:
    chance = np.random.default_rng(seed)
    return Network(
        chance.normal(size=(pixels, units)) / 2,
        chance.normal(size=units) / 3,
        chance.normal(size=units),
        chance.normal(size=1) / 3,
    )


def some_images(pixels: int = 6, count: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    return chance.uniform(size=(count, pixels)), np.where(chance.uniform(size=count) < 0.5, -1.0, 1.0)


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


def slopes_of(loss, of: Network) -> list[np.ndarray]:
    """By differences."""
    found = [np.empty_like(array) for array in of]
    for array, slopes in zip(of, found, strict=True):
        for place in np.ndindex(array.shape):
            array[place] += 1e-6
            more = loss()
            array[place] -= 2e-6
            slopes[place] = (more - loss()) / 2e-6
            array[place] += 1e-6
    return found


@pytest.mark.parametrize("epsilon", [0, 0.2])
def test_training_follows_the_slope_of_its_loss(epsilon):
    of, (seen, labels) = a_network(), some_images(count=20)
    expected = slopes_of(lambda: np.maximum(0, 1 - network.intervals(of, seen, labels, epsilon)).mean(), of)
    for found, slope in zip(network.interval_gradients(of, seen, labels, epsilon), expected, strict=True):
        assert found == pytest.approx(slope, abs=1e-6)
    if not epsilon:  # intervals of points are the network itself
        margins = labels * network.logits(of, seen)
        assert network.intervals(of, seen, labels, 0) == pytest.approx(margins)
        for found, slope in zip(network.gradients(of, seen, labels), expected, strict=True):
            assert found == pytest.approx(slope, abs=1e-6)


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
    assert -network.relaxation(of, *zero)[0] == pytest.approx(np.array([[3.2, 1.2]]))
    without = of._replace(weights=np.array([[2.0, 2.0], [0, 0]]))
    assert network.intervals(without, *zero) == pytest.approx(2.7 - 2.4)


def test_twins_with_opposite_noise_say_the_same_while_both_are_on():
    of, (seen, _) = a_network(), some_images()
    of = of._replace(bias=of.bias + 100)
    twins = study.split(of, np.random.default_rng(0))
    assert network.logits(twins, seen) == pytest.approx(network.logits(of, seen))
    noise = twins.weights[:, :4] - of.weights
    assert noise == pytest.approx(of.weights - twins.weights[:, 4:])
    assert noise.std() == pytest.approx(0.1 * np.sqrt(2 / 6), rel=0.3)


@pytest.mark.parametrize(("seed", "epsilon"), [(0, 0.05), (2, 0.3)])
def test_proof_truth_and_attack_are_in_order_and_the_program_tells_the_truth(seed, epsilon):
    of, (seen, labels) = a_network(seed=seed), some_images(seed=seed)
    truth = np.array([least_margin(of, *one, epsilon) for one in zip(seen, labels, strict=True)])
    attacked = network.attack(of, seen, labels, epsilon)
    assert (network.intervals(of, seen, labels, epsilon) <= truth + 1e-6).all()
    assert (network.crown(of, seen, labels, epsilon) <= truth + 1e-6).all()
    assert (attacked >= truth - 1e-6).all()
    assert np.median(attacked - truth) < 0.1
    found = [network.robust(of, *one, epsilon) for one in zip(seen, labels, strict=True)]
    assert found == list(truth > 0)


def test_trainings_start_alike_and_penalties_do_their_work():
    seen, labels = some_images(pixels=20, count=300)
    whole, tenth = (network.start(3, Training(start=size), seed=1, pixels=20) for size in (1, 0.1))
    assert tenth.weights == pytest.approx(whole.weights / 10)
    assert (tenth.output == whole.output).all()
    assert network.start(300, Training(), 1, 20).weights.std() == pytest.approx(np.sqrt(2 / 20), rel=0.05)
    free, penalised = (
        network.train(seen, labels, 3, Training(l1=l1, epochs=100), 0.1, seed=1).weights for l1 in (0, 0.1)
    )
    assert np.abs(penalised).sum() < 0.2 * np.abs(free).sum()


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
    centre, spread = seen @ of.weights + of.bias, 0.2 * np.linalg.norm(of.weights, 1, axis=0)
    ends = centre - spread, centre + spread
    bounds = [lower_bounds(of, *one) for one in zip(seen, labels, *ends, strict=True)]
    proved, margins = np.max(bounds, axis=1), labels * logits[places]
    assert made["proved"] == (proved > 0).sum()
    assert made["margin"] == pytest.approx(np.median(margins), abs=0.0051)
    assert made["proof takes"] == pytest.approx(np.median(margins - proved), abs=0.0051)
    before = network.start(16, study.TRAININGS["L1"], seed=1).weights.ravel()
    left = np.linalg.lstsq(before[:, None], of.weights.ravel(), rcond=None)[0]
    assert made["left"] == pytest.approx(left[0], rel=1e-2)
    chance, standing = np.random.default_rng(3), np.ones(len(labels), bool)
    for _ in range(30):
        tried = labels * network.logits(of, seen + 0.2 * chance.choice([-1, 1], seen.shape))
        assert (tried >= proved - 1e-9).all()
        standing &= tried > 0
    assert made["proved"] <= made["attacked"] <= standing.sum()
    assert made["attack takes"] < made["proof takes"]


def lower_bounds(of: Network, image, label, low, high) -> tuple[float, float]:
    """CROWN and intervals for one image, unit by unit."""
    slopes, height = np.zeros(784), label * of.constant[0]
    by_intervals = height
    for weights, bias, output, least, most in zip(
        of.weights.T, of.bias, label * of.output, low, high, strict=True
    ):
        by_intervals += output * max(0, least if output > 0 else most)
        if most <= 0:
            continue
        if least >= 0:
            slope, lift = 1.0, 0.0
        elif output < 0:
            slope, lift = most / (most - least), -least * most / (most - least)
        else:
            slope, lift = float(most > -least), 0.0
        slopes += output * slope * weights
        height += output * (slope * bias + lift)
    return height + slopes @ image - 0.2 * np.linalg.norm(slopes, 1), by_intervals


def test_the_linear_optimum_under_attack_by_its_formula():
    seen, labels = images.pair("test")
    places = np.random.default_rng(20).permutation(len(labels))[:500]
    weights = files.arrays("digits")["0 1 optimum 0.2"]
    margins = labels * (seen @ weights[:-1] + weights[-1])
    found = files.numbers("networks")["linear"]["0 1"]
    assert found["clean"] == (margins > 0).sum()
    assert found["attacked"] == (margins[places] > 0.2 * np.abs(weights[:-1]).sum()).sum()
    assert found["reach"] == pytest.approx(0.2 * np.abs(weights[:-1]).sum(), rel=1e-2)
    assert found["margin"] == pytest.approx(np.median(margins[places]), rel=1e-2)
