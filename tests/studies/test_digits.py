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
def test_what_the_optima_of_all_pairs_do(numbers, arrays):
    right, weights, constant = {}, {}, {}
    for pair in images.PAIRS:
        name, test = images.key(pair), images.pair("test", pair)
        constant[name] = max(np.mean(test[1] > 0), np.mean(test[1] < 0))
        for key in EPSILONS:
            w, b = arrays[f"{name} optimum {key}"][:-1], arrays[f"{name} optimum {key}"][-1]
            margins = test[1] * (test[0] @ w + b)
            right[name, key] = [np.mean(margins > size * sum(abs(w))) for size in (0, *EPSILONS.values())]
            weights[name, key] = np.sum(np.abs(w) > np.abs(w).max() / 100)
            assert w.any() == (EPSILONS[key] < numbers.pairs[name].threshold)
    thresholds = {name: pair.threshold for name, pair in numbers.pairs.items()}
    for own, (key, epsilon) in enumerate(EPSILONS.items(), start=1):
        found = numbers.summary.models[key]
        clean = {name: pair.clean for name, pair in numbers.pairs.items()}
        price = np.array([clean[name].regular - clean[name][key] for name in clean])
        of_optimum = np.array([clean[name].regular - right[name, key][0] for name in clean])
        attacked = {name: right[name, key][own] for name in clean}
        beyond = {name for name in clean if thresholds[name] <= epsilon}
        no_better = {name for name in clean if attacked[name] <= constant[name] + 0.01}
        assert found.price == pytest.approx([np.median(price), max(price)])
        assert found.optimum_price == pytest.approx(np.median(of_optimum))
        assert (found.asked, found.by_objective) == (
            sum(price >= 0.005),
            sum((price >= 0.005) & (of_optimum > price / 2)),
        )
        assert found.own_optimum == pytest.approx(np.median([*attacked.values()]))
        assert found.weights == np.median([weights[name, key] for name in clean])
        assert found.beyond == len(beyond)
        assert found.no_better_beyond[1] == len(no_better & beyond)
        assert found.no_better_below[1] == len(no_better - beyond)
    survivors = [name for name in beyond if right[name, "0.2"][3] > constant[name] + 0.01]
    assert numbers.summary.survivors == len(survivors)
    assert numbers.summary.threshold == [min(thresholds.values()), max(thresholds.values())]
    assert numbers.summary.unique <= 135


@pytest.mark.slow
def test_a_pair_in_plain_steps(numbers, arrays):
    """Trainings with one model at a time, and attacks that move every image."""
    train, test = images.pair("train", (0, 6)), images.pair("test", (0, 6))
    kept = {name.removeprefix("0 6 "): array for name, array in arrays.items() if name.startswith("0 6 ")}
    starts = np.column_stack([models.starts(study.SEEDS), np.zeros(785)])
    both = images.all_digits("train"), images.all_digits("test")
    found, made = study.study_pair((0, 6), *both, starts, kept)
    for name, array in made.items():
        np.testing.assert_allclose(kept[name], array, atol=1e-6)
    attacked = {}
    for key, epsilon, rate in (("regular", 0, 0.1), ("0.3", 0.3, 0.01)):
        trained = [plain.train(*train, start, epsilon, rate)[:2] for start in starts.T]
        np.testing.assert_allclose(made[key], [*trained[0][0], trained[0][1]], atol=1e-6)
        attacked[key] = np.array(
            [[plain.right(w, b, *test, size).mean() for size in (0, 0.1, 0.2, 0.3)] for w, b in trained]
        )
        clean = attacked[key][:5, 0].mean()
        assert [found["clean"][key], numbers.pairs["0 6"].clean[key]] == pytest.approx([clean] * 2, abs=1e-9)
    assert [*found["regular_attacked"].values()] == pytest.approx(attacked["regular"][:5, 1:].mean(axis=0))
    assert found["from_zeros"] == pytest.approx(attacked["regular"][5, 1])
    assert found["own"]["0.3"] == pytest.approx(attacked["0.3"][:5, 3].mean())
    assert found["constant"] == pytest.approx(max(np.mean(test[1] > 0), np.mean(test[1] < 0)))
    assert found["threshold"] == pytest.approx(numbers.pairs["0 6"].threshold, abs=1e-9)


def test_the_summary_of_three_pairs():
    def pair(clean, own, regular, zeros, limit):
        of_optimum = {"gap": 1e-9, "weights": 3, "clean": 0.9, "unique": True}
        attacked = {"0.1": 0.9, "0.2": 0.8, "0.3": 0.7}
        return {
            "constant": 0.5,
            "clean": dict(zip(models.KEYS, (0.99, *clean), strict=True)),
            "own": dict(zip(EPSILONS, own, strict=True)),
            "regular_attacked": dict(zip(EPSILONS, regular, strict=True)),
            "from_zeros": zeros,
            "threshold": limit,
            "threshold_by_mean_images": limit + 0.01,
            "optimum": {key: of_optimum | {"attacked": attacked} for key in EPSILONS},
        }

    pairs = {
        "0 1": pair((0.99, 0.98, 0.97), (0.9, 0.8, 0.7), (0.3, 0.1, 0), 0.5, 0.4),
        "0 2": pair((0.97, 0.9, 0.5), (0.8, 0.505, 0.515), (0.1, 0, 0), 0.1, 0.2),
        "1 2": pair((0.98, 0.9, 0.85), (0.7, 0.6, 0.5), (0.2, 0.2, 0.1), 0.4, 0.35),
    }
    found = study.summarise(pairs)
    assert found["rank_of_zeros_and_ones"] == [1] * 5
    assert (found["regular_at_0.1"], found["regular_at_0.2"], found["from_zeros"]) == (0.2, 0.2, 0.4)
    assert found["mean_images_excess"] == pytest.approx(0.01)
    for key, prices, explained in (
        ("0.1", [0.01, 0.02], 2),
        ("0.2", [0.09, 0.09], 3),
        ("0.3", [0.14, 0.49], 2),
    ):
        assert found["models"][key]["price"] == pytest.approx(prices)
        assert found["models"][key]["by_objective"] == explained
    assert [found["models"][key]["own"] for key in EPSILONS] == [0.8, 0.6, 0.515]
    assert [found["models"][key]["no_better_beyond"] for key in EPSILONS] == [[0, 0], [1, 0], [0, 0]]
    assert [found["models"][key]["no_better_below"] for key in EPSILONS] == [[0, 0], [0, 0], [1, 0]]
    assert (found["survivors"], found["unique"]) == (1, 9)


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
