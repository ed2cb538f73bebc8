"""Accidents written anew, pixel by pixel, from the words of their page; what they do to a model, by hand."""

import math
import zlib

import numpy as np
import pytest

from studies import images
from studies.accidents import study
from studies.accidents.kinds import ACCIDENTS, STRENGTHS, changed, happen


@pytest.fixture(scope="module")
def pictures():
    return images.pair("test")[0][[0, 3]].reshape(-1, 28, 28).astype(np.float64)


def ink(picture, row, column):
    """Bilinear; paper beyond the frame."""
    top, left = math.floor(row), math.floor(column)
    total = 0.0
    for r, c in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
        if 0 <= r < 28 and 0 <= c < 28:
            total += (1 - abs(row - r)) * (1 - abs(column - c)) * picture[r, c]
    return total


def came_from(picture, place):
    return np.array([[ink(picture, *place(r - 13.5, c - 13.5)) for c in range(28)] for r in range(28)])


def turned(degrees):
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return lambda r, c: (13.5 + cos * r - sin * c, 13.5 + sin * r + cos * c)


def scaled(factor):
    return lambda r, c: (13.5 + r / factor, 13.5 + c / factor)


GEOMETRY = {
    ("rotate", "clockwise"): turned,
    ("scale", "smaller"): scaled,
    ("scale", "larger"): lambda factor: scaled(2 - factor),
    ("shear", "right"): lambda slope: lambda r, c: (13.5 + r, 13.5 + c + slope * r),
}


@pytest.mark.parametrize(("name", "variant"), GEOMETRY)
def test_geometry(pictures, name, variant):
    for strength in (2, 5):
        amount = ACCIDENTS[name].amounts[strength - 1]
        expected = [came_from(picture, GEOMETRY[name, variant](amount)) for picture in pictures]
        np.testing.assert_allclose(happen(name, pictures, strength)[variant], expected, atol=1e-12)


def chance(name, strength):
    return np.random.default_rng([zlib.crc32(name.encode()), strength, 0])


def test_fog(pictures):
    kernel = np.exp(-(np.arange(-16, 17) ** 2) / 32)
    kernel /= kernel.sum()
    for picture, noise, found in zip(
        pictures, chance("fog", 3).normal(size=pictures.shape), happen("fog", pictures, 3)[""], strict=True
    ):
        for axis in (0, 1):
            noise = sum(
                k * np.roll(noise, shift, axis) for k, shift in zip(kernel, range(-16, 17), strict=True)
            )
        fog = (noise - noise.min()) / (noise.max() - noise.min())
        np.testing.assert_allclose(found, 0.55 * picture + 0.45 * fog, atol=1e-9)


def test_dotted_line(pictures):
    ends = chance("dotted_line", 2).uniform(0, 27, size=(2, 2, 2))
    for picture, lines, found in zip(pictures, ends, happen("dotted_line", pictures, 2)[""], strict=True):
        expected = picture.copy()
        for left, right in lines:
            for r in range(28):
                for c in (c for c in range(28) if c % 4 in (2, 3)):
                    distance = abs(r - (left + (right - left) * c / 27))
                    expected[r, c] = max(expected[r, c], min(1, max(0, 1.5 - distance)))
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(("name", "extreme"), [("thicker", max), ("thinner", min)])
def test_edges_move(pictures, name, extreme):
    def whole(picture, k):
        rows = [[min(27, max(0, r + d)) for d in range(-k, k + 1)] for r in range(28)]
        return np.array(
            [[extreme(picture[a, b] for a in rows[r] for b in rows[c]) for c in range(28)] for r in range(28)]
        )

    amount = ACCIDENTS[name].amounts[2]
    k = int(amount)
    mixed = (1 - amount + k) * whole(pictures[0], k) + (amount - k) * whole(pictures[0], k + 1)
    np.testing.assert_allclose(happen(name, pictures, 3)[""][0], mixed, atol=1e-12)


def test_impulse_noise(pictures):
    draws = chance("impulse_noise", 4).random(pictures.shape)
    expected = np.where(draws < 0.085, 1, np.where(draws < 0.17, 0, pictures))
    np.testing.assert_array_equal(happen("impulse_noise", pictures, 4)[""], expected)


@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_stays_between_paper_and_ink_and_has_a_neutral_amount(pictures, name):
    accident = ACCIDENTS[name]
    assert len(accident.amounts) == len(STRENGTHS)
    for change in accident.variants.values():
        untouched = changed(change, pictures, accident.neutral, np.random.default_rng(0))
        np.testing.assert_allclose(untouched, pictures, atol=1e-12)
    before = {variant: after.copy() for variant, after in happen(name, pictures, 5).items()}
    for after in before.values():
        assert after.min() >= 0 and after.max() <= 1 and np.abs(after - pictures).max() > 0.1


def test_a_new_accident_changes_no_other(pictures, monkeypatch):
    before = happen("speck", pictures, 3)[""]
    monkeypatch.setattr("studies.accidents.kinds.ACCIDENTS", {"new": ACCIDENTS["fog"], **ACCIDENTS})
    np.testing.assert_array_equal(happen("speck", pictures, 3)[""], before)


def test_what_an_accident_does_to_a_model_by_hand(pictures):
    random = np.random.default_rng(1)
    weights, labels = random.normal(size=(785, 2)), np.array([-1.0, 1.0])
    before = pictures.reshape(2, 784)
    found = study.measure("translate", 2, 0, before, labels, weights)
    mistakes, harm = [], []
    for after in happen("translate", pictures, 2).values():
        for model, (*w, b) in enumerate(weights.T):
            clean, now = (labels * (x @ w + b) for x in (before, after.reshape(2, 784)))
            mistakes.append((model, np.mean(now <= 0)))
            harm.append((model, np.mean(clean - now) / np.median(np.abs(clean))))
    for model in range(2):
        assert found["accuracy"][model] == pytest.approx(1 - np.mean([v for m, v in mistakes if m == model]))
        assert found["harm"][model] == pytest.approx(np.mean([v for m, v in harm if m == model]))
