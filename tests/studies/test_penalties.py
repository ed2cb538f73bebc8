"""The theorem by SciPy's whole programs, accuracies by a few plain lines, L2 by scikit-learn."""

import numpy as np
import pytest
from linear_programs import small_problem, whole_program
from sklearn.svm import SVC

from studies.penalties import l2, steps, study
from studies.shared import files, images, models


def objective(pixels, labels, weights, bias, epsilon, strength):
    size = np.abs(weights).sum()
    losses = np.maximum(0, 1 - labels * (pixels @ weights + bias) + epsilon * size)
    return losses.mean() + strength * size


@pytest.mark.parametrize("epsilon", [0.01, 0.03, 0.06])
@pytest.mark.parametrize("seed", range(3))
def test_a_robust_optimum_divided_is_that_of_a_penalty_and_back(seed, epsilon):
    """With λ = εR, R the least objective of both programs; back by ε = λ / R, as some loss is left."""
    problem = small_problem(seed)
    least = whole_program(*problem, epsilon)
    penalised = whole_program(*problem, 0, strength := epsilon * least.fun)
    robust, small = (study.Solution(r.x[:8] - r.x[8:16], r.x[16], None) for r in (least, penalised))
    divided = study.divided(robust, epsilon)
    assert np.abs(robust.weights).sum() > 0.1  # not a constant
    assert penalised.fun == pytest.approx(least.fun, abs=1e-8)
    assert objective(*problem, divided.weights, divided.bias, 0, strength) == pytest.approx(
        least.fun, abs=1e-8
    )
    scale = 1 / (1 - epsilon * np.abs(small.weights).sum())
    multiplied = scale * small.weights, scale * small.bias
    assert objective(*problem, *multiplied, epsilon, 0) == pytest.approx(least.fun, abs=1e-8)


def test_certificates_of_both_families_are_asked():
    pixels, labels = small_problem(0)
    solved = {epsilon: study.solver.solve(pixels, labels, epsilon) for epsilon in (0.02, 0.05)}
    gaps = study.certified_as_both(pixels, labels, solved)
    assert np.shape(gaps) == (2, 2) and np.max(gaps) < study.solver.LARGEST_GAP
    for epsilon, solution in solved.items():
        spoiled = study.Solution(1.01 * solution.weights, solution.bias, solution.alpha)
        with pytest.raises(study.solver.UserError, match="apart"):
            study.certified_as_both(pixels, labels, {epsilon: spoiled})


def right(weights, bias, pixels, labels, attack):
    """Shares (M,) of images whose margin exceeds the reach, of weights (784, M)."""
    return (labels[:, None] * (pixels @ weights + bias) > attack * np.abs(weights).sum(axis=0)).mean(axis=0)


@pytest.mark.slow
def test_converged_models_are_right_on_as_many_images_as_the_page_says():
    """Each ε under its own attack, in the median pair; crosses of fours and nines lie in their rings."""
    stored, optima, found = files.numbers("penalties"), files.arrays("digits"), []
    for pair in images.PAIRS:
        of_strengths = []
        for attack in (0.1, 0.2, 0.3):
            model = optima[f"{images.key(pair)} optimum {attack}"]
            of_strengths += right(model[:-1, None], model[-1], *images.pair("test", pair), attack).tolist()
        found.append(of_strengths)
    assert stored.converged.right == pytest.approx(100 * np.median(found, axis=0), abs=0.06)
    rings, crosses = ([point["attacked"] for point in stored.front[name]] for name in ("robust", "l1"))
    assert rings[3] == pytest.approx(found[images.PAIRS.index((4, 9))][1], abs=2e-3)
    assert rings == pytest.approx(crosses, abs=1e-3) and len(set(rings)) == 5


def test_a_robust_step_divided_is_the_penalty_s_at_a_smaller_rate():
    pixels, labels = small_problem(0)
    start = np.random.default_rng(0).normal(size=(9, 1))
    asked = 1 + 0.1 * np.abs(start[:-1]).sum()
    share = (labels * (pixels @ start[:-1, 0] + start[-1, 0]) < asked).mean()
    assert asked > 1.4 and 0.1 < share < 0.9
    robust, penalised = (
        steps.trainer.train(pixels, labels, begun, [epsilon], [rate], [False], 1, l1=l1)[-1]
        for begun, epsilon, rate, l1 in (
            (start, 0.1, 0.5, 0),
            (start / asked, 0, 0.5 / asked, 0.1 * share),
        )
    )
    np.testing.assert_allclose(robust / asked, penalised, atol=1e-6)


def most_robust(train, test, strengths, robust, proximal, start):
    """Accuracy at attack 0.2 of the strength that is best on the held-out images, in plain steps."""
    held_out = np.arange(len(train[1])) % 5 == 0
    x, y = (array[~held_out].astype(float) for array in train)
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
    chosen = right(w, b, *(array[held_out] for array in train), 0.2).argmax()
    return right(w, b, *test, 0.2)[chosen]


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


@pytest.mark.parametrize("seed", [1, 2])
def test_a_strength_is_chosen_on_images_that_its_models_have_not_seen(seed, monkeypatch):
    """Of random models; each family takes its best of all strengths and rates, and is tested elsewhere."""
    made, seen = np.random.default_rng(seed), []

    def train(pixels, labels, starts, grid):
        seen.append(pixels)
        keys = [(f, u, s) for f in steps.FAMILIES for u in steps.UPDATES for s in grid]
        return {key: made.normal(size=(785, 8)) * (made.random((785, 8)) < 0.005) for key in keys}

    monkeypatch.setattr(steps, "train", train)
    train, test = small_problem(seed, 200, 784), small_problem(seed + 1, 100, 784)
    both, slow = steps.grid((0.1, 0.01), ("constant",)), (steps.Steps(rate=0.01),)
    run = steps.Race(train, test, {}, both)
    held_out = [array[::5] for array in train]
    assert len(seen[0]) == 160
    assert not any(row.tolist() in held_out[0].tolist() for row in seen[0])
    differ = False
    for taken in ((both, both), (slow, both)):
        found = run.accuracy(("proximal", "subgradient"), *dict.fromkeys(taken))
        for family, update, one, accuracy in zip(
            ("l1", "robust"), ("proximal", "subgradient"), taken, found, strict=True
        ):
            models = np.concatenate([run.weights[family, update, each] for each in one], axis=1)
            for place, attack in enumerate((0.1, 0.2, 0.3)):
                shares = right(models[:-1], models[-1], *test, attack)
                chosen = right(models[:-1], models[-1], *held_out, attack).argmax()
                assert accuracy[place] == pytest.approx(100 * shares[chosen])
                differ |= shares.max() > shares[chosen]
    assert differ  # a choice on the test images would be another
    for family, strengths in (("l1", np.zeros(8)), ("robust", steps.STRENGTHS["robust"])):
        models = run.weights[family, "proximal", slow[0]]
        column = right(models[:-1], models[-1], *held_out, 0.2).argmax()
        size = np.abs(models[:-1, column]).sum()
        margins = test[1] * (test[0] @ models[:-1, column] + models[-1, column])
        shape = run.shape(family, "proximal", slow[0])
        assert shape["asked"] == pytest.approx(1 + strengths[column] * size)
        assert shape["weight_over_margin"] == pytest.approx(size / np.sort(margins)[49:51].mean())
        assert run.at_an_end(family, "proximal", slow) == (column in (0, 7))


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
        assert [steps.ahead(accuracy, attack) for attack in range(3)] == ["neither", ahead, "robust"]
        assert found["lead"] == pytest.approx([0, np.sort(leads)[1:3].mean(), 50], abs=0.051)
        assert found["keep"] == pytest.approx([40, 40 + np.sort(leads)[1:3].mean()], abs=0.051)
        assert (found["robust"], found["l1"]) == (sum(v > 1 for v in leads), sum(v < -1 for v in leads))


def test_a_falling_rate_and_an_average_are_those_of_a_model_alone():
    """Every column of `train` against one training by itself."""
    assert [steps.cosine(done) for done in (0, 0.25, 0.5, 1)] == pytest.approx(
        [1, 0.853553, 0.5, 0], abs=1e-6
    )
    assert [steps.stairs(done) for done in (0, 0.49, 0.5, 0.74, 0.75)] == [1, 1, 0.1, 0.1, 0.01]
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

    def of_l2(weights, bias):
        return objective(pixels, labels, weights, bias, 0, 0) + strength * weights @ weights / 2

    least = of_l2(machine.coef_[0], machine.intercept_[0])
    assert least - 1e-9 <= of_l2(found[:-1], found[-1]) <= least + 0.005
