"""The theorem by SciPy's whole programs, accuracies by a few plain lines."""

from itertools import product

import numpy as np
import pytest
from linear_programs import small_problem, whole_program

from studies.penalties import steps, study
from studies.shared import files, images, models


def objective(pixels, labels, weights, bias, epsilon, strength):
    size = np.abs(weights).sum()
    losses = np.maximum(0, 1 - labels * (pixels @ weights + bias) + epsilon * size)
    return losses.mean() + strength * size


@pytest.mark.parametrize(("seed", "epsilon"), [(0, 0.01), (1, 0.03), (2, 0.06)])
def test_a_robust_optimum_divided_is_that_of_a_penalty_and_back(seed, epsilon):
    """With λ = εR, R the least objective of both programs; back by ε = λ / R, as some loss is left."""
    problem = small_problem(seed)
    least = whole_program(*problem, epsilon)
    penalised = whole_program(*problem, 0, strength := epsilon * least.fun)
    robust, small = (study.Solution(r.x[:8] - r.x[8:16], r.x[16], None) for r in (least, penalised))
    divided = study.divided(robust, epsilon)
    assert np.abs(robust.weights).sum() > 0.1  # not a constant
    assert penalised.fun == pytest.approx(least.fun, abs=1e-8)
    scale = 1 / (1 - epsilon * np.abs(small.weights).sum())
    for found in (
        objective(*problem, divided.weights, divided.bias, 0, strength),
        objective(*problem, scale * small.weights, scale * small.bias, epsilon, 0),
    ):
        assert found == pytest.approx(least.fun, abs=1e-8)


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
    """Each ε under its own attack, in the median pair."""
    arrays, found = files.arrays("digits"), []
    for pair in images.PAIRS:
        test = images.pair("test", pair)
        models_of = {attack: arrays[f"{images.key(pair)} optimum {attack}"] for attack in (0.1, 0.2, 0.3)}
        found.append([100 * right(w[:-1, None], w[-1], *test, attack)[0] for attack, w in models_of.items()])
    assert files.numbers("penalties").converged.right == pytest.approx(np.median(found, axis=0), abs=0.06)
    made = [study.right(optimum, test, attack) for attack, optimum in study.of_digits(pair, arrays).items()]
    assert made == pytest.approx(found[-1], abs=0.06)  # of the last pair


@pytest.mark.parametrize("proximal", [False, True])
def test_a_robust_step_divided_is_the_penalty_s_at_a_smaller_rate(proximal):
    pixels, labels = small_problem(0)
    start = np.random.default_rng(0).normal(size=(9, 1))
    asked = 1 + 0.1 * np.abs(start[:-1]).sum()
    share = (labels * (pixels @ start[:-1, 0] + start[-1, 0]) < asked).mean()
    assert asked > 1.4 and 0.1 < share < 0.9
    robust, penalised = (
        steps.trainer.train(pixels, labels, begun, [eps], [rate], [False], 1, l1=l1, proximal=proximal)[-1]
        for begun, eps, rate, l1 in ((start, 0.1, 0.5, 0), (start / asked, 0, 0.5 / asked, 0.1 * share))
    )
    assert np.abs(robust - start).max() > 0.01
    np.testing.assert_allclose(robust / asked, penalised, atol=1e-6)


def most_robust(train, test, strengths, robust, proximal, name):
    """Accuracy in % at 0.2 and 0.3 of the strength that is best on held-out images there, in plain steps."""
    held_out = np.arange(len(train[1])) % 5 == 0
    x, y = (array[~held_out].astype(float) for array in train)
    start = np.zeros(785) if name == "zeros" else models.start(1)
    w, b = np.outer(start[:-1], np.ones(8)), np.full(8, float(start[-1]))
    firsts, before = [*range(0, len(y), 100)] * 10, []
    for step, first in enumerate(firsts):
        before.append((w, b))
        rows, signs = x[first : first + 100], y[first : first + 100, None]
        reach = robust * strengths * np.abs(w).sum(axis=0)
        active = (signs * (rows @ w + b) - reach < 1) * signs
        rate = 0.1 * np.cos(np.pi / 2 * step / len(firsts)) ** 2 if name == "falling" else 0.1
        pull = rate * strengths * (np.abs(active).mean(axis=0) if robust else 1)
        moved = w + rate * rows.T @ active / len(signs)
        b = b + rate * active.mean(axis=0)
        near = np.abs(moved) <= pull
        w = np.where(near, 0, moved - pull * np.sign(moved)) if proximal else moved - pull * np.sign(w)
    if name == "averaged":
        w, b = (np.mean(of, axis=0) for of in zip(*before[len(before) // 2 :], strict=True))
    chosen = {a: right(w, b, *(array[held_out] for array in train), a).argmax() for a in (0.2, 0.3)}
    return [100 * right(w, b, *test, attack)[column] for attack, column in chosen.items()]


@pytest.mark.slow
def test_accuracy_of_stopped_training_is_that_of_plain_steps():
    """Of threes and fives, made again and as stored, for each update of both families."""
    starts = {"seed 1": models.start(1), "seed 2": models.start(2), "zeros": np.zeros(785)}
    both = images.all_digits("train"), images.all_digits("test")
    optima = study.of_digits((3, 5), files.arrays("digits"))
    made, stored = study.study_pair((3, 5), *both, starts, optima)["accuracy"], files.arrays("penalties")
    train, test = images.pair("train", (3, 5)), images.pair("test", (3, 5))
    for name, update in product(("falling", "averaged", "zeros"), ("subgradient", "proximal")):
        expected = [
            most_robust(train, test, of, family == "robust", update == "proximal", name)
            for family, of in steps.STRENGTHS.items()
        ]
        for found in (np.array(made[name, update]), stored[f"{name}: {update}"][images.PAIRS.index((3, 5))]):
            assert found[:, 1:] == pytest.approx(np.array(expected), abs=1e-4)


def test_leads_of_the_page_are_medians_over_all_pairs():
    """Computed from the stored accuracy of each pair."""
    stored, of = files.numbers("penalties"), files.arrays("penalties")
    for update in ("subgradient", "proximal"):
        for name, kept in stored.early.items():
            accuracy = of[f"{name}: {update}"].astype(float)  # (45, 2, 3)
            l1, robust = np.sort(accuracy, axis=0)[22]
            lead = np.sort(accuracy[:, 1] - accuracy[:, 0], axis=0)
            for found in (kept[update], steps.summary(accuracy)):
                assert found["lead"] == pytest.approx(lead[22], abs=0.051)
                assert np.transpose(found["keep"]) == pytest.approx(np.array([l1, robust]), abs=0.051)
                counts = (lead[:, 1] > 1.0001).sum(), (lead[:, 1] < -1.0001).sum()
                assert (found["robust"], found["l1"]) == counts


def test_a_family_chooses_on_held_out_images_among_all_strengths_and_steps():
    """Of accuracies drawn at random."""
    draw, names = np.random.default_rng(0), ("0.1", "0.01")
    of_pair = {
        (f, u, n): draw.random((2, 3, 8)) for f in steps.FAMILIES for u in steps.UPDATES for n in names
    }
    found = steps.of_choices(of_pair, steps.UPDATES, names)
    for family, accuracy in zip(("l1", "robust"), found, strict=True):
        for attack in range(3):
            of = [pair for key, one in of_pair.items() if key[0] == family for pair in one[:, attack].T]
            assert accuracy[attack] == 100 * max(of, key=lambda pair: pair[0])[1]
    (held_out, tested), (best, _) = (
        of_pair["l1", "proximal", "0.01"],
        steps.of_choices(of_pair, ("proximal",), ("0.01",)),
    )
    assert best == pytest.approx([100 * tested[attack, held_out[attack].argmax()] for attack in range(3)])
