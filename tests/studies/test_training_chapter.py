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
    """What the study measures of one model, with every image really moved."""
    train, test = images.pair("train"), images.pair("test")
    margins, norm = test[1] * (test[0].astype(float) @ w + b), np.abs(w).sum()
    halving = np.median(margins) / norm  # half of the images withstand less, half of them more
    around = [plain.right(w, b, *test, halving + more).mean() for more in (-1e-6, 1e-6)]
    assert around[0] > 0.5 >= around[1]
    return {
        "halving": halving,
        "margin": np.median(margins),
        "norm": norm,
        "weights": (np.abs(w) > max(np.abs(w)) / 100).sum(),
        **{f"attacked {e}": plain.right(w, b, *test, e).mean() for e in (0, 0.1, 0.2, 0.3)},
        **{f"train_attacked {e}": plain.right(w, b, *train, e).mean() for e in (0, 0.3)},
    }


def same(measured, by_hand, least, most):
    """Whether a row of the study says the same."""
    found = {}
    for name in by_hand:
        quantity, *epsilon = name.split()
        found[name] = measured[quantity][epsilon[0]] if epsilon else measured[quantity]
    span = measured["halving_least"], measured["halving_most"]
    return found == pytest.approx(by_hand, abs=1e-6) and span == pytest.approx((least, most))


# The page's numbers again, from the data


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4), ids=models.KEYS)
def test_models_from_zeros_and_optima_do_what_is_said_of_them(place, numbers, arrays):
    key, epsilon = models.KEYS[place], models.POST[place].epsilon
    w, b, _ = plain.train(*images.pair("train"), np.zeros(785), epsilon, RATES[key])
    np.testing.assert_allclose(arrays["zeros"][:, place], [*w, b], atol=1e-6)
    for name, weights in (("zeros", arrays["zeros"][:, place]), ("optimum", arrays[f"{key} weights"])):
        *w, b = weights.astype(float)
        row = by_hand(np.array(w), b)
        assert same(numbers.models[key][name], row, row["halving"], row["halving"])


@pytest.mark.slow
def test_models_and_means_are_those_of_the_post(arrays):
    train = images.pair("train")
    history, active = study.post_training(train, models.starts([1]))
    for place in (0, 2):
        model = models.POST[place]
        for epochs, means in ((1, active[0]), (10, active[1])):
            w, b, mean = plain.train(*train, models.start(1), model.epsilon, RATES[model.key], epochs)
            np.testing.assert_allclose(history[epochs, :, place, 0], [*w, b], atol=1e-6)
            np.testing.assert_allclose(means[:, place, 0], mean, atol=1e-6)
        np.testing.assert_allclose(arrays["usual"][:, place], [*w, b], atol=1e-6)
    np.testing.assert_allclose(arrays["means"][:, 1], mean[:-1], atol=1e-6)
    np.testing.assert_array_equal(arrays["start"], models.start(1))


def test_the_regular_model_is_its_start_and_the_model_from_zeros(numbers, arrays):
    added, zeros = arrays["usual"][:-1, 0] - arrays["start"][:-1], arrays["zeros"][:-1, 0]
    found = study.likeness(np.stack([added, -added, zeros, zeros], axis=1), zeros)
    own = (added - added.mean()) @ (zeros - zeros.mean()) / added.size / added.std() / zeros.std()
    assert found == pytest.approx((own + 1) / 2, abs=1e-6)
    assert abs(numbers.likeness - own) < 0.02


def test_the_optimum_for_03_asks_about_one_pixel(numbers, arrays):
    w, b = arrays["0.3 weights"][:-1], arrays["0.3 weights"][-1]
    pixels, labels = images.pair("test")
    ink = pixels[:, np.abs(w).argmax()]
    assert numbers.one_pixel == np.sum(np.where(ink > 0.5, 1, -1) != labels)
    assert np.mean((ink < 0.1) | (ink > 0.9)) > 0.9  # "in most images"
    second, first = sorted(np.abs(w))[-2:]
    assert numbers.proofs.second_weight == pytest.approx(second / first)
    for label, fall in zip((-1, 1), numbers.digits_fall["0.3"], strict=True):
        chosen = pixels[labels == label], labels[labels == label]
        before, after = (plain.right(w, b, *chosen, fall + more).mean() for more in (-1e-6, 1e-6))
        assert before >= 0.5 >= after


@pytest.mark.parametrize("key", ["0.1", "0.2", "0.3"])
def test_optima_are_proved_by_the_data(key, numbers, arrays):
    w, b, alpha = arrays[f"{key} weights"][:-1], arrays[f"{key} weights"][-1], arrays[f"{key} alpha"]
    pixels, labels = images.pair("train")
    above, below = plain.bounds(w, b, alpha, pixels, labels, float(key))
    assert -1e-12 <= above - below <= numbers.proofs.largest_gap
    assert numbers.proofs.unique
    assert [stored.at_most(gap) for gap in (8.49e-9, 2e-8, 9.1e-9)] == [9e-9, 2e-8, 1e-8]
    means = np.abs((alpha * labels) @ pixels.astype(float)) / alpha.sum()
    assert not w[means < float(key) - 1e-6].any()  # "a pixel whose mean is below ε has no weight"


@pytest.mark.slow
def test_no_separator_has_a_smaller_norm_than_the_regular_optimum(arrays):
    pixels, labels = train = images.pair("train")
    w, b, alpha = arrays["regular weights"][:-1], arrays["regular weights"][-1], arrays["regular alpha"]
    assert (labels * (pixels @ w + b)).min() > 1 - 1e-6
    # Σα ≤ Σ α y (w·x + b) ≤ ‖Σ α y x‖∞ ‖w‖₁ for every separator
    assert alpha.min() >= 0 and abs(alpha @ labels) < 1e-12
    least = alpha.sum() / np.abs((alpha * labels) @ pixels.astype(float)).max()
    assert np.abs(w).sum() == pytest.approx(least, rel=1e-6)

    assert study.prove(Solution(w, b, alpha), 0, train) == pytest.approx((least, least), rel=1e-6)
    unbalanced = alpha + np.eye(len(alpha))[0] * alpha.max()
    for size, proof in ((0.9, alpha), (1.1, alpha), (1, 0 * alpha), (1, -alpha), (1, unbalanced)):
        with pytest.raises(UserError, match="no proof"):
            study.prove(Solution(size * w, size * b, proof), 0, train)


# What the study does, by hand


def test_trainings_differ_from_the_posts_in_what_is_named():
    few = tuple(array[:150] for array in images.pair("train"))
    starts = models.starts([1, 2])
    found = study.trainings(few, starts)
    for place, (model, rate) in enumerate(zip(models.POST, RATES.values(), strict=True)):
        for name, start, step, epochs in (
            ("zeros", np.zeros(785), rate, 10),
            ("other", np.zeros(785), 0.1 if model.epsilon else 0.01, 10),
            ("longer", starts[:, 1], rate, 100),
        ):
            w, b, _ = plain.train(*few, start, model.epsilon, step, epochs)
            np.testing.assert_allclose(found[name][:, place, -1], [*w, b], atol=2e-6, err_msg=name)


def test_measures_are_medians_of_the_seeds_and_curves_have_their_range(arrays):
    test, weights = images.pair("test"), arrays["usual"][:, [0, 1, 3]].astype(float)  # as if three seeds
    rows = [by_hand(column[:-1], column[-1]) for column in weights.T]
    medians = {name: np.median([row[name] for row in rows]) for name in rows[0]}
    halving = [row["halving"] for row in rows]
    assert same(study.measure(weights, images.pair("train"), test), medians, min(halving), max(halving))
    curves = study.curves(np.stack([weights, weights], axis=1), test)
    for place, epsilon in ((0, 0), (20, 0.1), (60, 0.3)):
        right = sorted(row[f"attacked {epsilon}"] for row in rows)
        np.testing.assert_allclose(curves[:, place], np.array([right] * 2).T, atol=1e-7)


def test_what_is_driven_to_zero_is_counted():
    random, ink = np.random.default_rng(0), 40
    history = random.uniform(-0.3, 0.3, (3, 784, 2))
    history[-1, :20] = np.linspace(0.0005, 0.005, 20)[:, None]
    active = np.zeros((2, 785, 2))
    active[:, :ink] = random.uniform(-0.2, 0.2, (2, ink, 2))
    found = study.driven_to_zero(0.1, history, active)
    all_driven = np.stack([size <= size.max() / 100 for size in np.abs(history[-1]).T], axis=1)
    driven = all_driven[:ink]
    assert 20 < driven.sum() < 40

    def score(quantity, line=0.1):
        below = np.abs(quantity) < line
        return (below[driven].sum() / driven.sum() + 1 - below[~driven].sum() / (~driven).sum()) / 2

    first, mean = active[:, :ink]
    assert list(found["mean"].values()) == pytest.approx([score(mean, line) for line in (0.05, 0.1, 0.15)])
    assert found["all"] == all_driven.mean()
    assert found["first_mean"] == pytest.approx(score(first))
    assert found["weight"] == pytest.approx(max(score(weights[:ink]) for weights in history))
