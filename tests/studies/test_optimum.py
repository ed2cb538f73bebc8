"""The stored optima certified again from the data; the rule for blame; figures and tables against numbers."""

import numpy as np
import pytest
import shared
import solver
import trainer
from optimum import study

from adversarial import ATTACK_EPSILONS


@pytest.fixture(scope="module")
def results():
    return shared.read_json("optimum")


@pytest.fixture(scope="module")
def optima():
    solutions = {}
    for epsilon in shared.MODEL_EPSILONS:
        with np.load(study.HERE / f"optimum_{epsilon}.npz") as arrays:
            solutions[epsilon] = solver.Solution(arrays["w"], float(arrays["b"]), arrays["alpha"])
    return solutions


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", shared.MODEL_EPSILONS)
def test_stored_optima_are_optimal(epsilon, results, optima, test_arrays):
    """Bounds, uniqueness and accuracy again from the data and the stored (w, b, α) alone."""
    found, solution, train = results["models"][str(epsilon)], optima[epsilon], shared.pair("train")
    upper, lower = solver.certify(solution, epsilon, *train)
    assert found["optimum"]["objective"] == pytest.approx(upper, abs=1e-10)
    assert found["optimum"]["lower_bound"] == pytest.approx(lower, abs=1e-10)
    assert found["optimum"]["duality_gap"] <= solver.LARGEST_GAP
    images, labels = test_arrays
    margins = labels * (images.astype(np.float64) @ solution.weights + solution.bias)
    reach = np.abs(solution.weights).sum()
    accuracy = [(margins > size * reach).mean() for size in ATTACK_EPSILONS]
    np.testing.assert_allclose(found["optimum"]["accuracy"], accuracy, atol=1e-9)
    assert found["optimum"]["own_mistakes"] == (margins <= epsilon * reach).sum()
    for steps, epochs in study.NAMES:
        assert found[steps][str(epochs)]["objective"][0] >= lower
    if epsilon:
        assert found["uniqueness"]["unique"]
        assert found["uniqueness"] == pytest.approx(solver.uniqueness(solution, epsilon, *train), rel=1e-6)


def test_without_epsilon_another_optimum_is_as_good(results):
    found = results["models"]["0.0"]
    other, optimum = found["other_optimum"], found["optimum"]
    assert max(other["objective"], optimum["objective"]) <= solver.ROUNDING
    assert other["l1_norm"] > optimum["l1_norm"] >= found["norm_lower_bound"]


@pytest.mark.slow
def test_sgd_of_a_seed_lies_within_the_stored_spread(results, optima, test_arrays):
    """Seed 1, both steps, ten epochs, with mistakes counted image by image."""
    train = shared.pair("train")
    for steps in study.STEPS:
        rate, of_the_sum = study.STEPS[steps]["robust"]
        start = shared.glorot_start(1)[:, None]
        weights = trainer.train(*train, start, [0.3], [rate], [of_the_sum])[-1, :, 0].astype(np.float64)
        reach = 0.3 * np.abs(weights[:-1]).sum()
        mistakes = sum(
            y * (x @ weights[:-1] + weights[-1]) - reach <= 0 for x, y in zip(*test_arrays, strict=True)
        )
        found = results["models"]["0.3"][steps]["10"]
        assert found["own_mistakes"][0] <= mistakes <= found["own_mistakes"][2]
        least, _, largest = found["objective"]
        objective = solver.objective(weights[:-1], weights[-1], 0.3, *train)
        assert least * (1 - 1e-6) <= objective <= largest * (1 + 1e-6)


def test_share_of_mistakes_left_at_the_optimum():
    trained = np.arange(1000) < 400
    few, half, many = (np.arange(1000) < count for count in (40, 200, 380))
    assert study.attacked_share(few, trained)["share"] == pytest.approx(0.1)
    verdicts = [study.attacked_share(ideal, trained)["verdict"] for ideal in (few, half, many)]
    assert verdicts == ["training", "undecided", "objective"]
    columns = np.stack([trained] * 19 + [half], axis=1)  # of the twenty, the last one's share is near 1
    assert study.shares_of_seeds(few, columns)["verdict"] == "training"
    found = study.shares_of_seeds(half, np.stack([trained] * 2 + [half] * 18, axis=1))
    assert found["seeds"] == {"objective": 18, "training": 0, "undecided": 2}
    assert found["verdict"] == "undecided"  # 18 of 20 are too few


def test_steps_are_alike_for_the_regular_and_the_robust_models():
    """A step of the mean over a whole batch is one of the sum with a hundredth of the rate."""
    for kinds in study.STEPS.values():
        sizes = [rate if of_the_sum else rate / trainer.BATCH_SIZE for rate, of_the_sum in kinds.values()]
        assert sizes[0] == pytest.approx(sizes[1])


def test_figures_and_tables_show_the_numbers(results):
    models = results["models"]
    for axes, (epsilon, found) in zip(study.draw_accuracy(results).axes, models.items(), strict=True):
        sgd = found[study.own_steps(float(epsilon))]
        expected = [np.array(sgd[epochs]["accuracy"])[:, 1] for epochs in ("10", "100")]
        for line, curve in zip(axes.lines, [*expected, found["optimum"]["accuracy"]], strict=False):
            np.testing.assert_array_equal(line.get_ydata(), curve)
    lines = study.draw_excess(results).axes[0].lines
    for line, (found, steps) in zip(
        lines, [(found, steps) for found in models.values() for steps in study.STEPS], strict=True
    ):
        excess = np.array(found[steps]["median_objective"]) - found["optimum"]["lower_bound"]
        np.testing.assert_allclose(line.get_ydata(), excess, atol=1e-6)
    optimum, slow = models["0.3"]["optimum"], models["0.3"]["slow"]["10"]
    lines = study.table_mistakes(results).splitlines()
    assert len(lines) == 7
    assert lines[2].endswith(f"| {slow['own_mistakes'][1]:g} / {slow['mistakes'][1]:g} |")
    assert lines[-1].endswith(f"| {optimum['own_mistakes']} / {optimum['mistakes']} |")
    lines = study.table_objective(results).splitlines()
    assert lines[2].endswith(f"| {slow['objective'][1]:.4f} |")
    assert lines[-1].endswith(f"| {optimum['objective']:.4f} |")
