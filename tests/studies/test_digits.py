"""Stored optima and thresholds proved again from the data; the theorem against whole programs."""

import numpy as np
import pytest
from linear_programs import small_problem, whole_program
from scipy.stats import binomtest

from studies.digits import study
from studies.shared import attacks as margins
from studies.shared import files, images, models, solver, threshold
from support.options import UserError


@pytest.fixture(scope="module")
def pairs():
    return files.numbers("digits").pairs


@pytest.fixture(scope="module")
def arrays():
    return files.arrays("digits")


def digits_of(name):
    return tuple(map(int, name.split()))


def accuracies(model, pixels, labels):
    """Clean and at the three attacks, of one model (785,), with every image really moved."""
    weights, bias = model[:-1].astype(np.float64), float(model[-1])
    steps = np.outer(labels, np.sign(weights))
    return [
        float(np.mean(labels * ((pixels - size * steps) @ weights + bias) > 0)) for size in (0, 0.1, 0.2, 0.3)
    ]


# The stored proofs and models


@pytest.mark.slow
@pytest.mark.parametrize("name", ["0 8", "1 2", "3 5", "4 9"])
def test_stored_optima_and_thresholds_are_proved_by_the_data(name, pairs, arrays):
    found = pairs[name]
    train, test = (images.pair(split, digits_of(name)) for split in ("train", "test"))
    for model in models.ROBUST:
        weights, alpha = arrays[f"{name} optimum {model.key}"], arrays[f"{name} alpha {model.key}"]
        solution = solver.Solution(weights[:-1], weights[-1], alpha)
        upper, lower = solver.certify(solution, model.epsilon, *train)
        assert upper - lower <= files.numbers("digits").summary.largest_gap + 1e-10
        assert (weights[:-1].any() == 0) == (model.epsilon >= found["threshold"])
        clean, *attacked = accuracies(weights, *test)
        measured = study.measure_optimum(solution, model.epsilon, train, test)
        assert [measured["clean"], *measured["attacked"].values()] == pytest.approx([clean, *attacked])
    proof = threshold.Threshold(arrays[f"{name} shares"], arrays[f"{name} direction"])
    below, above = threshold.certified(proof, *train)
    assert above - below < 1e-9
    assert found["threshold"] == pytest.approx(above, abs=1e-9)
    means = [train[0][train[1] == label].mean(axis=0, dtype=np.float64) for label in (-1, 1)]
    assert found["threshold_by_mean_images"] == pytest.approx(np.abs(means[0] - means[1]).max() / 2, abs=1e-9)


@pytest.mark.slow
def test_models_of_a_pair_and_what_is_measured_of_them(arrays):
    """Seed 1, stored, and zeros."""
    train, test = images.pair("train", (0, 6)), images.pair("test", (0, 6))
    starts = np.column_stack([models.starts([1]), np.zeros(785)])
    weights = models.train(*train, starts)[-1]
    for place, key in enumerate(models.KEYS):
        np.testing.assert_allclose(weights[:, place, 0], arrays[f"0 6 {key}"], atol=1e-6)
    trained, _ = study.trainings(train, test, starts)
    from_zeros = trained["from_zeros"].values()
    assert [*from_zeros] == pytest.approx(accuracies(weights[:, 0, 1], *test)[1:], abs=0.1 / len(test[1]))
    regular, robust = (margins.margins(weights[:, [place], 0], *test)[:, 0] > 0 for place in (0, 3))
    assert trained["chance"]["0.3"] == pytest.approx(
        binomtest((regular & ~robust).sum(), (regular != robust).sum()).pvalue, rel=1e-6
    )


def test_beyond_the_threshold_and_only_there_nothing_is_better_than_a_constant():
    """Trained with 0.3 and attacked with it; below, the optimum always is, whatever its ε."""
    found = files.numbers("digits").summary.models
    assert [found[key].constant.optimum[0] for key in study.ROBUST] == [0, 0, 0]
    assert {beyond for _, beyond in found["0.3"].constant.values()} == {found["0.3"].beyond}


def test_optima_are_constant_exactly_from_the_threshold_on(pairs, arrays):
    assert [*pairs] == [f"{a} {b}" for a in range(10) for b in range(a + 1, 10)]
    for name, pair in pairs.items():
        assert pair["threshold"] <= pair["threshold_by_mean_images"] + 1e-9
        for model in models.ROBUST:
            constant = not arrays[f"{name} optimum {model.key}"][:-1].any()
            assert constant == (model.epsilon >= pair["threshold"])


# The theorem


@pytest.mark.parametrize("rarer", [-1, 1])
@pytest.mark.parametrize("seed", range(4))
def test_a_constant_is_optimal_exactly_from_the_threshold_on(seed, rarer, monkeypatch):
    monkeypatch.setattr(threshold, "FIRST_PIXELS", 1)  # so the others have to be generated
    monkeypatch.setattr(threshold, "MORE_PIXELS", 1)
    pixels, labels = small_problem(seed, count=42, pixels=5)
    labels *= rarer * (1 if (labels < 0).sum() > 21 else -1)
    pixels = pixels if rarer < 0 else 1 - pixels  # the rarer is once the darker, once the brighter
    proof = threshold.solve(pixels, labels)
    below, above = threshold.certified(proof, pixels, labels)
    assert above == pytest.approx(below, abs=1e-9)
    assert above <= threshold.by_mean_images(pixels, labels) + 1e-12

    constant = 2 * min((labels < 0).mean(), (labels > 0).mean())
    for epsilon, better in ((0.98 * above, True), (1.02 * above, False)):
        whole = whole_program(pixels, labels, epsilon)
        assert (np.abs(whole.x[:5] - whole.x[5:10]).max() > 1e-9) == better
        assert (whole.fun < constant - 1e-7) == better
    optimum = threshold.constant_optimum(proof, pixels, labels)
    assert solver.certify(optimum, 1.02 * above, pixels, labels)[0] == pytest.approx(constant)
    with pytest.raises(UserError, match="at a pixel"):
        solver.certify(optimum, 0.98 * above, pixels, labels)


def test_of_equally_frequent_digits_the_mean_images_decide():
    pixels, labels = small_problem(1)
    chosen = np.r_[np.flatnonzero(labels < 0)[:12], np.flatnonzero(labels > 0)[:12]]
    pixels, labels = pixels[chosen], labels[chosen]
    _, above = threshold.certified(threshold.solve(pixels, labels), pixels, labels)
    assert threshold.by_mean_images(pixels, labels) == pytest.approx(above)


def test_a_spoiled_proof_is_refused():
    pixels, labels = small_problem(1)
    good = threshold.solve(pixels, labels)
    first = np.eye(len(good.shares))[0]
    for shares, direction in (
        (good.shares + 0.01 * first, good.direction),
        (first, good.direction),
        (good.shares, 2 * good.direction),
    ):
        with pytest.raises(UserError, match="no proof"):
            threshold.certified(threshold.Threshold(shares, direction), pixels, labels)
