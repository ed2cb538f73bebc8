"""The theorem by SciPy's whole programs, leads by a training of a few lines, L2 by scikit-learn."""

import numpy as np
import pytest
from linear_programs import small_problem, whole_program
from sklearn.svm import SVC

from studies.penalties import l2, steps, study
from studies.shared import files, images, models


@pytest.mark.parametrize("epsilon", [0.01, 0.03, 0.06])
@pytest.mark.parametrize("seed", range(3))
def test_a_robust_optimum_divided_by_its_margin_is_that_of_a_penalty_and_back(seed, epsilon):
    """With λ = εR, R the least objective of both programs; back by ε = λ / R, as some loss is left."""
    pixels, labels = small_problem(seed)
    robust = whole_program(pixels, labels, epsilon)
    penalised = whole_program(pixels, labels, 0, epsilon * robust.fun)
    assert penalised.fun == pytest.approx(robust.fun, abs=1e-8)
    (weights, bias), (small, small_bias) = ((r.x[:8] - r.x[8:16], r.x[16]) for r in (robust, penalised))
    size, small_size = np.abs(weights).sum(), np.abs(small).sum()
    scale = 1 / (1 + epsilon * size)
    hinge = np.maximum(0, 1 - scale * labels * (pixels @ weights + bias)).mean()
    assert hinge + epsilon * robust.fun * scale * size == pytest.approx(penalised.fun, abs=1e-8)
    scale = 1 / (1 - epsilon * small_size)
    margins = scale * labels * (pixels @ small + small_bias)
    assert np.maximum(0, 1 - margins + epsilon * scale * small_size).mean() == pytest.approx(
        robust.fun, abs=1e-8
    )
    assert size > 0.1  # neither is a constant


def test_certificates_of_both_families_are_asked():
    pixels, labels = small_problem(0)
    solved = {epsilon: study.solver.solve(pixels, labels, epsilon) for epsilon in (0.02, 0.05)}
    gaps = study.certified_as_both(pixels, labels, solved)
    assert len(gaps) == 2 and np.max(gaps) < study.solver.LARGEST_GAP
    for epsilon, solution in solved.items():
        for spoiled in (study.scaled(solution, 1.01), study.Solution(solution.weights, 9.0, solution.alpha)):
            with pytest.raises(study.solver.UserError, match="apart"):
                study.certified_as_both(pixels, labels, {epsilon: spoiled})


def most_robust(train, test, strengths, robust, proximal, start):
    """Accuracy at attack 0.2 of the strength that is best on the held-out images, in plain steps."""
    held_out = np.arange(len(train[1])) % 5 == 0
    x, y = (np.asarray(array[~held_out], float) for array in train)
    w, b = np.outer(start[:-1], np.ones(8)), np.full(8, float(start[-1]))
    for first in [*range(0, len(y), 100)] * 10:
        rows, signs = x[first : first + 100], y[first : first + 100, None]
        reach = robust * strengths * np.abs(w).sum(axis=0)
        active = (signs * (rows @ w + b) - reach < 1) * signs
        pull = 0.1 * strengths * (np.abs(active).mean(axis=0) if robust else 1)
        moved = w + 0.1 * rows.T @ active / len(signs)
        b = b + 0.1 * active.mean(axis=0)
        near = np.abs(moved) <= pull
        w = np.where(near, 0, moved - pull * np.sign(moved)) if proximal else moved - pull * np.sign(w)
    right = [
        (labels[:, None] * (pixels @ w + b) > 0.2 * np.abs(w).sum(axis=0)).mean(axis=0)
        for pixels, labels in ([array[held_out] for array in train], test)
    ]
    return right[1][right[0].argmax()]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "fold"), [("constant", False), ("constant, other images", True)])
def test_accuracy_of_stopped_training_is_that_of_plain_steps(name, fold):
    """Of threes and fives, for each update of both families, on the test images and on others."""
    pair, place = (3, 5), images.PAIRS.index((3, 5))
    train, test = images.pair("train", pair), images.pair("test", pair)
    if fold:
        everything = [np.concatenate(both) for both in zip(train, test, strict=True)]
        in_fold = np.arange(len(everything[1])) % 7 == 3
        train, test = ([array[chosen] for array in everything] for chosen in (~in_fold, in_fold))
    accuracy = {
        (family, proximal): most_robust(
            train, test, steps.STRENGTHS[family], family == "robust", proximal, models.start(1)
        )
        for family in ("l1", "robust")
        for proximal in (False, True)
    }
    stored = files.arrays("penalties")
    for both, (of_l1, of_robust) in {
        "subgradient": (False, False),
        "proximal": (True, True),
        "mixed": (True, False),
    }.items():
        expected = [100 * accuracy["l1", of_l1], 100 * accuracy["robust", of_robust]]
        assert stored[f"{name}: {both}"][place] == pytest.approx(expected, abs=1e-4)


def race(monkeypatch, seed=0):
    """One whose models are random, and the images they are said to have seen."""
    made, seen = np.random.default_rng(seed), []

    def train(pixels, labels, starts, grid):
        seen.append(pixels)
        keys = [(f, u, s) for f in steps.FAMILIES for u in steps.UPDATES for s in grid]
        return {key: made.normal(size=(785, 8)) * (made.random((785, 8)) < 0.005) for key in keys}

    monkeypatch.setattr(steps, "train", train)
    parts = small_problem(seed, 200, 784), small_problem(seed + 1, 100, 784)
    return steps.Race(*parts, {}, steps.grid((0.1, 0.01), ("constant",))), parts, seen


@pytest.mark.parametrize("seed", [1, 2])
def test_a_strength_is_chosen_on_images_that_its_models_have_not_seen(seed, monkeypatch):
    """And its accuracy is that on the test images, each family taking its best of all strengths and rates."""
    run, (train, test), (seen,) = race(monkeypatch, seed)
    held_out = [row.tolist() for row in train[0][::5]]
    assert len(seen) == 160 and not any(row.tolist() in held_out for row in seen)
    taken = steps.grid((0.1, 0.01), ("constant",))
    found = run.accuracy(("proximal", "subgradient"), taken)
    best_on_test = []
    for family, update, accuracy in (("l1", "proximal", found[0]), ("robust", "subgradient", found[1])):
        weights = np.concatenate([run.weights[family, update, one] for one in taken], axis=1)
        for place, epsilon in enumerate((0.1, 0.2, 0.3)):
            on_held_out, on_test = (
                (
                    labels[:, None] * (pixels @ weights[:-1] + weights[-1])
                    > epsilon * np.abs(weights[:-1]).sum(0)
                ).mean(axis=0)
                for pixels, labels in ((train[0][::5], train[1][::5]), test)
            )
            assert accuracy[place] == pytest.approx(100 * on_test[on_held_out.argmax()])
            best_on_test.append(on_test.max() > on_test[on_held_out.argmax()])
    assert any(best_on_test)  # a choice on the test images would be another


def test_total_weight_is_divided_by_the_margin_that_the_loss_asks_for(monkeypatch):
    run, (train, _), _ = race(monkeypatch)
    for family, strengths in (("l1", np.zeros(8)), ("robust", steps.STRENGTHS["robust"])):
        weights = run.weights[family, "proximal", steps.Steps()]
        sizes = np.abs(weights[:-1]).sum(axis=0)
        right = train[1][::5, None] * (train[0][::5] @ weights[:-1] + weights[-1]) > 0.2 * sizes
        column = right.mean(axis=0).argmax()
        expected = sizes[column] / (1 + strengths[column] * sizes[column])
        assert run.total_weight(family, "proximal", steps.Steps()) == pytest.approx(expected)


def test_other_losses_are_medians_of_the_seeds_and_l2_has_its_best_strength(monkeypatch):
    pixels, labels = small_problem(0, 200, 784)
    made = np.random.default_rng(1)
    weights = made.normal(size=(1, 785, 2, 5)) * (made.random((1, 785, 2, 5)) < 0.005)
    monkeypatch.setattr(study.models, "starts", lambda seeds: None)
    monkeypatch.setattr(study.models, "train", lambda *_, **__: weights)
    found = study.other_losses((pixels, labels), (pixels, labels))
    monkeypatch.setattr(study.l2, "path", lambda *_: weights[0, :, 0])
    best = study.of_l2(
        (pixels, labels), (pixels, labels), {0.1: study.Solution(weights[0, :-1, 0, 4], 0.0, None)}
    )
    for place, name in enumerate(("regular", "0.2")):
        right = [
            np.mean(labels * (pixels @ w[:-1] + w[-1]) > 0.2 * np.abs(w[:-1]).sum())
            for w in weights[0, :, place].T
        ]
        assert len(set(right)) > 2
        assert [loss[name][2] for loss in found.values()] == pytest.approx([np.sort(right)[2]] * 3)
        if name == "regular":
            assert best["l2"] == max(right)


def test_who_is_ahead_needs_the_median_pair_and_two_thirds_of_all():
    for leads, ahead in (
        ([3, 2, 1.1, 0], "robust"),
        ([9, 9, 0.9, 0], "neither"),  # half of the pairs
        ([-3, -2, -1.5, 7], "l1"),
        ([-0.9, -0.9, -0.9, -0.9], "neither"),
        ([-3, 3, -3, 3], "neither"),
    ):
        l1 = np.full((4, 3), 40.0)
        robust = l1 + np.stack([np.zeros(4), leads, np.full(4, 50)], axis=1)
        found = steps.summary(accuracy := np.stack([l1, robust], axis=1))
        assert steps.ahead(accuracy) == ahead
        assert found["lead"] == pytest.approx([0, np.sort(leads)[1:3].mean(), 50], abs=0.051)
        assert found["keep"] == pytest.approx([40, 40 + np.sort(leads)[1:3].mean()], abs=0.051)
        assert (found["robust"], found["l1"]) == (sum(v > 1 for v in leads), sum(v < -1 for v in leads))


def test_a_falling_rate_and_an_average_are_those_of_a_model_alone():
    """Every column of `train` against one training by itself."""
    pixels, labels = small_problem(2, 250, 8)
    starts = {"1": np.random.default_rng(1).normal(size=9) / 10}
    found = steps.train(pixels, labels, starts, steps.grid((0.1, 0.3), tuple(steps.SCHEDULES)))
    for (family, update, one), weights in found.items():
        if one.schedule == "averaged":
            continue
        strength = steps.STRENGTHS[family][5]
        average = steps.trainer.Average(5)
        alone = steps.trainer.train(
            pixels,
            labels,
            starts["1"][:, None],
            [strength * (family == "robust")],
            [one.rate],
            [False],
            l1=strength * (family == "l1"),
            schedule=steps.SCHEDULES[one.schedule],
            proximal=update == "proximal",
            observe=average,
        )[-1]
        np.testing.assert_allclose(weights[:, 5], alone[:, 0], atol=1e-6)
        if one.schedule == "constant":
            averaged = found[family, update, steps.Steps("averaged", one.rate)][:, 5]
            np.testing.assert_allclose(averaged, average.weights()[:, 0], atol=1e-6)


@pytest.mark.parametrize("strength", [0.01, 0.1, 1.0])
def test_the_l2_optimum_is_scikit_learns(strength):
    pixels, labels = small_problem(0)
    found = l2.path(pixels, labels, (10 * strength, strength))[:, 1]
    machine = SVC(kernel="linear", C=1 / (strength * len(labels)), tol=1e-8).fit(pixels, labels)

    def objective(weights, bias):
        return np.maximum(0, 1 - labels * (pixels @ weights + bias)).mean() + strength * weights @ weights / 2

    least = objective(machine.coef_[0], machine.intercept_[0])
    assert least - 1e-9 <= objective(found[:-1], found[-1]) <= least + 0.005
