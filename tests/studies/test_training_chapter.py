"""Where brittleness comes from: models trained in plain steps, optima proved by hand, measures by hand."""

import numpy as np
import plain
import pytest
from sklearn.metrics import balanced_accuracy_score

from studies.shared import files, images, models
from studies.shared.solver import Solution
from studies.training import study
from support.options import UserError

RATES = {"regular": 0.1, "0.1": 0.01, "0.2": 0.01, "0.3": 0.01}  # on the mean over a batch


@pytest.fixture(scope="module")
def numbers():
    return files.numbers("training")


@pytest.fixture(scope="module")
def arrays():
    return files.arrays("training")


def by_hand(weights, trained_for):
    """What the study measures of one model (785,), in its order, with every image really moved."""
    w, b = weights[:-1].astype(float), float(weights[-1])
    train, test = images.pair("train"), images.pair("test")
    margins, train_margins = (labels * (pixels.astype(float) @ w + b) for pixels, labels in (test, train))
    norm, median = np.abs(w).sum(), np.median(margins)
    before, after = (plain.right(w, b, *test, median / norm + more).mean() for more in (-1e-6, 1e-6))
    assert before > 0.5 >= after
    return [
        *(plain.right(w, b, *data, e).mean() for data in (test, train) for e in (0, 0.1, 0.2, 0.3)),
        *(median / norm, median, norm),
        np.mean([max(0, 1 - margin + trained_for * norm) for margin in train_margins]),
        (np.abs(w) > max(np.abs(w)) / 100).sum(),
    ]


def in_a_row(measured):
    attacked, train_attacked, *others = measured.values()
    return [*attacked.values(), *train_attacked.values(), *others]


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4), ids=models.KEYS)
def test_models_from_zeros_and_optima_do_what_is_said_of_them(place, numbers, arrays):
    key, epsilon = models.KEYS[place], models.POST[place].epsilon
    w, b, _ = plain.train(*images.pair("train"), np.zeros(785), epsilon, RATES[key])
    np.testing.assert_allclose(arrays["zeros"][:, place], [*w, b], atol=1e-6)
    for name, weights in (("zeros", arrays["zeros"][:, place]), ("optimum", arrays[f"{key} weights"])):
        assert in_a_row(numbers.models[key][name]) == pytest.approx(by_hand(weights, epsilon), abs=1e-6)


@pytest.mark.slow
def test_models_means_and_rules_are_those_of_the_post(numbers):
    train = images.pair("train")
    history, means = study.post_training(train, models.starts([1]))
    for place in (0, 2):
        model = models.POST[place]
        w, b, mean = plain.train(*train, models.start(1), model.epsilon, RATES[model.key])
        np.testing.assert_allclose(history[-1, :, place, 0], [*w, b], atol=1e-6)
        np.testing.assert_allclose(means[:, place, 0], mean, atol=1e-6)
    for place, (key, rule) in enumerate(numbers.driven.items(), start=1):
        sizes, pushes = abs(history[:, :-1, place]), abs(means[:-1, place])
        driven, ink = sizes[-1] <= sizes[-1].max() / 100, pushes > 1e-6
        said = (quantity[ink] < float(key) for quantity in (pushes, *sizes))
        by_mean, *by_weight = (balanced_accuracy_score(driven[ink], below) for below in said)
        found = study.driven_to_zero(float(key), history[:, :-1, place], means[:-1, place])
        assert found == pytest.approx({"mean": by_mean, "weight": max(by_weight)})
        assert rule == pytest.approx(found, abs=0.03)  # one start of 100


def test_the_regular_model_is_its_start_and_the_model_from_zeros(numbers, arrays):
    added, zeros = arrays["usual"][:-1, 0] - arrays["start"][:-1], arrays["zeros"][:-1, 0]
    assert numbers.likeness == pytest.approx(np.corrcoef(added, zeros)[0, 1], abs=0.02)  # one start of 100


def test_the_optima_for_02_and_03_look_at_little_more_than_two_pixels_and_one(numbers, arrays):
    for key, count in (("0.2", 2), ("0.3", 1)):
        sizes = sorted(np.abs(arrays[f"{key} weights"][:-1]), reverse=True)
        assert sum(sizes[:count]) > 0.9 * sum(sizes)
    (*w, b), (pixels, labels) = arrays["0.3 weights"], images.pair("test")
    ink = pixels[:, np.abs(w).argmax()]
    mistakes = np.mean(labels * (ink - 0.5) <= 0)  # "asks little else than" this
    assert 1 - mistakes == pytest.approx(numbers.models["0.3"].optimum.attacked["0"])
    assert np.mean((ink < 0.1) | (ink > 0.9)) > 0.9  # "nearly black or white"
    before, after = (plain.right(np.array(w), b, pixels, labels, e).mean() for e in (0.48, 0.52))
    assert before > 0.93 and after == 0  # "nearly 0.5 to spare"


@pytest.mark.parametrize("key", ["0.1", "0.2", "0.3"])
def test_optima_are_proved_by_the_data(key, numbers, arrays):
    w, b, alpha = arrays[f"{key} weights"][:-1], arrays[f"{key} weights"][-1], arrays[f"{key} alpha"]
    pixels, labels = images.pair("train")
    above, below = plain.bounds(w, b, alpha, pixels, labels, float(key))
    assert -1e-12 <= above - below <= numbers.proofs.largest_gap
    assert numbers.proofs.unique


@pytest.mark.slow
def test_no_separator_has_a_smaller_norm_than_the_regular_optimum(arrays):
    pixels, labels = train = images.pair("train")
    w, b, alpha = arrays["regular weights"][:-1], arrays["regular weights"][-1], arrays["regular alpha"]
    assert (labels * (pixels @ w + b)).min() > 1 - 1e-6
    # Σα ≤ Σ α y (w·x + b) ≤ ‖Σ α y x‖∞ ‖w‖₁ for every separator
    assert alpha.min() >= 0 and abs(alpha @ labels) < 1e-12
    least = alpha.sum() / np.abs((alpha * labels) @ pixels.astype(float)).max()
    assert study.prove(Solution(w, b, alpha), 0, train) == pytest.approx((least, least), rel=1e-6)
    unbalanced = 1000 * alpha + 1e-4 * alpha.max() * np.eye(len(alpha))[0]  # a bound as good, but no proof
    for size, proof in ((0.9, alpha), (1.1, alpha), (1, 0 * alpha), (1, -alpha), (1, unbalanced)):
        with pytest.raises(UserError, match="no proof"):
            study.prove(Solution(size * w, size * b, proof), 0, train)


def test_trainings_differ_from_the_posts_in_what_is_named():
    few = tuple(array[:150] for array in images.pair("train"))
    starts = models.starts([1, 2])
    found = study.trainings(few, starts)
    for place, model in enumerate(models.POST):
        rate, other = (0.01, 0.1) if model.epsilon else (0.1, 0.01)
        ways = {"zeros": (0, rate, 10), "other": (0, other, 10), "first": (0, 0.1, 1)}
        ways["longer"] = (starts[:, 1], rate, 100)
        for name, (start, step, epochs) in ways.items():
            w, b, _ = plain.train(*few, start + np.zeros(785), model.epsilon, step, epochs)
            np.testing.assert_allclose(found[name][:, place, -1], [*w, b], atol=2e-6, err_msg=name)


def test_measures_are_medians_of_the_seeds(numbers, arrays):
    weights = arrays["usual"][:, [0, 1, 3]].astype(float)  # as if three seeds
    medians = np.median([by_hand(column, 0.2) for column in weights.T], axis=0)
    found = study.measure(weights, 0.2, images.pair("train"), images.pair("test"))
    assert in_a_row(found) == pytest.approx(medians, abs=1e-6)
    for key, (low, high) in numbers.halving_range.items():
        assert low < numbers.models[key].usual.halving < high


def test_pixels_right_of_the_line_are_pushed_less_by_the_images_that_stay_active(arrays):
    """For 0.3, from the first start."""
    pixels, labels = images.pair("train")
    early, (*w, b) = arrays["means"][:, 2], arrays["longer"][:, 3].astype(float)
    active = 1 - labels * (pixels @ w + b) + 0.3 * sum(np.abs(w)) > 0
    later = (labels[active] @ pixels[active].astype(float)) / active.sum()
    assert np.median(abs(later)[abs(early) > 0.3]) < 0.3  # "most have a mean push below ε"
    stroke, ring = early > 0.3, early < -0.3
    for label, change in (
        (1, (0, 0.8)),
        (-1, (2, np.inf)),
    ):  # the stroke's ink in the images that stay active
        still, all_of = (pixels[which & (labels == label)][:, stroke].mean() for which in (active, True))
        assert change[0] < still / all_of < change[1]
    assert np.median(-early[ring]) < 1.05 * 0.3  # "only just right of the line"
