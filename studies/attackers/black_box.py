"""Attackers who don't know the model: what they can make themselves, and how far it carries.

Moving an image by -y ε sign(v) lowers the margin under the weights w by ε w·sign(v) = t ε‖w‖₁, exactly: the
attack is the white-box attack with tε. So the transfer t of a pair (w, v) says everything.
"""

import numpy as np

from studies import images, margins, models, trainer, work

COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # images of each digit that the attacker has
SHOWN_COUNTS = (1, 10, 1000)
DRAWS = 100
EPSILON = 0.2
GRID = np.linspace(0, 0.5, 51)
SPREAD = (0.05, 0.5, 0.95)  # quantiles
ROBUST = tuple(model.key for model in models.ROBUST)
CLOSE = 0.9  # transfer of an attack that is close to the white box
FEW_SEEDS = range(1, 6)  # of each of the 45 pairs
CHOICE_SEEDS = range(1, 11)


def compute(train: tuple, test: tuple) -> tuple[dict, dict]:
    trained = models.zeros_and_ones()
    zeros = models.train(*train, np.zeros((785, 1)))[-1, ..., 0]
    random = np.random.default_rng(1)
    means = np.sign(mean_differences(*train, random))
    noise = random.choice((-1.0, 1.0), (784, DRAWS))
    found, arrays = {}, {"counts": np.array(COUNTS), "grid": GRID}
    for place, key in enumerate(models.KEYS):
        victims = trained[:, place]
        reached = {
            kind: without_itself(transfers(victims, np.sign(trained[:-1, column])))
            for column, kind in enumerate(models.KEYS)
        }
        total = trained[:-1, place].astype(np.float64).sum(axis=1)
        all_others = np.sign(total[:, None] - trained[:-1, place])
        reached |= {
            "zeros": transfers(victims, np.sign(zeros[:-1, :1])),
            "all other seeds": np.diag(transfers(victims, all_others))[:, None],
            "random signs": transfers(victims, noise),
        }
        of_means = [transfers(victims, means[:, i]) for i in range(len(COUNTS))]
        reached |= {f"{k} of each": of_means[COUNTS.index(k)] for k in SHOWN_COUNTS}
        arrays[f"means {key}"] = np.array([np.nanquantile(values, SPREAD) for values in of_means])
        found[key] = {
            "transfer": {kind: np.nanmedian(values) for kind, values in reached.items()},
            "close_from": close_from(arrays[f"means {key}"][:, 1]),
        }
        reached["white box"] = np.ones((len(models.SEEDS), 1))
        if key == "regular":
            found[key]["attacked"] = {
                kind: describe(victims, values, test)
                for kind, values in reached.items()
                if kind not in (*ROBUST, "1 of each")
            }
            arrays |= {
                f"curve {kind}": np.array([median_accuracy(victims, test, e * reached[kind]) for e in GRID])
                for kind in ("white box", "regular", "zeros", "10 of each")
            }
        elif key == str(EPSILON):
            found[key]["right"] = {
                kind: median_accuracy(victims, test, EPSILON * reached[kind])
                for kind in ("white box", "10 of each")
            }
    return {
        "draws": DRAWS,
        "victims": found,
        "clipped": clipped(trained[:, 0, :2], means[:, COUNTS.index(10)], test),
        "choices": choices(train, test),
        **all_pairs(),
    }, arrays


def transfers(victims: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """t = w·s / ‖w‖₁ of each victim (785, V) and signs (784, D): (V, D)."""
    weights = victims[:-1].astype(np.float64)
    return (weights / np.abs(weights).sum(axis=0)).T @ signs.astype(np.float64)


def accuracy(victims: np.ndarray, images: np.ndarray, labels: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Accuracy (V, D) of victims (785, V) under white-box attacks with ε = `reached` (V, D)."""
    radii = np.sort(margins.radii(victims, images, labels), axis=0).T
    lost = [
        np.searchsorted(row, epsilons, side="right") for row, epsilons in zip(radii, reached, strict=True)
    ]
    return 1 - np.array(lost) / len(labels)


def mean_differences(images: np.ndarray, labels: np.ndarray, random: np.random.Generator, counts=COUNTS):
    """For each count k and draw the mean of k images of +1 less that of k of -1: (784, K, D)."""
    classes = [np.flatnonzero(labels == label) for label in (-1, 1)]
    differences = []
    for _ in range(DRAWS):
        drawn = np.array([random.choice(places, counts[-1], replace=False) for places in classes])
        sums = np.cumsum(images[drawn].astype(np.float64), axis=1)[:, np.array(counts) - 1]
        differences.append((sums[1] - sums[0]).T / counts)
    return np.stack(differences, axis=-1)


def without_itself(reached: np.ndarray) -> np.ndarray:
    """Transfers (S, S) from each seed to each, without those from a seed to itself."""
    return np.where(np.eye(len(reached), dtype=bool), np.nan, reached)


def median_accuracy(victims: np.ndarray, test: tuple, epsilons: np.ndarray) -> float:
    """Of victims (785, V) under white-box attacks with ε (V, D), which may be NaN."""
    return float(np.median(accuracy(victims, *test, epsilons)[np.isfinite(epsilons)]))


def describe(victims: np.ndarray, reached: np.ndarray, test: tuple) -> dict:
    """Attacks with transfers (V, D) on victims (785, V): median accuracies at two ε, spread at a third."""
    at_epsilon = accuracy(victims, *test, EPSILON * reached)[np.isfinite(reached)]
    return {
        "0.1": median_accuracy(victims, test, 0.1 * reached),
        str(EPSILON): np.quantile(at_epsilon, SPREAD),
        "0.3": median_accuracy(victims, test, 0.3 * reached),
    }


def close_from(median_transfers: np.ndarray) -> int | None:
    """The smallest count from which on the median attack is close to the white box."""
    reached = median_transfers >= CLOSE
    first = next((i for i in range(len(reached)) if reached[i:].all()), None)
    return None if first is None else COUNTS[first]


def clipped(victims: np.ndarray, means: np.ndarray, test: tuple) -> dict:
    """Accuracy of the first of two regular models at ε with pixels kept in [0, 1], by what is known of it.

    Args:
        victims: (785, 2); the second is the other seed's.
        means: signs (784, D), of ten images of each digit.
    """
    victim = victims[:, :1]

    def right(signs: np.ndarray) -> float:
        return margins.clipped_accuracy(victim, *test, [EPSILON], signs=signs[:, None])[0, 0]

    return {
        "white box": right(np.sign(victim[:-1, 0])),
        "another seed": right(np.sign(victims[:-1, 1])),
        "10 of each": np.median([right(signs) for signs in means.T[:10]]),
    }


# Other choices of training, as good as the post's


def choices(train: tuple, test: tuple) -> dict:
    """The share of images that fool regular models trained so: by the white box and by another seed's model
    trained so, at ε; and by one trained so from zeros."""
    start = models.starts(CHOICE_SEEDS)
    kinds = {
        "the post's": {},
        "30 epochs": {"epochs": 30},
        "100 epochs": {"epochs": 100},
        "batches of 10": {"size": 10},
        "a tenth of the rate": {"rate": 0.01},
        "ten times the rate": {"rate": 1.0},
        "half the start": {"start": start / 2},
        "from zeros": {"start": np.zeros_like(start)},
    }
    found = work.spread(
        of_choice, [(*train, *test, {"start": start, **kind}) for kind in kinds.values()], "choices"
    )
    return dict(zip(kinds, found, strict=True))


def of_choice(
    images: np.ndarray, labels: np.ndarray, test_images: np.ndarray, test_labels: np.ndarray, choice: dict
) -> dict:
    """One choice: `start` (785, S), and where it isn't the post's `epochs`, `size` of batches, `rate`."""
    size, test = choice.get("size", trainer.BATCH_SIZE), (test_images, test_labels)
    places = np.arange(len(labels))
    start = np.column_stack([choice["start"], np.zeros(785)])
    count = start.shape[1]
    trained = trainer.train(
        images,
        labels,
        start,
        np.zeros(count),
        np.full(count, choice.get("rate", 0.1)),
        np.zeros(count, bool),
        epochs=choice.get("epochs", 10),
        batches=lambda epoch: np.split(places, range(size, len(places), size)),
    )[-1]
    victims, zeros = trained[:, :-1], trained[:, -1:]
    reached = {
        "white box": np.ones((count - 1, 1)),
        "another seed": without_itself(transfers(victims, np.sign(victims[:-1]))),
        "zeros": transfers(victims, np.sign(zeros[:-1])),
    }
    return {name: 1 - median_accuracy(victims, test, EPSILON * values) for name, values in reached.items()}


# All pairs


def all_pairs() -> dict:
    """The same for each pair, with the post's training, and how many pairs have more than half fooled."""
    both, start = (images.all_digits("train"), images.all_digits("test")), models.starts(FEW_SEEDS)
    found = work.spread(of_pair, [(digits, *both, start) for digits in images.PAIRS], "pairs")
    transfers_ = [pair["transfer"] for pair in found]
    return {
        "pairs_with_most_fooled": {
            name: sum(pair["fooled"][name] > 0.5 for pair in found) for name in found[0]["fooled"]
        },
        "median_transfer_of_pairs": np.median(transfers_),
        "rank_of_zeros_and_ones": 1
        + sum(value < transfers_[images.PAIRS.index((0, 1))] for value in transfers_),
    }


def of_pair(digits: tuple[int, int], train: tuple, test: tuple, start: np.ndarray) -> dict:
    """Regular training of a pair from the starts (785, S) and from zeros."""
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    trained = models.train(*train, np.column_stack([start, np.zeros(785)]), [models.REGULAR])[-1, :, 0]
    victims, zeros = trained[:, :-1], trained[:, -1:]
    means = np.sign(mean_differences(*train, np.random.default_rng(1), (10,)))[:, 0]
    reached = {
        "another seed": without_itself(transfers(victims, np.sign(victims[:-1]))),
        "zeros": transfers(victims, np.sign(zeros[:-1])),
        "10 of each": transfers(victims, means),
    }
    return {
        "transfer": np.nanmedian(reached["another seed"]),
        "fooled": {
            name: 1 - median_accuracy(victims, test, EPSILON * values) for name, values in reached.items()
        },
    }
