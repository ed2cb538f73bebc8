"""Every accident written anew from its words, in NumPy alone; what accidents do to a model, by hand."""

import zlib

import numpy as np
import pytest

from studies.accidents import study
from studies.shared import files, images
from studies.shared.accidents import ACCIDENTS, STRENGTHS, happen

ROWS, COLUMNS = np.mgrid[:28, :28]


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
    ("thicker or thinner", "thicker"): lambda x, a, _: extreme(x, a, np.max),
    ("thicker or thinner", "thinner"): lambda x, a, _: extreme(x, a / 2, np.min),
    ("blurred", ""): lambda x, a, _: blurred(x, a),
    ("fog", ""): foggy,
    ("more ink", ""): lambda x, a, _: x + a,
    ("noise", ""): lambda x, a, chance: x + a * chance.standard_normal(x.shape),
    ("hidden middle", ""): lambda x, a, _: x * (np.maximum(abs(ROWS - 13.5), abs(COLUMNS - 13.5)) > a / 2),
}


@pytest.mark.parametrize("name", ACCIDENTS)
def test_words_suffice_to_write_an_accident_anew(name):
    pictures = np.random.default_rng(0).random((2, 28, 28)) ** 3
    for strength, amount in zip(STRENGTHS, ACCIDENTS[name].amounts, strict=True):
        for variant, after in happen(name, pictures, strength).items():
            chance = np.random.default_rng([zlib.crc32(name.encode()), strength, 0])
            expected = ANEW[name, variant](pictures, amount, chance).clip(0, 1)
            np.testing.assert_allclose(after, expected, atol=1e-12)


@pytest.mark.slow
def test_a_pairs_numbers_made_again(all_of_mnist):
    """Fours and nines attacked and in more ink, and their models centred, by a few lines."""
    splits = [images.all_digits(split) for split in ("train", "test")]
    (pixels, _), (seen, truth) = (images.of_pair(*split, (4, 9)) for split in splits)
    *found, w = study.train_pair((4, 9), *splits)
    means = w[:-1, :2].mean(axis=0)
    w[:-1, 4:], w[-1, 4:] = w[:-1, :2] - means, w[-1, :2] + means * pixels.sum(dtype=float) / len(pixels)
    before, inky = (np.tensordot(x, w[:-1], 1) + w[-1] for x in (seen, (seen + 0.3).clip(0, 1)))
    lower = before - 0.1 * truth[:, None, None] * np.abs(w[:-1]).sum(axis=0)
    right = [((truth > 0) == (x > 0).T).mean(axis=2).T for x in (before, lower, inky)]  # models, seeds
    typical = np.median(np.abs(before), axis=0)
    np.testing.assert_allclose(found, [*right[:2], typical], atol=1e-3)
    balance = np.median(np.abs(w[:-1].sum(axis=0)) / typical, axis=1)
    stored, place = files.arrays("accidents"), images.PAIRS.index((4, 9))
    np.testing.assert_allclose(stored["balance"][place], balance, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(stored["cost"][place], np.median(right[0] - right[2], axis=1), atol=1e-3)
    lead = stored["differences"][1 + list(ACCIDENTS).index("more ink"), place]
    assert lead == pytest.approx(np.median(right[2][1] - right[2][0]), abs=1e-3)


def test_the_pages_numbers_are_those_of_its_pairs():
    found, pairs = files.numbers("accidents"), files.arrays("accidents")
    clean_lead, *leads = pairs["differences"]
    lead, (regular, robust) = dict(zip(ACCIDENTS, leads, strict=True)), pairs["balance"][:, :2].T
    for name, of_pairs in lead.items():
        assert (found.better[name][1], found.worse[name][1]) == ((of_pairs > 0).sum(), (of_pairs < 0).sum())
    assert (found.clean_better, found.clean_worse) == ((clean_lead > 0).sum(), (clean_lead < 0).sum())
    assert found.balance.regular == pytest.approx(regular.mean(), abs=1e-4)
    assert found.balance_smaller == (robust < regular).sum()
    assert found.smaller_and_better == ((robust < regular) & (lead["more ink"] > 0)).sum()
    assert pairs["differences"][:, images.PAIRS.index((0, 1))].max() < 0.02  # little anywhere
    # more ink moves the logit by the sum of the weights times 0.3, but for pixels that are full
    assert 0.9 < 0.3 * regular.mean() / found.moves["more ink"].regular < 1


def test_what_an_accident_does_to_a_pair():
    """Each model by itself, the mean over images and variants."""
    random, place = np.random.default_rng(0), images.PAIRS.index((4, 9))
    weights, digits = random.normal(size=(45, 785, 3, 2)), random.permutation(np.repeat(range(10), 20))
    pixels = random.random((200, 784))
    found, chosen = study.meet("turned", 3, pixels, digits, weights)[place], np.isin(digits, (4, 9))
    for model, seed in np.ndindex(3, 2):
        *w, b = weights[place, :, model, seed]
        expected = []
        for after in happen("turned", pixels, 3).values():
            right = (after[chosen] @ w + b > 0) == (digits[chosen] == 9)
            expected.append([right.mean(), abs((after - pixels)[chosen] @ w).mean()])
        assert found[:, model, seed] == pytest.approx(np.mean(expected, axis=0))
