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


def least_margin(of: Network, middle, radius, label) -> float:
    """Brute force: for each pattern of units on and off the network is linear, its least a linear program."""
    found = []
    for pattern in product((0, 1), repeat=len(of.bias)):
        on, sign = np.array(pattern), 1 - 2 * np.array(pattern)
        outputs = label * of.output * on
        program = linprog(
            of.weights @ outputs,
            A_ub=(of.weights * sign).T,
            b_ub=-sign * of.bias,
            bounds=np.column_stack([middle - radius, middle + radius]),
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

    def loss() -> float:
        within = network.box(seen, epsilon)
        return np.maximum(0, 1 - network.intervals(of, within, labels)).mean()

    expected = slopes_of(loss, of)
    if not epsilon:  # intervals of points are the network itself
        assert network.intervals(of, network.box(seen, 0), labels) == pytest.approx(
            labels * network.logits(of, seen)
        )
        for found, slope in zip(network.gradients(of, seen, labels), expected, strict=True):
            assert found == pytest.approx(slope, abs=1e-6)
    for found, slope in zip(network.interval_gradients(of, (seen, epsilon), labels), expected, strict=True):
        assert found == pytest.approx(slope, abs=1e-6)


def test_an_interval_bound_by_hand():
    """Units x₁ + x₂ in [0.4, 1.2] and -x₁ in [-0.5, -0.1], the second always off."""
    of = Network(np.array([[1.0, -1.0], [1.0, 0.0]]), np.zeros(2), np.array([2.0, -3.0]), np.ones(1))
    within = network.box(np.array([[0.3, 0.5]]), 0.2)
    assert network.intervals(of, within, np.array([1.0])) == pytest.approx(2 * 0.4 + 1)
    assert network.intervals(of, within, np.array([-1.0])) == pytest.approx(-2 * 1.2 - 1)


def test_the_example_of_the_page():
    """The units 2 x₁ ± 3 x₂ of (0.5, 0.3): CROWN proves the zero right, intervals don't."""
    of = Network(np.array([[2.0, 2.0], [3.0, -3.0]]), np.zeros(2), np.ones(2), np.array([-2.7]))
    zero, label = np.array([[0.5, 0.3]]), np.array([-1.0])
    within = network.box(zero, 0.1)
    grid = np.array(list(product(np.linspace(0.4, 0.6, 41), np.linspace(0.2, 0.4, 41))))
    assert -network.logits(of, zero) == pytest.approx(2.7 - 2.0)
    assert -network.logits(of, grid).max() == pytest.approx(2.7 - 2.4)
    assert network.attack(of, within, label) == pytest.approx(2.7 - 2.4)
    assert network.crown(of, within, label) == pytest.approx(2.7 - 2.64)
    assert network.intervals(of, within, label) == pytest.approx(2.7 - 3.0)
    slopes, _ = network.relaxation(of, within, label)
    assert -slopes == pytest.approx(np.array([[3.2, 1.2]]))


def test_twins_with_opposite_noise_say_the_same_while_both_are_on():
    of, (seen, _) = a_network(), some_images()
    of = of._replace(bias=of.bias + 100)
    twins = study.split(of, np.random.default_rng(0))
    assert network.logits(twins, seen) == pytest.approx(network.logits(of, seen))
    noise = twins.weights[:, :4] - of.weights
    assert noise == pytest.approx(of.weights - twins.weights[:, 4:])
    assert noise.std() == pytest.approx(0.1 * np.sqrt(2 / 6), rel=0.3)


def test_maps_of_pixels_are_sums_over_units():
    of, (seen, _) = a_network(), some_images()
    alone, together = study.pixels(of, seen, 0.2)
    for pixel, weights in enumerate(of.weights):
        felt = weights * of.output
        on = [abs(felt[image @ of.weights + of.bias > 0].sum()) for image in seen]
        assert alone[pixel] == pytest.approx(0.2 * abs(felt).sum())
        assert together[pixel] == pytest.approx(0.2 * sum(on) / len(on))


def test_crown_by_hand():
    """Above max(0, z) lies the chord; below it lies z where z in [-1, 3], and 0 where z in [-3, 1]."""
    of = Network(np.ones((1, 1)), np.zeros(1), np.ones(1), np.zeros(1))
    for middle, below, above in ((1.0, -1, 3), (-1.0, 0, 1)):
        within = np.array([[middle]]), np.array([[2.0]])
        assert network.crown(of, within, np.array([1.0])) == pytest.approx(below)
        assert network.crown(of, within, np.array([-1.0])) == pytest.approx(-above)


@pytest.mark.parametrize(("seed", "epsilon", "in_range"), [(0, 0.05, False), (2, 0.3, False), (2, 0.3, True)])
def test_proof_truth_and_attack_are_in_order_and_the_program_tells_the_truth(seed, epsilon, in_range):
    of, (seen, labels) = a_network(seed=seed), some_images(seed=seed)
    within = middle, radius = network.box(seen, epsilon, in_range)
    truth = np.array([least_margin(of, *one) for one in zip(middle, radius, labels, strict=True)])
    attacked = network.attack(of, within, labels)
    assert (network.intervals(of, within, labels) <= truth + 1e-6).all()
    assert (network.crown(of, within, labels) <= truth + 1e-6).all()
    assert (attacked >= truth - 1e-6).all()
    assert np.median(attacked - truth) < 0.1
    corner = middle - radius * np.sign(network.relaxation(of, within, labels)[0])
    assert (attacked <= labels * network.logits(of, corner)).all()
    found = [network.robust(of, *one) for one in zip(middle, radius, labels, strict=True)]
    assert found == list(truth > 0)


def test_a_box_in_range_is_cut_off_at_white_and_black():
    middle, radius = network.box(np.array([[0.0, 0.5, 0.9]]), 0.2, in_range=True)
    assert middle - radius == pytest.approx(np.array([[0, 0.3, 0.7]]))
    assert middle + radius == pytest.approx(np.array([[0.2, 0.7, 1]]))


def test_the_attack_stays_in_the_box_and_goes_down():
    of, (seen, labels) = a_network(), some_images()
    within = network.box(seen, 0.2, in_range=True)
    found, least = network.descend(of, within, labels, np.zeros_like(seen), steps=7)
    assert (abs(found - within[0]) <= within[1] + 1e-12).all()
    begun, ended = (labels * network.logits(of, places) for places in (within[0], found))
    assert (least <= begun).all() and (ended < begun).all()


def test_trainings_start_alike_and_penalties_do_their_work():
    seen, labels = some_images(pixels=20, count=300)
    whole, tenth = (network.start(3, Training(start=size), seed=1, pixels=20) for size in (1, 0.1))
    assert tenth.weights == pytest.approx(whole.weights / 10)
    assert (tenth.output == whole.output).all()
    trained = {
        l1: network.train(seen, labels, 3, Training(l1=l1, epochs=100), 0.1, seed=1).weights
        for l1 in (0, 0.1)
    }
    assert np.abs(trained[0.1]).sum() < 0.2 * np.abs(trained[0]).sum()
    again = network.train(seen, labels, 3, Training(epochs=100), 0.1, seed=1).weights
    assert (again == trained[0]).all()


@pytest.fixture(scope="module")
def one_again():
    """A network of 16 units and its numbers made again; all test images; the measured ones."""
    pair, test = (tuple(array.astype(float) for array in images.pair(split)) for split in ("train", "test"))
    kind = study.Kind((0, 1), 16, "small start", 1)
    of = network.train(*pair, 16, study.TRAININGS["small start"], 0.2, seed=1)
    made, *_ = study.measure(kind, *pair, *test)
    places = np.random.default_rng(20).permutation(len(test[1]))[:500]
    return of, made, (*pair, *test), (test[0][places], test[1][places])


@pytest.mark.slow
def test_the_numbers_of_a_network_are_the_stored_ones_and_those_of_other_code(one_again):
    of, made, (train_images, _, all_images, all_labels), (seen, labels) = one_again
    stored = files.numbers("networks")["networks"]["0 1"]["16"]["small start"]
    for name in ("clean", "attacked", "proved", "margin", "reach", "idle", "off"):
        assert stored[name][0] == pytest.approx(made[name], rel=1e-2)
    assert {of: taken[0] for of, taken in stored["taken"].items()} == pytest.approx(made["taken"], rel=1e-2)
    values = all_images @ of.weights + of.bias
    logits = np.where(values > 0, values, 0) @ of.output + of.constant
    assert made["clean"] == ((logits > 0) == (all_labels > 0)).sum()
    centre, spread = seen @ of.weights + of.bias, 0.2 * np.linalg.norm(of.weights, 1, axis=0)
    ends = seen, labels, centre - spread, centre + spread
    bounds = np.array([lower_bound(of, *one) for one in zip(*ends, strict=True)])
    assert made["proved by"]["crown"] == (bounds > 0).sum()
    reaches = 0.2 * np.abs(of.output) * np.abs(of.weights).sum(axis=0)
    assert made["reach"] == pytest.approx(reaches.sum(), rel=1e-2)
    margins = labels * (np.maximum(centre, 0) @ of.output + of.constant)
    assert made["margin"] == pytest.approx(np.median(margins), abs=0.0051)
    assert made["taken"]["by the proof"] == pytest.approx(np.median(margins - bounds), abs=0.0051)
    assert made["taken"]["by one image"] < made["taken"]["by the proof"] < made["reach"]
    inked = train_images.sum(axis=0) >= 0.001 * len(train_images)
    with_ink = 0.2 * (np.abs(of.output) * np.abs(of.weights[inked])).sum()
    assert made["idle"] == pytest.approx(1 - with_ink / reaches.sum(), rel=1e-2)
    assert made["off"] == pytest.approx(np.mean(centre < -spread), abs=1e-3)


def lower_bound(of: Network, image, label, low, high) -> float:
    """CROWN for one image, unit by unit."""
    slopes, height = np.zeros(784), label * of.constant[0]
    for weights, bias, output, least, most in zip(
        of.weights.T, of.bias, label * of.output, low, high, strict=True
    ):
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
    return height + slopes @ image - 0.2 * np.linalg.norm(slopes, 1)


@pytest.mark.slow
def test_nothing_tried_by_chance_is_worse_than_the_attack_or_the_proof(one_again):
    of, made, _, (seen, labels) = one_again
    chance = np.random.default_rng(3)
    within = network.box(seen, 0.2)
    proofs = np.maximum(network.crown(of, within, labels), network.intervals(of, within, labels))
    standing = np.ones(len(labels), bool)
    for _ in range(30):
        margins = labels * network.logits(of, seen + 0.2 * chance.choice([-1, 1], seen.shape))
        assert (margins >= proofs - 1e-9).all()
        standing &= margins > 0
    assert made["proved"] <= made["attacked"] <= standing.sum()
    assert made["attacked"] <= made["in range"]["attacked"]


@pytest.mark.slow
def test_the_linear_optimum_under_attack_by_its_formula(one_again):
    seen, labels = one_again[-1]
    weights = files.arrays("digits")["0 1 optimum 0.2"]
    margins = labels * (seen @ weights[:-1] + weights[-1])
    found = files.numbers("networks")["linear"]["0 1"]
    assert found["attacked"] == (margins > 0.2 * np.abs(weights[:-1]).sum()).sum()
    assert found["reach"] == pytest.approx(0.2 * np.abs(weights[:-1]).sum(), rel=1e-2)
    assert found["margin"] == pytest.approx(np.median(margins), rel=1e-2)


@pytest.mark.parametrize("units", study.SIZES)
def test_what_the_start_could_reach_is_near_its_expectation(units):
    """Absolute normal numbers have the mean √(2/π) σ, here of 784 weights a unit and of its output."""
    expected = 0.2 * units * 784 * np.sqrt(2 / 784) * np.sqrt(2 / units) * 2 / np.pi
    found = files.numbers("networks")["start_reach"][str(units)]
    assert np.mean(found) == pytest.approx(expected, rel=0.1 if units > 16 else 0.3)
