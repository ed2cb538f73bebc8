"""Does robustness help when nobody attacks?

The models of zeros and ones under eighteen ordinary accidents at five strengths, and those of all 45 pairs at
middle strength: who is right, who is confidently wrong, and how near the worst case an accident comes.
"""

import numpy as np

from studies import images, margins, models, solver, work
from studies.accidents.kinds import ACCIDENTS, MIDDLE_STRENGTH, SIDE, STRENGTHS, happen

ROBUST = tuple(model.key for model in models.ROBUST)
BOXES = ("0.1", "0.2", "0.3")
PAIR_SEEDS = range(1, 6)
SEEDS_AGREE = 0.95  # the share of the seeds in which a model is more accurate, to count as better
ROUNDING = 1e-6  # of float32 pixels, where a change is compared with ε
OTHER_DRAWS = range(1, 4)  # of chance
QUANTILES = (0.05, 0.5, 0.95)


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    solved = work.spread(solver.solve, [(*train, model.epsilon) for model in models.ROBUST], "optima")
    optima = np.column_stack([np.append(solution.weights, solution.bias) for solution in solved])
    zeros = models.train(*train, np.zeros((785, 1)))[-1, ..., 0]
    weights = np.column_stack([models.zeros_and_ones().reshape(785, -1), zeros, optima])
    cases = [(name, strength) for name in ACCIDENTS for strength in STRENGTHS]
    found = work.spread(measure, [(*case, 0, *test, weights) for case in cases], "accidents")
    measured = dict(zip(cases, found, strict=True))
    draws = work.spread(
        middle_accuracy,
        [(draw, *test, weights[:, : len(zeros.T) * len(models.SEEDS)]) for draw in OTHER_DRAWS],
        "draws",
    )
    clean = (margins.margins(weights, *test) > 0).mean(axis=0)
    attacked = margins.accuracy(weights, *test, list(map(float, BOXES)))
    accuracy = {case: values["accuracy"] for case, values in measured.items()}
    means = np.array([np.mean([accuracy[name, s] for name in ACCIDENTS], axis=0) for s in STRENGTHS])
    first = test[0][np.flatnonzero(test[1] < 0)[0]]
    return {
        "seeds": len(models.SEEDS),
        "clean": standing(clean),
        "attacked": {box: standing(values) for box, values in zip(BOXES[:2], attacked, strict=False)},
        "accidents": {
            name: {
                **standing(accuracy[name, MIDDLE_STRENGTH]),
                "verdict": verdicts(accuracy[name, MIDDLE_STRENGTH]),
                "accuracy": dict(
                    zip(
                        models.KEYS,
                        np.transpose([of_seeds(accuracy[name, s]) for s in STRENGTHS]),
                        strict=True,
                    )
                ),
            }
            for name in ACCIDENTS
        },
        "mean": by_model(means.T),
        "without_one": without_one(accuracy),
        "other_draws": {
            key: [np.min(values), np.max(values)]
            for key, values in zip(models.KEYS, np.transpose([*draws, of_seeds(means[2])]), strict=True)
        },
        "sideways": sideways(measured["translate", MIDDLE_STRENGTH]),
        "cost": cost(accuracy, clean),
        "confident_share": confident_share(measured),
        "harm": harm(measured),
        "inside": {
            box: sum(values["largest"] <= float(box) + ROUNDING for values in measured.values())
            for box in BOXES
        },
        "contradictions": sum(values["contradictions"] for values in measured.values()),
        "pairs": study_pairs(),
    }, {"zero": first.reshape(SIDE, SIDE)}


# Zeros against ones. Models are columns: the four from each seed, the four from zeros, the three optima


def of_seeds(values: np.ndarray) -> np.ndarray:
    """Of values (M,) of all models the medians over the seeds of the four: (4,)."""
    return np.median(values[: len(models.KEYS) * len(models.SEEDS)].reshape(len(models.KEYS), -1), axis=1)


def by_model(values: np.ndarray) -> dict:
    """Values (M, ...): medians over the seeds of the four, then the four from zeros and the optima."""
    count = len(models.KEYS) * len(models.SEEDS)
    medians = np.median(values[:count].reshape(len(models.KEYS), -1, *values.shape[1:]), axis=1)
    zeros, optima = np.split(values[count:], [len(models.KEYS)])
    return {
        "seeds": dict(zip(models.KEYS, medians, strict=True)),
        "zeros": dict(zip(models.KEYS, zeros, strict=True)),
        "optimum": dict(zip(ROBUST, optima, strict=True)),
    }


def measure(
    name: str, strength: int, draw: int, before: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> dict:
    """What an accident does to models (785, M) and images (N, 784); the mean over its variants.

    Returns:
        (M,): `accuracy`; `mistakes` and `confident` ones, whose absolute logit is at least the model's
        median clean one; mean `harm` to the margin, in median clean logits; the share `used` of what the
        worst change with the same largest pixel would do. Accuracies by variant (`variants`); the `largest`
        change of any pixel; and how many images are wrong though no attack of the accident's size could have
        fooled them (`contradictions`).
    """
    clean = margins.margins(weights, before, labels)
    typical, norms = np.median(np.abs(clean), axis=0), np.abs(weights[:-1].astype(np.float64)).sum(axis=0)
    variants, rows, largest, contradictions = {}, [], 0, 0
    for variant, after in happen(name, before.reshape(-1, SIDE, SIDE), strength, draw).items():
        after = after.reshape(before.shape)
        change = np.abs(after.astype(np.float64) - before).max(axis=1)
        now = margins.margins(weights, after, labels)
        wrong, moved = now <= 0, change > 0
        contradictions += int(((change[:, None] * norms < clean) & wrong).sum())
        largest = max(largest, change.max())
        used = ((clean - now)[moved] / change[moved, None]).mean(axis=0) / norms
        rows.append(
            [
                wrong.mean(axis=0),
                (wrong & (-now >= typical)).mean(axis=0),
                (clean - now).mean(axis=0) / typical,
                used,
            ]
        )
        variants[variant] = 1 - wrong.mean(axis=0)
    mistakes, confident, harm, used = np.mean(rows, axis=0)
    return {
        "accuracy": 1 - mistakes,
        "mistakes": mistakes,
        "confident": confident,
        "harm": harm,
        "used": used,
        "variants": variants,
        "largest": float(largest),
        "contradictions": contradictions,
    }


def middle_accuracy(draw: int, before: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Of another draw of chance the mean accuracy over all accidents at middle strength: medians (4,)."""
    found = [measure(name, MIDDLE_STRENGTH, draw, before, labels, weights)["accuracy"] for name in ACCIDENTS]
    return of_seeds(np.mean(found, axis=0))


def standing(accuracy: np.ndarray) -> dict:
    """Accuracies (M,): medians over the seeds, and each robust model beside the regular one of its seed."""
    seeds = accuracy[: len(models.KEYS) * len(models.SEEDS)].reshape(len(models.KEYS), -1)
    return {
        "accuracy": dict(zip(models.KEYS, np.median(seeds, axis=1), strict=True)),
        "difference": {
            key: (np.quantile(ours - seeds[0], QUANTILES) + 0.0).round(9)
            for key, ours in zip(ROBUST, seeds[1:], strict=True)
        },
    }


def verdicts(accuracy: np.ndarray) -> dict:
    """Accuracies (M,): how each robust model compares with the regular one over the seeds."""
    seeds = accuracy[: len(models.KEYS) * len(models.SEEDS)].reshape(len(models.KEYS), -1)
    return {key: compare(ours, seeds[0]) for key, ours in zip(ROBUST, seeds[1:], strict=True)}


def compare(ours: np.ndarray, theirs: np.ndarray) -> int:
    """1 where the first is more accurate in enough of the seeds (S,), -1 where it is less, else 0."""
    least = SEEDS_AGREE * len(ours)
    return int((ours - theirs > ROUNDING).sum() >= least) - int((theirs - ours > ROUNDING).sum() >= least)


def without_one(accuracy: dict) -> dict:
    """By how much each robust model is more accurate than the regular one in the mean over the accidents, at
    each strength: least and most when any one accident is left out."""
    found = {key: [] for key in ROBUST}
    for strength in STRENGTHS:
        rows = np.array([of_seeds(accuracy[name, strength]) for name in ACCIDENTS])
        differences = rows[:, 1:] - rows[:, :1]
        left = (differences.sum(axis=0) - differences) / (len(rows) - 1)
        for key, values in zip(ROBUST, left.T, strict=True):
            found[key].append([values.min(), values.max()])
    return found


def sideways(measured: dict) -> dict:
    """Accuracy by direction when the digit moves by three pixels."""
    return {
        direction: dict(zip(models.KEYS, of_seeds(values), strict=True))
        for direction, values in measured["variants"].items()
    }


def cost(accuracy: dict, clean: np.ndarray) -> dict:
    """What accidents cost the regular model, at each strength: the mean over them and the median."""
    costs = np.array([[of_seeds(clean - accuracy[name, s])[0] for name in ACCIDENTS] for s in STRENGTHS])
    return {"mean": costs.mean(axis=1), "median": np.median(costs, axis=1)}


def confident_share(measured: dict) -> dict:
    """Of the mistakes under all accidents together, the share that is confident, at each strength."""
    totals = {
        part: np.array([sum(measured[name, s][part] for name in ACCIDENTS) for s in STRENGTHS])
        for part in ("confident", "mistakes")
    }
    return by_model((totals["confident"] / totals["mistakes"]).T)


def harm(measured: dict) -> dict:
    """At middle strength, of the median accident: the harm in median clean logits, and the share of the worst
    case with the same largest pixel that it uses up; and the most by which harms differ between models."""
    rows = {
        part: np.array([of_seeds(measured[name, MIDDLE_STRENGTH][part]) for name in ACCIDENTS])
        for part in ("harm", "used")
    }
    return {
        **{
            part: dict(zip(models.KEYS, np.median(values, axis=0), strict=True))
            for part, values in rows.items()
        },
        "most_apart": np.abs(rows["harm"][:, 1:] - rows["harm"][:, :1]).max(),
    }


# All pairs


def study_pairs() -> dict:
    """Over the 45 pairs at middle strength: the mean accuracy, and for each accident what it costs each model
    in the median pair, and for how many pairs each robust model is better and worse in all seeds."""
    both, starts = (images.all_digits("train"), images.all_digits("test")), models.starts(PAIR_SEEDS)
    found = work.spread(study_pair, [(digits, *both, starts) for digits in images.PAIRS], "pairs")
    accuracy = np.array(found)  # pairs, (clean and accidents), models, seeds
    means = accuracy.mean(axis=3)
    verdicts = np.array(
        [[[compare(ours, case[0]) for ours in case[1:]] for case in pair] for pair in accuracy]
    )
    return {
        "mean": dict(zip(models.KEYS, means[:, 1:].mean(axis=(0, 1)), strict=True)),
        "accidents": {
            name: {
                "cost": dict(zip(models.KEYS, np.median(means[:, 0] - means[:, row], axis=0), strict=True)),
                "better": dict(zip(ROBUST, (verdicts[:, row] == 1).sum(axis=0), strict=True)),
                "worse": dict(zip(ROBUST, (verdicts[:, row] == -1).sum(axis=0), strict=True)),
            }
            for row, name in enumerate(ACCIDENTS, start=1)
        },
    }


def study_pair(digits: tuple[int, int], train: tuple, test: tuple, starts: np.ndarray) -> np.ndarray:
    """A pair's accuracies, clean and under each accident: (1 + accidents, 4, S)."""
    weights = models.train(*images.of_pair(*train, digits), starts)[-1]
    before, labels = images.of_pair(*test, digits)

    def right(after: np.ndarray) -> np.ndarray:
        found = margins.margins(weights.reshape(785, -1), after.reshape(before.shape), labels)
        return (found > 0).mean(axis=0).reshape(weights.shape[1:])

    pictures = before.reshape(-1, SIDE, SIDE)
    after = [happen(name, pictures, MIDDLE_STRENGTH).values() for name in ACCIDENTS]
    return np.array([right(before), *(np.mean([right(v) for v in variants], axis=0) for variants in after)])
