"""Attackers who don't know the model: what they can make themselves, and how far it carries.

Moving an image by -y ε sign(v) lowers the margin under the weights w by ε w·sign(v) = t ε‖w‖₁, exactly: the
attack is the white-box attack with tε. So the transfer t of a pair (w, v) says everything.
"""

import numpy as np

from studies.shared import attacks as margins
from studies.shared import images, models, trainer, work

COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # images of each digit that the attacker has
FEW, MANY = "10 of each", "1000 of each"
CURVES = ("white box", "zeros", "another seed", FEW)
DRAWS = 100
EPSILON = 0.2
GRID = np.linspace(0, 0.5, 51)
SPREAD = (0.05, 0.5, 0.95)  # quantiles
CLOSE = 0.9  # transfer of an attack that is close to the white box
PAIR_SEEDS = range(1, 6)
CHOICE_SEEDS = range(1, 11)


def compute(train: tuple, test: tuple) -> tuple[dict, dict]:
    trained = models.zeros_and_ones()
    zeros = models.train(*train, np.zeros((785, 1)), [models.REGULAR])[-1, :, 0]
    means = np.sign(mean_differences(*train, np.random.default_rng(1)))
    white_box = np.ones((len(models.SEEDS), 1))
    arrays, robust = {"counts": np.array(COUNTS), "grid": GRID}, {}
    for key, victims in zip(models.KEYS, trained.swapaxes(0, 1), strict=True):
        reached = {count: transfers(victims, means[:, i]) for i, count in enumerate(COUNTS)}
        spread = np.array([np.quantile(values, SPREAD) for values in reached.values()])
        arrays[f"means {key}"] = spread
        if key != "regular":
            robust[key] = {
                "close_from": close_from(spread[:, 1]),
                "right": [median_accuracy(victims, test, EPSILON * t) for t in (white_box, reached[10])],
            }
    victims = trained[:, 0]
    total = victims[:-1].astype(np.float64).sum(axis=1, keepdims=True)
    all_others = np.diag(transfers(victims, np.sign(total - victims[:-1])))
    reached = {
        "all other seeds": all_others[:, None],
        **of_trained(victims, zeros),
        MANY: transfers(victims, means[:, COUNTS.index(1000)]),
        FEW: transfers(victims, means[:, COUNTS.index(10)]),
    }
    for kind, values in {"white box": white_box, **reached}.items():
        if kind in CURVES:
            arrays[f"curve {kind}"] = np.array([median_accuracy(victims, test, e * values) for e in GRID])
    return {
        "regular": {kind: np.nanmedian(values) for kind, values in reached.items()},
        "robust": robust,
        "clipped": clipped(victims[:, :2], means[:, COUNTS.index(10)], test),
        "choices": choices(train, test),
        "pairs": pairs(),
    }, arrays


def transfers(victims: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """t = w·s / ‖w‖₁ of each victim (785, V) and signs (784, D): (V, D)."""
    weights = victims[:-1].astype(np.float64)
    return (weights / np.abs(weights).sum(axis=0)).T @ signs.astype(np.float64)


def of_trained(victims: np.ndarray, zeros: np.ndarray) -> dict[str, np.ndarray]:
    """Transfers to victims (785, S) from each other, NaN to a model from itself, and from a model (785, 1)
    trained from zeros."""
    others = transfers(victims, np.sign(victims[:-1]))
    np.fill_diagonal(others, np.nan)
    return {"zeros": transfers(victims, np.sign(zeros[:-1])), "another seed": others}


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


def median_accuracy(victims: np.ndarray, test: tuple, epsilons: np.ndarray) -> float:
    """Of victims (785, V) under white-box attacks with ε (V, D), which may be NaN."""
    return float(np.median(accuracy(victims, *test, epsilons)[np.isfinite(epsilons)]))


def close_from(median_transfers: np.ndarray) -> int | None:
    """The smallest count from which on the median attack is close to the white box."""
    reached = median_transfers >= CLOSE
    return next((count for i, count in enumerate(COUNTS) if reached[i:].all()), None)


def clipped(victims: np.ndarray, means: np.ndarray, test: tuple) -> dict:
    """Accuracy of the first of two regular models at ε with pixels kept in [0, 1], by what is known of it.

    Args:
        victims: (785, 2); the second is the other seed's.
        means: signs (784, D), of ten images of each digit.
    """

    def right(signs: np.ndarray) -> float:
        return margins.clipped_accuracy(victims[:, :1], *test, [EPSILON], signs=signs[:, None])[0, 0]

    white_box, another_seed = map(right, np.sign(victims[:-1]).T)
    return {
        "white box": white_box,
        "another seed": another_seed,
        FEW: np.median([right(signs) for signs in means.T[:10]]),
    }


def fooled(victims: np.ndarray, reached: dict[str, np.ndarray], test: tuple) -> dict[str, float]:
    """The share of images that fool victims (785, V) at ε, in the median, by the attacks' transfers."""
    return {name: 1 - median_accuracy(victims, test, EPSILON * values) for name, values in reached.items()}


# Other choices of training, as good as the post's


def choices(train: tuple, test: tuple) -> dict:
    """The share of images that fool regular models trained so: by the white box, by another seed's model
    trained so, and by one trained so from zeros."""
    start = models.starts(CHOICE_SEEDS)
    kinds = {
        "the post's": {},
        "30 epochs": {"epochs": 30},
        "100 epochs": {"epochs": 100},
        "batches of 10": {"size": 10},
        "a tenth of the rate": {"rate": 0.01},
        "ten times the rate": {"rate": 1.0},
        "half the start": {"start": start / 2},
    }
    found = work.spread(
        of_choice, [(train, test, {"start": start, **kind}) for kind in kinds.values()], "choices"
    )
    return dict(zip(kinds, found, strict=True))


def of_choice(train: tuple, test: tuple, choice: dict) -> dict[str, float]:
    """One choice: `start` (785, S), and where it isn't the post's `epochs`, `size` of batches, `rate`."""
    start = np.column_stack([choice["start"], np.zeros(785)])
    count, places = start.shape[1], np.arange(len(train[1]))
    size = choice.get("size", trainer.BATCH_SIZE)
    trained = trainer.train(
        *train,
        start,
        np.zeros(count),
        np.full(count, choice.get("rate", 0.1)),
        np.zeros(count, bool),
        epochs=choice.get("epochs", 10),
        batches=lambda epoch: np.split(places, range(size, len(places), size)),
    )[-1]
    victims, zeros = trained[:, :-1], trained[:, -1:]
    return fooled(victims, {"white box": np.ones((count - 1, 1))} | of_trained(victims, zeros), test)


# All pairs


def pairs() -> dict:
    """With the post's training: how many pairs have more than half of the images fooled, the median transfer
    from another seed's model, and how many pairs have a smaller one than zeros and ones."""
    both, start = (images.all_digits("train"), images.all_digits("test")), models.starts(PAIR_SEEDS)
    found = work.spread(of_pair, [(digits, *both, start) for digits in images.PAIRS], "pairs")
    fooled_, transfers_ = zip(*found, strict=True)
    return {
        "most_fooled": {name: sum(pair[name] > 0.5 for pair in fooled_) for name in fooled_[0]},
        "transfer": np.median(transfers_),
        "smaller": sum(value < transfers_[images.PAIRS.index((0, 1))] for value in transfers_),
    }


def of_pair(digits: tuple[int, int], train: tuple, test: tuple, start: np.ndarray) -> tuple[dict, float]:
    """Regular training of a pair from the starts (785, S) and from zeros."""
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    trained = models.train(*train, np.column_stack([start, np.zeros(785)]), [models.REGULAR])[-1, :, 0]
    victims, zeros = trained[:, :-1], trained[:, -1:]
    reached = of_trained(victims, zeros)
    means = mean_differences(*train, np.random.default_rng(1), (10,))[:, 0]
    reached[FEW] = transfers(victims, np.sign(means))
    return fooled(victims, reached, test), np.nanmedian(reached["another seed"])
