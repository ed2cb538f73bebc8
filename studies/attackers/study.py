"""What can an attacker do who doesn't know the model, or who uses another norm?

An attacker who doesn't know the model w moves images along the signs of a copy v, by -y ε sign(v). That
lowers every margin by ε w·sign(v) = t ε‖w‖₁, image for image what the attacker who knows the model, the white
box, does with tε. So the transfer t = w·sign(v) / ‖w‖₁ says everything, if pixels may leave [0, 1].

Definitions, fixed before the numbers:

copies   another seed: a model of the same training from another start. Zero weights: of the same training
         from zero weights. Ten, 1000 images: the mean of as many images of one digit less that of the other.
         Victim s of S meets one copy of each kind, the next seed's model and the s-th draw.
enough   More than half of the test images are wrong at ε = 0.2, in the median victim; *in range* if pixels
         are kept in [0, 1].
safer    The model trained for 0.2 under its own attack is more accurate than the regular one under a copy's,
         at ε = 0.2, in the medians: then the secret doesn't make up for what robust training does.
gain     How many more test images a copy's attack at ε = 0.2 leaves right of a regular model than of the one
         from zero weights, which has no random part, in the medians. The random start protects from a copy if
         the median gain of the 45 pairs is above 2 points.
driven   A weight is driven to zero if it is below one hundredth of the model's largest.
share    Attacks in other norms are as large if they are the same share of half the distance of the two mean
         images in their norm; the share is that of ε = 0.2 in the max norm.
settled  The models against a norm are trained as the post's, and then with finer and finer steps, as the
         post's leave the 1-norm's far from its optimum. They are settled if the last stage changes no median
         accuracy by more than half a point.
"""

from collections.abc import Sequence

import numpy as np

from studies.shared import attacks, images, models, trainer, work
from studies.shared.files import named
from support.options import POST

READS = ()
INPUTS = {}
EPSILON = 0.2
VICTIMS = (models.REGULAR, models.POST[1 + POST["robust"]["epsilons"].index(EPSILON)])  # of the 45 pairs
SEEDS, PAIR_SEEDS, NORM_SEEDS = range(1, 21), range(1, 4), range(1, 6)
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # images of each digit that the attacker has
COPIES = ("white box", "another seed", "zero weights", "ten images", "1000 images")
PAIR_COPIES = ("white box", "zero weights", "ten images")
GRID = np.linspace(0, 0.5, 51)
SPREAD = (0.05, 0.5, 0.95)  # quantiles over the seeds
RANGE = (0, 0.5, 1)  # over the pairs
NORMS = {"max norm": np.inf, "2-norm": 2, "1-norm": 1}
TRAINED = ("regular", *NORMS)
STAGES = ((1, 10), (3, 10), (10, 20), (30, 20))  # steps so many times finer than the post's, for these epochs


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    weights, zeros = trained(train, SEEDS)
    differences = mean_differences(*train, len(SEEDS), COUNTS)
    copies = signs_of_copies(weights, zeros, differences)
    signs = [np.sign(differences[:, [place]]) for place in range(len(COUNTS))]
    startless = np.broadcast_to(zeros[:, :1], (785, 1, len(SEEDS)))
    regular, robust = weights[:, 0], weights[:, models.POST.index(VICTIMS[1])]
    arrays = {
        "counts": np.array(COUNTS),
        "grid": GRID,
        # By SPREAD, COUNTS and the four models; by SPREAD and COUNTS
        "transfer": np.quantile([transfer(weights, s) for s in signs], SPREAD, axis=-1),
        "transfer startless": np.quantile([transfer(startless, s)[0] for s in signs], SPREAD, axis=-1),
        "curve robust": np.median(attacks.accuracy(robust, *test, GRID), axis=1),
    }
    for name, signs in copies.items():
        curve = attacks.accuracy(regular, *test, GRID, signs=signs[:, 0])
        arrays[f"curve {name}"] = np.median(curve, axis=1)
    return {
        **measure(weights, copies, test),
        "startless": measure_startless(startless, copies, test),
        **explain(weights[:, 1:], differences[:, -1]),
        "pairs": study_pairs(),
        "norms": study_norms(train, test),
    }, arrays


# Copies. Models are M of the post's four from each of S seeds: weights (785, M, S), signs (784, M, S)


def trained(
    train: tuple, seeds: range, kinds: Sequence[models.Model] = models.POST
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (785, M, S) from the seeds, and (785, M, 1) from zero weights."""
    starts = np.column_stack([models.starts(seeds), np.zeros(785)])
    weights = models.train(*train, starts, kinds)[-1].astype(np.float64)
    return weights[..., :-1], weights[..., -1:]


def mean_differences(pixels: np.ndarray, labels: np.ndarray, draws: int, counts: Sequence[int]) -> np.ndarray:
    """For each count k and draw the mean of k images of +1 less that of k of -1: (784, K, draws)."""
    random = np.random.default_rng(1)
    classes = [np.flatnonzero(labels == label) for label in (-1, 1)]
    found = []
    for _ in range(draws):
        drawn = np.array([random.choice(places, max(counts), replace=False) for places in classes])
        sums = np.cumsum(pixels[drawn].astype(np.float64), axis=1)[:, np.array(counts) - 1]
        found.append((sums[1] - sums[0]).T / counts)
    return np.stack(found, axis=-1)


def signs_of_copies(weights: np.ndarray, zeros: np.ndarray, differences: np.ndarray) -> dict[str, np.ndarray]:
    """What each victim is attacked along, by COPIES."""
    slopes = weights[:-1]
    of_ten, of_thousand = (differences[:, [COUNTS.index(count)]] for count in (10, 1000))
    found = (slopes, np.roll(slopes, -1, axis=2), zeros[:-1], of_ten, of_thousand)
    return {
        name: np.broadcast_to(np.sign(copy), slopes.shape) for name, copy in zip(COPIES, found, strict=True)
    }


def transfer(weights: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """t = w·s / ‖w‖₁ of each victim: (M, S)."""
    return (weights[:-1] * signs).sum(axis=0) / np.abs(weights[:-1]).sum(axis=0)


def measure(
    weights: np.ndarray,
    copies: dict[str, np.ndarray],
    test: tuple,
    kinds: Sequence[models.Model] = models.POST,
) -> dict:
    """By copy and victim `transfer`, and accuracy at EPSILON, out of range (`right`) and `in_range`: medians.
    And the `spread` of each over the regular victims."""
    flat = weights.reshape(785, -1)
    found = {"transfer": {}, "right": {}, "in_range": {}}
    spread = {part: {} for part in found}
    for name, signs in copies.items():
        along = signs.reshape(784, -1)
        right = attacks.accuracy(flat, *test, [EPSILON], signs=along)
        in_range = attacks.clipped_accuracy(flat, *test, [EPSILON], signs=along)
        for part, values in zip(found, (transfer(weights, signs), right, in_range), strict=True):
            values = values.reshape(weights.shape[1:])
            found[part][name] = named(np.median(values, axis=-1), [kind.key for kind in kinds])
            spread[part][name] = np.quantile(values[0], (SPREAD[0], SPREAD[-1]))
    return {**found, "spread": spread}


def measure_startless(startless: np.ndarray, copies: dict[str, np.ndarray], test: tuple) -> dict:
    """The same of regular models from zero weights, (785, 1, S), met by the copies of the others."""
    blind = {name: signs[:, :1] for name, signs in copies.items() if name != "white box"}
    return measure(startless, blind, test, [models.REGULAR])


def explain(weights: np.ndarray, differences: np.ndarray) -> dict:
    """Why ten images are enough for a robust model. In medians over the seeds, of the weights (785, M, S) not
    driven to zero: `kept`, their share; `to_kept`, the transfer of the differences (784, S) of mean images to
    a model of them alone; and `difference`, the median of |differences| at their pixels."""
    kept = ~models.driven_to_zero(weights[:-1])
    alone = np.vstack([np.where(kept, weights[:-1], 0), weights[-1:]])
    gaps = np.nanmedian(np.where(kept, np.abs(differences)[:, None], np.nan), axis=0)
    found = {
        "kept": kept.mean(axis=0),
        "to_kept": transfer(alone, np.sign(differences)[:, None]),
        "difference": gaps,
    }
    return {
        name: named(np.median(values, axis=-1), models.KEYS[-values.shape[0] :])
        for name, values in found.items()
    }


def study_pairs() -> dict:
    """For how many of the 45 pairs each copy is `enough` against the regular model, for how many the robust
    one is `safer`, both also `_in_range`. The least, the median and the largest `gain` by copy, also
    `_in_range`, and `transfer` of ten images to the robust model."""
    train, test = images.all_digits("train"), images.all_digits("test")
    found = work.spread(of_pair, [(digits, train, test) for digits in images.PAIRS], "pairs")
    regular, robust = (kind.key for kind in VICTIMS)

    def left(part: str, name: str) -> np.ndarray:
        return np.array([pair[part][name][regular] for pair in found])

    numbers = {"transfer": np.quantile([pair["transfer"]["ten images"][robust] for pair in found], RANGE)}
    for part, suffix in (("right", ""), ("in_range", "_in_range")):
        known = np.array([pair[part]["white box"][robust] for pair in found])
        startless = {
            name: [pair["startless"][part][name][regular] for pair in found] for name in PAIR_COPIES[1:]
        }
        numbers |= {
            f"enough{suffix}": {name: (left(part, name) < 0.5).sum() for name in PAIR_COPIES},
            f"safer{suffix}": {name: (known > left(part, name)).sum() for name in PAIR_COPIES},
            f"gain{suffix}": {
                name: np.quantile(left(part, name) - values, RANGE) for name, values in startless.items()
            },
        }
    return numbers


def of_pair(digits: tuple[int, int], train: tuple, test: tuple) -> dict:
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    weights, zeros = trained(train, PAIR_SEEDS, VICTIMS)
    differences = mean_differences(*train, len(PAIR_SEEDS), COUNTS)
    copies = signs_of_copies(weights, zeros, differences)
    copies = {name: copies[name] for name in PAIR_COPIES}
    startless = np.broadcast_to(zeros[:, :1], (785, 1, len(PAIR_SEEDS)))
    return {
        **measure(weights, copies, test, VICTIMS),
        "startless": measure_startless(startless, copies, test),
    }


# Norms, of zeros and ones. Models are the TRAINED from each of NORM_SEEDS: (785, 4, S)


def study_norms(train: tuple, test: tuple) -> dict:
    half = half_distances(*train)
    budgets = EPSILON * half / half[0]
    starts = models.starts(NORM_SEEDS)
    regular = models.train(*train, starts, [models.REGULAR])[-1]  # (785, 1, S)
    *_, before, after = train_against(*train, budgets, starts)
    weights = np.concatenate([regular, after], axis=1)
    right, in_range = (attacked(weights, test, budgets, clipped) for clipped in (False, True))
    changes = np.median(right[1:], axis=-1) - np.median(attacked(before, test, budgets), axis=-1)
    clean = attacks.accuracy(weights.reshape(785, -1), *test, [0]).reshape(len(TRAINED), -1)
    return {
        "budgets": named(budgets, NORMS),
        "clean": named(np.median(clean, axis=-1), TRAINED),
        "right": named(np.median(right, axis=-1), TRAINED, NORMS),
        "in_range": named(np.median(in_range, axis=-1), TRAINED, NORMS),
        "spread": np.ptp(in_range, axis=-1).max(),
        "changed": np.abs(changes).max(),
    }


def half_distances(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """½‖μ₁ - μ₀‖ of the two classes' mean images in each of NORMS."""
    pixels = pixels.astype(np.float64)
    difference = pixels[labels > 0].mean(axis=0) - pixels[labels < 0].mean(axis=0)
    return np.array([np.linalg.norm(difference, norm) for norm in NORMS.values()]) / 2


def train_against(
    pixels: np.ndarray, labels: np.ndarray, budgets: np.ndarray, starts: np.ndarray
) -> list[np.ndarray]:
    """Robust training against each norm with its budget: (785, norms, S) after each of STAGES."""
    seeds = starts.shape[1]
    weights = [starts] * len(NORMS)
    stages = []
    for finer, epochs in STAGES:
        rates, sums = np.full(seeds, models.ROBUST[0].learning_rate / finer), np.ones(seeds, bool)
        weights = [
            trainer.train(
                pixels,
                labels,
                start,
                np.full(seeds, budget),
                rates,
                sums,
                epochs=epochs,
                norm=attacks.DUAL[norm],
            )[-1]
            for start, budget, norm in zip(weights, budgets, NORMS.values(), strict=True)
        ]
        stages.append(np.stack(weights, axis=1))
    return stages


def attacked(weights: np.ndarray, test: tuple, budgets: np.ndarray, clipped: bool = False) -> np.ndarray:
    """Accuracy of models (785, M, S) under the attack in each norm with its budget: (M, norms, S)."""
    attack = attacks.clipped_accuracy if clipped else attacks.accuracy
    flat = weights.reshape(785, -1)
    right = [
        attack(flat, *test, [budget], norm=norm) for budget, norm in zip(budgets, NORMS.values(), strict=True)
    ]
    return np.reshape(right, (len(NORMS), *weights.shape[1:])).swapaxes(0, 1)
