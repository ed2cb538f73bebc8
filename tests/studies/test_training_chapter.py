"""Where brittleness comes from: models trained in plain steps, optima proved by hand, measures by hand."""

import numpy as np
import plain
import pytest
from sklearn.metrics import balanced_accuracy_score

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


def by_hand(weights, trained_for):
    """What the study measures of one model (785,), with every image really moved."""
    w, b = weights[:-1].astype(float), float(weights[-1])
    train, test = images.pair("train"), images.pair("test")
    margins, norm = test[1] * (test[0].astype(float) @ w + b), np.abs(w).sum()
    halving = np.median(margins) / norm
    before, after = (plain.right(w, b, *test, halving + more).mean() for more in (-1e-6, 1e-6))
    assert before > 0.5 >= after
    return {
        "halving": halving,
        "margin": np.median(margins),
        "norm": norm,
        "weights": (np.abs(w) > max(np.abs(w)) / 100).sum(),
        "loss": np.mean(
            [max(0, 1 - m + trained_for * norm) for m in train[1] * (train[0].astype(float) @ w + b)]
        ),
        **{f"attacked {e}": plain.right(w, b, *test, e).mean() for e in (0, 0.1, 0.2, 0.3)},
        **{f"train_attacked {e}": plain.right(w, b, *train, e).mean() for e in (0, 0.3)},
    }


def flat(measured, names):
    """The same of a row of the study."""
    parts = {name: name.split() for name in names}
    return {name: measured[of][e[0]] if e else measured[of] for name, (of, *e) in parts.items()}


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4), ids=models.KEYS)
def test_models_from_zeros_and_optima_do_what_is_said_of_them(place, numbers, arrays):
    key, epsilon = models.KEYS[place], models.POST[place].epsilon
    w, b, _ = plain.train(*images.pair("train"), np.zeros(785), epsilon, RATES[key])
    np.testing.assert_allclose(arrays["zeros"][:, place], [*w, b], atol=1e-6)
    for name, weights in (("zeros", arrays["zeros"][:, place]), ("optimum", arrays[f"{key} weights"])):
        row = by_hand(weights, epsilon)
        assert flat(numbers.models[key][name], row) == pytest.approx(row, abs=1e-6)


@pytest.mark.slow
def test_from_zeros_the_line_at_epsilon_is_the_better(numbers):
    w, _, mean = plain.train(*images.pair("train"), np.zeros(785), 0.1, 0.01)
    sizes, mean = np.abs(w), np.abs(mean[:-1])
    driven, ink = sizes <= max(sizes) / 100, mean > 1e-6
    for name, line in {"one": 0.1, "half": 0.05}.items():
        score = balanced_accuracy_score(driven[ink], mean[ink] < line)
        assert numbers.driven_from_zeros["0.1"].mean[name] == pytest.approx(score, abs=0.005)


@pytest.mark.slow
def test_models_and_means_are_those_of_the_post():
    train = images.pair("train")
    history, means = study.post_training(train, models.starts([1]))
    for place in (0, 2):
        model = models.POST[place]
        w, b, mean = plain.train(*train, models.start(1), model.epsilon, RATES[model.key])
        np.testing.assert_allclose(history[-1, :, place, 0], [*w, b], atol=1e-6)
        np.testing.assert_allclose(means[:, place, 0], mean, atol=1e-6)


def test_the_regular_model_is_its_start_and_the_model_from_zeros(numbers, arrays):
    added, zeros = arrays["usual"][:-1, 0] - arrays["start"][:-1], arrays["zeros"][:-1, 0]
    own = (added - added.mean()) @ (zeros - zeros.mean()) / added.size / added.std() / zeros.std()
    of_seeds = np.stack([added, -added, zeros, zeros], axis=1)
    assert study.likeness(of_seeds, zeros) == pytest.approx((own + 1) / 2, abs=1e-6)
    assert numbers.likeness == pytest.approx(own, abs=0.02)


def test_the_optimum_for_02_is_little_more_than_two_pixels(numbers, arrays):
    first, second, *others = sorted(np.abs(arrays["0.2 weights"][:-1]), reverse=True)
    assert numbers.two_pixels == pytest.approx((first + second) / (first + second + sum(others)), abs=1e-9)
    assert study.share_of_largest(np.array([1.0, -3, 0, 4]), 2) == 7 / 8


def test_the_optimum_for_03_asks_about_one_pixel(numbers, arrays):
    w, b, (pixels, labels) = arrays["0.3 weights"][:-1], arrays["0.3 weights"][-1], images.pair("test")
    ink = pixels[:, np.abs(w).argmax()]
    second, first = sorted(np.abs(w))[-2:]
    asked = pytest.approx({"second_weight": second / first, "mistakes": np.sum(labels * (ink - 0.5) <= 0)})
    assert numbers.one_pixel == asked == study.one_pixel(np.append(w, b), (pixels, labels))
    assert np.mean((ink < 0.1) | (ink > 0.9)) > 0.9  # "nearly black or nearly white"
    before, after = (plain.right(w, b, pixels, labels, epsilon).mean() for epsilon in (0.48, 0.52))
    assert before > 0.93 and after == 0  # "and then fall together"


@pytest.mark.parametrize("key", ["0.1", "0.2", "0.3"])
def test_optima_are_proved_by_the_data(key, numbers, arrays):
    w, b, alpha = arrays[f"{key} weights"][:-1], arrays[f"{key} weights"][-1], arrays[f"{key} alpha"]
    pixels, labels = images.pair("train")
    above, below = plain.bounds(w, b, alpha, pixels, labels, float(key))
    assert -1e-12 <= above - below <= numbers.proofs.largest_gap
    assert stored.at_most(9.1e-9) == 1e-8 and numbers.proofs.unique
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


def test_trainings_differ_from_the_posts_in_what_is_named():
    few = tuple(array[:150] for array in images.pair("train"))
    starts = models.starts([1, 2])
    found = study.trainings(few, starts)
    for place, model in enumerate(models.POST):
        rate, other = (0.01, 0.1) if model.epsilon else (0.1, 0.01)
        ways = {
            "zeros": (0, rate, 10),
            "other": (0, other, 10),
            "first": (0, 0.1, 1),
            "longer": (starts[:, 1], rate, 100),
        }
        for name, (start, step, epochs) in ways.items():
            w, b, _ = plain.train(*few, start + np.zeros(785), model.epsilon, step, epochs)
            np.testing.assert_allclose(found[name][:, place, -1], [*w, b], atol=2e-6, err_msg=name)


def test_measures_are_medians_of_the_seeds(numbers, arrays):
    weights = arrays["usual"][:, [0, 1, 3]].astype(float)  # as if three seeds
    rows = [by_hand(column, 0.2) for column in weights.T]
    medians = {name: np.median([row[name] for row in rows]) for name in rows[0]}
    found = study.measure(weights, 0.2, images.pair("train"), images.pair("test"))
    assert flat(found, medians) == pytest.approx(medians, abs=1e-6)
    for key, (low, high) in numbers.halving_range.items():
        assert low < numbers.models[key].usual.halving < high


def test_pushes_above_epsilon_go_with_the_images_that_were_active(numbers, arrays):
    pixels, labels = train = images.pair("train")
    for place, epsilon in enumerate((0.1, 0.2, 0.3), start=1):
        early, weights = arrays["means"][:, place - 1], arrays["longer"][:, place].astype(float)
        w, b = weights[:-1], weights[-1]
        active = 1 - labels * (pixels @ w + b) + epsilon * np.abs(w).sum() > 0
        ones, zeros = (pixels[active & (labels == label)].astype(float).sum(axis=0) for label in (1, -1))
        later = np.abs(ones - zeros) / active.sum()
        counts = {
            "early": sum(abs(early) > epsilon),
            "later": sum((abs(early) > epsilon) & (later > epsilon)),
        }
        assert study.still_pushed(epsilon, early[:, None], weights[:, None], train) == counts
        assert numbers.pushed[f"{epsilon}"] == pytest.approx(counts, rel=0.2, abs=5)  # one start of 20
    # for 0.3: the stroke's ink in the ones and zeros that stay active; the ring, just right of the line
    stroke, means = arrays["means"][:, 2] > 0.3, np.abs(arrays["means"][:, 2])
    still, all_of = (
        [pixels[which & (labels == label)][:, stroke].mean() for label in (1, -1)] for which in (active, True)
    )
    assert still[0] < 0.8 * all_of[0] and still[1] > 2 * all_of[1]
    assert np.median(means[arrays["means"][:, 2] < -0.3]) < 1.05 * 0.3


def test_rules_are_scored_by_balanced_accuracy_where_there_is_ink():
    random, ink = np.random.default_rng(0), 40
    history, means = random.uniform(-0.3, 0.3, (3, 784, 2)), np.zeros((784, 2))
    history[-1, :20] = np.linspace(0.0005, 0.005, 20)[:, None]
    means[:ink] = random.uniform(-0.2, 0.2, (ink, 2))
    found = study.driven_to_zero(0.1, history, means)
    sizes, pushes = (np.abs(quantity[..., :ink, :]).reshape(-1, 2 * ink) for quantity in (history, means))
    driven = (np.abs(history[-1, :ink]) <= np.abs(history[-1]).max(axis=0) / 100).ravel()
    for name, line in {"half": 0.05, "one": 0.1, "one and a half": 0.15}.items():
        assert found["mean"][name] == pytest.approx(balanced_accuracy_score(driven, pushes[0] < line))
    best = max(balanced_accuracy_score(driven, size < 0.1) for size in sizes)
    assert found["weight"] == pytest.approx(best)
