"""The networks of the study: gradients, bounds and certificates against independent truth."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from studies.networks import bounds, exact, network
from studies.networks.network import Kind
from studies.shared import files, images


def a_network(*sizes: int, seed: int = 0) -> network.Layers:
    chance = np.random.default_rng(seed)
    return [
        (chance.normal(size=(a, b)) / np.sqrt(a), chance.normal(size=b) / 3)
        for a, b in zip(sizes, [*sizes[1:], 1], strict=True)
    ]


def some_images(inputs: int, count: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    return chance.uniform(size=(count, inputs)), np.where(chance.uniform(size=count) < 0.5, -1.0, 1.0)


def least_over_patterns(layers: network.Layers, middle, radius, label) -> float:
    """Brute force: for each pattern of phases the network is linear, and its least a linear program."""
    (weights, bias), (last, constant) = layers
    found = []
    for phases in product((0, 1), repeat=len(bias)):
        on, sign = np.array(phases), 1 - 2 * np.array(phases)
        outputs = label * last[:, 0] * on
        program = linprog(
            weights @ outputs,
            A_ub=(weights * sign).T,
            b_ub=-sign * bias,
            bounds=np.column_stack([middle - radius, middle + radius]),
        )
        if program.status == 0:
            found.append(program.fun + outputs @ bias + label * constant[0])
    return min(found)


def least_by_milp(layers: network.Layers, middle, radius, label) -> float:
    """The mixed-integer program of Tjeng et al. (2019) by HiGHS: x, relu(z), and whether z is positive."""
    (weights, bias), (last, constant) = layers
    low, high = (part[0] for part in bounds.through(middle[None], radius[None], weights, bias))
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    pixels, units = weights.shape
    eye, none = np.eye(units), np.zeros((units, pixels))
    found = milp(
        np.concatenate([np.zeros(pixels), label * last[:, 0], np.zeros(units)]),
        integrality=np.repeat([0, 0, 1], [pixels, units, units]),
        bounds=Bounds(
            np.concatenate([middle - radius, np.zeros(2 * units)]),
            np.concatenate([middle + radius, high, np.ones(units)]),
        ),
        constraints=[
            LinearConstraint(np.hstack([-weights.T, eye, 0 * eye]), bias, np.inf),
            LinearConstraint(np.hstack([-weights.T, eye, np.diag(-low)]), -np.inf, bias - low),
            LinearConstraint(np.hstack([none, eye, np.diag(-high)]), -np.inf, 0),
        ],
    )
    return found.fun + label * constant[0]


@pytest.mark.parametrize("epsilon", [0, 0.2])
def test_training_follows_the_slope_of_its_loss(epsilon):
    layers = a_network(5, 4, 3)
    seen, labels = some_images(5)

    def loss() -> float:
        within = seen, np.full_like(seen, epsilon)
        return np.maximum(0, 1 - bounds.intervals(layers, within, labels)).mean()

    for (weights, bias), slopes in zip(
        layers, network.interval_gradients(layers, seen, labels, epsilon), strict=True
    ):
        for array, slope in zip((weights, bias), slopes, strict=True):
            for place in np.ndindex(array.shape):
                array[place] += 1e-6
                more = loss()
                array[place] -= 2e-6
                less = loss()
                array[place] += 1e-6
                assert (more - less) / 2e-6 == pytest.approx(slope[place], abs=1e-6)


def test_bounds_hold_the_truth_between_them_and_meet_without_a_hidden_layer():
    layers = a_network(6, 4)
    seen, labels = some_images(6)
    for epsilon in (0.05, 0.3):
        within = bounds.box(seen, epsilon)
        truth = [least_over_patterns(layers, *box) for box in zip(*within, labels, strict=True)]
        attacked = bounds.attack(layers, within, labels, np.random.default_rng(0))
        assert (np.abs(attacked - within[0]) <= within[1] + 1e-9).all()
        assert (labels * network.logits(layers, attacked) >= np.array(truth) - 1e-6).all()
        for bound in (bounds.intervals, bounds.relaxed):
            assert (bound(layers, within, labels) <= np.array(truth) + 1e-5).all()
        linear = a_network(6)
        expected = labels * network.logits(linear, seen) - epsilon * np.abs(linear[0][0]).sum()
        for bound in (bounds.intervals, bounds.relaxed):
            assert bound(linear, within, labels) == pytest.approx(expected, abs=1e-6)


def test_proofs_of_deeper_networks_hold_for_whatever_is_tried():
    layers = a_network(6, 5, 4)
    seen, labels = some_images(6)
    middle, radius = within = bounds.box(seen, 0.2)
    chance = np.random.default_rng(2)
    tried = [
        labels * network.logits(layers, middle + radius * np.sign(chance.normal(size=middle.shape)))
        for _ in range(500)
    ]
    for bound in (bounds.intervals, bounds.relaxed):
        assert (bound(layers, within, labels) <= np.min(tried, axis=0) + 1e-6).all()


@pytest.mark.parametrize("seed", range(3))
def test_exact_values_are_those_of_brute_force_and_of_another_program(seed):
    layers = a_network(6, 4, seed=seed)
    seen, labels = some_images(6, seed=seed)
    for middle, radius, label in zip(*bounds.box(seen, 0.3), labels, strict=True):
        problem = exact.Problem(layers, middle, radius, label)
        found, _ = exact.solve(problem, np.zeros(6))
        truth = least_over_patterns(layers, middle, radius, label)
        assert least_by_milp(layers, middle, radius, label) == pytest.approx(truth, abs=1e-5)
        assert problem.attained(found.place) == pytest.approx(truth, abs=1e-3)
        proved = problem.proved(found.phases, found.multipliers)
        assert truth - 2 * exact.TOLERANCE <= proved <= truth + 1e-6


def test_whatever_numbers_a_certificate_has_it_proves_no_more_than_the_truth():
    layers = a_network(6, 4)
    (image,), (label,) = some_images(6, count=1)
    problem = exact.Problem(layers, image, np.full(6, 0.3), label)
    truth = least_over_patterns(layers, image, np.full(6, 0.3), label)
    chance = np.random.default_rng(3)
    phases = np.array(list(product((-1, 1), (-1, 1), (0,), (0,))))
    for _ in range(100):
        assert problem.proved(phases, chance.normal(size=(4, 4))) <= truth + 1e-9


def test_a_certificate_that_leaves_out_a_pattern_proves_nothing():
    assert exact.cover(np.array([[0, 0]])) and exact.cover(np.array([[1, 0], [-1, 1], [-1, -1]]))
    assert not exact.cover(np.array([[1, 0], [-1, 1]]))
    assert not exact.cover(np.array([[1, 0], [0, 1], [-1, -1]]))  # two that overlap
    problem = exact.Problem(a_network(6, 2), np.zeros(6), np.ones(6), 1.0)
    assert problem.proved(np.array([[1, 0], [-1, 1]]), np.zeros((2, 2))) == -np.inf


def test_the_matrix_of_a_convolution_is_one():
    layers, ties = network.start("convolution", 1)
    image = some_images(784, count=1)[0].reshape(28, 28)
    windows = np.lib.stride_tricks.sliding_window_view(image, (4, 4))[::3, ::3]
    for kernel in range(4):
        places = [np.argwhere(ties == 1 + 16 * kernel + number)[0] for number in range(16)]
        weights = np.array([layers[0][0][tuple(place)] for place in places]).reshape(4, 4)
        expected = (windows * weights).sum(axis=(2, 3)).ravel()
        found = (image.reshape(1, -1) @ layers[0][0])[0, kernel * 81 : (kernel + 1) * 81]
        assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_training_keeps_a_convolution_one():
    seen, labels = (part.astype(np.float32) for part in some_images(784, count=100))
    before, ties = network.start("convolution", 1)
    weights = network.train(seen, labels, Kind((0, 1), "convolution", "certified", 0.1, 1))[0][0]
    assert not weights[ties == 0].any() and np.abs(weights - before[0][0]).max() > 1e-3
    for number in range(1, ties.max() + 1):
        assert np.ptp(weights[ties == number]) < 1e-6


@pytest.mark.slow
def test_another_library_attacks_no_better():
    """ART's PGD (Nicolae et al. 2018) at ε = 0.1: accuracy is no lower by more than two images of 100."""
    tf = pytest.importorskip("tensorflow")
    art = pytest.importorskip("art.attacks.evasion")
    from art.estimators.classification import TensorFlowV2Classifier

    layers = exact.stored_layers(files.arrays("networks"), 16, "regular")
    seen, labels = (array[:100] for array in images.pair("test"))

    def model(inputs, training=False):
        hidden = tf.nn.relu(inputs @ layers[0][0] + layers[0][1])
        logit = hidden @ layers[1][0] + layers[1][1]
        return tf.concat([-logit, logit], axis=1)

    classifier = TensorFlowV2Classifier(
        model=model,
        nb_classes=2,
        input_shape=(784,),
        loss_object=tf.keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    by_art = art.ProjectedGradientDescent(
        classifier, eps=0.1, eps_step=0.02, max_iter=20, num_random_init=2, verbose=False
    ).generate(seen, np.eye(2)[(labels > 0).astype(int)])
    ours = bounds.attack(layers, bounds.box(seen, 0.1), labels, np.random.default_rng(0))
    right = [(labels * network.logits(layers, moved) > 0).sum() for moved in (ours, by_art)]
    assert right[0] <= right[1] + 2


@pytest.mark.slow
def test_stored_certificates_prove_the_stored_values():
    arrays, test = files.arrays("networks"), images.pair("test")
    loose = 0
    for (shape, key), found in exact.stored().items():
        cases = exact.cases(exact.stored_layers(arrays, shape, key), *test)
        certificates = exact.certificates(found)
        assert len(certificates) == len(exact.EPSILONS) * exact.SAMPLE
        for case, (place, *leaves), said_proved, said_attained in zip(
            cases, certificates, found["proved"], found["attained"], strict=True
        ):
            problem = exact.Problem(*case)
            assert problem.proved(*leaves) == pytest.approx(said_proved, abs=1e-4)
            assert problem.attained(place) == pytest.approx(said_attained, abs=1e-4)
            assert said_proved <= said_attained + 1e-4
            loose += said_attained - said_proved > 2 * exact.TOLERANCE
    assert loose == files.numbers("networks")["undecided"]["loose"]
