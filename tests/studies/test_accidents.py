"""Every accident written anew from its words, in NumPy alone; what accidents do to a model, by hand."""

import zlib

import numpy as np
import pytest

from studies.accidents import study
from studies.shared import accidents, files, images, models
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, STRENGTHS, happen

ROWS, COLUMNS = np.mgrid[:28, :28]


@pytest.fixture(scope="module")
def pictures():
    return images.pair("test")[0][[0, 3]].reshape(-1, 28, 28).astype(np.float64)


def found_at(x, rows, columns):
    """Ink at whole places; paper beyond the frame."""
    inside = (rows >= 0) & (rows < 28) & (columns >= 0) & (columns < 28)
    return np.where(inside, x[:, rows.clip(0, 27), columns.clip(0, 27)], 0)


def turned(x, degrees):
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    r, c = ROWS - 13.5, COLUMNS - 13.5
    rows, columns = cos * r - sin * c + 13.5, sin * r + cos * c + 13.5
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    return sum(
        (1 - np.abs(rows - i)) * (1 - np.abs(columns - j)) * found_at(x, i, j)
        for i in (top, top + 1)
        for j in (left, left + 1)
    )


def blurred(x, deviation, mode="constant"):
    reach = int(4 * deviation)
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * deviation**2))
    for axis in (1, 2):
        padded = np.pad(x, [(0, 0), *((reach * (axis == a), reach * (axis == a)) for a in (1, 2))], mode)
        x = sum(k * padded.take(range(i, i + 28), axis) for i, k in enumerate(kernel / kernel.sum()))
    return x


def foggy(x, share, chance):
    fog = blurred(chance.normal(size=x.shape), 4, "wrap")
    fog = np.array([(f - f.min()) / (f.max() - f.min()) for f in fog])
    return share * fog + (1 - share) * x


def extreme(x, pixels, of):
    def whole(k):
        steps = range(-k, k + 1)
        near = [x[:, (ROWS + i).clip(0, 27), (COLUMNS + j).clip(0, 27)] for i in steps for j in steps]
        return of(near, axis=0)

    k = int(np.floor(pixels))
    return (k + 1 - pixels) * whole(k) + (pixels - k) * whole(k + 1)


ANEW = {
    ("moved", "up"): lambda x, a, _: found_at(x, ROWS + a, COLUMNS),
    ("moved", "down"): lambda x, a, _: found_at(x, ROWS - a, COLUMNS),
    ("moved", "left"): lambda x, a, _: found_at(x, ROWS, COLUMNS + a),
    ("moved", "right"): lambda x, a, _: found_at(x, ROWS, COLUMNS - a),
    ("turned", "clockwise"): lambda x, a, _: turned(x, a),
    ("turned", "counterclockwise"): lambda x, a, _: turned(x, -a),
    ("thicker or thinner", "thicker"): lambda x, a, _: extreme(x, 2 * a, np.max),
    ("thicker or thinner", "thinner"): lambda x, a, _: extreme(x, a, np.min),
    ("blurred", ""): lambda x, a, _: blurred(x, a),
    ("fog", ""): foggy,
    ("more ink", ""): lambda x, a, _: x + a,
    ("noise", ""): lambda x, a, chance: x + a * chance.standard_normal(x.shape),
    ("hidden middle", ""): lambda x, a, _: x * (np.maximum(abs(ROWS - 13.5), abs(COLUMNS - 13.5)) > a / 2),
}


@pytest.mark.parametrize("name", ACCIDENTS)
def test_words_suffice_to_write_an_accident_anew(pictures, name):
    for strength, amount in zip(STRENGTHS, ACCIDENTS[name].amounts, strict=True):
        for variant, after in happen(name, pictures, strength).items():
            chance = np.random.default_rng([zlib.crc32(name.encode()), strength, 0])
            expected = ANEW[name, variant](pictures, amount, chance).clip(0, 1)
            np.testing.assert_allclose(after, expected, atol=1e-12)


def test_middle_strengths_are_those_of_the_page():
    middle = [kind.amounts[STRENGTHS.index(MIDDLE_STRENGTH)] for kind in ACCIDENTS.values()]
    assert middle == [3, 18, 0.6, 1.5, 0.45, 0.3, 0.18, 8]


def test_accuracy_after_an_accident_is_the_mean_over_its_variants():
    random = np.random.default_rng(1)
    weights, labels = random.normal(size=(785, 2)), np.repeat([-1.0, 1.0], 10)
    pixels = random.random((20, 784), np.float32)
    found = accidents.accuracy(weights, pixels, labels)
    assert found.keys() == ACCIDENTS.keys()
    for name, right in found.items():
        after = np.stack(list(happen(name, pixels.reshape(-1, 28, 28), MIDDLE_STRENGTH).values()))
        logits = after.reshape(-1, 20, 784).astype(float) @ weights[:-1] + weights[-1]
        np.testing.assert_allclose(right, (labels[:, None] * logits > 0).mean(axis=(0, 1)))


@pytest.fixture(scope="module")
def numbers():
    return files.numbers("accidents")


def regular_and_robust(pixels, labels, seeds):
    """The regular model and that for 0.1, (785, 2, S), by a few lines."""
    signed = np.column_stack([pixels, np.ones(len(pixels))]) * labels[:, None].astype(np.float64)
    found = []
    for epsilon in (0, 0.1):
        w = models.starts(seeds).astype(np.float64)
        for first in 10 * list(range(0, len(signed), 100)):
            batch, pull = signed[first : first + 100], np.sign(w) * (np.arange(785) < 784)[:, None]
            active = batch @ w - epsilon * np.abs(w[:-1]).sum(axis=0) < 1
            step = batch.T @ active - epsilon * active.sum(axis=0) * pull
            w += step * (0.0001 if epsilon else 0.1 / len(batch))
        found.append(w)
    return np.stack(found, axis=1)


def hit(x, w, truth):
    """Right or not, of images (N, 784) and weights (785, ...)."""
    return np.moveaxis((truth > 0) == (np.tensordot(x, w[:-1], 1) + w[-1] > 0).T, -1, 0)


@pytest.mark.slow
def test_the_pages_zeros_and_ones_made_again(numbers):
    """From twenty seeds, moved, in more ink and with a hidden middle."""
    (pixels, labels), (seen, truth) = images.pair("train"), images.pair("test")
    w, found = regular_and_robust(pixels, labels, range(1, 21)), numbers.zeros_and_ones
    hidden = seen.reshape(-1, 28, 28).copy()
    hidden[:, 10:18, 10:18] = 0
    after = {"moved": [], "more ink": [(seen + 0.3).clip(0, 1)], "hidden middle": [hidden.reshape(-1, 784)]}
    for axis, step in ((1, 3), (1, -3), (2, 3), (2, -3)):
        digit = np.roll(seen.reshape(-1, 28, 28), step, axis)
        np.moveaxis(digit, axis, 0)[slice(step) if step > 0 else slice(step, None)] = 0
        after["moved"].append(digit.reshape(-1, 784))
    for name, variants in after.items():
        right = np.mean([hit(x, w, truth) for x in variants], axis=0)  # images, seeds, models
        above = (right[..., 1] - right[..., 0]).mean(axis=1)
        assert found.difference[name][0] == pytest.approx(above.mean(), abs=3e-4)
        assert found.difference[name][1] == pytest.approx(1.96 * above.std() / len(above) ** 0.5, abs=3e-4)
        for place, key in enumerate(("regular", "0.1")):
            middle = np.median(right[..., place].mean(axis=0))
            assert found.accuracy[name][key] == pytest.approx(middle, abs=6e-4)
    mean_one = pixels[labels > 0].mean(axis=0, dtype=float).reshape(28, 28, 1)
    for place, key in enumerate(("regular", "0.1")):
        pulls = w[:-1, place].reshape(28, 28, -1).clip(0) * mean_one
        share = np.median(pulls[10:18, 10:18].sum(axis=(0, 1)) / pulls.sum(axis=(0, 1)))
        assert found.in_the_middle[key] == pytest.approx(share, abs=1e-3)


@pytest.mark.slow
def test_a_pairs_numbers_made_again(all_of_mnist):
    """Fours and nines in more ink: what the figure shows of them, by a few lines."""
    (pixels, labels), (seen, truth) = images.pair("train", (4, 9)), images.pair("test", (4, 9))
    stored, place = files.arrays("accidents"), images.PAIRS.index((4, 9))
    w = regular_and_robust(pixels, labels, range(1, 4))
    inked = (seen + 0.3).clip(0, 1)
    clean, after = (hit(x, w, truth).mean(axis=0) for x in (seen, inked))  # seeds, models
    typical = np.median(np.abs(np.tensordot(seen, w[:-1], 1) + w[-1]), axis=0)
    balance = np.median(np.abs(w[:-1].sum(axis=0)) / typical, axis=1)
    np.testing.assert_allclose(stored["balance"][place, :2], balance, rtol=1e-3)
    np.testing.assert_allclose(stored["cost"][place, :2], np.median(clean - after, axis=0), atol=1e-3)
    row = 1 + list(ACCIDENTS).index("more ink")
    ahead = np.median(after[:, 1] - after[:, 0])
    np.testing.assert_allclose(stored["differences"][row, place], ahead, atol=1e-3)


def test_what_an_accident_does_to_a_pair(all_of_mnist):
    """Fours and nines in fog of middle strength, each model by itself."""
    train = images.pair("train", (4, 9))
    weights = study.trained(*train, range(1, 3))
    every, place = np.random.default_rng(0).normal(size=(45, *weights.shape)), images.PAIRS.index((4, 9))
    every[place] = weights
    seen, digits = images.all_digits("test")
    order = np.argsort(digits, kind="stable")[::7]
    pixels, digits = seen[order] / np.float32(255), digits[order]
    found = study.meet_pairs("fog", 3, pixels, digits, every)[:, place]
    chosen = np.isin(digits, (4, 9))
    after = happen("fog", pixels, 3)[""][chosen].astype(float)
    change = after - pixels[chosen]
    for model, seed in np.ndindex(6, 2):
        *w, b = weights[:, model, seed]
        right = (after @ w + b > 0) == (digits[chosen] == 9)
        expected = right.mean(), np.abs(change @ w).mean(), (np.abs(change) @ np.abs(w)).mean()
        assert found[:, model, seed] == pytest.approx(expected)
    mean = train[0].mean(axis=0, dtype=float)
    for plain, centred in ((weights[:, 0], weights[:, 4]), (weights[:, 1], weights[:, 5])):
        np.testing.assert_allclose(centred[:-1].sum(axis=0), 0, atol=1e-9)
        np.testing.assert_allclose(mean @ centred[:-1] + centred[-1], mean @ plain[:-1] + plain[-1])
        np.testing.assert_allclose(centred[:-1] - plain[:-1], -plain[:-1].mean(axis=0) * np.ones((784, 1)))


def test_training_helps_only_if_seeds_and_images_say_so():
    regular, robust = np.zeros((400, 20)), np.zeros((5, 400, 20))
    regular[:200], robust[:, :200] = 1, 1
    robust[0, 200:240] = 1  # 10 points better in all seeds: above any chance
    robust[1, 200:201] = 1  # better in all seeds, by one image
    robust[2, 200:240, :18] = 1  # in 18 of 20
    robust[3, 160:200] = 0
    decided, middle, half = study.compare(robust, regular)
    assert decided.tolist() == [1, 0, 0, -1, 0]
    assert middle.tolist() == pytest.approx([0.1, 0.0025, 0.09, -0.1, 0])
    assert half[0] == pytest.approx(1.96 * np.sqrt(0.1 * 0.9 / 400))


def test_means_without_each_kind_and_without_each_digit():
    random = np.random.default_rng(1)
    after, ahead = random.random((len(ACCIDENTS), 6)), random.random((2, 45))
    for model, found in enumerate(study.without_one(after), start=1):
        above = after[:, model] - after[:, 0]
        left = [np.delete(above, kind).mean() for kind in range(len(above))]
        assert found.tolist() == pytest.approx([min(left), max(left)], abs=1e-4)
    pairs = list(enumerate(images.PAIRS))
    for row, found in zip(ahead, study.without_digit(ahead), strict=True):
        left = [np.mean([row[i] for i, pair in pairs if digit not in pair]) for digit in range(10)]
        assert found.tolist() == pytest.approx([min(left), max(left)], abs=1e-4)
