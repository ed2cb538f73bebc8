"""Attackers who don't know the model: what they can make themselves, and how far it carries.

Moving an image by -y ε sign(v) lowers the margin under the weights w by ε w·sign(v) = t ε‖w‖₁, exactly: the
attack is the white-box attack with tε. So the transfer t of a pair (w, v) says everything.

transfers()         t of every victim and direction
accuracy()          of every victim under every such attack
mean_differences()  the surrogates of an attacker with k images of each digit
trained()           those of an attacker who trains on them
study(), all_pairs()   the numbers of the page
"""

from itertools import combinations

import numpy as np
import shared
import trainer
from joblib import Parallel, delayed

COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # images of each digit that the attacker has
TRAINED_COUNTS = (1, 10, 100, 1000)
DRAWS = 100
TRAINED_DRAWS = 25
CLOSE, HALF = 0.9, 0.5
MODELS = tuple(map(str, shared.MODEL_EPSILONS))
SURROGATES = (*MODELS, "zeros")  # what the attacker trains: the four kinds, and the regular from zeros
EPSILON = 0.2  # of claim O1
GRID = np.linspace(0, 0.5, 51)
SPREAD = (0.05, 0.5, 0.95)  # quantiles
SEED = 1
STEPS = 1270  # of the post's training
PAIR_SEEDS = range(1, 6)


# Transfer


def transfers(victims: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """t = w·s / ‖w‖₁ of each victim (785, V) and direction s (784, D): float64 (V, D)."""
    weights = victims[:-1].astype(np.float64)
    return (weights / np.abs(weights).sum(axis=0)).T @ directions.astype(np.float64)


def accuracy(victims: np.ndarray, images: np.ndarray, labels: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Accuracy (V, D) of victims (785, V) under the white-box attacks with ε = `reached` (V, D), exactly."""
    drops = reached * np.abs(victims[:-1].astype(np.float64)).sum(axis=0)[:, None]
    clean = np.sort(trainer.margins(victims, images, labels), axis=0).T
    lost = [np.searchsorted(row, drop, side="right") for row, drop in zip(clean, drops, strict=True)]
    return 1 - np.array(lost) / len(labels)


# Surrogates


def draw_images(labels: np.ndarray, draws: int, most: int, random: np.random.Generator) -> np.ndarray:
    """Indices (draws, 2, most) of different images: first of the label -1, then of +1."""
    classes = [np.flatnonzero(labels == label) for label in (-1, 1)]
    return np.array(
        [[random.choice(indices, most, replace=False) for indices in classes] for _ in range(draws)]
    )


def mean_differences(images: np.ndarray, drawn: np.ndarray, counts=COUNTS) -> np.ndarray:
    """For each count k and draw the mean of the first k of +1 less that of the first k of -1: (784, K, D)."""
    differences = []
    for of_draw in drawn:
        sums = np.cumsum(images[of_draw].astype(np.float64), axis=1)[:, np.array(counts) - 1]
        differences.append((sums[1] - sums[0]).T / counts)
    return np.stack(differences, axis=-1)


def trained(images: np.ndarray, labels: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The SURROGATES that an attacker trains on these images: weights (784, 5).

    Batches, rates and number of steps are the post's; fewer than 100 images are repeated to fill a batch.
    """
    rows = np.resize(np.arange(len(images)), max(len(images), trainer.BATCH_SIZE))
    epsilons, kinds = (*shared.MODEL_EPSILONS, 0.0), (trainer.REGULAR, *[trainer.ROBUST] * 3, trainer.REGULAR)
    rates, sums = zip(*kinds, strict=True)
    starts = np.stack([*[start] * len(MODELS), np.zeros_like(start)], axis=1)
    epochs = -(-STEPS // (len(rows) // trainer.BATCH_SIZE))
    return trainer.train(images[rows], labels[rows], starts, epsilons, rates, sums, epochs=epochs)[-1, :-1]


def trained_on_draws(images: np.ndarray, labels: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """`trained` on the first k images of each class of each draw, for each k: (784, 5, K, D)."""
    random = np.random.default_rng(SEED)
    tasks = [
        (random.permutation(of_draw[:, :count].ravel()), shared.glorot_start(len(shared.SEEDS) + number))
        for count in TRAINED_COUNTS
        for number, of_draw in enumerate(drawn, start=1)
    ]
    found = Parallel(n_jobs=2, prefer="threads")(
        delayed(trained)(images[rows], labels[rows], start) for rows, start in tasks
    )
    return np.stack(found, axis=-1).reshape(784, len(SURROGATES), len(TRAINED_COUNTS), len(drawn))


# The study of zeros and ones


def spread(values: np.ndarray) -> list[float]:
    """Quantiles 5 %, 50 % and 95 % of all values."""
    return np.quantile(values, SPREAD).tolist()


def describe(victims: np.ndarray, reached: np.ndarray, test: tuple) -> dict:
    """Transfers (V, D) of attacks on victims (785, V): their spread, that of the accuracy at ε, and the ε
    that halves the accuracy in the median (None if none does)."""
    kept = np.isfinite(reached)  # a model is no surrogate of itself
    attacked = accuracy(victims, *test, EPSILON * reached)
    norms = np.abs(victims[:-1].astype(np.float64)).sum(axis=0)
    radii = np.median(trainer.margins(victims, *test), axis=0) / norms
    never = np.full_like(reached, np.inf)
    halving = np.median(np.divide(radii[:, None], reached, out=never, where=reached > 0)[kept])
    return {
        "transfer": spread(reached[kept]),
        "accuracy": spread(attacked[kept]),
        "halving_epsilon": halving if np.isfinite(halving) else None,
    }


def without_itself(reached: np.ndarray) -> np.ndarray:
    """Transfers (S, S) from each seed to each, without those from a seed to itself."""
    return np.where(np.eye(len(reached), dtype=bool), np.nan, reached)


def study() -> dict:
    """The numbers of the page's part on zeros and ones; victims and surrogates by their names."""
    train, test = shared.pair("train"), shared.pair("test")
    models = shared.post_models()
    drawn = draw_images(train[1], DRAWS, COUNTS[-1], np.random.default_rng(SEED))
    means = np.sign(mean_differences(train[0], drawn))
    own = np.sign(trained_on_draws(*train, drawn[:TRAINED_DRAWS]))
    zeros = shared.train_post_models(*train, np.zeros((785, 1)))[-1, :-1, 0]
    signs = np.random.default_rng(SEED).choice((-1.0, 1.0), (784, DRAWS))
    found = {"draws": DRAWS, "trained_draws": TRAINED_DRAWS, "counts": COUNTS, "victims": {}}
    for number, name in enumerate(MODELS):
        victims = models[:, number]
        others = {"white box": np.ones((len(shared.SEEDS), 1))} | {
            kind: without_itself(transfers(victims, np.sign(models[:-1, column])))
            for column, kind in enumerate(MODELS)
        }
        total = models[:-1, number].astype(np.float64).sum(axis=1)
        everything = np.sign(total[:, None] - models[:-1, number])  # the mean of all others, for each
        others |= {
            "zeros": transfers(victims, np.sign(zeros)),
            "all other seeds": np.diag(transfers(victims, everything))[:, None],
            "random signs": transfers(victims, signs),
        }
        found["victims"][name] = {
            "surrogates": {kind: describe(victims, reached, test) for kind, reached in others.items()},
            "means": [describe(victims, transfers(victims, means[:, k]), test) for k in range(len(COUNTS))],
            "trained": {
                kind: [
                    describe(victims, transfers(victims, own[:, column, k]), test)
                    for k in range(len(TRAINED_COUNTS))
                ]
                for column, kind in enumerate(SURROGATES)
            },
        }
    return found | {
        "curves": curves(models[:, 0], means, test),
        "clipped": clipped(models[:, 0, 0], np.sign(models[:-1, 0, 1]), means[:, COUNTS.index(10)], test),
        "other_half": other_half(*train),
    }


def curves(victims: np.ndarray, means: np.ndarray, test: tuple) -> dict:
    """Median accuracy of the regular victims (785, S) over the grid of ε, by attacker."""
    attackers = {
        "white box": np.ones((len(shared.SEEDS), 1)),
        "another seed": without_itself(transfers(victims, np.sign(victims[:-1]))),
        **{f"{k} of each": transfers(victims, means[:, COUNTS.index(k)]) for k in (1, 10, 1000)},
    }
    found = {"epsilons": GRID}
    for name, reached in attackers.items():
        kept = np.isfinite(reached)
        found[name] = [np.median(accuracy(victims, *test, epsilon * reached)[kept]) for epsilon in GRID]
    return found


def clipped(victim: np.ndarray, seed: np.ndarray, means: np.ndarray, test: tuple) -> dict:
    """Accuracy of one regular model at ε with pixels kept in [0, 1]: the white box, another seed, ten images.

    Args:
        victim: (785,).
        seed, means: directions (784,) and (784, D); for the latter the median of the first ten draws.
    """
    images, labels = test

    def right(direction: np.ndarray) -> float:
        moved = np.clip(images - EPSILON * np.outer(labels, direction), 0, 1)
        return (trainer.margins(victim[:, None], moved, labels) > 0).mean()

    return {
        "white box": right(np.sign(victim[:-1])),
        "another seed": right(seed),
        "10 of each": np.median([right(direction) for direction in means.T[:10]]),
    }


def other_half(images: np.ndarray, labels: np.ndarray) -> dict:
    """Does it matter that the attacker's images are the victim's too?

    Victims trained on every other image; attackers with images of the same half, or of the other one.

    Returns:
        For each, the median transfer for each victim and count, (4, K), and the largest difference.
    """
    starts = np.stack([shared.glorot_start(seed) for seed in PAIR_SEEDS], axis=1)
    victims = shared.train_post_models(images[::2], labels[::2], starts)[-1]
    medians = []
    for half in (0, 1):
        pool = images[half::2], labels[half::2]
        drawn = draw_images(pool[1], DRAWS, COUNTS[-1], np.random.default_rng(SEED))
        means = np.sign(mean_differences(pool[0], drawn))
        medians.append(
            [
                [np.median(transfers(victims[:, number], means[:, k])) for k in range(len(COUNTS))]
                for number in range(len(MODELS))
            ]
        )
    same, other = map(np.array, medians)
    return {"same": same, "other": other, "largest_difference": np.abs(same - other).max()}


def needed(of_count: list[dict], least: float) -> int | None:
    """The smallest count from which on the median transfer is at least `least`."""
    reached = [row["transfer"][1] >= least for row in of_count]
    first = next((i for i in range(len(reached)) if all(reached[i:])), None)
    return None if first is None else COUNTS[first]


# All pairs


def all_pairs() -> dict:
    """For each pair the regular victims under the two attacks of claim O1."""
    pairs = list(combinations(range(shared.DIGITS), 2))
    shared.all_digits("train"), shared.all_digits("test")  # once, before the threads
    starts = np.stack([shared.glorot_start(seed) for seed in PAIR_SEEDS], axis=1)
    found = Parallel(n_jobs=2, prefer="threads")(delayed(of_pair)(digits, starts) for digits in pairs)
    return {"{} {}".format(*digits): numbers for digits, numbers in zip(pairs, found, strict=True)}


def of_pair(digits: tuple[int, int], starts: np.ndarray) -> dict:
    """The same for one pair and regular training from the starts (785, S)."""
    images, labels = shared.pair.__wrapped__("train", digits)  # not kept: all pairs would be gigabytes
    test = shared.pair.__wrapped__("test", digits)
    epsilons, (rate, of_sum) = np.zeros(starts.shape[1]), trainer.REGULAR
    victims = trainer.train(images, labels, starts, epsilons, epsilons + rate, epsilons + of_sum > 0)[-1]
    drawn = draw_images(labels, DRAWS, 10, np.random.default_rng(SEED))
    means = np.sign(mean_differences(images, drawn, (10,)))[:, 0]
    others = without_itself(transfers(victims, np.sign(victims[:-1])))
    moved = np.abs(victims[:-1] - starts[:-1]).sum(axis=0) / np.abs(starts[:-1]).sum(axis=0)
    return {
        "moved": np.median(moved),  # the weights, by training, as a share of the start
        "another seed": describe(victims, others, test),
        "10 of each": describe(victims, transfers(victims, means), test),
    }
