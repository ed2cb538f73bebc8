"""What the initial weights do: the measures on models made by hand, the rules, and short trainings."""

import initialization
import numpy as np
import pytest
import study

import adversarial
import run_files


@pytest.fixture(scope="module")
def stored():
    return study.read_json("initialization")


def test_measures_of_a_model_made_by_hand():
    weights = np.zeros(784, np.float32)
    weights[[100, 200, 300]] = 6, -3, 1
    images = np.zeros((4, 784), np.float32)
    images[[0, 1], 100] = 1, 0.5  # margins 6, 3 for a one
    images[2, 200] = 1  # 3 for a zero
    labels = np.array([1, 1, -1, 1], np.float32)  # the last one is dark: logit 0, a mistake
    found = initialization.measure(weights, np.float32(0), (images, labels), np.arange(784) == 300)
    assert found["l1_norm"] == 10
    assert found["unlit_share"] == pytest.approx(0.1)
    assert found["weights_for_90_percent"] == 2
    assert found["test_mistakes"] == 1
    for epsilon, accuracy in {0.0: 0.75, 0.25: 0.75, 0.35: 0.25, 0.5: 0.25}.items():
        assert found["accuracy"][np.argmin(np.abs(adversarial.EPSILONS - epsilon))] == accuracy


def model(at_0_1, at_0_2, mistakes=1, **more):
    accuracy = np.full(101, at_0_1)
    accuracy[40:] = at_0_2
    return {"accuracy": accuracy, "test_mistakes": mistakes, **more}


def regular(variants, zeros):
    starts = {str(seed): model(0.2, 0.0, without_start=variant) for seed, variant in enumerate(variants)}
    return {"glorot_uniform": starts, "zeros": zeros}


def test_rules_of_the_verdicts():
    harmless, harmful, worse = model(0.9, 0.3), model(0.3, 0.0), model(0.9, 0.3, mistakes=9)
    for variants, verdict in (
        ([harmless, harmless], "corrected"),
        ([harmless, harmful], "undecided"),
        ([worse, harmful], "confirmed"),
    ):
        assert initialization.claim_5(regular(variants, harmless))["verdict"] == verdict
    assert initialization.claim_8(regular([harmless], model(0.9, 0.3)))["verdict"] == "corrected"
    assert initialization.claim_8(regular([harmless], model(0.9, 0.005)))["verdict"] == "confirmed"
    brittle_nowhere = {"glorot_uniform": {"1": model(0.9, 0.5)}, "zeros": model(0.9, 0.5)}
    assert initialization.claim_8(brittle_nowhere)["verdict"] == "refuted"


def test_stored_verdicts_follow_from_the_stored_numbers(stored):
    models = stored["models"]
    assert initialization.claim_5(models["0.0"]) == stored["claim_5"]
    assert initialization.claim_8(models["0.0"]) == stored["claim_8"]


@pytest.mark.parametrize("epsilon", initialization.EPSILONS)
def test_seed_1_is_the_run_of_the_post(epsilon, stored):
    """Graph mode in the study, eager in the run: two ways to the same model."""
    run = run_files.load(run_files.RESULTS / run_files.run_name(epsilon))
    if run.config["seed"] != 1:
        pytest.skip("the run has another seed")
    found = stored["models"][str(epsilon)]["glorot_uniform"]["1"]
    np.testing.assert_array_equal(found["accuracy"], run.accuracy)
    assert found["test_mistakes"] == run.final["test_mistakes"]


@pytest.mark.slow
def test_regular_training_leaves_unlit_weights_alone():
    unlit = study.load_images("train")[0].max(axis=0) == 0
    _, history = study.train(0.0, epochs=1, seed=3)
    weights = history[:, :-1]
    np.testing.assert_array_equal(weights[1, unlit], weights[0, unlit])
    assert (weights[1, ~unlit] != weights[0, ~unlit]).any()
    _, robust = study.train(0.1, epochs=1, seed=3)
    np.testing.assert_array_equal(robust[0], history[0])
    assert np.abs(robust[1, :-1][unlit]).sum() < 0.5 * np.abs(robust[0, :-1][unlit]).sum()


@pytest.mark.slow
def test_from_zeros_the_seed_does_not_matter():
    (_, first), (_, second) = (study.train(0.1, epochs=1, seed=seed, initializer="zeros") for seed in (1, 2))
    np.testing.assert_array_equal(first, second)


def test_figures_show_the_numbers(stored):
    models = stored["models"]
    left, right = initialization.draw_accuracy(models).axes
    by_label = {line.get_label(): line.get_ydata() for line in left.lines}
    first = models["0.0"]["glorot_uniform"]["1"]
    np.testing.assert_array_equal(by_label["Glorot start"], first["accuracy"])
    np.testing.assert_array_equal(by_label["without unlit pixels"], first["without_unlit"]["accuracy"])
    np.testing.assert_array_equal(by_label["without the start"], first["without_start"]["accuracy"])
    np.testing.assert_array_equal(by_label["zero start"], models["0.0"]["zeros"]["accuracy"])
    assert len(left.lines) == 3 * len(initialization.SEEDS) + 1
    assert len(right.lines) == 3 * (len(initialization.SEEDS) + 1)
    pictures = {"a": [np.full(784, value) for value in (1.0, 2, 3, 4)], "b": [np.zeros(784)] * 4}
    figure = initialization.draw_weights(pictures)
    assert [axes.images[0].get_array().max() for axes in figure.axes] == [1, 0, 2, 0, 3, 0, 4, 0]
    assert [axes.images[0].get_clim()[1] for axes in figure.axes[:2]] == [1, 1]
