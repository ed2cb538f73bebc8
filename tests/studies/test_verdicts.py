"""Statements measure what they say, choices do what they say, proofs prove, numbers come out again.

T1 is tested with the attack, in test_adversarial.py.
"""

from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT
from scipy.optimize import linprog
from scipy.stats import hypergeom
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler

import compare
from studies.shared import files, images, models, trainer
from studies.verdicts import choices, match_post, shapes, statements, study
from studies.verdicts.case import OWN, Case
from studies.verdicts.choices import BY_NAME, POST
from studies.verdicts.statements import STATEMENTS
from support.runs import load_models

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((230, 784)).astype(np.float32)
LABELS = np.where(RANDOM.random(230) < 0.5, -1, 1).astype(np.float32)
STARTS = RANDOM.normal(size=(785, 2)) / 30

# The proofs, on the experiment's own loss


def robust_loss(margin: float, weights: np.ndarray, epsilon: float) -> float:
    """experiment_robust's loss of one example of label +1, from y ŷ, in float64."""
    import experiment_robust

    loss = experiment_robust.robust_hinge_loss(np.array([1.0]), np.array([margin]), weights, epsilon)
    return float(loss[0])


@pytest.mark.parametrize("epsilon", [0.05, 0.3])
def test_t3_and_t4_the_kink_moves_to_a_larger_margin(epsilon):
    """Where the loss first becomes zero, by bisection: not at 1, as the hinge's, and not where it was."""
    weights = np.random.default_rng(0).normal(size=(20, 1))
    for scaled in (weights, 3 * weights):
        low, high = 0.0, 1000.0
        while high - low > 1e-9:
            middle = (low + high) / 2
            low, high = (middle, high) if robust_loss(middle, scaled, epsilon) > 0 else (low, middle)
        assert high == pytest.approx(1 + epsilon * np.abs(scaled).sum(), abs=1e-6)
    for margin in (-0.5, 0.0, 0.5, 1.0):  # near the boundary it punishes more than the hinge
        assert robust_loss(margin, weights, epsilon) > max(0, 1 - margin) + 0.5 * epsilon


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_t2_and_t5_epsilon_enters_the_weights_gradient_and_far_examples_have_none(active, label):
    """Central differences of the loss, with respect to the image and to the weights."""
    import experiment_robust

    random = np.random.default_rng(3)
    weights, image, epsilon = random.normal(size=9), random.random(9), 0.25
    image[:3] = 0
    bias = label * (-20 if active else 20)

    def loss(weights, image):
        logits = np.array([image @ weights + bias])
        found = experiment_robust.robust_hinge_loss(np.array([label]), logits, weights[:, None], epsilon)
        return float(found[0])

    def differences(function, point):
        steps = 1e-5 * np.eye(len(point))
        return np.array([(function(point + step) - function(point - step)) / 2e-5 for step in steps])

    of_image = differences(lambda x: loss(weights, x), image)
    of_weights = differences(lambda w: loss(w, image), weights)
    np.testing.assert_allclose(of_image, -active * label * weights, atol=1e-7)  # as without ε
    expected = active * (-label * image + epsilon * np.sign(weights))
    np.testing.assert_allclose(of_weights, expected, atol=1e-7)


@pytest.mark.slow
def test_t4_the_stored_images_of_four_and_nine_are_not_separable():
    """By the certificate in whole numbers, and by HiGHS; with one image less neither says so."""
    places = files.arrays("verdicts")["not separable"]
    pixels, labels = images.pair("train", study.NOT_SEPARABLE)
    for chosen, separable in ((places, False), (places[:-1], True)):
        assert study.proves(chosen, pixels, labels) != separable
        signed = labels[chosen, None] * np.column_stack([pixels[chosen], np.ones(len(chosen))])
        found = linprog(np.zeros(785), -signed, -np.ones(len(chosen)), bounds=(None, None))
        assert (found.status == 0) == separable
    labels[places[0]] *= -1  # now its share would have to be negative
    assert not study.proves(places, pixels, labels)


# The choices


def trained(*asked: choices.Choice) -> np.ndarray:
    """Of the first of these."""
    return choices.train(list(asked), IMAGES, LABELS, STARTS)[asked[0].name].weights


def test_the_posts_choices_are_the_posts_training_whatever_is_trained_beside_them():
    expected = models.train(IMAGES, LABELS, STARTS)[-1]
    np.testing.assert_array_equal(trained(POST), expected)
    beside = trained(POST, BY_NAME["rates × 10"], BY_NAME["averaged"])
    np.testing.assert_allclose(beside, expected, atol=1e-6)


def test_a_dropped_batch_is_a_shorter_data_set():
    shorter = models.train(IMAGES[:200], LABELS[:200], STARTS)[-1]
    np.testing.assert_allclose(trained(BY_NAME["last batch dropped"]), shorter)


def test_a_last_batch_by_its_size_changes_the_regular_model_only_and_by_thirty_hundredths():
    ours = trained(replace(BY_NAME["last batch by its size"], epochs=1))
    plain = models.train(IMAGES[:200], LABELS[:200], STARTS, epochs=1)[-1, :, 0]
    step = models.train(IMAGES[200:], LABELS[200:], plain, [models.REGULAR], epochs=1)[-1, :, 0] - plain
    np.testing.assert_allclose(ours[:, 0], plain + 0.3 * step, atol=1e-6)
    np.testing.assert_allclose(ours[:, 1:], trained(replace(POST, epochs=1))[:, 1:], atol=1e-6)


def test_averaged_weights_and_the_means_of_active_examples_with_one_batch():
    once = replace(BY_NAME["averaged"], epochs=1, batch=230)
    found = choices.train([once], IMAGES, LABELS, STARTS)[once.name]
    np.testing.assert_allclose(found.weights[:, 0], STARTS, atol=1e-6)  # one step, seen before it
    weights, epsilon = STARTS[:, 1], 0.2
    margins = LABELS * (IMAGES @ weights[:-1] + weights[-1])
    active = margins < 1 + epsilon * np.abs(weights[:-1]).sum()
    expected = (LABELS[:, None] * IMAGES)[active].mean(axis=0)
    np.testing.assert_allclose(found.means[:, 2, 1], expected, atol=1e-6)


def test_standardised_pixels_are_those_of_scikit_learn_and_epsilon_stays_in_pixels():
    """All pixels as one feature; the model as trained there gives the logits that ours gives on pixels."""
    scaler = StandardScaler().fit(IMAGES.reshape(-1, 1).astype(float))
    scaled = scaler.transform(IMAGES.reshape(-1, 1).astype(float)).reshape(IMAGES.shape)
    there = trainer.train(scaled, LABELS, STARTS, [0.2 / scaler.scale_[0]] * 2, [1e-4] * 2, [True] * 2)[-1]
    here = trained(BY_NAME["standardised pixels"])[:, 2]
    expected = scaled @ there[:-1] + there[-1]
    np.testing.assert_allclose(IMAGES @ here[:-1] + here[-1], expected, rtol=1e-4, atol=1e-4)
    gap = expected - 0.2 / scaler.scale_[0] * np.abs(there[:-1]).sum(axis=0)  # after the attack
    np.testing.assert_allclose(
        (IMAGES - 0.2 * np.sign(here[:-1, 0])) @ here[:-1, 0] + here[-1, 0], gap[:, 0], rtol=1e-4, atol=1e-4
    )


def test_each_image_is_seen_once_an_epoch_and_tested_on_once():
    of_epoch = choices.batches(BY_NAME["reshuffled"], 230)
    first, second = np.concatenate(of_epoch(0)), np.concatenate(of_epoch(1))
    assert sorted(first) == sorted(second) == list(range(230)) and (first != second).any()
    both = (IMAGES[:200], LABELS[:200]), (IMAGES[200:], LABELS[200:])
    for kind, begin in (("interleaved", [3, 10]), ("contiguous", [99, 100])):
        sides = list(study.folds(*both, kind))
        assert sorted(map(bytes, np.concatenate([test[0] for _, test in sides]))) == sorted(
            map(bytes, IMAGES)
        )
        assert all(len(fit[1]) + len(test[1]) == 230 for fit, test in sides)
        np.testing.assert_array_equal(sides[3][1][0][:2], IMAGES[begin])


# What statements are measured on


@pytest.fixture(params=[False, True], ids=["any", "clipped"])
def case(request) -> Case:
    """Four models from three starts on forty images, none of them any good."""
    data, start = (IMAGES[:40], LABELS[:40]), RANDOM.normal(size=(785, 3)) / 5
    weights, means = RANDOM.normal(size=(785, 4, 3)) / 10, RANDOM.normal(size=(784, 4, 3)) / 5
    return Case(start, weights, means, data, data, clipped=request.param)


def moved(case: Case, direction: np.ndarray, epsilon: float) -> np.ndarray:
    """The test images, each pixel moved by ε along these signs, against its label."""
    after = case.test[0] - epsilon * case.test[1][:, None] * np.sign(direction)
    return np.clip(after, 0, 1) if case.clipped else after


def test_attacked_images_and_those_of_other_seeds_are_really_moved(case):
    labels, weights = case.test[1], case.weights[:, 2, 1]
    margins = labels * (moved(case, weights[:-1], 0.2) @ weights[:-1] + weights[-1])
    np.testing.assert_allclose(case.attacked(0.2)[:, 2, 1], margins, atol=1e-5)
    assert case.at[0.2][2, 1] == np.mean(margins > 0)
    assert case.fooled_logits(0.2)[2, 1] == pytest.approx(np.median(-margins[margins <= 0]), rel=1e-4)
    regular = case.weights[:, 0]
    fooled = [
        np.mean(labels * (moved(case, regular[:-1, source], 0.2) @ regular[:-1, of] + regular[-1, of]) <= 0)
        for of in range(3)
        for source in range(3)
        if of != source
    ]
    assert statements.transfer(case) == pytest.approx(np.median(fooled))


def test_what_foretells_is_scored_as_scikit_learn_does(case):
    found = case.foretold()
    for place, epsilon in enumerate(OWN):
        sizes = np.abs(case.weights[:-1, place + 1, 2])
        zero, below = sizes <= 0.01 * sizes.max(), np.abs(case.means[:, place + 1, 2]) < epsilon
        assert found[place, 2] == pytest.approx(balanced_accuracy_score(zero, below))


def test_weights_that_start_below_epsilon_are_asked_whether_they_stay(case):
    shares = [
        np.median(
            [
                np.mean(
                    [abs(w) <= 0.01 * np.abs(of).max() for w, s in zip(of, start, strict=True) if abs(s) < e]
                )
                for of, start in zip(case.weights[:-1, place].T, case.start[:-1].T, strict=True)
            ]
        )
        for place, e in enumerate(OWN, 1)
    ]
    assert statements.by_start(case) == pytest.approx(min(shares))


def test_the_same_models_are_neither_worse_nor_more_robust(case):
    """With four equal models, nothing that sets one above the other holds."""
    equal = replace(case, weights=np.repeat(case.weights[:, :1], 4, axis=1))
    names = ("each_worse", "each_larger", "robust_pixels", "like_the_digits", "surest", "withstands_more")
    for name in (*names, "ahead_under_attack"):
        assert not STATEMENTS[name].holds(STATEMENTS[name].value([equal])), name


@pytest.mark.parametrize(
    "post, starts, folded, other, expected",
    [
        (2, (2, 3), 2, 2, "firm"),
        (2, (2, 3), 2, 0, "conditional"),
        (2, (2, 0), 2, 2, "open"),
        (2, (2, 3), 0, 2, "open"),
        (0, (0, 0), 2, 2, "open"),
        (0, (0, 0), 0, 2, "wrong"),
    ],
)
def test_verdicts_follow_the_rule(post, starts, folded, other, expected):
    values = {"the post's": post, "start 1": starts[0], "start 2": starts[1], "cross-validation": folded}
    asked = statements.Statement("", "", "> 1", lambda _: 0)
    assert asked.verdict(values | {"1 epoch": other}) == expected


def image(*rows: str) -> np.ndarray:
    """Digits are tenths of ink; the rest of the 28 × 28 pixels stays empty."""
    pixels = np.zeros((28, 28), np.float32)
    for y, row in enumerate(rows):
        pixels[y, : len(row)] = [int(digit) / 10 for digit in row]
    return pixels.ravel()


@pytest.mark.parametrize(
    "before, after",
    [
        (("1110000", "1010099", "1110099"), ("111", "101", "111")),  # eight faint pixels beat four dark ones
        (("1100", "1100", "0010"), ("1100", "1100", "0010")),  # touching at a corner
        (("11000", "11000", "00000", "00010"), ("11", "11")),
        ((), ()),
    ],
)
def test_eraser_keeps_the_largest_piece_only(before, after):
    np.testing.assert_array_equal(shapes.erase_specks(image(*before)), image(*after))


def test_mistakes_with_specks_are_counted_erased_and_added():
    """A model that sees the lowest row only: a speck there makes a mistake, wherever it is added."""
    plain, specked = image("11", "11"), image("11", "11")
    specked[-1] = 1
    weights = np.zeros((785, 4, 1))
    weights[-1], weights[-2, 0] = 1, -2  # only the first of the models
    data = np.array([plain, specked, plain]), np.ones(3)
    counts = Case(weights[:, 0], weights, None, data, data).specks
    assert counts.tolist() == [1, 0, 0, 2, 1, 0, 0, 2]
    assert statements.vanished([counts, counts]) == 1 and np.isnan(statements.as_many([counts]))


def test_unusual_images_are_the_far_ones():
    """Of boxes of many heights, the tall ones; the digits are asked apart."""
    random = np.random.default_rng(0)

    def boxes(heights):
        ink = np.zeros((len(heights), 28, 28), np.float32)
        for picture, height in zip(ink, heights, strict=True):
            picture[: int(height), : random.integers(4, 9)] = random.random((int(height), 1)) / 2 + 0.5
            picture[0, 0] = random.random()
        return ink.reshape(-1, 784)

    labels = np.repeat([-1, 1], 200)
    train = boxes(np.r_[random.integers(4, 8, 200), random.integers(18, 22, 200)]), labels
    test = boxes(np.r_[5, 20, 20, 5]), np.array([-1, -1, 1, 1])
    assert (shapes.unusualness(train, test) > 0.95).tolist() == [False, True, False, True]
    upright, slanted = np.zeros((2, 28, 28))
    upright[4:24, 13], slanted[4:24, 4:24] = 1, np.eye(20)
    found = shapes.geometry(np.array([slanted])).ravel()
    assert found == pytest.approx([np.std(np.arange(20)), np.std(np.arange(20)), 1, 20])


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
    regular, *robust = load_models()
    of_seed = files.arrays("verdicts")["values"][:, list(BY_NAME).index("start 1")]
    values = dict(zip(STATEMENTS, of_seed, strict=True))

    def at(run, epsilon):
        return run.accuracy[np.isclose(run.epsilons, epsilon)].item()

    halved = [run.epsilons[np.argmax(run.accuracy < 0.5)] for run in (regular, *robust)]
    mistakes = [run.final["test_mistakes"] for run in (regular, *robust)]
    ahead = min(at(run, e) - at(regular, e) for e in (0.1, 0.2, 0.3) for run in robust)
    expected = {
        "single_mistakes": mistakes[0],
        "each_worse": min(mistakes[1:]) - mistakes[0],
        "each_larger": np.diff(mistakes).min(),
        "slightly": (max(mistakes[1:]) - mistakes[0]) / 2115,
        "brittle": at(regular, 0.1),
        "about_zero": at(regular, 0.2),
        "robust_at_02": at(robust[1], 0.2),
        "ahead_under_attack": ahead,
        "withstands_more": min(halved[1:]) - halved[0],
        "in_order": np.diff(halved[1:]).min(),
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-9)


def test_verdicts_and_failures_follow_from_the_stored_values():
    numbers, values = files.numbers("verdicts"), files.arrays("verdicts")["values"]
    for (name, statement), row in zip(STATEMENTS.items(), values, strict=True):
        sign, limit, *unit = statement.holds_at.split()
        limit = float(limit) / (100 if unit else 1)
        holds = dict(zip(BY_NAME, row > limit if sign == ">" else row < limit, strict=True))
        asked = {choice for choice, value in zip(BY_NAME, row, strict=True) if value == value}
        found = numbers.statements[name]
        assert set(found.fails) == {choice for choice in asked if not holds[choice]}, name
        assert found.range == pytest.approx([np.nanmin(row), np.nanmax(row)])
        assert (found.verdict == "firm") == (not found.fails)
        assert found.verdict != "wrong" or {"the post's", "cross-validation"} & asked <= set(found.fails)
    of = numbers.cross_validation["cross-validation"].specks
    p = hypergeom.sf(of[0] - 1, sum(of[:4]), of[0] + of[1], of[0] + of[2])
    assert numbers.statements.specks.cross_validated == pytest.approx(p, rel=1e-6)
    price = files.numbers("digits").summary.models["0.3"].price[0]
    assert numbers.statements.price_of_03.value == pytest.approx(price)


def test_from_the_first_start_the_posts_recipe_makes_its_mistakes_as_the_runs_do():
    """Two starts of one table: the run's and one that makes another mistake."""
    runs = load_models()
    weights = np.array([np.append(run.weights, run.bias) for run in runs]).T[..., None]
    test = images.pair("test")
    assert [study.as_published(weights, test)[-1]] == [
        all(
            run.final["test_mistakes"] == count and set(compare.misclassified(run)) == set(shown)
            for run, count, shown in zip(
                runs, study.PUBLISHED_MISTAKES, compare.PUBLISHED_IMAGES.values(), strict=True
            )
        )
    ]
    both = np.concatenate([weights, -weights], axis=2)
    assert study.as_published(both, test) == study.as_published(weights, test)


# The post's images


def test_a_picture_of_misclassified_examples_is_read_back():
    """This project's own picture: the images that it draws are found, each far ahead of the next best."""
    rows = match_post.match(ROOT / "plots" / "misclassified_regular.png", images.pair("test")[0])
    found = [tuple(place for place, *_ in row) for row in rows]
    assert found == [compare.misclassified(run) for run in load_models()]
    assert all(distance < 0.01 < 0.1 < second for row in rows for _, distance, second in row)
