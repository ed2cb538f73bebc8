"""Stored certificates again from the data, the L2 optimum beside scikit-learn's, other losses by SciPy."""

from dataclasses import replace

import numpy as np
import pytest
from linear_programs import small_problem, whole_program
from scipy.optimize import minimize
from sklearn.svm import SVC

from studies.penalties import epochs, l2, losses, study
from studies.shared import attacks as margins
from studies.shared import files, images, solver


@pytest.mark.slow
@pytest.mark.parametrize("pair", ["0 1", "4 9"])
@pytest.mark.parametrize("family", ["l1", "robust"])
def test_stored_optima_are_optimal_and_make_their_front(pair, family):
    arrays = files.arrays("penalties")
    train, test = (images.pair(split, tuple(map(int, pair.split()))) for split in ("train", "test"))
    strengths, weights, alpha = (
        arrays[f"{pair} {family} {part}"] for part in ("strengths", "weights", "alpha")
    )
    points = files.numbers("penalties").fronts[pair][family]
    assert [point.strength for point in points] == pytest.approx(list(strengths), rel=1e-5)
    for strength, model, proof, point in zip(strengths, weights.T, alpha, points, strict=True):
        solution = solver.Solution(model[:-1], model[-1], proof)
        solver.certify(solution, *((strength, *train, 0) if family == "robust" else (0, *train, strength)))
        found = test[1] * (test[0].astype(float) @ model[:-1] + model[-1])
        reach = np.abs(model[:-1]).sum()
        assert point.clean == pytest.approx((found > 0).mean(), abs=1e-5)
        for epsilon, accuracy in point.attacked.items():
            assert accuracy == pytest.approx((found > float(epsilon) * reach).mean(), abs=1.5 / len(found))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("penalty", [0, 0.02])
def test_robust_plus_penalty_ends_in_a_penalised_optimum(seed, penalty):
    pixels, labels = small_problem(seed)
    solution = solver.solve(pixels, labels, 0.05, penalty)
    least = solver.objective(solution.weights, solution.bias, 0.05, pixels, labels, penalty)
    scale = 1 / (1 + 0.05 * np.abs(solution.weights).sum())
    scaled = study.scaled(solution, scale)
    solver.certify(scaled, 0, pixels, labels, (penalty + 0.05 * least) * (1 + 1e-7))


@pytest.mark.parametrize("strength", [0.01, 0.1, 1.0])
def test_the_l2_optimum_is_scikit_learns(strength):
    pixels, labels = small_problem(0)
    signed = np.column_stack([pixels, np.ones(len(pixels))]) * labels[:, None]
    _, upper, lower = l2.solve(signed, labels, strength)
    machine = SVC(kernel="linear", C=1 / (strength * len(labels)), tol=1e-8).fit(pixels, labels)
    theirs = np.append(machine.coef_[0], machine.intercept_[0])
    objective = np.maximum(0, 1 - signed @ theirs).mean() + strength * (theirs[:-1] ** 2).sum() / 2
    assert lower - 1e-9 <= objective <= upper + 1e-9
    assert upper - objective < 0.005


@pytest.mark.slow
def test_three_points_of_a_front_are_scikit_learns():
    train, test = images.pair("train"), images.pair("test")
    for point in files.numbers("penalties").fronts["0 1"].l2[-3:]:
        machine = SVC(kernel="linear", C=1 / (point.strength * len(train[1])), tol=1e-6).fit(*train)
        weights = np.append(machine.coef_[0], machine.intercept_[0])[:, None]
        theirs = margins.accuracy(weights, *test, [0, 0.1, 0.2, 0.3])[:, 0]
        assert [point.clean, *point.attacked.values()] == pytest.approx([*theirs], abs=0.005)


@pytest.mark.parametrize("seed", range(3))
def test_without_a_loss_robust_training_and_penalty_part(seed):
    """Below the distance that a separator keeps robust training loses nothing; a weak penalty ends in it."""
    pixels, labels = small_problem(seed)
    pixels = np.where(labels[:, None] > 0, 0.55 + 0.45 * pixels, 0.5 * pixels)
    separator = solver.solve(pixels, labels, 0, 1e-5)
    assert solver.objective(separator.weights, separator.bias, 0, pixels, labels) < 1e-9
    distance = 1 / np.abs(separator.weights).sum()
    assert whole_program(pixels, labels, 0.999 * distance).fun == pytest.approx(0, abs=1e-9)
    assert whole_program(pixels, labels, 1.001 * distance).fun > 1e-4


def test_a_strength_is_chosen_on_images_that_its_models_have_not_seen(monkeypatch):
    """Of three made-up models the one that withstands most on every fifth image is taken, for each attack."""
    pixels, labels = small_problem(0, pixels=784)
    monkeypatch.setattr(study, "linear_programs", lambda images, *_: (spy(images), spy(images), {}))
    monkeypatch.setattr(study, "l2_path", lambda images, *_: spy(images))
    seen, made = [], np.random.default_rng(0).normal(size=(785, 3))

    def spy(images):
        seen.append(images)
        return None, made, None

    chosen = study.chosen_on_held_out((pixels, labels), {})
    held_out = [row.tolist() for row in pixels[::5]]
    assert not any(row.tolist() in held_out for images in seen for row in images)
    right = margins.accuracy(made, pixels[::5], labels[::5], [0.1, 0.2, 0.3])
    for weights in chosen.values():
        np.testing.assert_array_equal(weights, made[:, right.argmax(axis=1)])


def test_training_that_stops_early_is_that_of_a_model_alone():
    """Ends of each family, at its last rate, by hand: a step on the mean of one batch, penalties' shorter."""
    pixels, labels = small_problem(2, pixels=784)
    start = np.random.default_rng(1).normal(size=785) * np.r_[np.ones(784), 0]
    choice = replace(epochs.EQUAL, epochs=1, regular=(0.02, False))
    found = epochs.train(epochs.Case(choice, (1, 0.5), 4), pixels, labels, start)
    signed = np.column_stack([pixels, np.ones(len(pixels))]) * labels[:, None]
    signs = np.r_[np.sign(start[:-1]), 0]
    for name, column, step, epsilon, l1, l2_strength in (
        ("l1", -1, 0.01, 0, 10**-0.5, 0),
        ("l2", -1, 0.01, 0, 0, 0.01),
        ("l2", -4, 0.01 / 10**1.5, 0, 0, 10**1.5),
        ("robust", -1, 0.05, 0.4, 0, 0),
        ("robust", 0, 0.1, 0.01, 0, 0),
    ):
        active = signed @ start - epsilon * np.abs(start[:-1]).sum() < 1
        push = (active @ signed - epsilon * active.sum() * signs) / len(labels)
        push -= l1 * signs + l2_strength * start * np.abs(signs)
        np.testing.assert_allclose(found[name][:, column], start + step * push, atol=1e-6)


def test_a_family_with_more_rates_has_the_models_of_each():
    """So whatever it covers at one rate, it covers at any."""
    pixels, labels = small_problem(2, pixels=784)
    start = np.zeros(785)
    union = epochs.train(epochs.Case(epochs.EQUAL, (1, 10), 5), pixels, labels, start)
    theirs = np.array([[0.7, 0.4, 0.3, 0.2], [0.6, 0.5, 0.1, 0.1]])
    for rate, columns in ((1, slice(0, 5)), (10, slice(5, 10))):
        part = epochs.train(epochs.Case(replace(epochs.EQUAL, rate=rate), strengths=5), pixels, labels, start)
        for name, weights in part.items():
            np.testing.assert_allclose(union[name][:, columns], weights, atol=1e-6)
            ours, all_of_ours = (study.measure(each, (pixels, labels)) for each in (weights, union[name]))
            for place in (1, 2, 3):
                assert study.covers(all_of_ours, theirs, place, 60) >= study.covers(ours, theirs, place, 60)


def test_other_losses_are_trained_as_the_post_trains(monkeypatch):
    """The squared hinge from zeros, one image after another."""
    pixels, labels = small_problem(3, count=250, pixels=784)
    monkeypatch.setattr(losses, "ATTACKS", (0.0, 0.01))
    found = losses.trained((pixels, labels), (pixels, labels))["squared_hinge"]["zeros"]
    for name, epsilon, rate in (("regular", 0, 0.1), ("0.2", 0.2, 1e-4)):
        weights, bias = np.zeros(784), 0.0
        for first in [0, 100, 200] * 10:
            batch = list(zip(pixels[first : first + 100], labels[first : first + 100], strict=True))
            pull, pull_of_bias = 0, 0
            for x, y in batch:
                lack = max(0, 1 - y * (weights @ x + bias) + epsilon * np.abs(weights).sum())
                pull = pull + 2 * lack * (y * x - epsilon * np.sign(weights))
                pull_of_bias += 2 * lack * y
            step = rate if epsilon else rate / len(batch)
            weights, bias = weights + step * pull, bias + step * pull_of_bias
        for attack, accuracy in zip((0, 0.01), found[name], strict=True):
            right = labels * (pixels @ weights + bias) > attack * np.abs(weights).sum()
            assert accuracy == pytest.approx(right.mean(), abs=1e-9)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_other_losses_reach_what_a_derivative_free_search_does(name):
    pixels, labels = small_problem(1, pixels=3)
    loss, epsilon = losses.LOSSES[name], 0.05

    def objective(model):
        return loss(epsilon * np.abs(model[:-1]).sum() - labels * (pixels @ model[:-1] + model[-1]))[0].mean()

    ours, slope = losses.solve(pixels, labels, epsilon, loss)
    search = {"method": "Nelder-Mead", "options": {"maxiter": 20_000, "xatol": 1e-9, "fatol": 1e-12}}
    best = min(minimize(objective, start, **search).fun for start in (np.zeros(4), ours, ours + 0.3))
    assert objective(ours) <= best + 1e-7
    assert slope < 1e-4
    lacks = np.linspace(-3, 3, 13)
    slopes = (loss(lacks + 1e-6)[0] - loss(lacks - 1e-6)[0]) / 2e-6
    np.testing.assert_allclose(loss(lacks)[1], slopes, atol=1e-5)


def test_a_family_covers_another_if_it_has_a_model_as_good_both_ways():
    theirs = np.array([[0.9, 0.5], [0.8, 0.7], [0.7, 0.7]])  # the second is best under attack
    for ours, covered in (([[0.8, 0.7]], True), ([[0.9, 0.6], [0.7, 0.9]], False), ([[0.8, 0.6999]], True)):
        assert study.covers(np.array(ours), theirs, 1, 2000) == covered


def test_covers_are_counted_both_ways_and_where_there_is_none():
    """Robust is better at the first attack, the penalty at the second; at the third neither covers."""
    robust = np.array([[0.9, 0.8, 0.3, 0.5]])
    penalised = np.array([[0.9, 0.7, 0.6, 0.4], [0.8, 0.6, 0.5, 0.6]])
    found = study.contests({"l1": penalised, "l2": penalised, "robust": robust}, 1000, False)
    for penalty in ("l1", "l2"):
        assert found[f"{penalty} covers robust"] == 1
        assert found[f"robust covers {penalty}"] == 1
        assert found[f"neither {penalty} nor robust"] == 1


def test_accidents_of_models_side_by_side_are_those_of_each():
    pixels, labels = small_problem(4, count=12, pixels=784)
    weights = np.random.default_rng(5).normal(size=(785, 3))
    both = study.of_accidents(pixels, labels, weights)
    for column in range(3):
        alone = study.of_accidents(pixels, labels, weights[:, column : column + 1])
        np.testing.assert_allclose(both[column], alone[0])
    assert len(set(both)) == 3


def test_the_strengths_reach_from_more_accurate_to_useless():
    """The strong end is no better than a constant, the weak end less robust than what lies between."""
    for pair, fronts in files.numbers("penalties").fronts.items():
        labels = images.pair("test", tuple(map(int, pair.split())))[1]
        constant = margins.constant_right(labels) / len(labels)
        for family in ("l1", "l2"):
            weak, *between, strong = sorted(fronts[family], key=lambda point: point.strength)
            assert len(between) >= 13
            assert strong.clean <= constant + 0.2, (pair, family)
            assert weak.attacked["0.3"] < max(point.attacked["0.3"] for point in between), (pair, family)
