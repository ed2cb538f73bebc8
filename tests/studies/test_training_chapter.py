"""Where brittleness comes from: models trained in plain steps, optima proved by hand, measures by hand."""

import numpy as np
import plain
import pytest

from studies.shared import files, images, models, stored
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


def by_hand(w, b):
    """What the study measures of one model, with every test image really moved but for the halving ε."""
    train, test = images.pair("train"), images.pair("test")
    margins, norm = test[1] * (test[0].astype(float) @ w + b), sum(map(abs, w.tolist()))
    found = {f"attacked {e}": plain.right(w, b, *test, e).mean() for e in (0.1, 0.2, 0.3)}
    found |= {f"clipped {e}": plain.right(w, b, *test, e, clip=True).mean() for e in (0.1, 0.2)}
    return found | {
        "mistakes": (~plain.right(w, b, *test, 0)).sum(),
        "train_mistakes": (~plain.right(w, b, *train, 0)).sum(),
        "halving": next(e for e in np.linspace(0, 0.5, 101) if np.mean(margins > e * norm) < 0.5),
        "margin": np.median(margins),
        "norm": norm,
        "weights": sum(abs(weight) > max(np.abs(w)) / 100 for weight in w),
    }


def flat(measured):
    """A row of the study in the form of `by_hand`."""
    found = {name: value for name, value in measured.items() if not isinstance(value, dict)}
    for name in ("attacked", "clipped"):
        found |= {f"{name} {epsilon}": value for epsilon, value in measured[name].items()}
    return found


# The page's numbers again, from the data


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4), ids=models.KEYS)
def test_models_from_zeros_and_optima_do_what_is_said_of_them(place, numbers, arrays):
    key, epsilon = models.KEYS[place], models.POST[place].epsilon
    w, b, _ = plain.train(*images.pair("train"), np.zeros(785), epsilon, RATES[key])
    np.testing.assert_allclose(arrays["zeros"][:, place], [*w, b], atol=1e-6)
    for name, weights in (("zeros", arrays["zeros"][:, place]), ("optimum", arrays[f"{key} weights"])):
        *w, b = weights.astype(float)
        assert flat(numbers.models[key][name]) == pytest.approx(by_hand(np.array(w), b), abs=1e-6)


@pytest.mark.slow
def test_models_and_means_are_those_of_the_post(arrays):
    history, means = study.post_training(images.pair("train"), models.starts([1]))
    for place in (0, 2):
        model = models.POST[place]
        w, b, mean = plain.train(*images.pair("train"), models.start(1), model.epsilon, RATES[model.key])
        for found in (arrays["usual"][:, place], history[-1, :, place, 0]):
            np.testing.assert_allclose(found, [*w, b], atol=1e-6)
    for found in (arrays["means"][:, 1], means[:, 2, 0]):
        np.testing.assert_allclose(found, mean, atol=1e-6)
    np.testing.assert_array_equal(arrays["start"], models.start(1))


@pytest.mark.parametrize("key", ["0.1", "0.2", "0.3"])
def test_optima_are_proved_by_the_data(key, numbers, arrays):
    w, b, alpha = arrays[f"{key} weights"][:-1], arrays[f"{key} weights"][-1], arrays[f"{key} alpha"]
    above, below = plain.bounds(w, b, alpha, *images.pair("train"), float(key))
    assert -1e-12 <= above - below <= numbers.proofs.largest_gap
    assert numbers.proofs.unique
    assert [stored.at_most(gap) for gap in (8.49e-9, 2e-8, 9.1e-9)] == [9e-9, 2e-8, 1e-8]


def test_the_regular_optimum_is_one_of_many_with_the_least_norm(numbers, arrays):
    pixels, labels = images.pair("train")
    w, b, alpha = arrays["regular weights"][:-1], arrays["regular weights"][-1], arrays["regular alpha"]
    assert (labels * (pixels @ w + b)).min() > 1 - 1e-6
    # Σα ≤ Σ α y (w·x + b) ≤ ‖Σ α y x‖∞ ‖w‖₁ for every separator
    assert alpha.min() >= 0 and abs(alpha @ labels) < 1e-12
    least = alpha.sum() / np.abs((alpha * labels) @ pixels.astype(float)).max()
    assert np.abs(w).sum() == pytest.approx(least, rel=1e-6)
    assert numbers.proofs.least_norm == pytest.approx(least, abs=6e-4)
    other = np.where(pixels.sum(axis=0) == 0, models.start(1)[:-1], w)
    assert (labels * (pixels @ other + b)).min() > 1 - 1e-6
    found = plain.right(other, b, *images.pair("test"), 0.1).mean()
    assert numbers.with_start_where_no_ink == pytest.approx({"pixels": (other != w).sum(), "attacked": found})


# What the study does, by hand


def test_trainings_differ_from_the_posts_in_what_is_named():
    few = tuple(array[:150] for array in images.pair("train"))
    starts = models.starts([1, 2])
    found = study.trainings(few, starts)
    for place, model in enumerate(models.POST):
        rate, other = RATES[model.key], 0.01 if model.key == "regular" else 0.1
        for name, start, step, epochs in (
            ("tenth", starts[:, 1] / 10, rate, 10),
            ("zeros", np.zeros(785), rate, 10),
            ("other", starts[:, 1], other, 10),
            ("longer", starts[:, 1], rate, 100),
        ):
            w, b, _ = plain.train(*few, start, model.epsilon, step, epochs)
            np.testing.assert_allclose(found[name][:, place, -1], [*w, b], atol=2e-6, err_msg=name)


def test_measures_are_medians_of_the_seeds(arrays):
    weights = arrays["usual"][:, [0, 1, 3]].astype(float)  # as if they were three seeds of one kind
    rows = [by_hand(column[:-1], column[-1]) for column in weights.T]
    medians = {name: np.median([row[name] for row in rows]) for name in rows[0]}
    found = study.measure(weights, images.pair("train"), images.pair("test"))
    assert flat(found) == pytest.approx(medians, abs=1e-9)


def test_what_is_driven_to_zero_is_counted():
    random, epsilon, ink = np.random.default_rng(0), 0.1, 40
    history = random.uniform(-0.3, 0.3, (3, 785, 1))
    history[-1, :20, 0] = np.linspace(0.0005, 0.005, 20)
    means = np.zeros((784, 1))
    means[:ink, 0] = random.uniform(-0.2, 0.2, ink)
    found = study.driven_to_zero(epsilon, history, means)

    sizes, mean = np.abs(history[:, :784, 0]), np.abs(means[:ink, 0])
    driven, after_one = (size <= size.max() / 100 for size in (sizes[-1], sizes[1]))
    assert 0 < driven.sum() < 20

    def line(quantity):
        of_driven, of_others = quantity[driven[:ink]] < epsilon, quantity[~driven[:ink]] >= epsilon
        return (of_driven.mean() + of_others.mean()) / 2

    assert found == pytest.approx(
        {
            "after_one_epoch": after_one.mean(),
            "after_all": driven.mean(),
            "with_mean_below": driven[:ink][mean < epsilon].mean(),
            "with_mean_above": driven[:ink][mean >= epsilon].mean(),
            "weights_left_below": (sizes[-1][~driven] < epsilon).mean(),
            "line_of_weight": max(line(size[:ink]) for size in sizes),
            "line_of_mean": line(mean),
        }
    )


def test_a_separator_that_is_not_proved_is_refused(arrays):
    train = images.pair("train")
    w, alpha = arrays["regular weights"], arrays["regular alpha"]
    assert study.prove(Solution(w[:-1], w[-1], alpha), 0, train)
    first = np.eye(len(alpha))[0] * alpha.max()
    for weights, proof in (
        (0.9 * w, alpha),
        (1.1 * w, alpha),
        (w, 0 * alpha),
        (w, -alpha),
        (w, alpha + first),
    ):
        with pytest.raises(UserError, match="no proof"):
            study.prove(Solution(weights[:-1], weights[-1], proof), 0, train)
