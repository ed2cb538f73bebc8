"""Does robustness help when nobody attacks?

The models of zeros and ones under eighteen ordinary accidents at five strengths, and those of all 45 pairs at
middle strength: who is right, who is confidently wrong, and how near the worst case an accident comes.
"""

from collections.abc import Iterable
from itertools import product

import numpy as np

from studies.shared import attacks as margins
from studies.shared import images, models, solver, work
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, SIDE, STRENGTHS, happen

ROBUST = tuple(model.key for model in models.ROBUST)
MIDDLE = STRENGTHS.index(MIDDLE_STRENGTH)
CASES = ("attack 0.1", "attack 0.2", "clean", *ACCIDENTS)
PAIR_SEEDS = range(1, 6)
SEEDS_AGREE = 0.95  # the share of the seeds in which a model is more accurate, to count as better
ROUNDING = 1e-6  # of float32 pixels, where a change is compared with ε
OTHER_DRAWS = range(1, 4)  # of chance
QUANTILES = (0.05, 0.5, 0.95)


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    trained = models.zeros_and_ones().reshape(785, -1)
    optimum = solver.solve(*train, models.ROBUST[-1].epsilon)
    weights = np.column_stack([trained, np.append(optimum.weights, optimum.bias)])
    cases = [(*case, *test, weights) for case in product(ACCIDENTS, STRENGTHS)]
    found = work.spread(measure, cases, "accidents")
    measured = {
        part: np.array([case[part] for case in found]).reshape(len(ACCIDENTS), len(STRENGTHS), -1)
        for part in found[0]
    }
    accuracy = measured["accuracy"]
    mean = accuracy.mean(axis=0)
    confident = measured["confident"].sum(axis=0) / (1 - accuracy).sum(axis=0)
    draws = work.spread(middle_accuracy, [(draw, *test, trained) for draw in OTHER_DRAWS], "draws")
    clean, *attacked = margins.accuracy(weights, *test, [0, 0.1, 0.2])
    moved = happen("translate", pictures(test[0]), MIDDLE_STRENGTH)
    decided = verdicts(of_seeds(accuracy[:, MIDDLE]))
    return {
        "seeds": len(models.SEEDS),
        "clean": {"accuracy": by_key(medians(clean))},
        "attacked": {"0.1": by_key(medians(attacked[0]))},
        "accuracy": by_case(ACCIDENTS, by_key(medians(accuracy))),
        "difference": by_case(CASES, differences(np.stack([*attacked, clean, *accuracy[:, MIDDLE]]))),
        "better": {key: named(column == 1) for key, column in zip(ROBUST, decided.T, strict=True)},
        "worse": {key: named(column == -1) for key, column in zip(ROBUST, decided.T, strict=True)},
        "mean": {"seeds": by_key(medians(mean))},
        "without_one": without_one(medians(accuracy)),
        "median_cost": np.median(medians(clean - accuracy[:, MIDDLE])[:, 0]),
        "most_by_draw": np.ptp([medians(mean[MIDDLE]), *draws], axis=0).max(),
        "moved_left": by_key(medians(right(moved["left"], test[1], weights))),
        "confident_share": {"regular": medians(confident)[:, 0], "optimum 0.3": confident[:, -1]},
        # Of the median accident of middle strength
        **{part: by_key(np.median(medians(measured[part][:, MIDDLE]), axis=0)) for part in ("harm", "used")},
        "inside": {key: (measured["largest"] <= float(key) + ROUNDING).sum() for key in ROBUST},
        "pairs": study_pairs(),
    }, {"zero": pictures(test[0])[np.flatnonzero(test[1] < 0)[0]]}


def pictures(flat: np.ndarray) -> np.ndarray:
    return flat.reshape(-1, SIDE, SIDE)


def right(after: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Accuracy (M,) of models (785, M) on pictures (N, 28, 28)."""
    return (margins.margins(weights, after.reshape(len(labels), -1), labels) > 0).mean(axis=0)


def measure(
    name: str, strength: int, before: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """What an accident does to models (785, M) and images (N, 784); the mean over its variants.

    Returns:
        (M,): `accuracy`; the share of images that are `confident` mistakes, whose absolute logit is at least
        the model's median clean one; mean `harm` to the margin, in median clean logits; the share `used` of
        what the worst change with the same largest pixel would do. And the `largest` change of any pixel.
    """
    clean = margins.margins(weights, before, labels)
    typical, norms = np.median(np.abs(clean), axis=0), np.abs(weights[:-1].astype(np.float64)).sum(axis=0)
    rows, largest = [], 0
    for after in happen(name, pictures(before), strength).values():
        after = after.reshape(before.shape)
        change = np.abs(after.astype(np.float64) - before).max(axis=1)
        now = margins.margins(weights, after, labels)
        lost, moved = clean - now, change > 0
        used = (lost[moved] / change[moved, None]).mean(axis=0) / norms
        confident = (now <= -typical).mean(axis=0)
        rows.append([(now > 0).mean(axis=0), confident, lost.mean(axis=0) / typical, used])
        largest = max(largest, change.max())
    parts = dict(zip(("accuracy", "confident", "harm", "used"), np.mean(rows, axis=0), strict=True))
    return {**parts, "largest": largest}


def middle_accuracy(draw: int, before: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Of another draw of chance the mean accuracy over all accidents at middle strength: medians (4,)."""
    found = [happen(name, pictures(before), MIDDLE_STRENGTH, draw).values() for name in ACCIDENTS]
    return medians(
        np.mean([np.mean([right(v, labels, weights) for v in after], axis=0) for after in found], axis=0)
    )


# Zeros against ones. Models are columns: the four, from each seed, and perhaps more behind them


def of_seeds(values: np.ndarray) -> np.ndarray:
    """Of values (..., M) of all models those of the four from each seed: (..., 4, S)."""
    count = len(models.KEYS) * len(models.SEEDS)
    return values[..., :count].reshape(*values.shape[:-1], len(models.KEYS), -1)


def medians(values: np.ndarray) -> np.ndarray:
    """Of values (..., M) of all models the medians over the seeds of the four: (..., 4)."""
    return np.median(of_seeds(values), axis=-1)


def by_key(values: np.ndarray) -> dict:
    """Values (..., 4) by model."""
    return dict(zip(models.KEYS, np.moveaxis(values, -1, 0), strict=True))


def by_case(names: Iterable[str], table: dict[str, np.ndarray]) -> dict:
    """The same with a model's values (cases, ...) by name."""
    return {key: dict(zip(names, values, strict=True)) for key, values in table.items()}


def named(chosen: np.ndarray) -> list[str]:
    """Of all accidents those chosen: bool (accidents,)."""
    return [name for name, it_is in zip(ACCIDENTS, chosen, strict=True) if it_is]


def differences(accuracy: np.ndarray) -> dict:
    """Accuracies (..., M): what each robust model has more than the regular one, quantiles over the seeds."""
    seeds = of_seeds(accuracy)
    above = np.quantile(seeds[..., 1:, :] - seeds[..., :1, :], QUANTILES, axis=-1) + 0.0
    return dict(zip(ROBUST, np.moveaxis(above, (-1, 0), (0, -1)).round(9), strict=True))


def verdicts(accuracy: np.ndarray) -> np.ndarray:
    """Accuracies (..., 4, S): 1 where a robust model is more accurate than the regular one in enough of the
    seeds, -1 where it is less, else 0: (..., 3)."""
    above = accuracy[..., 1:, :] - accuracy[..., :1, :]
    better, worse = ((sign * above > ROUNDING).mean(axis=-1) >= SEEDS_AGREE for sign in (1, -1))
    return better.astype(int) - worse


def without_one(accuracy: np.ndarray) -> dict:
    """By how much each robust model is more accurate than the regular one in the mean over the accidents, at
    each strength: least and most when any one accident is left out. Of medians (accidents, strengths, 4)."""
    above = accuracy[..., 1:] - accuracy[..., :1]
    left = (above.sum(axis=0) - above) / (len(above) - 1)
    return {
        key: {"least": values.min(axis=0), "most": values.max(axis=0)}
        for key, values in zip(ROBUST, np.moveaxis(left, -1, 0), strict=True)
    }


# All pairs


def study_pairs() -> dict:
    """Over the 45 pairs at middle strength: the mean accuracy; by accident, what it costs each model in the
    median pair, and for how many pairs the model for 0.1 is better and worse in all seeds (`decided`)."""
    both, starts = (images.all_digits("train"), images.all_digits("test")), models.starts(PAIR_SEEDS)
    found = work.spread(study_pair, [(digits, *both, starts) for digits in images.PAIRS], "pairs")
    accuracy = np.array(found)  # pairs, (clean and accidents), models, seeds
    means = accuracy.mean(axis=3)
    costs = np.median(means[:, :1] - means[:, 1:], axis=0)
    found = verdicts(accuracy[:, 1:])[..., 0]
    counts = np.transpose([(found == sign).sum(axis=0) for sign in (1, -1)])
    return {
        "mean": by_key(means[:, 1:].mean(axis=(0, 1))),
        "cost": dict(zip(ACCIDENTS, map(by_key, costs), strict=True)),
        "decided": dict(zip(ACCIDENTS, counts, strict=True)),
    }


def study_pair(digits: tuple[int, int], train: tuple, test: tuple, starts: np.ndarray) -> np.ndarray:
    """A pair's accuracies, clean and under each accident: (1 + accidents, 4, S)."""
    weights = models.train(*images.of_pair(*train, digits), starts)[-1]
    before, labels = images.of_pair(*test, digits)
    flat = weights.reshape(785, -1)
    found = [right(before, labels, flat)]
    for name in ACCIDENTS:
        after = happen(name, pictures(before), MIDDLE_STRENGTH).values()
        found.append(np.mean([right(variant, labels, flat) for variant in after], axis=0))
    return np.reshape(found, (-1, *weights.shape[1:]))
