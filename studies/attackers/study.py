"""What can an attacker do who doesn't know the model, or who changes only a few pixels?

An attacker who doesn't know the model w moves images along the signs of a copy v, by -y ε sign(v). That
lowers every margin by ε w·sign(v) = t ε‖w‖₁, image for image what the attacker who knows the model, the white
box, does with tε. So the transfer t = w·sign(v) / ‖w‖₁ says everything, if pixels may leave [0, 1].

Definitions, fixed before the numbers:

copies   zero weights: a model of the same training from zero weights. Ten images: the mean of ten images of
         one digit less that of ten of the other; victim s of S meets the s-th draw. The startless victim is
         the regular model from zero weights.
lead     How many more test images the model trained for 0.2 is right on under its own attack at ε = 0.2 than
         the regular one under that from ten images, in the medians; *in range* if pixels are kept in [0, 1].
         If it is above 0, the robust model is *safer*: secrecy doesn't make up for robust training.
gain     How many more test images a copy's attack at ε = 0.2 leaves right of a regular model than of the one
         from zero weights, which has no random part, in the medians. The random start protects from a copy if
         the median gain of the 45 pairs is above 2 points.
taken    What an attack at ε = 0.2 takes from every margin, ε w·sign(v): of the model's own, its reach.
faint    A pixel is faint if the mean images of the two digits differ there by less than 0.4. Half of the
         difference is the mean push, all images counted alike, and robust training lets go of a pixel if the
         mean push stays below its ε.
wrong    A weight has the wrong sign if it is the opposite of that of the difference of means (of a thousand
         images of each digit).
size     That of the smallest change that makes a model wrong on the median test image, measured by the
         largest change of a pixel (max norm) or by the sum of all changes (1-norm). A model is better than
         another if this size is larger, in the medians over the starts.
"""

from collections.abc import Sequence

import numpy as np

from studies.shared import attacks, images, models, work
from studies.shared.files import named
from support.options import POST

READS = ()
EPSILON = 0.2
ROBUST = models.POST[1 + POST["robust"]["epsilons"].index(EPSILON)]
PAIR_KINDS = (models.REGULAR, ROBUST)  # of the 45 pairs
STARTLESS = "startless"
SEEDS, PAIR_SEEDS = range(1, 21), range(1, 4)
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # images of each digit that the attacker has
GRID = np.linspace(0, 0.5, 51)
SPREAD = (0.05, 0.5, 0.95)  # quantiles over the seeds, of the bands
RANGE = (0, 0.5, 1)  # over the pairs
FAINT = 2 * EPSILON
SIZES = ("max norm", "1-norm", "1-norm in range")


def compute() -> tuple[dict, dict]:
    splits = images.all_digits("train"), images.all_digits("test")
    found = work.spread(of_pair, [(digits, *splits) for digits in images.PAIRS], "pairs")
    train, test = images.pair("train"), images.pair("test")
    weights, copies, differences = victims_and_copies(train, SEEDS, models.POST)
    keys = (*models.KEYS, STARTLESS)
    of_counts = [transfer(weights, np.sign(differences[:, [place]])) for place in range(len(COUNTS))]
    arrays = {
        "counts": np.array(COUNTS),
        "grid": GRID,
        "transfer": np.quantile(of_counts, SPREAD, axis=-1),  # by SPREAD, COUNTS and victim
    }
    for name in ("white box", "ten images"):  # by SPREAD, GRID and victim
        signs = copies[name].reshape(784, -1)
        curves = attacks.accuracy(weights.reshape(785, -1), *test, GRID, signs=signs)
        arrays[f"curve {name}"] = np.quantile(curves.reshape(len(GRID), len(keys), -1), SPREAD, axis=-1)
    return {
        **measure(weights, copies, test, keys),
        "shares": shares(weights[:-1], differences[:, -1], keys),
        "pairs": over_pairs(found),
    }, arrays


# Victims are of M kinds of training, the first of them regular, from each of S seeds; the last victim is the
# startless one: weights (785, M + 1, S), signs (784, M + 1, S)


def victims_and_copies(
    train: tuple, seeds: range, kinds: Sequence[models.Model]
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """The victims' weights, by copy the signs that they are attacked along, and `mean_differences`."""
    starts = np.column_stack([models.starts(seeds), np.zeros(785)])
    trained = models.train(*train, starts, kinds)[-1].astype(np.float64)
    trained = np.concatenate([trained, trained[:, :1]], axis=1)
    weights, zeros = trained[..., :-1], trained[..., -1:]
    weights[:, -1] = zeros[:, -1]
    differences = mean_differences(*train, len(seeds))
    found = {"white box": weights, "zero weights": zeros, "ten images": differences[:, [COUNTS.index(10)]]}
    shape = (784, *weights.shape[1:])
    return weights, {name: np.broadcast_to(np.sign(v[:784]), shape) for name, v in found.items()}, differences


def mean_differences(pixels: np.ndarray, labels: np.ndarray, draws: int) -> np.ndarray:
    """For each k of COUNTS and draw the mean of k images of +1 less that of k of -1: (784, K, draws)."""
    random = np.random.default_rng(1)
    classes = [np.flatnonzero(labels == label) for label in (-1, 1)]
    found = []
    for _ in range(draws):
        drawn = np.array([random.choice(places, max(COUNTS), replace=False) for places in classes])
        sums = np.cumsum(pixels[drawn].astype(np.float64), axis=1)[:, np.array(COUNTS) - 1]
        found.append((sums[1] - sums[0]).T / COUNTS)
    return np.stack(found, axis=-1)


def transfer(weights: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """t = w·s / ‖w‖₁ of each victim: (M + 1, S)."""
    return (weights[:-1] * signs).sum(axis=0) / np.abs(weights[:-1]).sum(axis=0)


def measure(weights: np.ndarray, copies: dict[str, np.ndarray], test: tuple, keys: Sequence[str]) -> dict:
    """By copy and victim, whose names are `keys`, `transfer`, what is `taken`, and accuracy at EPSILON, out
    of range (`right`) and `in_range`. By victim the `largest` |w_i|, the `margin` of the median test image,
    and the size of change that this image has `withstood`. All are medians over the seeds."""

    def medians(values: np.ndarray, *names: Sequence[str]) -> dict:  # (..., (M + 1) * S)
        return named(np.median(values.reshape(*values.shape[:-1], len(keys), -1), axis=-1), *names, keys)

    flat, found = weights.reshape(785, -1), {"transfer": {}, "taken": {}, "right": {}, "in_range": {}}
    for name, along in copies.items():
        signs = along.reshape(784, -1)
        found["transfer"][name] = medians(transfer(flat, signs))
        found["taken"][name] = medians(EPSILON * (flat[:-1] * signs).sum(axis=0))
        found["right"][name] = medians(attacks.accuracy(flat, *test, [EPSILON], signs=signs)[0])
        found["in_range"][name] = medians(attacks.clipped_accuracy(flat, *test, [EPSILON], signs=signs)[0])
    # By Hölder's inequality a change lowers a margin by its size times ‖w‖ in the dual norm.
    margins, slopes = attacks.margins(flat, *test), np.abs(flat[:-1])
    sizes = [margins / slopes.sum(axis=0), margins / slopes.max(axis=0), least_sum_in_range(flat, *test)]
    return {
        **found,
        "largest": medians(slopes.max(axis=0)),
        "margin": medians(np.median(margins, axis=0)),
        "withstood": medians(np.median(sizes, axis=1), SIZES),
    }


def shares(weights: np.ndarray, differences: np.ndarray, keys: Sequence[str]) -> dict:
    """By victim (784, M + 1, S) the shares of ‖w‖₁ on `faint` pixels, of the `wrong` sign, that of the
    differences (784, S) being right, and of both (`wrong_faint`): medians over the seeds."""
    sizes, gaps = np.abs(weights), differences[:, None]
    faint, wrong = np.abs(gaps) < FAINT, weights * gaps < 0
    found = {}
    for name, part in (("faint", faint), ("wrong", wrong), ("wrong_faint", wrong & faint)):
        share = np.where(part, sizes, 0).sum(axis=0) / sizes.sum(axis=0)
        found[name] = named(np.median(share, axis=-1), keys)
    return found


def least_sum_in_range(weights: np.ndarray, pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The 1-norm of the least change that keeps pixels in [0, 1] and brings each margin to 0: (N, M).

    It is 0 where the model is wrong already. A knapsack: one pixel after the other goes all the way to white
    or black, in the order of |w_i|.
    """
    found = []
    for slopes, clean in zip(weights[:-1].T, attacks.margins(weights, pixels, labels).T, strict=True):
        order = np.argsort(-np.abs(slopes), kind="stable")
        falls = labels[:, None] * slopes[order] > 0
        room = np.where(falls, pixels[:, order], 1 - pixels[:, order].astype(np.float64))
        spent, lost = (
            np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
            for values in (room, room * np.abs(slopes[order]))
        )
        found.append(
            [np.interp(*of_image, right=np.inf) for of_image in zip(clean, lost, spent, strict=True)]
        )
    return np.transpose(found)


# Other digits


def of_pair(digits: tuple[int, int], train: tuple, test: tuple) -> dict:
    """`measure` for two digits, with the models of PAIR_KINDS."""
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    weights, copies, _ = victims_and_copies(train, PAIR_SEEDS, PAIR_KINDS)
    return measure(weights, copies, test, [*(kind.key for kind in PAIR_KINDS), STARTLESS])


def over_pairs(found: list[dict]) -> dict:
    """What `of_pair` gave, over the pairs the least, the median and the largest: the robust model's accuracy
    `known` under its own attack, the regular one's `left` by the attack from ten images, their difference,
    the `lead`, also `_in_range`; by copy the `gain`; the `transfer` of ten images to the robust model. For
    how many pairs the robust model is `safer`, and withstands `more`, by size."""

    def values(part: str, name: str, victim: str) -> np.ndarray:
        return np.array([pair[part][name][victim] for pair in found])

    lead, in_range = (
        values(part, "white box", ROBUST.key) - values(part, "ten images", "regular")
        for part in ("right", "in_range")
    )
    return {
        "gain": {
            name: np.quantile(values("right", name, "regular") - values("right", name, STARTLESS), RANGE)
            for name in ("zero weights", "ten images")
        },
        "transfer": np.quantile(values("transfer", "ten images", ROBUST.key), RANGE),
        "more": {
            size: (values("withstood", size, ROBUST.key) > values("withstood", size, "regular")).sum()
            for size in SIZES[1:]
        },
        "known": np.quantile(values("right", "white box", ROBUST.key), RANGE),
        "left": np.quantile(values("right", "ten images", "regular"), RANGE),
        "lead": np.quantile(lead, RANGE),
        "safer": (lead > 0).sum(),
        "lead_in_range": np.quantile(in_range, RANGE),
        "safer_in_range": (in_range > 0).sum(),
    }
