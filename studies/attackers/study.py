"""What can weaker attackers do, and other norms?

An attacker who doesn't know the model w moves images along the signs of a copy v, by -y ε sign(v). That
lowers every margin by ε w·sign(v) = t ε‖w‖₁, image for image what the attacker who knows the model, the white
box, does with tε. So the transfer t = w·sign(v) / ‖w‖₁ says everything, if pixels may leave [0, 1].

Definitions, fixed before the numbers:

copies   another seed: a model of the same training from another start. From zeros: of the same training from
         zero weights. Ten, 1000 images: the mean of as many images of one digit less that of the other.
         Victim s of S meets one copy of each kind, the next seed's model and the s-th draw.
close    t >= 0.9 in the median victim.
enough   More than half of the test images are wrong at ε = 0.2, in the median victim; *in range* if pixels
         are kept in [0, 1].
share    Attacks in other norms are as large if they are the same share of half the distance of the two mean
         images in their norm; the shares are those of ε = 0.1, 0.2 and 0.3 in the max norm.
better   Under an attack a model trained against one norm is better than the regular one if it is more
         accurate in at least 19 of 20 seeds; it is best if its median is above those of all others.
"""

from collections.abc import Sequence

import numpy as np

from studies.shared import attacks, images, models, trainer, work
from studies.shared.files import named
from support.runs import TRAINING_EPSILONS

READS = ()
INPUTS = {}
EPSILON, CLOSE = 0.2, 0.9
SEEDS, PAIR_SEEDS = range(1, 21), range(1, 4)
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # images of each digit that the attacker has
COPIES = ("white box", "another seed", "from zeros", "ten images", "1000 images")
GRID = np.linspace(0, 0.5, 51)
SPREAD = (0.05, 0.5, 0.95)  # quantiles over the seeds
NORMS = {"max norm": np.inf, "2-norm": 2, "1-norm": 1}
TRAINED = ("regular", *NORMS)  # what the models of a share were trained against
ENOUGH = 19  # of the seeds
FINER, FINER_SEEDS = 10, 2  # steps so many times finer, to tell training from objective
CLIPPED_SEEDS = 3
MIDDLE = TRAINING_EPSILONS.index(EPSILON)


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    weights, zeros = trained(train, SEEDS)
    differences = mean_differences(*train, len(SEEDS), COUNTS)
    copies = signs_of_copies(weights, zeros, differences)
    carried = np.stack([transfer(weights, np.sign(differences[:, [place]])) for place in range(len(COUNTS))])
    spread = np.quantile(carried, SPREAD, axis=-1)  # quantiles, counts, 4
    regular = weights[:, 0]
    arrays = {"counts": np.array(COUNTS), "grid": GRID, "transfer": spread}
    for name, signs in copies.items():
        curve = attacks.accuracy(regular, *test, GRID, signs=signs[:, 0])
        arrays[f"curve {name}"] = np.median(curve, axis=1)
    return {
        **measure(weights, copies, test),
        "pairs": study_pairs(),
        "norms": study_norms(train, test),
    }, arrays


# Copies. Models are the post's four from each of S seeds: weights (785, 4, S), signs (784, 4, S)


def trained(train: tuple, seeds: range) -> tuple[np.ndarray, np.ndarray]:
    """Weights (785, 4, S) from the seeds, and (785, 4, 1) from zeros."""
    weights = models.train(*train, np.column_stack([models.starts(seeds), np.zeros(785)]))[-1]
    return weights[..., :-1].astype(np.float64), weights[..., -1:].astype(np.float64)


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
    """t = w·s / ‖w‖₁ of each victim: (4, S)."""
    return (weights[:-1] * signs).sum(axis=0) / np.abs(weights[:-1]).sum(axis=0)


def measure(weights: np.ndarray, copies: dict[str, np.ndarray], test: tuple) -> dict:
    """By copy and victim, in the median: `transfer`, and accuracy at EPSILON, out of range and `in_range`."""
    flat = weights.reshape(785, -1)
    found = {"transfer": {}, "right": {}, "in_range": {}}
    for name, signs in copies.items():
        along = signs.reshape(784, -1)
        right = attacks.accuracy(flat, *test, [EPSILON], signs=along)
        in_range = attacks.clipped_accuracy(flat, *test, [EPSILON], signs=along)
        for part, values in zip(found.values(), (transfer(weights, signs), right, in_range), strict=True):
            medians = np.median(values.reshape(weights.shape[1:]), axis=-1)
            part[name] = dict(zip(models.KEYS, medians, strict=True))
    return found


def study_pairs() -> dict:
    """Over the 45 pairs: for how many each copy is `enough` against the regular model, and `enough_in_range`;
    the median `transfer` by copy and victim."""
    train, test = images.all_digits("train"), images.all_digits("test")
    found = work.spread(of_pair, [(digits, train, test) for digits in images.PAIRS], "pairs")

    def count(part: str) -> dict:
        return {name: sum(pair[part][name]["regular"] < 0.5 for pair in found) for name in COPIES}

    return {
        "enough": count("right"),
        "enough_in_range": count("in_range"),
        "transfer": {
            name: {key: np.median([pair["transfer"][name][key] for pair in found]) for key in models.KEYS}
            for name in COPIES
        },
    }


def of_pair(digits: tuple[int, int], train: tuple, test: tuple) -> dict:
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    weights, zeros = trained(train, PAIR_SEEDS)
    differences = mean_differences(*train, len(PAIR_SEEDS), COUNTS)
    return measure(weights, signs_of_copies(weights, zeros, differences), test)


# Norms, of zeros and ones. Models are arrays (785, shares, norms, S)


def study_norms(train: tuple, test: tuple) -> dict:
    half = half_distances(*train)
    budgets = np.outer(TRAINING_EPSILONS, half / half[0])  # shares, norms
    starts = models.starts(SEEDS)
    regular = models.train(*train, starts, [models.REGULAR])[-1]  # (785, 1, S)
    robust = train_against(*train, budgets, starts)
    every = np.concatenate([np.repeat(regular[:, None], len(budgets), axis=1), robust], axis=2)
    right = np.array([attacked(every[:, share], test, budgets[share]) for share in range(len(budgets))])
    finer = train_against(*train, budgets, starts[:, :FINER_SEEDS], FINER)
    of_finer = np.array([attacked(finer[:, share], test, budgets[share]) for share in range(len(budgets))])
    some = every[:, MIDDLE, :, :CLIPPED_SEEDS]
    in_range = attacked(some, test, budgets[MIDDLE], clipped=True)
    clean = attacks.accuracy(every[:, MIDDLE].reshape(785, -1), *test, [0]).reshape(len(TRAINED), -1)
    return {
        "budgets": named(budgets[MIDDLE], NORMS),
        "clean": named(np.median(clean, axis=-1), TRAINED),
        "right": named(np.median(right[MIDDLE], axis=-1), TRAINED, NORMS),
        "in_range": named(np.median(in_range, axis=-1), TRAINED, NORMS),
        "cases": cases(right),
        "finer": named(np.median(of_finer, axis=-1).diagonal(axis1=1, axis2=2).T, NORMS),
        "own": named(np.median(right[:, 1:], axis=-1).diagonal(axis1=1, axis2=2).T, NORMS),
    }


def half_distances(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """½‖μ₁ - μ₀‖ of the two classes' mean images in each of NORMS."""
    pixels = pixels.astype(np.float64)
    difference = pixels[labels > 0].mean(axis=0) - pixels[labels < 0].mean(axis=0)
    return np.array([np.linalg.norm(difference, norm) for norm in NORMS.values()]) / 2


def train_against(
    pixels: np.ndarray, labels: np.ndarray, budgets: np.ndarray, starts: np.ndarray, finer: int = 1
) -> np.ndarray:
    """The post's robust training against each norm with each budget (shares, norms): (785, shares, norms, S).

    With steps so many times finer, and as many times more epochs.
    """
    (shares, _), seeds = budgets.shape, starts.shape[1]
    count, rate = shares * seeds, models.ROBUST[0].learning_rate / finer
    of_norms = [
        trainer.train(
            pixels,
            labels,
            np.tile(starts, shares),
            np.repeat(epsilons, seeds),
            np.full(count, rate),
            np.ones(count, bool),
            epochs=10 * finer,
            norm=attacks.DUAL[norm],
        )[-1].reshape(785, shares, seeds)
        for epsilons, norm in zip(budgets.T, NORMS.values(), strict=True)
    ]
    return np.stack(of_norms, axis=2)


def attacked(weights: np.ndarray, test: tuple, budgets: np.ndarray, clipped: bool = False) -> np.ndarray:
    """Accuracy of models (785, M, S) under the attack in each norm with its budget: (M, norms, S)."""
    attack = attacks.clipped_accuracy if clipped else attacks.accuracy
    flat = weights.reshape(785, -1)
    right = [
        attack(flat, *test, [budget], norm=norm) for budget, norm in zip(budgets, NORMS.values(), strict=True)
    ]
    return np.reshape(right, (len(NORMS), *weights.shape[1:])).swapaxes(0, 1)


def cases(right: np.ndarray) -> dict[str, int]:
    """In how many of the nine cases (share and norm) the model trained against the attack is `better` than
    the regular one, and is the `best`. Of accuracies (shares, TRAINED, norms, S)."""
    own = right[:, 1:].diagonal(axis1=1, axis2=2).swapaxes(1, 2)  # shares, norms, S
    better = ((own > right[:, 0]).sum(axis=-1) >= ENOUGH).sum()
    as_good = np.median(right, axis=-1) >= np.median(own, axis=-1)[:, None]  # shares, TRAINED, norms
    return {"better": better, "best": (as_good.sum(axis=1) == 1).sum()}
