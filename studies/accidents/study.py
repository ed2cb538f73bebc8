"""Does it help when nobody attacks?

Eight kinds of ordinary accident, each at three of its five strengths, happen to the test images of zeros and
ones, and to those of all 45 pairs of digits. The post's four models meet them, and a fifth:
the regular training from zero weights, which has no random start to be left over. A sixth was added when the
numbers were known, to test a reason: the regular model *centred*, that is with the mean weight taken from
every weight and the bias moved so that the mean image keeps its logit.

What the words mean, fixed before the numbers:

helps, hurts  For zeros and ones: a robust model is more (less) accurate than the regular one from the same
              start in at least 19 of 20 seeds, and the 95 % interval of their mean difference over the test
              images, as a sample, is above (below) zero.
for most      For the pairs: it is more (less) accurate, in the median of three seeds, for at least 30 of 45.
mean          Over the eight kinds, each counted once, its variants together. Another list has another mean:
              what holds of it has to hold as well when any one kind is left out.
held out      The same on seven interleaved folds of all 14,780 zeros and ones: trained on six, asked of the
              seventh, three seeds, middle strength.
sure          A mistake outside the soft margin: y (w·x + b) <= -1. Confident: as far beyond zero as the
              model's median clean logit.
harm          The mean fall of the margin, in median clean logits of the model.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.stats import spearmanr

from studies.shared import accidents, attacks, images, models, work
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH
from studies.shared.files import named

READS = ()
INPUTS = {"accidents": accidents.KINDS}

KEYS = (*models.KEYS, "from zeros", "centred")
OTHERS, ROBUST = KEYS[1:], models.KEYS[1:]
SHOWN, COUNTED = (*models.KEYS, "centred"), ("0.1", "centred")
ASKED = (1, MIDDLE_STRENGTH, 5)  # of the strengths
MIDDLE = ASKED.index(MIDDLE_STRENGTH)
ROWS = (*ACCIDENTS, "mean")
SEEDS, ENOUGH = range(1, 21), 0.95  # of the seeds
PAIR_SEEDS = range(1, 4)
FOLDS, FOLD_SEEDS = 7, range(1, 4)
Z = 1.96  # standard errors of a 95 % interval
ATTACK = 0.1
HIDDEN = accidents.happen("hidden middle", np.ones((1, 784)), MIDDLE_STRENGTH)[""][0] == 0  # pixels


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    weights = trained(*train, SEEDS)
    met = work.spread(meet, [(name, s, *test, weights) for s in ASKED for name in ACCIDENTS], "accidents")
    right, sure, confident, harm = (
        np.reshape([one[part] for one in met], (len(ASKED), len(ACCIDENTS), *met[0][part].shape))
        for part in ("right", "sure", "confident", "harm")
    )
    after = right.mean(axis=2)  # strengths, kinds, 6, S
    mistakes = (1 - after).sum(axis=1)
    decided, middle, half = compare(right)
    clean, attacked = unharmed(weights, test)
    pairs, arrays = study_pairs()
    rows = np.concatenate([after, after.mean(axis=1, keepdims=True)], axis=1)[MIDDLE]
    return {
        "clean": table(clean),
        "attacked": table(attacked),
        "accuracy": shown(rows),
        "mean": table(rows[-1]),
        "helps": named(np.moveaxis(decided[..., :3], 0, -1), ACCIDENTS, ROBUST),
        "difference": named(np.stack([middle, half], axis=-1)[MIDDLE, :, 0].round(4), ACCIDENTS),
        "sure": (median(sure.sum(axis=1) / mistakes)[:, 0]).round(4),
        "confident": (median(confident.sum(axis=1) / mistakes)[:, 0]).round(4),
        "harm": table(harm[MIDDLE].mean(axis=0)),
        **reasons(weights, train, test),
        "held_out": held_out(train, test),
        "pairs": pairs,
    }, {"zero": test[0][np.flatnonzero(test[1] < 0)[0]], **arrays}


def table(values: np.ndarray) -> dict:
    """Values (6, S) by model, in the median of the seeds, to four decimals."""
    return named(median(values).round(4), KEYS)


def shown(values: np.ndarray) -> dict:
    """Values (kinds and mean, 6, S) of the models that the page's tables show."""
    places = [KEYS.index(key) for key in SHOWN]
    return named(median(values)[:, places].round(4), ROWS, SHOWN)


# Models: KEYS, from each of S seeds, are the last axes (6, S)


def trained(images: np.ndarray, labels: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
    """Weights (785, 6, S)."""
    starts = np.column_stack([models.starts(seeds), np.zeros(785)])
    post = models.train(images, labels, starts)[-1].astype(np.float64)  # from each seed, and from zeros
    seeded, from_zeros = post[..., :-1], np.repeat(post[:, :1, -1:], len(seeds), axis=2)
    mean_weight, mean_image = seeded[:-1, :1].mean(axis=0), images.mean(axis=0, dtype=np.float64)
    centred = np.concatenate(
        [seeded[:-1, :1] - mean_weight, seeded[-1:, :1] + mean_weight * mean_image.sum()]
    )
    return np.concatenate([seeded, from_zeros, centred], axis=1)


def median(values: np.ndarray) -> np.ndarray:
    """Over the seeds."""
    return np.median(values, axis=-1)


def compare(right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The other models with the regular ones from the same starts.

    Args:
        right: share of an accident's variants on which a model is right, (..., N, 6, S).

    Returns:
        (..., 5): 1 where another model is better, -1 where it is worse, else 0; the mean difference over
        seeds and images; half its interval over images.
    """
    above = right[..., 1:, :] - right[..., :1, :]
    of_seeds, of_images = above.mean(axis=-3), above.mean(axis=-1)
    middle, half = of_images.mean(axis=-2), Z * of_images.std(axis=-2) / np.sqrt(of_images.shape[-2])
    helps, hurts = (
        ((sign * of_seeds > 0).mean(axis=-1) >= ENOUGH) & (sign * middle > half) for sign in (1, -1)
    )
    return helps.astype(int) - hurts, middle, half


def unharmed(weights: np.ndarray, test: tuple) -> np.ndarray:
    """Accuracy without an attack, and under ATTACK: (2, 6, S)."""
    found = attacks.accuracy(weights.reshape(785, -1), *test, [0, ATTACK])
    return found.reshape(2, *weights.shape[1:])


# Zeros and ones


def meet(
    name: str, strength: int, before: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """What an accident does to images (N, 784): `right` of each image (N, 6, S), the mean over the
    variants; the shares of `sure` and `confident` mistakes and the `harm`, (6, S)."""
    flat = weights.reshape(785, -1)
    clean = attacks.margins(flat, before, labels)
    typical = np.median(np.abs(clean), axis=0)

    def measure(after: np.ndarray) -> np.ndarray:
        now = attacks.margins(flat, after, labels)
        return np.stack([now > 0, now <= -1, now <= -typical, (clean - now) / typical])

    (found,) = accidents.mean_after(measure, before, strength, names=[name]).values()
    right, *rest = found.reshape(4, len(labels), *weights.shape[1:])
    means = (values.mean(axis=0) for values in rest)
    return {"right": right, **dict(zip(("sure", "confident", "harm"), means, strict=True))}


def without_one(after: np.ndarray) -> np.ndarray:
    """By how much each model is ahead of the regular one in the mean over the kinds (strengths, kinds, 6),
    the least and the most when any one kind is left out: (5, strengths, 2)."""
    above = after[..., 1:] - after[..., :1]
    left = (above.sum(axis=1, keepdims=True) - above) / (above.shape[1] - 1)
    return np.stack([left.min(axis=1), left.max(axis=1)], axis=-1).swapaxes(0, 1)


def typical_logit(weights: np.ndarray, test: tuple) -> np.ndarray:
    """The median absolute clean logit, (6, S)."""
    logits = np.abs(attacks.margins(weights.reshape(785, -1), *test))
    return np.median(logits, axis=0).reshape(weights.shape[1:])


def reasons(weights: np.ndarray, train: tuple, test: tuple) -> dict:
    """Of each model, in its median clean logits, `reach`, ‖w‖₁: what an attack takes for each unit of ε; and
    the share of its evidence for a one that lies in the `middle` of the image: of the sum of w_i times the
    mean one's x_i over positive w_i, the part in the square that is hidden at middle strength."""
    mean_one = train[0][train[1] > 0].mean(axis=0, dtype=np.float64)
    evidence = np.maximum(weights[:-1], 0) * mean_one[:, None, None]
    reach = np.abs(weights[:-1]).sum(axis=0) / typical_logit(weights, test)
    share = evidence[HIDDEN].sum(axis=0) / evidence.sum(axis=0)
    return {"reach": table(reach), "middle": table(share)}


def held_out(train: tuple, test: tuple) -> dict:
    """Of all zeros and ones, each asked of models that were trained without it: what helps."""
    both = [np.concatenate(parts) for parts in zip(train, test, strict=True)]
    found = work.spread(of_fold, [(fold, *both) for fold in range(FOLDS)], "folds")
    right = np.concatenate(found, axis=1)
    return {"helps": named(compare(right)[0], ("clean", *ACCIDENTS), OTHERS)}


def of_fold(fold: int, every: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Right on the images of a fold, clean and after each accident: (1 + kinds, n, 6, S)."""
    out = np.arange(len(labels)) % FOLDS == fold
    weights = trained(every[~out], labels[~out], FOLD_SEEDS)
    clean = attacks.margins(weights.reshape(785, -1), every[out], labels[out]) > 0
    met = [meet(name, MIDDLE_STRENGTH, every[out], labels[out], weights)["right"] for name in ACCIDENTS]
    return np.stack([clean.reshape(met[0].shape), *met])


# All pairs


def study_pairs() -> tuple[dict, dict]:
    """Of the 45 pairs the mean accuracy; for how many each model is better and worse than the regular one.

    Returns:
        The numbers, and arrays: `differences` (2 + kinds, 45, 5) from the regular model, under attack,
        without, and after each kind of middle strength; `ink` (45, 6); what `more ink` costs, (45, 6).
    """
    train, test = images.all_digits("train"), images.all_digits("test")
    found = work.spread(train_pair, [(digits, train, test) for digits in images.PAIRS], "pairs")
    clean, attacked, ink, weights = (np.array(part) for part in zip(*found, strict=True))
    order = np.argsort(test[1], kind="stable")
    in_order = test[0][order] / np.float32(255), test[1][order]
    cases = [(name, strength, *in_order, weights) for strength in ASKED for name in ACCIDENTS]
    met = np.array(work.spread(meet_pairs, cases, "accidents of pairs"))
    met = met.reshape(len(ASKED), len(ACCIDENTS), *clean.shape)
    left_out = without_one(median(met).mean(axis=2))
    cost = median(clean - met[MIDDLE, list(ACCIDENTS).index("more ink")])
    met = np.concatenate([met, met.mean(axis=1, keepdims=True)], axis=1)  # and the mean over the kinds
    above = median(met[..., 1:, :] - met[..., :1, :])  # strengths, kinds + 1, pairs, 5
    unharmed_ = [median(values[:, 1:] - values[:, :1]) for values in (attacked, clean)]
    ink = median(np.abs(ink))
    return {
        "clean": table(clean.mean(axis=0)),
        "attacked": table(attacked.mean(axis=0)),
        "accuracy": shown(met[MIDDLE].mean(axis=1)),
        "better": named(np.moveaxis((above > 0).sum(axis=2), 0, -1)[:, [0, -1]], ROWS, COUNTED),
        "worse": named(np.moveaxis((above < 0).sum(axis=2), 0, -1)[:, [0, -1]], ROWS, COUNTED),
        "without_one": named(left_out[:, MIDDLE].round(6), OTHERS),
        "ink": named(np.median(ink, axis=0).round(4), KEYS),
        "rank_correlation": round(spearmanr(ink[:, 0], cost[:, 0]).statistic, 3),
    }, {"differences": np.concatenate([unharmed_, above[MIDDLE, :-1]]), "ink": ink, "cost": cost}


def train_pair(digits: tuple[int, int], train: tuple, test: tuple) -> tuple[np.ndarray, ...]:
    """A pair's `unharmed` accuracies, what a unit of ink adds, each (6, S), and the weights (785, 6, S)."""
    weights = trained(*images.of_pair(*train, digits), PAIR_SEEDS)
    test = images.of_pair(*test, digits)
    return *unharmed(weights, test), weights[:-1].sum(axis=0) / typical_logit(weights, test), weights


def meet_pairs(
    name: str, strength: int, before: np.ndarray, digits: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Accuracy (45, 6, S) after an accident, of images (N, 784) in the order of their digits (N,) and weights
    (45, 785, 6, S)."""
    first = np.searchsorted(digits, range(11))
    flat = weights.reshape(len(weights), 785, -1)

    def measure(after: np.ndarray) -> np.ndarray:
        right = np.zeros((len(flat), flat.shape[2]))
        for digit, (start, end) in enumerate(pairwise(first)):
            pixels = after[start:end].astype(np.float64)
            for place, pair in enumerate(images.PAIRS):
                if digit in pair:
                    logits = pixels @ flat[place, :-1] + flat[place, -1]
                    right[place] += ((logits > 0) if digit == pair[1] else (logits < 0)).sum(axis=0)
        return right / [[np.isin(digits, pair).sum()] for pair in images.PAIRS]

    (found,) = accidents.mean_after(measure, before, strength, names=[name]).values()
    return found.reshape(len(weights), *weights.shape[2:])
