"""Every accident written anew from its words, in NumPy alone; what accidents do to a model, by hand."""

import zlib

import numpy as np
import pytest

from studies.shared import accidents, images
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
