"""The stored optima certified again from the data alone, and SGD of one seed beside them."""

import numpy as np
import pytest

from adversarial import ATTACK_EPSILONS
from studies.shared import files, images, models, solver, trainer
from studies.training import study


@pytest.fixture(scope="module")
def results():
    return files.numbers("training").models


@pytest.fixture(scope="module")
def optima():
    arrays = files.arrays("training")
    return {
        key: solver.Solution(
            arrays[f"{key} weights"][:-1], arrays[f"{key} weights"][-1], arrays[f"{key} alpha"]
        )
        for key in models.KEYS
    }


@pytest.mark.slow
@pytest.mark.parametrize("model", models.POST, ids=models.KEYS)
def test_stored_optima_are_optimal(model, results, optima):
    """Bounds and uniqueness, and accuracy with every image really moved by the worst step."""
    found, solution, train = results[model.key], optima[model.key], images.pair("train")
    optimum, epsilon = found["optimum"], model.epsilon
    upper, lower = solver.certify(solution, epsilon, *train)
    assert optimum["objective"] == pytest.approx(upper, abs=1e-10)
    assert optimum["gap"] == pytest.approx(upper - lower, abs=1e-12)
    assert (
        min(found[steps][epochs]["objective"] for steps in study.STEPS for epochs in ("10", "100")) >= lower
    )
    if epsilon:
        only = solver.uniqueness(solution, epsilon, *train)
        assert only["unique"] and only["equations"] == only["free_weights"]
        assert only["least_singular_value"] > 0.01
        assert min(only["least_slack"], only["least_distance"]) > 5e-4  # rounding leaves less than 1e-8
    pixels, labels = images.pair("test")
    curve = files.arrays("training")[f"{model.key} accuracy"]
    for size in (0, 0.1, 0.25):
        moved = pixels - size * np.outer(labels, np.sign(solution.weights))
        right = labels * (moved @ solution.weights + solution.bias) > 0
        assert right.mean() == pytest.approx(curve[np.isclose(ATTACK_EPSILONS, size)].item(), abs=1e-9)
    assert optimum["mistakes"] == round((1 - curve[0]) * len(labels))
    own = curve[np.isclose(ATTACK_EPSILONS, epsilon)].item()
    assert optimum["own_mistakes"] == round((1 - own) * len(labels))


@pytest.mark.slow
def test_without_epsilon_another_optimum_is_as_good(results, optima):
    found, optimum = results["regular"], optima["regular"]
    pixels, labels = images.pair("train")
    assert (labels * (pixels @ optimum.weights + optimum.bias)).min() >= 1 - 1e-6  # no loss, so none lower
    assert found["other_optimum"]["objective"] <= solver.ROUNDING
    assert found["other_optimum"]["attacked_at_0.1"] != found["optimum"]["attacked_at_0.1"]
    assert np.abs(optimum.weights).sum() == pytest.approx(found["norm_lower_bound"], rel=1e-6)


@pytest.mark.slow
def test_stored_numbers_of_the_first_seed():
    """Ten epochs, both steps, with mistakes counted image by image; the share left by hand."""
    train, test = images.pair("train"), images.pair("test")
    model, stored = models.ROBUST[2], files.arrays("training")
    solution = solver.Solution(stored["0.3 weights"][:-1], stored["0.3 weights"][-1], stored["0.3 alpha"])
    for steps, kinds in study.STEPS.items():
        rate, of_the_sum = kinds["robust"]
        weights = trainer.train(*train, models.starts([1]), [0.3], [rate], [of_the_sum])[-1]
        np.testing.assert_allclose(weights[:, 0], stored[f"0.3 {steps} 10 weights"], atol=1e-6)
        own, left = (
            sum(y * (x @ w[:-1] + w[-1]) <= 0.3 * np.abs(w[:-1]).sum() for x, y in zip(*test, strict=True))
            for w in (weights[:, 0].astype(float), stored["0.3 weights"])
        )
        found = study.measure_sgd(weights, solution, model.epsilon, train, test)
        assert found["own_mistakes"] == own
        assert found["share_left"] == pytest.approx([left / own] * 2)


def test_steps_are_alike_for_the_regular_and_the_robust_models():
    """A step of the mean over a whole batch is one of the sum with a hundredth of the rate."""
    for kinds in study.STEPS.values():
        sizes = [rate if of_the_sum else rate / trainer.BATCH_SIZE for rate, of_the_sum in kinds.values()]
        assert sizes[0] == pytest.approx(sizes[1])
