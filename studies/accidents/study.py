"""Does it help when nobody attacks?

Eight kinds of ordinary accident, each at three of its five strengths, happen to the test images. For each of
the 45 pairs of digits the post's four models are trained and meet them. Two more were added when the first
numbers were known, to test a reason: the regular model and that for 0.1 *centred*, that is with the mean
weight taken from every weight and the bias moved so that the mean image keeps its logit.

What the words mean. Those of the first paragraph were fixed before any numbers, those of the second before
theirs; "same way" came last, to see whether it tells the accidents apart in which robust training gains.

for most      A robust model is more (less) accurate than the regular one for at least 30 of 45 pairs. What is
              said of a pair is the median of its three seeds.
mean          Over the eight kinds, each counted once, its variants together. Another list has another mean:
              what holds of it has to hold as well when any one kind is left out.

typical       The median absolute logit of a model on the clean test images.
moves         How far an accident moves the logit, |w·δ|, in the mean of the images, in typical logits.
left over     That mean over the mean of the sum of |w_i δ_i|: what is left when the changes have cancelled,
              and 1 for an attack.
balance       The sum of the weights with their signs, in absolute value, in typical logits.
without digit A mean over the 36 pairs that don't have a digit: the least and the most over the ten digits.

sure          A mistake outside the soft margin, |logit| > 1; asked of zeros and ones, for the post's
              sentence on rare mistakes with full confidence.
same way      The size of the mean of w·δ over the images of both digits, in typical logits: what an accident
              (each variant by itself) does to all logits, as a change of the bias would.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from studies.shared import accidents, attacks, images, models, work
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH
from studies.shared.files import named

READS = ()
INPUTS = {"accidents": accidents.KINDS}

CENTRED = {"regular": "regular centred", "0.1": "0.1 centred"}
KEYS = (*models.KEYS, *CENTRED.values())
ASKED = (1, MIDDLE_STRENGTH, 5)  # of the strengths
MIDDLE = ASKED.index(MIDDLE_STRENGTH)
ROWS = (*ACCIDENTS, "mean")
SEEDS = range(1, 4)
ATTACK = 0.1
INK = list(ACCIDENTS).index("more ink")


# Models: KEYS, from each of S seeds, are the last axes (6, S)


def trained(images: np.ndarray, labels: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
    """Weights (785, 6, S)."""
    post = models.train(images, labels, models.starts(seeds))[-1].astype(np.float64)
    of = [models.KEYS.index(key) for key in CENTRED]
    return np.concatenate([post, centred(post[:, of], images.mean(axis=0, dtype=np.float64))], axis=1)


def centred(weights: np.ndarray, mean_image: np.ndarray) -> np.ndarray:
    """Weights (785, ...) with a sum of zero; the mean image (784,) keeps its logit."""
    mean_weight = weights[:-1].mean(axis=0)
    return np.concatenate([weights[:-1] - mean_weight, weights[-1:] + mean_weight * mean_image.sum()])


def median(values: np.ndarray) -> np.ndarray:
    """Over the seeds."""
    return np.median(values, axis=-1)


def typical_logit(weights: np.ndarray, test: tuple) -> np.ndarray:
    """The median absolute clean logit, (6, S)."""
    logits = np.abs(attacks.margins(weights.reshape(785, -1), *test))
    return np.median(logits, axis=0).reshape(weights.shape[1:])


def compute() -> tuple[dict, dict]:
    """Means over the 45 pairs; for how many the model for 0.1 is better and worse than the regular one.

    Returns:
        The numbers, and arrays: `differences` (1 + kinds, 45) of the model for 0.1 from the regular one,
        without an accident and after each of middle strength; `balance` and `cost` of more ink, (45, 6); and
        a `zero` (784,).
    """
    train, test = images.all_digits("train"), images.all_digits("test")
    found = work.spread(train_pair, [(digits, train, test) for digits in images.PAIRS], "pairs")
    clean, attacked, typical, weights = (np.array(part) for part in zip(*found, strict=True))
    order = np.argsort(test[1], kind="stable")
    in_order = test[0][order] / np.float32(255), test[1][order]
    cases = [(name, strength, *in_order, weights) for strength in ASKED for name in ACCIDENTS]
    met = np.array(work.spread(meet_pairs, cases, "accidents of pairs"))
    met = met.reshape(len(ASKED), len(ACCIDENTS), *met.shape[1:])  # strengths, kinds, 5, pairs, 6, S
    right, (moved, changed, common, sure) = met[:, :, 0], np.moveaxis(met[MIDDLE, :, 1:], 1, 0)
    right = np.concatenate([right, right.mean(axis=1, keepdims=True)], axis=1)  # and the mean of kinds
    sizes = np.abs(weights[:, :-1]).sum(axis=1)[None]
    moves = median(np.concatenate([ATTACK * sizes, moved]) / typical)[..., :2]  # 1 + kinds, pairs, 2
    left_over = median(np.concatenate([np.ones_like(sizes), moved / changed]))[..., :2]
    same_way = median(common / typical)[..., :2]
    balance = median(np.abs(weights[:, :-1].sum(axis=1)) / typical)
    cost = median(clean - right[MIDDLE, INK])  # pairs, 6
    ahead = median(right[:, :, :, 1] - right[:, :, :, 0])  # strengths, kinds + 1, pairs
    smaller = balance[:, 1] < balance[:, 0]
    ahead_clean = median(clean[:, 1] - clean[:, 0])
    ahead_centred = median(right[MIDDLE, :, :, 5] - right[MIDDLE, :, :, 4])
    return (
        {
            "clean": table(clean),
            "attacked": table(attacked),
            "accuracy": {row: table(values) for row, values in zip(ROWS, right[MIDDLE], strict=True)},
            "clean_better": (ahead_clean > 0).sum(),
            "better": named((ahead > 0).sum(axis=2).T, ROWS),
            "worse": named((ahead < 0).sum(axis=2).T, ROWS),
            "centred_better": named((ahead_centred > 0).sum(axis=1), ROWS),
            "without_one": named(without_one(median(right[MIDDLE, :-1]).mean(axis=1))[:3], KEYS[1:4]),
            "without_digit": named(without_digit(ahead[MIDDLE]), ROWS),
            "moves": named(moves.mean(axis=1).round(4), ("attack", *ACCIDENTS), KEYS[:2]),
            "left_over": named(left_over.mean(axis=1).round(4), ("attack", *ACCIDENTS), KEYS[:2]),
            "same_way": named(same_way.mean(axis=1).round(4), ACCIDENTS, KEYS[:2]),
            "balance": named(balance.mean(axis=0).round(4), KEYS),
            "balance_smaller": smaller.sum(),
            "smaller_and_better": (smaller & (ahead[MIDDLE, INK] > 0)).sum(),  # after more ink
            "zeros_and_ones": little_and_sure(clean[0, 0], right[MIDDLE, :-1, 0, 0], sure[:, 0, 0]),
        },
        {
            "differences": np.concatenate([ahead_clean[None], ahead[MIDDLE, :-1]]),
            "balance": balance.round(6),  # the last bits of products differ between machines
            "cost": cost,
            "zero": test[0][np.flatnonzero(test[1] == 0)[0]] / np.float32(255),
        },
    )


def table(values: np.ndarray) -> dict:
    """Values (45, 6, S) by model, in the mean of the pairs, to four decimals."""
    return named(median(values).mean(axis=0).round(4), KEYS)


def train_pair(digits: tuple[int, int], train: tuple, test: tuple) -> tuple[np.ndarray, ...]:
    """A pair's accuracy, that under ATTACK, and typical logits, each (6, S); its weights (785, 6, S)."""
    weights = trained(*images.of_pair(*train, digits), SEEDS)
    test = images.of_pair(*test, digits)
    right = attacks.accuracy(weights.reshape(785, -1), *test, [0, ATTACK])
    return *right.reshape(2, *weights.shape[1:]), typical_logit(weights, test), weights


def meet_pairs(
    name: str, strength: int, before: np.ndarray, digits: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """What an accident does to the images of each pair, in the mean: accuracy after it, |w·δ|, the sum of
    |w_i δ_i|, the size of the mean of w·δ, and mistakes outside the soft margin, (5, 45, 6, S).

    Args:
        before, digits: images (N, 784) in the order of their digits (N,).
        weights: (45, 785, 6, S).
    """
    ends, flat = np.searchsorted(digits, range(11)), weights.reshape(len(weights), 785, -1)
    count = [[np.isin(digits, pair).sum()] for pair in images.PAIRS]

    def measure(after: np.ndarray) -> np.ndarray:
        found = np.zeros((5, len(flat), flat.shape[2]))
        for digit, (start, end) in enumerate(pairwise(ends)):
            clean, now = (x[start:end].astype(np.float64) for x in (before, after))
            change = np.abs(now - clean).sum(axis=0)
            for place, pair in enumerate(images.PAIRS):
                if digit in pair:
                    w, b = flat[place, :-1], flat[place, -1]
                    logits, logits_before = now @ w + b, clean @ w + b
                    right = logits > 0 if digit == pair[1] else logits < 0
                    moved = logits - logits_before
                    sure = ~right & (np.abs(logits) > 1)
                    sums = right, np.abs(moved), change[None] @ np.abs(w), moved, sure
                    found[:, place] += [part.sum(axis=0) for part in sums]
        found[3] = np.abs(found[3])
        return found / count

    (found,) = accidents.mean_after(measure, before, strength, names=[name]).values()
    return found.reshape(5, len(weights), *weights.shape[2:])


def little_and_sure(clean: np.ndarray, right: np.ndarray, sure: np.ndarray) -> dict[str, float]:
    """What accidents cost in accuracy, and which share of the mistakes lies outside the soft margin.

    Args:
        clean: (S,), of a model without an accident.
        right, sure: after each accident (kinds, S), the shares of images that are right, and sure but wrong.
    """
    cost = np.median(clean - right.mean(axis=0))
    return {"cost": cost.round(4), "sure": np.median(sure.mean(axis=0) / (1 - right.mean(axis=0))).round(4)}


def without_one(after: np.ndarray) -> np.ndarray:
    """By how much each model is ahead of the regular one in the mean over the kinds (kinds, 6): the least and
    the most when any one kind is left out, (5, 2)."""
    above = after[:, 1:] - after[:, :1]
    left = (above.sum(axis=0) - above) / (len(above) - 1)
    return np.stack([left.min(axis=0), left.max(axis=0)], axis=-1).round(4)


def without_digit(ahead: np.ndarray) -> np.ndarray:
    """The mean over the pairs (rows, 45): the least and the most when any digit is left out, (rows, 2)."""
    left = [ahead[:, [digit not in pair for pair in images.PAIRS]].mean(axis=1) for digit in images.DIGITS]
    return np.stack([np.min(left, axis=0), np.max(left, axis=0)], axis=-1).round(4)
