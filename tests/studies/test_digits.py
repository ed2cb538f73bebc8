"""Other digits: stored optima and ε* proved by hand, the numbers from them, the theorem on small programs."""

import numpy as np
import plain
import pytest
from linear_programs import small_problem, whole_program

from studies.digits import study
from studies.shared import files, images, models, solver, threshold
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
@pytest.mark.parametrize("name", ["3 5", "7 9"])
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
    means = np.column_stack([rarer.mean(axis=0), other.mean(axis=0)])
    assert numbers.pairs[name].threshold_by_mean_images == pytest.approx(np.ptp(means, axis=1).max() / 2)


@pytest.mark.slow
def test_the_optima_of_all_pairs_and_the_summary(numbers, arrays):
    """In plain loops; what isn't stored of a pair is made up."""
    pairs = []
    for name, stored in numbers.pairs.items():
        pixels, labels = images.pair("test", tuple(map(int, name.split())))
        assert stored.constant == pytest.approx(max(np.mean(labels > 0), np.mean(labels < 0)))
        for key, epsilon in EPSILONS.items():
            w, b = arrays[f"{name} optimum {key}"][:-1], arrays[f"{name} optimum {key}"][-1]
            assert w.any() == (epsilon < stored.threshold)
            margins = labels * (pixels @ w + b)
            clean, own, at_03 = (np.mean(margins > size * sum(abs(w))) for size in (0, epsilon, 0.3))
            assert [stored.optimum[kind][key] for kind in ("clean", "own")] == pytest.approx([clean, own])
            if key == "0.2":
                made_up = {"regular_at_0.2": own / 10, "optimum_for_0.2_at_0.3": at_03}
        made_up |= {"gap": {"0.1": 1.5e-8}, "own_by_seed": {"0.3": [stored.own["0.3"], 1, 0]}}
        pairs.append({**stored, **made_up})
    below, beyond = ([p for p in pairs if (p["threshold"] > 0.3) == side] for side in (True, False))
    made = study.summarise(pairs)
    groups = {**dict.fromkeys(EPSILONS, pairs), "0.3 below": below, "0.3 beyond": beyond}
    for summary in (made, numbers.summary):
        for group, those in groups.items():
            key, found = group.split()[0], summary["models"][group]
            for place, of in enumerate((lambda p: p, lambda p: p["optimum"])):
                prices = [p["clean"]["regular"] - of(p)["clean"][key] for p in those]
                own = [of(p)["own"][key] for p in those]
                measured = [found[name][place] for name in ("price", "under_attack", "no_better")]
                failing = sum(map(fails, those, own))
                assert measured == pytest.approx([np.median(prices), np.median(own), failing])
            assert found["pairs"] == len(those)
        excess = max(pair["threshold_by_mean_images"] - pair["threshold"] for pair in pairs)
        assert summary["mean_images_excess"] == pytest.approx(excess)
        assert summary["survivors"] == sum(not fails(p, p["optimum_for_0.2_at_0.3"]) for p in beyond)
    assert [*made["failures_by_seed"], made["largest_gap"]] == [0, 45, 2e-8]
    assert made["regular_at_0.2"] == max(pair["regular_at_0.2"] for pair in pairs)


def fails(pair, own):
    return own <= pair["constant"] + 0.01


def test_the_pairs_that_the_page_names(numbers):
    assert [study.better({"constant": 0.5}, own) for own in (0.505, 0.515)] == [False, True]
    fail = {key: {n for n, pair in numbers.pairs.items() if fails(pair, pair.own[key])} for key in EPSILONS}
    assert fail["0.2"] == {"3 5", "5 8", "7 9", "8 9"}
    better = numbers.pairs.keys() - fail["0.3"]
    assert len(better) == 9 and {name for name in better if not {"0", "1"} & {*name}} == {"3 6"}
    below = {name for name, pair in numbers.pairs.items() if pair.threshold > 0.3}
    assert below & fail["0.3"] == {name for name, pair in numbers.pairs.items() if "longer" in pair}


@pytest.mark.slow
def test_a_pair_in_plain_steps(arrays, monkeypatch):
    """Trainings with one model alone, and attacks that move every image."""
    train, test = images.pair("train", (0, 6)), images.pair("test", (0, 6))
    kept = {name.removeprefix("0 6 "): array for name, array in arrays.items() if name.startswith("0 6 ")}
    starts = models.starts(study.SEEDS[:3])
    monkeypatch.setattr(study, "LONGER", 20)
    both = images.all_digits("train"), images.all_digits("test")
    found, made = study.study_pair((0, 6), *both, starts, kept)
    for name, array in made.items():
        np.testing.assert_allclose(kept[name], array, atol=1e-6)

    def right(*how):
        """Accuracy without an attack and at 0.2 and 0.3, the mean over the starts."""
        trained = [plain.train(*train, start, *how)[:2] for start in starts.T]
        sizes = (0, 0.2, 0.3)
        return [np.mean([plain.right(*model, *test, size) for model in trained]) for size in sizes]

    regular, hard, longer = right(0, 0.1), right(0.3, 0.01), right(0.3, 0.01, 20)
    one_image = 1 / len(test[1]) / 3
    assert [found["clean"]["regular"], found["regular_at_0.2"]] == pytest.approx(regular[:2], abs=one_image)
    assert [found["clean"]["0.3"], found["own"]["0.3"]] == pytest.approx(hard[::2], abs=one_image)
    assert found["longer"] == pytest.approx(longer[2], abs=one_image)


# The theorem


@pytest.mark.parametrize("rarer", [-1, 1])
@pytest.mark.parametrize("seed", range(3))
def test_a_constant_is_optimal_exactly_from_the_threshold_on(seed, rarer, monkeypatch):
    monkeypatch.setattr(solver, "PIXELS", 1)  # so the others have to be generated
    pixels, labels = small_problem(seed, count=42, pixels=5)
    labels *= rarer * (1 if (labels < 0).sum() > 21 else -1)
    pixels = pixels if rarer < 0 else 1 - pixels  # the rarer is once the darker, once the brighter
    proof = threshold.solve(pixels, labels)
    below, above = threshold.certified(proof, pixels, labels)
    assert above == pytest.approx(below, abs=1e-9)
    assert above <= threshold.by_mean_images(pixels, labels) + 1e-12
    for shares, size in ((proof.shares + 0.01, 1), (np.eye(len(proof.shares))[0], 1), (proof.shares, 2)):
        with pytest.raises(UserError, match=r"no proof of ε\*"):
            threshold.certified(threshold.Threshold(shares, size * proof.direction), pixels, labels)
    constant = 2 * min((labels < 0).mean(), (labels > 0).mean())
    for factor, better in ((0.98, True), (1.02, False)):
        found = whole_program(pixels, labels, factor * above)
        assert (np.abs(found.x[:5] - found.x[5:10]).max() > 1e-9) == better
        assert (found.fun < constant - 1e-7) == better
    optimum = threshold.constant_optimum(proof, pixels, labels)
    assert solver.certify(optimum, 1.02 * above, pixels, labels)[0] == pytest.approx(constant)
    with pytest.raises(UserError, match="at a pixel"):
        solver.certify(optimum, 0.98 * above, pixels, labels)
