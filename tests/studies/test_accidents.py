"""Every accident written anew from its words, in NumPy alone; what accidents do to a model, by hand."""

import math
import zlib

import numpy as np
import pytest

from studies.accidents import study
from studies.shared import images
from studies.shared.accidents import ACCIDENTS, STRENGTHS, changed, happen

ROWS, COLUMNS = np.mgrid[:28, :28]


@pytest.fixture(scope="module")
def pictures():
    return images.pair("test")[0][[0, 3]].reshape(-1, 28, 28).astype(np.float64)


def found_at(x, rows, columns):
    """Ink at whole places; paper beyond the frame."""
    inside = (rows >= 0) & (rows < 28) & (columns >= 0) & (columns < 28)
    return np.where(inside, x[:, rows.clip(0, 27), columns.clip(0, 27)], 0)


def came_from(x, down, right, across, along):
    """Bilinear ink at (down r + right c, across r + along c) from the middle, for the pixel at (r, c)."""
    r, c = ROWS - 13.5, COLUMNS - 13.5
    rows, columns = down * r + right * c + 13.5, across * r + along * c + 13.5
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    return sum(
        (1 - np.abs(rows - i)) * (1 - np.abs(columns - j)) * found_at(x, i, j)
        for i in (top, top + 1)
        for j in (left, left + 1)
    )


def turned(x, degrees):
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return came_from(x, cos, -sin, sin, cos)


def blurred(x, deviation, mode):
    reach = int(4 * deviation)
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * deviation**2))
    for axis in (1, 2):
        padded = np.pad(x, [(0, 0), *((reach * (axis == a), reach * (axis == a)) for a in (1, 2))], mode)
        x = sum(k * padded.take(range(i, i + 28), axis) for i, k in enumerate(kernel / kernel.sum()))
    return x


def mean_of_line(x, length, axis):
    steps = range(-(length // 2), length // 2 + 1)
    return sum(found_at(x, ROWS + s * (axis == 1), COLUMNS + s * (axis == 2)) for s in steps) / length


def foggy(x, share, chance):
    fog = blurred(chance.normal(size=x.shape), 4, "wrap")
    fog = np.array([(f - f.min()) / (f.max() - f.min()) for f in fog])
    return share * fog + (1 - share) * x


def with_lines(x, count, chance):
    ends = chance.uniform(0, 27, (len(x), count, 2))
    heights = ends[..., :1] + (ends[..., 1:] - ends[..., :1]) * np.arange(28) / 27
    ink = (1.5 - np.abs(ROWS - heights[:, :, None])).clip(0, 1) * (COLUMNS % 4 >= 2)
    return np.maximum(x, ink.max(axis=1))


def squared(x, places, side, ink):
    x = x.copy()
    for picture, (row, column) in zip(x, places, strict=True):
        picture[row : row + side, column : column + side] = ink
    return x


def extreme(x, pixels, of):
    def whole(k):
        steps = range(-k, k + 1)
        near = [x[:, (ROWS + i).clip(0, 27), (COLUMNS + j).clip(0, 27)] for i in steps for j in steps]
        return of(near, axis=0)

    k = math.floor(pixels)
    return (k + 1 - pixels) * whole(k) + (pixels - k) * whole(k + 1)


def impulses(x, share, chance):
    drawn = chance.random(x.shape)
    return np.select([drawn < share / 2, drawn < share], [1, 0], x)


ANEW = {
    "translate up": lambda x, a, _: found_at(x, ROWS + a, COLUMNS),
    "translate down": lambda x, a, _: found_at(x, ROWS - a, COLUMNS),
    "translate left": lambda x, a, _: found_at(x, ROWS, COLUMNS + a),
    "translate right": lambda x, a, _: found_at(x, ROWS, COLUMNS - a),
    "rotate clockwise": lambda x, a, _: turned(x, a),
    "rotate counterclockwise": lambda x, a, _: turned(x, -a),
    "scale smaller": lambda x, a, _: came_from(x, 1 / a, 0, 0, 1 / a),
    "scale larger": lambda x, a, _: came_from(x, 1 / (2 - a), 0, 0, 1 / (2 - a)),
    "shear right": lambda x, a, _: came_from(x, 1, 0, a, 1),
    "shear left": lambda x, a, _: came_from(x, 1, 0, -a, 1),
    "brightness ": lambda x, a, _: x + a,
    "contrast ": lambda x, a, _: np.array([p.mean() + a * (p - p.mean()) for p in x]),
    "fog ": foggy,
    "gaussian_noise ": lambda x, a, chance: x + a * chance.standard_normal(x.shape),
    "shot_noise ": lambda x, a, chance: chance.poisson(x * a) / a,
    "impulse_noise ": impulses,
    "gaussian_blur ": lambda x, a, _: blurred(x, a, "constant"),
    "motion_blur horizontal": lambda x, a, _: mean_of_line(x, a, 2),
    "motion_blur vertical": lambda x, a, _: mean_of_line(x, a, 1),
    "stripe ": lambda x, a, _: np.where(np.abs(COLUMNS - 13.5) > 13.5 - a, 1 - x, x),
    "dotted_line ": with_lines,
    "speck ": lambda x, a, chance: squared(x, chance.integers(0, 29 - a, (len(x), 2)), a, 1),
    "occlusion ": lambda x, a, _: squared(x, [(14 - a // 2, 14 - a // 2)] * len(x), a, 0),
    "thicker ": lambda x, a, _: extreme(x, a, np.max),
    "thinner ": lambda x, a, _: extreme(x, a, np.min),
}


@pytest.mark.parametrize("case", ANEW)
def test_words_suffice_to_write_an_accident_anew(pictures, case):
    name, variant = case.split(" ")
    for strength, amount in zip(STRENGTHS, ACCIDENTS[name].amounts, strict=True):
        chance = np.random.default_rng([zlib.crc32(name.encode()), strength, 0])
        expected = ANEW[case](pictures, amount, chance).clip(0, 1)
        np.testing.assert_allclose(happen(name, pictures, strength)[variant], expected, atol=1e-12)


@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_changes_much_or_at_its_neutral_amount_nothing(pictures, name):
    accident = ACCIDENTS[name]
    for variant, change in accident.variants.items():
        untouched = changed(change, pictures, accident.neutral, np.random.default_rng(0))
        np.testing.assert_allclose(untouched, pictures, atol=1e-12)
        after = happen(name, pictures, 5)[variant]
        assert after.min() >= 0 and after.max() <= 1 and np.abs(after - pictures).max() > 0.1


def test_a_new_accident_changes_no_other(pictures, monkeypatch):
    before = happen("speck", pictures, 3)[""]
    monkeypatch.setattr("studies.accidents.kinds.ACCIDENTS", {"new": ACCIDENTS["fog"], **ACCIDENTS})
    np.testing.assert_array_equal(happen("speck", pictures, 3)[""], before)


def test_what_an_accident_does_to_a_model_by_hand(pictures):
    random = np.random.default_rng(1)
    weights, labels = random.normal(size=(785, 2)), np.array([-1.0, 1.0])
    before = pictures.reshape(2, 784)
    found = study.measure("translate", 2, before, labels, weights)
    for model, (*w, b) in enumerate(weights.T):
        clean = labels * (before @ w + b)
        typical, worst = np.median(np.abs(clean)), np.abs(w).sum()
        rows = []
        for after in happen("translate", pictures, 2).values():
            now = labels * (after.reshape(2, 784) @ w + b)
            largest = np.abs(after - pictures).max(axis=(1, 2))
            used = (clean - now) / (largest * worst)
            rows.append(
                [np.mean(now > 0), np.mean(now <= -typical), np.mean(clean - now) / typical, used.mean()]
            )
        expected = dict(zip(("accuracy", "confident", "harm", "used"), np.mean(rows, axis=0), strict=True))
        assert {part: found[part][model] for part in expected} == pytest.approx(expected)


def test_a_model_is_better_only_if_enough_seeds_say_so():
    regular, mostly, often = np.full((3, 20), 0.9)
    mostly[1:], often[2:] = 0.95, 0.95
    assert study.verdicts(np.array([regular, mostly, often, regular - 0.01])).tolist() == [1, 0, -1]
