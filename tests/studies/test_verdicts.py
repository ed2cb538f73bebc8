"""Statements measure what they say, choices do what they say, numbers come out again.

T1 is tested with the attack, in test_adversarial.py.
"""

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from scipy.stats import hypergeom

from experiment_robust import robust_hinge_loss
from studies.shared import files, images, models
from studies.verdicts import choices, shapes, statements, study
from studies.verdicts.case import Case
from studies.verdicts.choices import BY_NAME, STARTS
from studies.verdicts.statements import STATEMENTS
from support.runs import load_models

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((230, 784)).astype(np.float32)
LABELS = np.where(RANDOM.random(230) < 0.5, -1, 1).astype(np.float32)

# The proofs, on the experiment's own loss, in float64


def loss(label: float, logit: float, weights: np.ndarray, epsilon: float) -> float:
    return float(robust_hinge_loss(np.array([label]), np.array([logit]), weights[:, None], epsilon)[0])


def test_t3_and_t4_the_kink_moves_to_a_larger_margin():
    weights = np.array([2.0, -1.0])
    for margin, expected in ((-3, 4.9), (0, 1.9), (1, 0.9), (2, 0)):
        assert loss(-1.0, -margin, weights, 0.3) == pytest.approx(expected)


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_t2_and_t5_epsilon_enters_the_weights_gradient_and_far_examples_have_none(active, label):
    random = np.random.default_rng(3)
    weights, image = random.normal(size=9), random.random(9) * (np.arange(9) > 2)
    bias = label * (-20 if active else 20)

    def slopes(function, point):
        steps = 1e-5 * np.eye(9)
        return [(function(point + step) - function(point - step)) / 2e-5 for step in steps]

    of_image = slopes(lambda x: loss(label, x @ weights + bias, weights, 0.25), image)
    of_weights = slopes(lambda w: loss(label, image @ w + bias, w, 0.25), weights)
    np.testing.assert_allclose(of_image, -active * label * weights, atol=1e-7)  # as without ε
    expected = active * (-label * image + 0.25 * np.sign(weights))
    np.testing.assert_allclose(of_weights, expected, atol=1e-7)


@pytest.mark.parametrize(("weight", "pixel", "grows"), [(0.01, 0.3, True), (1.0, 0.1, False)])
def test_t6_a_pixel_not_the_size_of_its_weight_decides_whether_the_weight_shrinks(weight, pixel, grows):
    """For ε = 0.2."""
    at, beyond = (loss(1.0, pixel * w, np.array([w]), 0.2) for w in (weight, weight + 1e-5))
    assert (beyond < at) == grows


# The choices


def test_a_factor_of_the_robust_rate_changes_robust_training_only():
    data = IMAGES, LABELS, RANDOM.normal(size=(785, 2)) / 30
    plain, all_rates, robust_rates = (
        choices.train(BY_NAME[name], *data) for name in ("the post's", "rates × 10", "large robust steps")
    )
    np.testing.assert_array_equal(robust_rates[:, 0], plain[:, 0])
    np.testing.assert_array_equal(robust_rates[:, 1:], all_rates[:, 1:])
    assert (all_rates != plain).any(axis=(0, 2)).all()


def test_each_image_is_seen_once_an_epoch_and_tested_on_once():
    of_epoch = choices.batches(BY_NAME["reshuffled"], 230)
    first, second = np.concatenate(of_epoch(0)), np.concatenate(of_epoch(1))
    assert sorted(first) == sorted(second) == list(range(230)) and (first != second).any()
    sides = list(study.folds((IMAGES[:200], LABELS[:200]), (IMAGES[200:], LABELS[200:])))
    tested = np.concatenate([test[0] for _, test in sides])
    assert sorted(map(bytes, tested)) == sorted(map(bytes, IMAGES))
    assert all(len(fit[1]) + len(test[1]) == 230 for fit, test in sides)
    np.testing.assert_array_equal(sides[3][1][0][:2], IMAGES[[3, 10]])


# What statements are measured on


@pytest.fixture(params=[False, True], ids=["any", "clipped"])
def case(request) -> Case:
    """Four models from three starts on forty images, none of them any good."""
    data = IMAGES[:40], LABELS[:40]
    return Case(RANDOM.normal(size=(785, 4, 3)) / 10, data, data, request.param)


def after(case: Case, weights: np.ndarray, epsilon: float) -> np.ndarray:
    """Margins of one model (785,) on images of which each pixel has really moved."""
    images, labels = case.test
    moved = images - epsilon * labels[:, None] * np.sign(weights[:-1])
    return labels * ((np.clip(moved, 0, 1) if case.clipped else moved) @ weights[:-1] + weights[-1])


def over_starts(case: Case, measure) -> np.ndarray:
    """The median over the starts of `measure(weights (785,))`, for each model."""
    return np.median([[measure(w) for w in of.T] for of in case.weights.transpose(1, 0, 2)], axis=1)


def fooled_logit(moved: np.ndarray, clean: np.ndarray) -> float:
    return np.median(-moved[moved <= 0]) / np.median(np.abs(clean))


def test_accuracies_and_logits_are_those_of_images_that_are_really_moved(case):
    case.weights[-1] = 12  # so that some withstand
    right = {e: over_starts(case, lambda w, e=e: np.mean(after(case, w, e) > 0)) for e in (0.1, 0.2)}
    assert statements.brittle_at_02(case) == pytest.approx(right[0.2][0])
    assert statements.brittle_at_01(case) == pytest.approx(right[0.1][0])
    assert 0 < right[0.2][0] < right[0.1][0]
    ratios = []
    for epsilon in (0.2, 0.3, 0.4, 0.5):
        of = over_starts(case, lambda w, e=epsilon: fooled_logit(after(case, w, e), after(case, w, 0)))
        ratios.append(of[0] / max(of[1:]))
    assert statements.surest(case) == pytest.approx(min(ratios), rel=1e-4)


def test_logits_where_a_quarter_is_fooled_come_out_of_an_attack_of_that_size(case):
    def relative(weights):
        clean, norm = after(case, weights, 0), np.abs(weights[:-1]).sum()
        moved = after(case, weights, np.sort(clean)[9] / norm + 1e-9)  # the tenth of forty has just fallen
        assert np.count_nonzero(moved <= 0) == 10
        return fooled_logit(moved, clean)

    if case.clipped:
        assert np.isnan(statements.surest_at_equal_shares(case))
    else:
        expected = over_starts(case, relative)
        found = statements.surest_at_equal_shares(case)
        assert found == pytest.approx(expected[0] / max(expected[1:]), rel=1e-4)


def test_specks_are_the_ink_that_does_not_touch_the_largest_piece():
    picture = np.zeros((28, 28), np.float32)
    picture[:2, :2] = picture[2, 2] = 0.1  # touching at a corner
    picture[10, :4] = 0.9  # darker, but fewer pixels
    digit = np.where(np.arange(28)[:, None] < 10, picture, 0).ravel()
    np.testing.assert_array_equal(shapes.erase_specks(picture.ravel()), digit)
    np.testing.assert_array_equal(shapes.erase_specks(digit), digit)


def test_mistakes_with_specks_are_counted_cured_and_new():
    """To one model a speck in the last pixel makes a mistake, to another its lack does."""
    plain = np.zeros(784)
    plain[[0, 1, 28]] = 1
    specked, weights = np.append(plain[:-1], 1), np.zeros((785, 4, 1))
    weights[-1] = np.array([[1], [-1], [1], [1]])
    weights[-2, :2, 0] = -2, 2
    data = np.array([specked, plain]), np.ones(2)
    counts = Case(weights, data, data).specks
    assert counts.tolist() == [1, 0, 1, 0, 1, 1, 1]
    assert statements.cured([counts, counts]) == 1 and np.isnan(statements.cured([0 * counts]))


def test_unusual_images_are_farther_from_the_mean_than_most_of_their_digit():
    known, test = (IMAGES[:200], LABELS[:200]), (IMAGES[200:], LABELS[200:])
    for found, image, label in zip(shapes.unusualness(known, test), *test, strict=True):
        rows = shapes.geometry(np.vstack([image, known[0][known[1] == label]]))
        mean, inverse = rows[1:].mean(axis=0), np.linalg.inv(np.cov(rows[1:].T))
        own, *others = (mahalanobis(row, mean, inverse) for row in rows)
        assert found == np.mean(np.array(others) < own)
    deviation = np.std(np.arange(28))
    assert shapes.geometry(np.eye(28)[None]).ravel() == pytest.approx([deviation, deviation, 1, 28])


# Stored numbers, made again in another way


@pytest.mark.slow
def test_cross_validated_mistakes_come_out_of_a_loop_of_their_own():
    """SGD for ε = 0.3 on the sum over a hundred images, and the folds, written here."""
    pixels, labels = (
        np.concatenate(both) for both in zip(images.pair("train"), images.pair("test"), strict=True)
    )
    signed = labels[:, None] * np.column_stack([pixels, np.ones(len(pixels))]).astype(float)
    wrong = 0
    for fold in range(7):
        fit = signed[np.arange(len(signed)) % 7 != fold]
        weights = models.starts(range(1, 6)).astype(float)
        for first in list(range(0, len(fit), 100)) * 10:
            batch, norms = fit[first : first + 100], np.abs(weights[:-1]).sum(axis=0)
            active = (batch @ weights - 0.3 * norms < 1).astype(float)
            push = batch.T @ active
            push[:-1] -= 0.3 * active.sum(axis=0) * np.sign(weights[:-1])
            weights += 0.0001 * push
        wrong += np.count_nonzero(signed[fold::7] @ weights <= 0)
    found = files.numbers("verdicts").cross_validation["cross-validation"]
    assert found.mistakes[3] == pytest.approx(2115 * wrong / 5 / len(signed))


def test_with_the_first_seed_the_numbers_are_those_of_the_four_runs_in_results():
    runs = regular, *robust = load_models()
    of_seed = files.arrays("verdicts")["values"][:, list(BY_NAME).index("start 1")]
    stored = dict(zip(STATEMENTS, of_seed, strict=True))
    weights = np.stack([np.append(run.weights, run.bias) for run in runs], axis=1)[..., None]
    case = Case(weights, images.pair("train"), images.pair("test"))

    def at(run, epsilon):
        return run.accuracy[np.isclose(run.epsilons, epsilon)].item()

    halved = [run.epsilons[np.argmax(run.accuracy < 0.5)] for run in runs]
    mistakes = [run.final["test_mistakes"] for run in runs]
    expected = {
        "each_worse": min(mistakes[1:]) - mistakes[0],
        "slightly": (max(mistakes[1:]) - mistakes[0]) / 2115,
        "most_to_zero": min(np.mean(np.abs(r.weights) <= np.abs(r.weights).max() / 100) for r in robust),
        "brittle_at_01": at(regular, 0.1),
        "brittle_at_02": at(regular, 0.2),
        "withstands_more": min(halved[1:]) - halved[0],
    }
    assert {name: stored[name] for name in expected} == pytest.approx(expected, abs=1e-9)
    assert {name: STATEMENTS[name].value([case]) for name in expected} == pytest.approx(expected, abs=1e-9)
    pixels, labels = case.test
    margins = [np.median(labels * (pixels @ run.weights + run.bias)) for run in runs]
    assert study.weighed(case)["margins"] == pytest.approx(margins, rel=1e-5)


def test_verdicts_follow_from_the_stored_values():
    numbers, values = files.numbers("verdicts"), files.arrays("verdicts")["values"]
    for (name, statement), row in zip(STATEMENTS.items(), values, strict=True):
        sign, limit = statement.holds_at.split()
        limit, found = float(limit), numbers.statements[name]
        of = {choice: value for choice, value in zip(BY_NAME, row, strict=True) if value == value}
        holds = {choice for choice, value in of.items() if (value > limit if sign == ">" else value < limit)}
        assert set(found.holds) == holds - set(STARTS), name
        assert set(found.fails) == set(of) - holds - set(STARTS), name
        assert found.starts == [len(holds & set(STARTS)), len(set(of) & set(STARTS))], name
        expected = "depends"
        if not holds or holds == set(of):
            expected = "firm" if holds else "wrong"
        assert found.verdict == statement.verdict(of) == expected, name
    of = numbers.cross_validation["cross-validation"].specks
    p = hypergeom.sf(of[0] - 1, sum(of[:4]), of[0] + of[1], of[0] + of[2])
    found = dict(zip(STATEMENTS, values[:, list(BY_NAME).index("cross-validation")], strict=True))
    assert [found["specks"], found["erased"]] == pytest.approx([p, of[5] / of[4]], rel=1e-6)


def test_norms_and_margins_from_zeros_are_those_of_the_chapter_on_training():
    found, known = files.numbers("verdicts").models["start at zero"], files.numbers("training").models
    of = [known[key].zeros for key in models.KEYS]
    assert found.norms == pytest.approx([one.norm for one in of], rel=1e-6)
    assert found.margins == pytest.approx([one.margin for one in of], rel=1e-6)


def test_the_posts_mistakes_are_those_of_the_four_runs():
    """All but the order of the regular model's two; a start that makes other mistakes doesn't count."""
    weights = np.array([np.append(run.weights, run.bias) for run in load_models()]).T
    starts = np.stack([weights, -weights], axis=2)
    assert study.as_published(starts, images.pair("test")) == [1, 1, 1, 1, 1]
    missing = weights[:, [1, 0, 2, 3]][..., None]  # two models in each other's places
    assert study.as_published(missing, images.pair("test")) == [0, 0, 1, 1, 0]
