"""Stored optima and thresholds proved again from the data; the theorem against whole programs; TensorFlow."""

import numpy as np
import pytest
import shared
import solver
import trainer
from digits import no_learning, study, verdicts
from scipy.optimize import linprog

import data
import experiment_robust
from command_line import UserError


@pytest.fixture(scope="module")
def results():
    return shared.read_json("digits")


@pytest.fixture(scope="module")
def proofs():
    with np.load(study.HERE / "optima.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def models():
    with np.load(study.HERE / "models.npz") as arrays:
        return dict(arrays)


def digits_of(name):
    return tuple(map(int, name.split()))


# The stored proofs


@pytest.mark.slow
@pytest.mark.parametrize("name", ["0 8", "1 2", "3 5", "4 9"])
def test_stored_optima_and_thresholds_are_proved_by_the_data(name, results, proofs, models):
    found = results["pairs"][name]
    train, (images, labels) = (shared.pair(split, digits_of(name)) for split in ("train", "test"))
    for row, epsilon in enumerate((0.1, 0.2, 0.3)):
        *weights, bias = proofs[f"{name} weights"][row]
        weights, optimum = np.array(weights), found["optimum"][str(epsilon)]
        solution = solver.Solution(weights, bias, proofs[f"{name} alpha"][row])
        upper, lower = solver.certify(solution, epsilon, *train, largest_gap=1e-6)
        assert (optimum["objective"], optimum["lower_bound"]) == pytest.approx((upper, lower), abs=1e-9)
        margins = labels * (images.astype(np.float64) @ weights + bias)
        accuracy = [(margins > at * np.abs(weights).sum()).mean() for at in (0, 0.1, 0.2, 0.3)]
        assert [optimum["test_accuracy"], *optimum["attacked"]] == pytest.approx(accuracy, abs=1e-9)
        assert optimum["nonzero_weights"] == (np.abs(weights) > 1e-6).sum()
        np.testing.assert_allclose(models[name][4 + row, :-1], weights, rtol=1e-6)

    threshold = no_learning.Threshold(proofs[f"{name} shares"], proofs[f"{name} direction"])
    below, above = no_learning.certified(threshold, *train)
    assert above - below < 1e-9
    assert found["no_learning"] == pytest.approx(above, abs=1e-9)
    means = [train[0][train[1] == label].mean(axis=0, dtype=np.float64) for label in (-1, 1)]
    assert found["no_learning_bound"] == pytest.approx(np.abs(means[0] - means[1]).max() / 2, abs=1e-9)


def test_optima_are_constant_exactly_from_the_threshold_on(results):
    for pair in results["pairs"].values():
        assert pair["no_learning_single_pixel"] <= pair["no_learning"] + 1e-9
        assert pair["no_learning"] <= pair["no_learning_bound"] + 1e-9
        for epsilon, optimum in pair["optimum"].items():
            assert optimum["objective"] - optimum["lower_bound"] <= 1e-6
            assert (optimum["nonzero_weights"] == 0) == (float(epsilon) >= pair["no_learning"])


# The theorem


def small_problem(seed, pixels=5):
    """A rarer and a more frequent cloud in [0, 1], either of which may be labelled -1."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([-1.0, 1.0], rng.permutation([12 + seed % 3, 30])))
    images = rng.random((len(labels), pixels)) + 0.6 * (labels > 0)[:, None] * rng.random(pixels)
    return np.clip(images, 0, 1), labels


def whole_program(images, labels, epsilon):
    """The least objective and a w that has it: the primal program in w⁺, w⁻, b and the losses, at once."""
    count, pixels = images.shape
    signed = labels[:, None] * images
    result = linprog(
        np.r_[np.zeros(2 * pixels + 1), np.full(count, 1 / count)],
        A_ub=-np.hstack([signed - epsilon, -signed - epsilon, labels[:, None], np.eye(count)]),
        b_ub=-np.ones(count),
        bounds=[(0, None)] * 2 * pixels + [(None, None)] + [(0, None)] * count,
    )
    assert result.status == 0
    return result.fun, result.x[:pixels] - result.x[pixels : 2 * pixels]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_can_be_learned_exactly_from_the_threshold_on(seed, monkeypatch):
    monkeypatch.setattr(no_learning, "FIRST_PIXELS", 1)  # so the others have to be generated
    monkeypatch.setattr(no_learning, "MORE_PIXELS", 1)
    images, labels = small_problem(seed)
    below, above = no_learning.certified(no_learning.solve(images, labels), images, labels)
    assert above == pytest.approx(below, abs=1e-9)
    single_pixel, mean_images = no_learning.closed_forms(images, labels)
    assert single_pixel <= above + 1e-12
    assert above <= mean_images + 1e-12

    constant = 2 * min((labels < 0).mean(), (labels > 0).mean())
    objective, weights = whole_program(images, labels, 0.98 * above)
    assert objective < constant - 1e-6
    assert np.abs(weights).max() > 1e-3
    objective, weights = whole_program(images, labels, 1.02 * above)
    assert objective == pytest.approx(constant, abs=1e-9)
    assert np.abs(weights).max() < 1e-9


def test_of_equally_frequent_digits_the_mean_images_decide():
    images, labels = small_problem(1)
    images, labels = (
        np.concatenate([array[labels < 0][:12], array[labels > 0][:12]]) for array in (images, labels)
    )
    _, above = no_learning.certified(no_learning.solve(images, labels), images, labels)
    assert no_learning.closed_forms(images, labels) == pytest.approx((above, above))


def test_a_spoiled_proof_is_refused():
    images, labels = small_problem(1)
    good = no_learning.solve(images, labels)
    doubled = np.where(np.arange(len(good.shares)) == 0, good.shares + 0.01, good.shares)
    one_image = np.eye(len(good.shares))[0]
    for bad in (
        no_learning.Threshold(doubled, good.direction),
        no_learning.Threshold(one_image, good.direction),
        no_learning.Threshold(good.shares, 2 * good.direction),
    ):
        with pytest.raises(UserError, match="no proof"):
            no_learning.certified(bad, images, labels)


# The trainings


@pytest.mark.slow
@pytest.mark.parametrize(("name", "epsilon"), [("4 9", 0.1), ("2 7", 0.2)])
def test_the_experiment_trains_the_same_model(name, epsilon, models, results):
    digits = digits_of(name)
    options = experiment_robust.parser.parse_args(["--digits", *map(str, digits), "--graph"])
    test = data.binary_mnist("test", digits)
    trained = experiment_robust.train(options, epsilon, data.binary_mnist("train", digits), test).weights[-1]
    row = shared.MODEL_EPSILONS.index(epsilon)
    np.testing.assert_allclose(models[name][row], trained, atol=1e-5)
    images, labels = data.to_arrays(test)
    right = labels * (images @ trained[:-1] + trained[-1]) > 0
    stored = results["pairs"][name]["clean"][str(epsilon)][0]
    assert right.sum() == round(stored * len(labels))


@pytest.mark.slow
def test_stored_accuracies_again(results):
    found, train, (images, labels) = (
        results["pairs"]["0 6"],
        shared.pair("train", (0, 6)),
        shared.pair("test", (0, 6)),
    )
    starts = np.column_stack([shared.glorot_start(3), shared.glorot_start(20), np.zeros(785)])
    for epsilon, (rate, in_sum) in {"0.0": trainer.REGULAR, "0.3": trainer.ROBUST}.items():
        columns = np.ones(3)
        weights = trainer.train(
            *train, starts, float(epsilon) * columns, rate * columns, in_sum * columns > 0
        )[-1]
        for column, (stored, seed) in enumerate(((found, 2), (found, 19), (found["from_zeros"], ...))):
            margins = labels * (images @ weights[:-1, column] + weights[-1, column])
            reach = np.abs(weights[:-1, column]).sum()
            clean, *attacked = [(margins > at * reach).mean() for at in (0, 0.1, 0.2, 0.3)]
            assert np.array(stored["clean"][epsilon])[seed] == pytest.approx(clean, abs=1e-3)
            assert np.array(stored["attacked"][epsilon])[seed] == pytest.approx(attacked, abs=1e-3)


def test_break_even_is_where_the_constant_takes_over():
    rng = np.random.default_rng(1)
    images, labels = rng.random((90, 784)), rng.choice([-1.0, 1.0], 90)
    weights = np.column_stack([rng.normal(size=785), np.r_[(labels @ images), 0], np.r_[np.zeros(784), 1]])
    constant = max((labels < 0).mean(), (labels > 0).mean())
    for column, at in enumerate(study.measure(weights, (images, labels))["break_even"]):
        just_below, there = trainer.attacked(weights[:, [column]], images, labels, [at * (1 - 1e-9), at])
        assert there <= constant
        assert at == 0 or just_below > constant
    assert at == 0  # of the constant model itself


# The page's rules and the results' shape


def test_results_have_what_their_readers_read(results, models, proofs):
    assert [*results["pairs"]] == [f"{a} {b}" for a in range(10) for b in range(a + 1, 10)]
    assert {*models} == {*results["pairs"]}
    assert all(array.shape == (7, 785) and array.dtype == np.float32 for array in models.values())
    for name, pair in results["pairs"].items():
        for model in ("0.0", "0.1", "0.2", "0.3"):
            assert np.shape(pair["clean"][model]) == np.shape(pair["break_even"][model]) == (20,)
            assert np.shape(pair["attacked"][model]) == (20, 3)
            assert np.shape(pair["from_zeros"]["attacked"][model]) == (3,)
            assert 0 <= pair["from_zeros"]["clean"][model] <= 1
        assert {*pair["optimum"]} == {"0.1", "0.2", "0.3"}
        examples = np.isin(shared.all_digits("train")[1], digits_of(name)).sum()
        assert proofs[f"{name} alpha"].shape == (3, examples)
    assert results["said"] == pytest.approx(shared.rounded(verdicts.said(results["pairs"], "0 1")))


def a_pair(regular, robust, zeros):
    """A made-up pair: (accuracy at 0.1, accuracy at 0.2, break-even ε) of three models."""
    models = {"0.0": regular, "0.1": robust, "0.2": robust, "0.3": robust}

    def attacked(found):
        return {model: [[*values[:2], 0]] for model, values in found.items()}

    return {
        "attacked": attacked(models),
        "break_even": {model: [values[2]] for model, values in models.items()},
        "from_zeros": {
            "attacked": {model: values[0] for model, values in attacked({"0.0": zeros}).items()},
            "break_even": {"0.0": zeros[2]},
        },
    }


def test_the_rule_for_what_the_start_leaves_over():
    regular, robust = (0.2, 0.0, 0.05), (0.8, 0.6, 0.25)
    assert verdicts.left_over(a_pair(regular, robust, (0.6, 0.2, 0.2))) == [True, False, True]
    assert verdicts.left_over(a_pair(robust, regular, (0.9, 0.9, 0.9))) == [False] * 3  # robust is no better


def test_the_rule_for_the_order_of_the_models():
    pair = a_pair((0, 0, 0.1), (0, 0, 0.2), (0, 0, 0))
    assert verdicts.in_order(pair) == [True, False, False]
    assert [verdicts.verdict(each) for each in ([True, True], [True, False], [False])] == [
        "holds",
        "partly",
        "fails",
    ]
