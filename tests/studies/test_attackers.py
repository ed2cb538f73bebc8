"""Libraries, surrogates and norms against brute force, solvers and moved images; the stored numbers again."""

import itertools

import numpy as np
import pytest
import shared
import tensorflow as tf
import trainer
from attackers import black_box, libraries, norms, study
from scipy.optimize import linprog, minimize

import run_files


@pytest.fixture(scope="module")
def results():
    return shared.read_json("attackers")


@pytest.fixture(scope="module")
def runs():
    return run_files.load_post_models()


@pytest.fixture(scope="module")
def victims():
    """Two seeds of the four kinds after one epoch, (785, 8)."""
    starts = np.stack([shared.glorot_start(seed) for seed in (1, 2)], axis=1)
    return shared.train_post_models(*shared.pair("train"), starts, epochs=1)[-1].reshape(785, -1)


# Libraries


@pytest.mark.slow
@pytest.mark.parametrize("library", libraries.LIBRARIES)
def test_library_agrees_image_for_image(runs, test_arrays, library):
    """Where the model is hurt but not yet helpless."""
    rows = list(libraries.compare(runs[2], *test_arrays, epsilons=[0.3], libraries=[library]))
    assert len({(row["method"], row["clipped"]) for row in rows}) == 4
    for row in rows:
        assert 0.5 < row["accuracy"] < 0.95
        assert row["only_theirs"] == row["only_own"] == 0 and row["pixels"] < 1e-6


@pytest.mark.slow
def test_libraries_agree_in_other_norms(runs, test_arrays):
    rows = list(libraries.compare_norms(runs[0], *test_arrays, {2: [1.6], 1: [12.9]}))
    for row in rows:
        assert row["accuracy"] > 0.3 and row["only_theirs"] == 0
        assert (row["only_own"] > 0) == ((row["library"], row["norm"]) == ("Foolbox", "1"))


@pytest.mark.slow
def test_comparison_notices_an_attack_that_falls_short(runs, test_arrays, monkeypatch):
    """PGD with too few steps from a random start stays short of the box's corner."""
    monkeypatch.setattr(libraries, "STEPS", 2)
    fgsm, pgd, *_ = libraries.compare(runs[0], *test_arrays, epsilons=[0.1], libraries=["Foolbox"])
    assert fgsm["differing"] == 0
    assert pgd["only_own"] > 50 and pgd["only_theirs"] == 0


def test_a_stronger_attack_would_be_noticed():
    found = libraries.judge(np.array([1.0, 1.0, -1.0, 5e-5]), np.array([1.0, -1.0, 1.0, -5e-5]))
    assert found == {"accuracy": 0.5, "differing": 3, "only_theirs": 1, "only_own": 1}


def test_two_logits_give_the_logistic_loss_s_gradient(runs):
    """In float32 at a logit of 40 too, where 1 - sigmoid is 0: the sign must stay that of -y w."""
    weights = runs[0].weights
    far = np.outer([40.0, -40.0], np.sign(weights)) / np.abs(weights).sum()
    images, labels = tf.constant(far.astype(np.float32)), np.array([1, -1])
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = libraries.two_logits(libraries.weights_of(runs[0]))(images)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(libraries.classes(labels), logits)
    gradient = tape.gradient(loss, images).numpy()
    np.testing.assert_allclose(logits[:, 1] - logits[:, 0], far @ weights + runs[0].bias, rtol=1e-5)
    np.testing.assert_array_equal(np.sign(gradient), np.outer(-labels, np.sign(weights)))


def test_clipped_worst_case_against_brute_force(runs):
    """No image on a grid of the allowed ones has a lower margin, pixel for pixel."""
    random = np.random.default_rng(0)
    images = random.choice([0, 0.03, 0.5, 0.98, 1], size=(4, 784)).astype(np.float32)
    labels, weights = np.array([-1, 1, -1, 1], np.float32), runs[1].weights
    for epsilon in (0.05, 0.4):
        found = libraries.clipped_worst_case(runs[1], images, labels, epsilon)
        assert found.min() >= 0 and found.max() <= 1 and np.abs(found - images).max() <= epsilon + 1e-6
        allowed = np.clip(images + np.linspace(-epsilon, epsilon, 21)[:, None, None], 0, 1)
        best = (labels[:, None] * allowed * weights).min(axis=0)
        np.testing.assert_allclose(labels[:, None] * found * weights, best, atol=1e-7)
        lost = norms.clipped_loss(weights, images, labels, epsilon, np.inf)
        np.testing.assert_allclose(lost, labels * ((images - found) @ weights), atol=1e-4)


def test_curves_against_moved_images(runs, test_arrays):
    images, labels = (array[:200] for array in test_arrays)
    found = libraries.curves(runs[0], images, labels)
    random = np.random.default_rng(libraries.SEED)
    signs = [random.choice((-1.0, 1.0), size=images.shape) for _ in range(libraries.RANDOM_DRAWS)]
    right = [libraries.margins(runs[0], images + 0.5 * s, labels) > 0 for s in signs]
    assert found["random_sign"][50] == pytest.approx(np.mean(right), abs=0.001)
    lost = norms.clipped_loss(runs[0].weights, images, labels, 0.12, np.inf)
    assert found["epsilons"][12] == pytest.approx(0.12)
    assert found["clipped"][12] == (libraries.margins(runs[0], images, labels) > lost).mean()


# Black box


def test_transfer_is_what_moving_every_image_gives(victims, test_arrays):
    """Accuracy by the formula against perturbed images, of all four kinds."""
    images, labels = test_arrays
    drawn = black_box.draw_images(labels, 2, 5, np.random.default_rng(3))
    directions = np.sign(black_box.mean_differences(images, drawn, (1, 5)).reshape(784, -1))
    reached = black_box.transfers(victims, directions)
    assert 0 < reached.min() < reached.max() < 1
    for epsilon in (0.15, 0.4):
        found = black_box.accuracy(victims, images, labels, epsilon * reached)
        for column, direction in enumerate(directions.T):
            moved = images.astype(np.float64) - epsilon * np.outer(labels, direction)
            right = (trainer.margins(victims, moved, labels) > 0).mean(axis=0)
            np.testing.assert_allclose(found[:, column], right, atol=1.5 / len(labels))


def test_white_box_and_opposite_attack(victims):
    directions = np.sign(victims[:-1])
    np.testing.assert_allclose(np.diag(black_box.transfers(victims, directions)), 1)
    np.testing.assert_allclose(np.diag(black_box.transfers(victims, -directions)), -1)


def test_halving_epsilon_halves(victims, test_arrays):
    found = black_box.describe(victims[:, :1], np.array([[0.25]]), test_arrays)["halving_epsilon"]
    just = [
        black_box.accuracy(victims[:, :1], *test_arrays, np.array([[found * 0.25 * x]])) for x in (0.999, 1)
    ]
    assert just[0] >= 0.5 > just[1]


def test_mean_differences_against_plain_means():
    images, labels = np.random.default_rng(0).random((30, 784)), np.repeat([-1, 1], 15)
    drawn = black_box.draw_images(labels, 3, 7, np.random.default_rng(1))
    found = black_box.mean_differences(images, drawn, (1, 7))
    for draw, (zeros, ones) in enumerate(drawn):
        assert (labels[zeros] == -1).all() and (labels[ones] == 1).all() and len({*zeros, *ones}) == 14
        for k, count in enumerate((1, 7)):
            expected = images[ones[:count]].mean(axis=0) - images[zeros[:count]].mean(axis=0)
            np.testing.assert_allclose(found[:, k, draw], expected)


@pytest.mark.parametrize(
    "rows, expected", [([0.4, 0.6, 0.7], 2), ([0.6, 0.4, 0.7], 5), ([0.6, 0.6, 0.4], None)]
)
def test_images_needed_from_which_on_it_stays(rows, expected):
    assert black_box.needed([{"transfer": [0, t, 1]} for t in rows], 0.5) == expected


def test_stored_attack_between_two_seeds_within_valid_pixels(results, runs, test_arrays):
    """The saved regular model attacked with the second seed's, which also transfers as the spread says."""
    images, labels = test_arrays
    rate, of_sum = trainer.REGULAR
    start = shared.glorot_start(2)[:, None]
    surrogate = trainer.train(*shared.pair("train"), start, [0], [rate], [of_sum])[-1, :-1, 0]
    moved = np.clip(images - 0.2 * np.outer(labels, np.sign(surrogate)), 0, 1)
    right = libraries.margins(runs[0], moved.astype(np.float32), labels) > 0
    assert results["black_box"]["clipped"]["another seed"] == pytest.approx(right.mean(), abs=0.001)
    low, _, high = results["black_box"]["victims"]["0.0"]["surrogates"]["0.0"]["transfer"]
    transfer = runs[0].weights @ np.sign(surrogate) / np.abs(runs[0].weights).sum()
    assert low - 0.05 < transfer < high + 0.05


@pytest.mark.slow
def test_stored_pair(results):
    """One of the pairs, with images really moved."""
    starts = np.stack([shared.glorot_start(seed) for seed in black_box.PAIR_SEEDS], axis=1)
    found, (images, labels) = black_box.of_pair((0, 1), starts), shared.pair("test")
    for kind in ("another seed", "10 of each"):
        for name in ("transfer", "accuracy"):
            assert results["pairs"]["0 1"][kind][name] == pytest.approx(found[kind][name], rel=1e-6)
    models = shared.train_post_models(*shared.pair("train"), starts)[-1, :, 0]
    right = []
    for victim, surrogate in itertools.permutations(range(5), 2):
        moved = images.astype(np.float64) - 0.2 * np.outer(labels, np.sign(models[:-1, surrogate]))
        right.append((trainer.margins(models[:, [victim]], moved, labels) > 0).mean())
    assert found["another seed"]["accuracy"][1] == pytest.approx(np.median(right), abs=0.001)


# Norms


def some_model(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(size)
    weights = random.normal(size=size)
    weights[0] = 0
    return weights, random.choice([0, 0.2, 0.7, 1], (3, size)), np.array([-1.0, 1.0, 1.0])


@pytest.mark.parametrize("norm", norms.NORMS)
def test_closed_forms_against_random_and_best_perturbations(norm):
    """Within the norm, attaining ε‖w‖, and nothing on the sphere does more."""
    weights, _, labels = some_model(5)
    worst = norms.worst_perturbation(weights, labels, 0.3, norm)
    np.testing.assert_allclose(np.linalg.norm(worst, norm, axis=1), 0.3)
    lost = -labels * (worst @ weights)
    np.testing.assert_allclose(lost, 0.3 * np.linalg.norm(weights, norms.DUAL[norm]))
    others = np.random.default_rng(0).normal(size=(100_000, 5))
    others *= 0.3 / np.linalg.norm(others, norm, axis=1, keepdims=True)
    corners = 0.3 * (np.eye(5) if norm == 1 else np.array(list(itertools.product((-1, 1), repeat=5))))
    corners /= np.sqrt(5) if norm == 2 else 1
    assert 0.9 * lost[0] < np.abs(np.vstack([others, corners]) @ weights).max() <= lost[0] + 1e-12


@pytest.mark.parametrize("epsilon", [0.01, 0.5, 1.3, 100])
def test_clipped_worst_case_against_solvers(epsilon):
    """Linear programming for the 1-norm and the max norm, SLSQP for the 2-norm; one budget fills all."""
    weights, images, labels = some_model(6)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        bounds = np.stack([-image, 1 - image], axis=1)
        box = np.clip(bounds, -epsilon, epsilon)
        split = [(0, high) for high in bounds[:, 1]] + [(0, -low) for low in bounds[:, 0]]
        two = linprog(label * np.append(weights, -weights), np.ones((1, 12)), [epsilon], bounds=split)
        ball = {"type": "ineq", "fun": lambda delta: epsilon**2 - delta @ delta}
        smooth = minimize(
            lambda delta, y: y * (weights @ delta),
            np.zeros(6),
            (label,),
            jac=lambda delta, y: y * weights,
            method="SLSQP",
            bounds=bounds,
            constraints=ball,
            options={"ftol": 1e-12, "maxiter": 500},
        )
        expected = {np.inf: -linprog(label * weights, bounds=box).fun, 2: -smooth.fun, 1: -two.fun}
        for norm in norms.NORMS:
            found = norms.clipped_loss(weights, images, labels, epsilon, norm)[number]
            assert found == pytest.approx(expected[norm], rel=1e-5, abs=1e-9), norm


@pytest.mark.parametrize("norm", [2, np.inf])
def test_trainer_s_step_is_the_gradient_of_the_loss(norm):
    """One step against finite differences of the summed loss."""
    random = np.random.default_rng(5)
    images, labels = random.random((20, 784)), random.choice([-1.0, 1.0], 20)
    start = random.normal(0, 0.05, 785)

    def loss(weights: np.ndarray) -> float:
        margins = labels * (images @ weights[:-1] + weights[-1])
        return np.maximum(0, 1 - margins + 0.7 * np.linalg.norm(weights[:-1], norm)).sum()

    step = trainer.train(
        images.astype(np.float32), labels, start[:, None], [0.7], [1e-4], [True], epochs=1, norm=norm
    )
    moved = (step[1] - step[0])[:, 0] / -1e-4
    largest = int(np.argmax(np.abs(start[:-1])))
    for i in (0, 1, 400, largest, 784):
        shift = 1e-6 * (np.arange(785) == i)
        assert moved[i] == pytest.approx(
            (loss(start + shift) - loss(start - shift)) / 2e-6, rel=2e-3, abs=2e-3
        )


@pytest.mark.slow
def test_stored_cell_of_the_norms(results):
    """Trained against the 2-norm at the middle share, attacked in the 1-norm, by perturbed images."""
    train, (images, labels) = shared.pair("train"), shared.pair("test")
    half = norms.half_distances(*train)
    share = 0.2 / half[np.inf]
    budget = half[2] * share
    model = norms.train_all(*train, {2: [budget]}, norms.SEEDS)[:, 0, 0]
    moved = [
        images + norms.worst_perturbation(w[:-1].astype(np.float64), labels, share * half[1], 1)
        for w in model.T
    ]
    right = [
        (labels * (x @ w[:-1].astype(np.float64) + w[-1]) > 0).mean()
        for x, w in zip(moved, model.T, strict=True)
    ]
    stored = results["norms"]["by_share"][1]["2"]["1"]
    assert stored["range"] == pytest.approx([min(right), max(right)], abs=1e-9)
    assert stored["median"] == pytest.approx(np.median(right), abs=1e-9)
    assert results["norms"]["budgets"]["2"][1] == pytest.approx(budget)


def test_equal_means_can_be_reached_with_the_whole_share():
    """What share 1 is said to do: both means moved onto one point."""
    images, labels = shared.pair("train")
    one, zero = (images[labels == label].astype(np.float64).mean(axis=0) for label in (1, -1))
    for norm, half in norms.half_distances(images, labels).items():
        assert np.linalg.norm((one + zero) / 2 - one, norm) == pytest.approx(half)


# Verdicts


def test_conditions_and_verdicts():
    def cell(median, better):
        return {"median": median, "better_than_regular": better}

    robust = {"inf": cell(0.9, 20), "2": cell(0.8, 19), "1": cell(0.2, 18)}
    models = {
        "regular": {name: cell(0.5, 0) for name in robust},
        "inf": robust,
        "2": {name: cell(0.85, 20) for name in robust},
        "1": {name: cell(0.6, 20) for name in robust},
    }
    found = norms.conditions([models])
    assert found == {
        "own": [True, True, True],
        "specialists": [True, True, False],
        "carries": [False, True, True],
    }
    assert study.verdict([True, True]) == "confirmed"
    assert study.verdict([True, False]) == "corrected"
    assert study.verdict([False, False]) == "refuted"


def test_stored_verdict_follows_from_the_stored_numbers(results):
    for name, value in study.said(results).items():
        assert results["said"][name] == (value if isinstance(value, str) else pytest.approx(value)), name
    stored = norms.conditions(results["norms"]["by_share"])
    assert stored == results["norms"]["conditions"]
