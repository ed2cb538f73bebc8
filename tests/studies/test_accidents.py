"""Accidents: each against its definition by hand, the measures against slow loops, the stored numbers."""

import itertools
import json
import math

import numpy as np
import pytest
import shared
from accidents import kinds, measures, study, verdicts
from accidents.kinds import ACCIDENTS, STRENGTHS, happen

RANDOM = [
    name for name in ACCIDENTS if "noise" in name or name in ("fog", "speck", "dotted_line")
]  # where chance plays a part
PAPER, GREY, INK = (np.full((200, 28, 28), value, np.float32) for value in (0, 0.5, 1))


@pytest.fixture(scope="module")
def images(test_arrays):
    return test_arrays[0][:40].reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def results():
    return json.loads((study.HERE / "results.json").read_text(encoding="utf-8"))


def only(name: str, images: np.ndarray, strength: int) -> np.ndarray:
    (after,) = happen(name, images, strength).values()
    return after


# What they have in common


@pytest.mark.parametrize("name", ACCIDENTS)
def test_valid_images_the_same_every_time_whatever_comes_after(name, images):
    original = images.copy()
    for strength in (1, 5):
        after, again, fewer = (
            happen(name, some, strength) for some in (images, images, images[: len(images) // 2])
        )
        for variant, changed in after.items():
            assert changed.shape == images.shape and changed.dtype == images.dtype
            assert changed.min() >= 0 and changed.max() <= 1 and (changed != images).any()
            np.testing.assert_array_equal(changed, again[variant])
            np.testing.assert_array_equal(changed[: len(fewer[variant])], fewer[variant])
    np.testing.assert_array_equal(images, original)


@pytest.mark.parametrize("name", sorted(set(ACCIDENTS) - {"speck"}))  # a larger speck may fall elsewhere
def test_more_happens_at_a_greater_strength(name, images):
    sizes = [
        np.mean([np.abs(after - images).sum() for after in happen(name, images, strength).values()])
        for strength in STRENGTHS
    ]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1]


def test_chance_differs_between_images_strengths_and_accidents():
    for name in RANDOM:
        one, other = (only(name, GREY[:2], strength) for strength in (3, 4))
        assert (one[0] != one[1]).any() and (one != other).any()
    drawn = [only(name, GREY[:1], 3)[0] for name in ("gaussian_noise", "shot_noise", "fog")]
    assert max(abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) for a, b in itertools.pairwise(drawn)) < 0.2


# Geometry


@pytest.mark.parametrize("strength", STRENGTHS)
def test_translate_is_a_roll_that_leaves_paper(strength, images):
    moves = {"up": (-strength, 0), "down": (strength, 0), "left": (0, -strength), "right": (0, strength)}
    padded = np.pad(images, ((0, 0), (9, 9), (9, 9)))
    for variant, after in happen("translate", images, strength).items():
        expected = np.roll(padded, moves[variant], axis=(1, 2))[:, 9:-9, 9:-9]
        np.testing.assert_array_equal(after, expected)


def bilinear(image: np.ndarray, row: float, column: float) -> float:
    """By hand, with paper beyond the frame."""
    total = 0.0
    for i in (math.floor(row), math.floor(row) + 1):
        for j in (math.floor(column), math.floor(column) + 1):
            if 0 <= i < 28 and 0 <= j < 28:
                total += image[i, j] * (1 - abs(row - i)) * (1 - abs(column - j))
    return total


@pytest.mark.parametrize("name", ["rotate", "scale", "shear"])
def test_each_pixel_is_looked_up_where_it_came_from(name, images):
    """Where a pixel came from: the inverse of the map, in coordinates to the right and upwards."""
    amount = ACCIDENTS[name].amounts[2]
    angle = math.radians(amount)
    turned = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    maps = {
        "counterclockwise": turned,
        "clockwise": turned.T,
        "smaller": amount * np.eye(2),
        "larger": (2 - amount) * np.eye(2),
        "right": np.array([[1, amount], [0, 1]]),
        "left": np.array([[1, -amount], [0, 1]]),
    }
    after = happen(name, images[:1], 3)
    for variant, changed in after.items():
        back = np.linalg.inv(maps[variant])
        for row, column in np.random.default_rng(0).integers(0, 28, (150, 2)):
            right, upwards = back @ [column - 13.5, 13.5 - row]
            expected = bilinear(images[0], 13.5 - upwards, 13.5 + right)
            assert changed[0, row, column] == pytest.approx(expected, abs=1e-5), (variant, row, column)


def test_looking_up_in_place_changes_nothing(images):
    np.testing.assert_allclose(kinds.look_up(images, np.eye(2)), images, atol=1e-6)
    quarter = kinds.rotate(-1)(images, 90, None)
    np.testing.assert_allclose(quarter, np.rot90(images, axes=(1, 2)), atol=1e-6)


# Light, noise, blur


@pytest.mark.parametrize("strength", STRENGTHS)
def test_light_by_hand(strength, images):
    image, brighter, flatter = (
        images[3],
        *(only(name, images, strength)[3] for name in ("brightness", "contrast")),
    )
    factor, mean = ACCIDENTS["contrast"].amounts[strength - 1], float(image.sum(dtype=np.float64)) / 784
    for row, column in np.ndindex(28, 28):
        pixel = float(image[row, column])
        assert brighter[row, column] == pytest.approx(min(1, pixel + strength / 10), abs=1e-6)
        assert flatter[row, column] == pytest.approx(mean + factor * (pixel - mean), abs=1e-6)


def test_fog_is_a_smooth_field_mixed_in(images):
    for strength, share in zip(STRENGTHS, ACCIDENTS["fog"].amounts, strict=True):
        field = (only("fog", images, strength) - (1 - share) * images) / share
        assert field.min(axis=(1, 2)) == pytest.approx(0, abs=1e-5)
        assert field.max(axis=(1, 2)) == pytest.approx(1, abs=1e-5)
        assert np.abs(np.diff(field, axis=2)).mean() < 0.1  # noise that isn't blurred: about a third


@pytest.mark.parametrize("strength", STRENGTHS)
def test_noise_has_its_mean_and_variance(strength):
    pixels = GREY.size
    deviation, photons, share = (
        ACCIDENTS[name].amounts[strength - 1] for name in ("gaussian_noise", "shot_noise", "impulse_noise")
    )
    ink = only("gaussian_noise", PAPER, strength)  # the half that isn't cut off at 0; at 1 hardly any is
    assert (ink > 0).mean() == pytest.approx(0.5, abs=5 / math.sqrt(pixels))
    assert (ink.astype(float) ** 2).mean() == pytest.approx(deviation**2 / 2, rel=0.03)
    counts = only("shot_noise", 0.1 * INK, strength).astype(float) * photons
    np.testing.assert_allclose(counts, counts.round(), atol=1e-4)
    assert counts.mean() == pytest.approx(photons / 10, rel=0.02)
    assert counts.var() == pytest.approx(photons / 10, rel=0.03)
    assert not only("shot_noise", PAPER, strength).any()
    hit = only("impulse_noise", GREY, strength)
    for value in (0, 1):
        assert (hit == value).mean() == pytest.approx(share / 2, rel=0.05)
    assert (hit == 0.5).mean() == pytest.approx(1 - share, rel=0.05)


def test_blur_of_a_single_dot():
    dot = np.zeros((1, 28, 28), np.float32)
    dot[0, 14, 14] = 1
    for strength in STRENGTHS:
        blurred, length = only("gaussian_blur", dot, strength)[0], 2 * strength + 1
        sigma = ACCIDENTS["gaussian_blur"].amounts[strength - 1]
        near = min(3, int(3 * sigma))
        assert blurred[14, 14 + near] / blurred[14, 14] == pytest.approx(
            math.exp(-(near**2) / sigma**2 / 2), rel=1e-3
        )
        assert blurred.sum() == pytest.approx(1, abs=1e-3)
        for variant, after in happen("motion_blur", dot, strength).items():
            expected = np.zeros((28, 28))
            expected[14, 14 - strength : 15 + strength] = 1 / length
            np.testing.assert_allclose(
                after[0], expected if variant == "horizontal" else expected.T, atol=1e-6
            )


# Ink added or lost


@pytest.mark.parametrize("strength", STRENGTHS)
def test_exactly_the_named_pixels_change(strength, images):
    side = ACCIDENTS["occlusion"].amounts[strength - 1]
    hidden, columns = np.zeros((28, 28), bool), np.zeros(28, bool)
    first = 14 - side // 2
    hidden[first : first + side, first : first + side] = True
    np.testing.assert_array_equal(only("occlusion", images, strength), np.where(hidden, 0, images))
    assert only("occlusion", INK, strength).sum() == len(INK) * (784 - side**2)
    width = ACCIDENTS["stripe"].amounts[strength - 1]
    columns[:width] = columns[-width:] = True
    np.testing.assert_array_equal(only("stripe", images, strength), np.where(columns, 1 - images, images))


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_speck_is_one_whole_square_that_may_lie_anywhere(strength):
    specks = only("speck", PAPER, strength)
    corners = set()
    for image in specks:
        rows, columns = np.nonzero(image)
        assert len(rows) == strength**2 and image.sum() == strength**2
        assert np.ptp(rows) == np.ptp(columns) == strength - 1
        corners.add((rows.min(), columns.min()))
    assert len(corners) > 100 and max(max(corner) for corner in corners) > 28 - strength - 4


def test_a_dotted_line_crosses_the_image_in_dots():
    line = only("dotted_line", PAPER, 1)
    for image in line[:50]:
        inked = image.sum(axis=0) > 0
        assert inked.tolist() == 7 * [False, False, True, True]
        heights = (image * np.arange(28)[:, None]).sum(axis=0)[inked] / image.sum(axis=0)[inked]
        fit = np.polyval(np.polyfit(np.flatnonzero(inked), heights, 1), np.flatnonzero(inked))
        assert np.abs(heights - fit).max() < 0.8  # a straight line, but for what the frame cuts off


def test_edges_move_by_whole_pixels_and_by_mixtures():
    bar = np.zeros((1, 28, 28), np.float32)
    bar[:, 5:23, 10:17] = 1
    for strength in STRENGTHS:
        thicker, thinner = (only(name, bar, strength)[0, 14].sum() for name in ("thicker", "thinner"))
        assert thicker == pytest.approx(7 + 2 * 0.4 * strength, abs=1e-5)
        assert thinner == pytest.approx(7 - 2 * 0.2 * strength, abs=1e-5)


# Measures


@pytest.fixture(scope="module")
def measured(images, test_arrays):
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(785, 3)).astype(np.float32)
    before, labels = images.reshape(-1, 784), test_arrays[1][: len(images)]
    after = only("gaussian_noise", images, 3).reshape(-1, 784)
    return weights, before, after, labels, measures.measure(before, after, labels, weights)


def test_measures_by_a_slow_loop(measured):
    """And with them that what the margin loses is exactly -y w·(T(x) - x)."""
    weights, before, after, labels, found = measured
    for model in range(3):
        w, b = weights[:-1, model].astype(float), float(weights[-1, model])
        clean = [float(y * (w @ x.astype(float) + b)) for x, y in zip(before, labels, strict=True)]
        typical, norm = np.median(np.abs(clean)), np.abs(w).sum()
        wrong, sure, covered, harms, shares, worsts = 0, 0, 0, [], [], []
        for x, new, y, margin in zip(before.astype(float), after.astype(float), labels, clean, strict=True):
            logit, change = w @ new + b, new - x
            harm, worst = -y * (w @ change), max(abs(change)) * norm
            assert y * logit == pytest.approx(margin - harm, abs=1e-9) and abs(harm) <= worst
            wrong += y * logit <= 0
            sure += y * logit <= 0 and abs(logit) >= typical
            covered += max(abs(change)) < margin / norm
            harms, shares, worsts = [*harms, harm], [*shares, harm / worst], [*worsts, worst]
        count = len(labels)
        assert 0 < sure < wrong < count  # else this test would show nothing
        assert found["mistakes"][model] == wrong / count == 1 - found["accuracy"][model]
        assert found["confident"][model] == sure / count
        assert found["covered"][model] == covered / count
        assert found["harm"][model] == pytest.approx(np.mean(harms) / typical)
        assert found["worst"][model] == pytest.approx(np.mean(worsts) / typical)
        assert found["used"][model] == pytest.approx(np.mean(shares))
    np.testing.assert_allclose(found["one_norm"], [abs(row).sum() for row in after.astype(float) - before])


def test_the_attack_uses_up_everything_and_covered_images_withstand_it(measured):
    weights, before, _, labels, _ = measured
    weights = weights[:, :1] * np.float32(0.01) + np.append(before.T @ labels, 0)[:, None].astype(np.float32)
    for epsilon in (1e-3, 0.05, 0.1):
        attack = -labels[:, None] * epsilon * np.sign(weights[:-1, 0])
        found = measures.measure(before, (before + attack).astype(np.float64), labels, weights)
        assert found["used"][0] == pytest.approx(1, abs=1e-4)
        assert found["contradictions"][0] == 0
        assert found["covered"][0] == found["accuracy"][0] > 0


def test_comparison_needs_nearly_all_seeds():
    base = np.zeros(100)
    wins = np.where(np.arange(100) < 95, 0.01, 0)
    assert measures.compare(wins, base) | {"difference": 0} == {
        "difference": 0,
        "better": 95,
        "worse": 0,
        "verdict": 1,
    }
    assert measures.compare(base, wins)["verdict"] == -1
    assert measures.compare(wins[5:], base[5:] + 1e-17)["better"] == 90
    assert measures.compare(np.where(np.arange(100) < 94, 0.01, 0), base)["verdict"] == 0


# The stored numbers


def test_rules_on_made_up_numbers(results):
    """Whether a condition holds turns with the numbers it names."""
    changed = json.loads(json.dumps(results))
    assert verdicts.o2(changed) == [True, False] and not verdicts.r13(changed)
    changed["confident_share"][2]["seeds"]["0.0"][1] = 0.5
    assert verdicts.o2(changed) == [True, True]
    for strengths in list(changed["accidents"].values())[:10]:
        strengths[2]["cost"]["0.0"] = 0.02
        for model in verdicts.ROBUST:
            strengths[2]["against_regular"][model]["difference"][1] = 0.0
    assert verdicts.o2(changed) == [False, True] and verdicts.r13(changed)
    before = verdicts.at_least_as_accurate(changed, 3, "0.3")
    changed["accidents"]["translate"][2]["against_regular"]["0.3"]["difference"][1] = -0.001
    assert verdicts.at_least_as_accurate(changed, 3, "0.3") == before - 1
    assert shared.rounded(verdicts.said(results)) == results["said"]


@pytest.mark.slow
def test_stored_numbers_of_two_accidents_by_their_definition(results, test_arrays, train_arrays):
    """From trainings of three seeds and from zeros, with the accident done here."""
    images, labels = test_arrays
    hidden = images.reshape(-1, 28, 28).copy()
    hidden[:, 12:16, 12:16] = 0
    shifted = np.pad(images.reshape(-1, 28, 28), ((0, 0), (0, 0), (0, 2)))[:, :, 2:]
    zeros = shared.train_post_models(*train_arrays, np.zeros((785, 1)))[-1, ..., 0].astype(float)
    seeds = shared.post_models(range(1, 4)).astype(float)
    for model, name in enumerate(verdicts.MODELS):
        w = zeros[:, model]
        right = [y * (w[:-1] @ x + w[-1]) > 0 for x, y in zip(hidden.reshape(-1, 784), labels, strict=True)]
        assert results["accidents"]["occlusion"][0]["accuracy"]["zeros"][name] == pytest.approx(
            np.mean(right)
        )
        accuracies = [
            (labels * (shifted.reshape(-1, 784) @ w[:-1] + w[-1]) > 0).mean() for w in seeds[:, model].T
        ]
        stored = results["accidents"]["translate"][1]["variants"]["left"][name]
        assert abs(np.median(accuracies) - stored) < 0.02  # three seeds of a hundred


def test_stored_numbers_agree_with_each_other(results):
    for name, strengths in results["accidents"].items():
        for found in strengths:
            assert found["contradictions"] == 0
            assert found["largest"][0] <= found["largest"][1] <= 1
            assert found["one_norm"] <= 784 * found["largest"][1]
            for model in verdicts.MODELS:
                low, median, high = found["accuracy"]["seeds"][model]
                assert low <= median <= high
                assert found["confident"]["seeds"][model] <= 1 - low
                assert found["used"][model] <= 1 and found["covered"][model] <= high, name
    for pair in results["pairs"].values():
        assert set(pair) == {"clean", *ACCIDENTS}
    zero_one = results["pairs"]["0 1"]
    for name in ACCIDENTS:  # five seeds and another draw of chance, but the same accident
        stored = [results["accidents"][name][2]["accuracy"]["seeds"][model][1] for model in verdicts.MODELS]
        assert zero_one[name]["accuracy"] == pytest.approx(stored, abs=0.02), name
