"""Other digits: stored optima and ε* proved by hand, the numbers from them, the theorem on small programs."""

import numpy as np
import plain
import pytest
from linear_programs import small_problem, whole_program

from studies.digits import study
from studies.shared import files, images, models, solver, stored, threshold
from support.options import UserError

EPSILONS = {"0.1": 0.1, "0.2": 0.2, "0.3": 0.3}


@pytest.fixture(scope="module")
def numbers():
    return files.numbers("digits")


@pytest.fixture(scope="module")
def arrays():
    return files.arrays("digits")


# The page's numbers again, from the data


@pytest.mark.slow
@pytest.mark.parametrize("name", ["0 8", "3 5", "4 9"])
def test_optima_and_thresholds_are_proved_by_the_data(name, numbers, arrays):
    pixels, labels = images.pair("train", tuple(map(int, name.split())))
    for key, epsilon in EPSILONS.items():
        model, alpha = arrays[f"{name} optimum {key}"], arrays[f"{name} alpha {key}"]
        above, below = plain.bounds(model[:-1], model[-1], alpha, pixels, labels, epsilon)
        assert above - below <= numbers.summary.largest_gap
    rarer, other = sorted((pixels[labels == y].astype(float) for y in (-1, 1)), key=len)
    shares, direction = arrays[f"{name} shares"], arrays[f"{name} direction"]
    assert shares.min() >= 0 and shares.max() <= (1 + 1e-12) / len(rarer)
    assert shares.sum() == pytest.approx(1) and np.abs(direction).sum() == pytest.approx(1)
    above = np.abs(rarer.mean(axis=0) - shares @ other).max() / 2
    largest = sorted(other @ direction)[-len(rarer) :]
    below = (direction @ rarer.mean(axis=0) - np.mean(largest)) / 2
    assert [above, below] == pytest.approx([numbers.pairs[name].threshold] * 2, abs=1e-9)
    means = np.abs(rarer.mean(axis=0) - other.mean(axis=0)).max() / 2
    assert numbers.pairs[name].threshold_by_mean_images == pytest.approx(means, abs=1e-9)


@pytest.mark.slow
def test_the_optima_and_the_summary_of_all_pairs(numbers, arrays):
    """The stored summary, and that of `summarise`, in plain loops; what isn't stored of a pair is made up."""
    pairs, cases = {}, []
    for place, digits in enumerate(images.PAIRS):
        name, (pixels, labels) = images.key(digits), images.pair("test", digits)
        made_up = {"spread": {}, "pixels": {}, "gap": {}, "from_zeros": 0.01 * place}
        made_up["regular_attacked"] = {key: own / 10 for key, own in numbers.pairs[name].own.items()}
        pair = pairs[name] = {**numbers.pairs[name], **made_up}
        constant = max(np.mean(labels > 0), np.mean(labels < 0))
        assert pair["constant"] == pytest.approx(constant)
        for key, epsilon in EPSILONS.items():
            w, b = arrays[f"{name} optimum {key}"][:-1], arrays[f"{name} optimum {key}"][-1]
            assert w.any() == (epsilon < pair["threshold"])
            margins = labels * (pixels @ w + b)
            clean, own, at_03 = (np.mean(margins > size * sum(abs(w))) for size in (0, epsilon, 0.3))
            assert [pair["optimum"][kind][key] for kind in ("clean", "own")] == pytest.approx([clean, own])
            pair["pixels"][key] = sum(abs(w) > max(abs(w)) / 100)
            pair["spread"][key], pair["gap"][key] = epsilon * place**2, 1.5e-8
            if key == "0.2":
                pair["optimum_for_0.2_at_0.3"] = at_03
            ten = pair["clean"]["regular"] - pair["clean"][key]
            converged = pair["clean"]["regular"] - clean
            cases.append(
                {"key": key, "room": pair["threshold"] - epsilon, "pixels": pair["pixels"][key]}
                | {"price": [ten, converged], "own": [pair["own"][key], own]}
                | {"bad": [pair["own"][key] <= constant + 0.01, own <= constant + 0.01]}
                | {"asked": ten >= 0.005, "training": ten >= 0.005 and converged <= ten / 2}
            )
    made = study.summarise(pairs)
    for summary in (made, numbers.summary):
        for group, found in summary["models"].items():
            key, *side = group.split()
            of = [case for case in cases if case["key"] == key]
            if side:
                of = [case for case in of if (case["room"] <= 0) == (side == ["beyond"])]
            assert found["pairs"] == len(of)
            assert list(found["price"]) == pytest.approx(np.median([case["price"] for case in of], axis=0))
            own = [found["own"], found["own_optimum"]]
            assert own == pytest.approx(np.median([case["own"] for case in of], axis=0))
            assert list(found["no_better"]) == [sum(case["bad"][i] for case in of) for i in (0, 1)]
            assert found["asked"] == sum(case["asked"] for case in of)
            assert found["by_objective"] == sum(case["asked"] and not case["training"] for case in of)
            assert found["one_pixel"] == sum(case["pixels"] == 1 for case in of)
        below = sorted((case for case in cases if case["room"] > 0), key=lambda case: case["room"])
        last = max(i for i, case in enumerate(below) if case["training"])
        first_better = next(i for i, case in enumerate(below) if not case["bad"][0])
        near, others = summary["near"], [case["price"][0] for case in below[:last] if not case["training"]]
        assert list(near["within"]) == [last + 1 - len(others), last + 1]
        assert list(near["others"]) == pytest.approx([min(others), max(others)])
        assert near["room"] == pytest.approx(below[last]["room"])
        assert near["all_fail"] == first_better
        assert near["better_from"] == pytest.approx(below[first_better]["room"])
        assert near["fails_to"] == pytest.approx(max(case["room"] for case in below if case["bad"][0]))
        thresholds = [pair["threshold"] for pair in pairs.values()]
        assert list(summary["threshold"]) == [min(thresholds), max(thresholds)]
        excess = [pair["threshold_by_mean_images"] - pair["threshold"] for pair in pairs.values()]
        assert summary["mean_images_excess"] == pytest.approx(max(excess))
        beyond = [pair for pair in pairs.values() if pair["threshold"] <= 0.3]
        better = [pair["optimum_for_0.2_at_0.3"] > pair["constant"] + 0.01 for pair in beyond]
        assert summary["survivors"] == sum(better)
    assert (made["from_zeros"], made["largest_gap"]) == (pytest.approx(0.22), 2e-8)
    assert made["models"]["0.3"]["spread"] == pytest.approx([0.3 * 22**2, 0.3 * 44**2])
    own = {key: [pair["own"][key] for pair in pairs.values()] for key in EPSILONS}
    assert made["regular_at_0.1"] == pytest.approx(np.median(own["0.1"]) / 10)
    assert made["regular_at_0.2"] == pytest.approx(max(own["0.2"]) / 10)
    assert made["least_gain"] == pytest.approx(0.9 * min(own["0.1"]))


@pytest.mark.slow
def test_a_pair_in_plain_steps(numbers, arrays):
    """A training with one model alone, and attacks that move every image."""
    train, test = images.pair("train", (0, 6)), images.pair("test", (0, 6))
    kept = {name.removeprefix("0 6 "): array for name, array in arrays.items() if name.startswith("0 6 ")}
    starts = np.column_stack([models.starts(study.SEEDS), np.zeros(785)])
    both = images.all_digits("train"), images.all_digits("test")
    found, made = study.study_pair((0, 6), *both, starts, kept)
    for name, array in made.items():
        np.testing.assert_allclose(kept[name], array, atol=1e-6)
    weights = models.train(*train, starts)[-1]
    attacked = {}
    for key, epsilon, rate in (("regular", 0, 0.1), ("0.3", 0.3, 0.01)):
        w, b = plain.train(*train, starts[:, 0], epsilon, rate)[:2]
        np.testing.assert_allclose(made[key], [*w, b], atol=1e-6)
        attacked[key] = np.array(
            [
                [plain.right(model[:-1], model[-1], *test, size).mean() for size in (0, 0.1, 0.2, 0.3)]
                for model in weights[:, models.KEYS.index(key)].T.astype(float)
            ]
        )
        clean = attacked[key][:5, 0].mean()
        assert [found["clean"][key], numbers.pairs["0 6"].clean[key]] == pytest.approx([clean] * 2, abs=1e-9)
    assert [*found["regular_attacked"].values()] == pytest.approx(attacked["regular"][:5, 1:].mean(axis=0))
    assert found["from_zeros"] == pytest.approx(attacked["regular"][5, 1])
    prices = (attacked["regular"] - attacked["0.3"])[:5, 0]
    assert found["spread"]["0.3"] == pytest.approx(max(prices) - min(prices))
    assert found["own"]["0.3"] == pytest.approx(attacked["0.3"][:5, 3].mean())
    assert found["constant"] == pytest.approx(max(np.mean(test[1] > 0), np.mean(test[1] < 0)))
    assert found["threshold"] == pytest.approx(numbers.pairs["0 6"].threshold, abs=1e-9)


@pytest.mark.slow
def test_the_ink_of_sevens_and_nines(numbers):
    pixels, labels = images.pair("train", (7, 9))
    first, second = (pixels[labels == y].mean(axis=0, dtype=float) for y in (-1, 1))
    place = max(range(784), key=lambda pixel: abs(first[pixel] - second[pixel]))
    assert [first[place], second[place]] == pytest.approx(list(numbers.ink))
    assert list(study.ink_where_they_differ_most(pixels, labels)) == pytest.approx(list(numbers.ink))


# The theorem


@pytest.mark.parametrize("rarer", [-1, 1])
@pytest.mark.parametrize("seed", range(3))
def test_a_constant_is_optimal_exactly_from_the_threshold_on(seed, rarer, monkeypatch):
    """And the 1-norm support vector machine has a weight exactly up to λ = ε* 2m/N."""
    monkeypatch.setattr(threshold, "FIRST_PIXELS", 1)  # so the others have to be generated
    monkeypatch.setattr(threshold, "MORE_PIXELS", 1)
    pixels, labels = small_problem(seed, count=42, pixels=5)
    labels *= rarer * (1 if (labels < 0).sum() > 21 else -1)
    pixels = pixels if rarer < 0 else 1 - pixels  # the rarer is once the darker, once the brighter
    proof = threshold.solve(pixels, labels)
    below, above = threshold.certified(proof, pixels, labels)
    assert above == pytest.approx(below, abs=1e-9)
    assert above <= threshold.by_mean_images(pixels, labels) + 1e-12

    constant = 2 * min((labels < 0).mean(), (labels > 0).mean())
    for factor, better in ((0.98, True), (1.02, False)):
        whole = whole_program(pixels, labels, factor * above)
        penalised = whole_program(pixels, labels, 0, l1=factor * above * constant)
        for found in (whole, penalised):
            assert (np.abs(found.x[:5] - found.x[5:10]).max() > 1e-9) == better
            assert (found.fun < constant - 1e-7) == better
    optimum = threshold.constant_optimum(proof, pixels, labels)
    assert solver.certify(optimum, 1.02 * above, pixels, labels)[0] == pytest.approx(constant)
    with pytest.raises(UserError, match="at a pixel"):
        solver.certify(optimum, 0.98 * above, pixels, labels)


def test_of_equally_frequent_digits_the_mean_images_decide():
    pixels, labels = small_problem(1)
    chosen = np.r_[np.flatnonzero(labels < 0)[:12], np.flatnonzero(labels > 0)[:12]]
    pixels, labels = pixels[chosen], labels[chosen]
    _, above = threshold.certified(threshold.solve(pixels, labels), pixels, labels)
    assert threshold.by_mean_images(pixels, labels) == pytest.approx(above)


def test_a_spoiled_proof_is_refused_and_solved_anew():
    pixels, labels = small_problem(1)
    good = threshold.solve(pixels, labels)
    first = np.eye(len(good.shares))[0]
    uniform = np.full(len(first), 1 / len(first))
    for shares, direction in (
        (good.shares + 0.01 * first, good.direction),
        (first, good.direction),
        (good.shares, 2 * good.direction),
        (uniform, good.direction),
        (good.shares[1:], good.direction),
    ):
        spoiled = threshold.Threshold(shares, direction)
        with pytest.raises((UserError, ValueError)):
            threshold.certified(spoiled, pixels, labels)
        for read in (lambda spoiled=spoiled: spoiled, lambda: {}["missing"]):
            found, _ = stored.proved_or_solved(
                read, lambda: good, lambda proof: threshold.certified(proof, pixels, labels)
            )
            assert found is good
