"""Does it help when nobody attacks?

Eight kinds of ordinary accident, each at three of its five strengths, happen to the test images. For each of
the 45 pairs of digits the post's four models are trained and meet them. Two more were added when the first
numbers were known, to test a reason: the regular model and that for 0.1 *centred*, that is with the mean
weight taken from every weight and the bias moved so that the mean image keeps its logit.

What the words mean. Those of the first paragraph were fixed before any numbers, those of the second before
theirs.

for most      A robust model is more (less) accurate than the regular one for at least 30 of 45 pairs. What is
              said of a pair is the median of its three seeds. A pair that is as accurate is neither.
mean          Over the kinds, each counted once, its variants together. Another list has another mean: what
              holds of it has to hold as well when any one kind is left out.

typical       The median absolute logit of a model on the clean test images.
moves         How far an accident moves the logit, |w·δ|, in the mean of the images, in typical logits.
balance       The sum of the weights with their signs, in absolute value, in typical logits.
"""

import numpy as np

from studies.shared import attacks, images, models, work
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, happen
from studies.shared.files import named

READS = ()
INPUTS = {"accidents": ACCIDENTS}

CENTRED = {"regular": "regular centred", "0.1": "0.1 centred"}
KEYS = (*models.KEYS, *CENTRED.values())
FIRST = KEYS[:2]  # the two that are compared
ASKED = (1, MIDDLE_STRENGTH, 5)  # of the strengths
MIDDLE = ASKED.index(MIDDLE_STRENGTH)
ROWS = (*ACCIDENTS, "mean")
INK = ROWS.index("more ink")
SEEDS = range(1, 4)
ATTACK = 0.1


# Models: KEYS, from each of S seeds, are the last axes (6, S)


def centred(weights: np.ndarray, mean_image: np.ndarray) -> np.ndarray:
    """Weights (785, ...) with a sum of zero; the mean image (784,) keeps its logit."""
    mean_weight = weights[:-1].mean(axis=0)
    return np.concatenate([weights[:-1] - mean_weight, weights[-1:] + mean_weight * mean_image.sum()])


def median(values: np.ndarray) -> np.ndarray:
    """Over the seeds."""
    return np.median(values, axis=-1)


def ahead(accuracy: np.ndarray) -> np.ndarray:
    """By how much the model for 0.1 is more accurate than the regular one: (..., 6, S) -> (...)."""
    return median(accuracy[..., KEYS.index("0.1"), :] - accuracy[..., KEYS.index("regular"), :])


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

    order = np.argsort(test[1], kind="stable")  # noise and fog are drawn for the images in this order
    in_order = test[0][order] / np.float32(255), test[1][order]
    cases = [(name, strength, *in_order, weights) for strength in ASKED for name in ACCIDENTS]
    met = np.array(work.spread(meet, cases, "accidents of pairs"))
    met = met.reshape(len(ASKED), len(ACCIDENTS), *met.shape[1:])  # strengths, kinds, pairs, 2, 6, S
    right, moved = np.moveaxis(met, 3, 0)
    right = np.concatenate([right, right.mean(axis=1, keepdims=True)], axis=1)  # and the mean of kinds

    balance = median(np.abs(weights[:, :-1].sum(axis=1)) / typical)  # pairs, 6
    attack = ATTACK * np.abs(weights[:, :-1]).sum(axis=1)
    lead, clean_lead, attacked_lead = ahead(right), ahead(clean), ahead(attacked)  # (3, kinds + 1, 45), (45,)
    smaller = balance[:, 1] < balance[:, 0]
    return (
        {
            "clean": by_model(clean),
            "attacked": by_model(attacked),
            "accuracy": by_model(right[MIDDLE], ROWS),
            "clean_better": (clean_lead > 0).sum(),
            "clean_worse": (clean_lead < 0).sum(),
            "attacked_better": (attacked_lead > 0).sum(),
            "attacked_worse": (attacked_lead < 0).sum(),
            "better": named((lead > 0).sum(axis=2).T, ROWS),
            "worse": named((lead < 0).sum(axis=2).T, ROWS),
            "moves": by_model(
                np.array([attack, *moved[MIDDLE]]) / typical, ("attack", *ACCIDENTS), keys=FIRST
            ),
            "balance": named(balance.mean(axis=0).round(4), KEYS),
            "balance_smaller": smaller.sum(),
            "smaller_and_better": (smaller & (lead[MIDDLE, INK] > 0)).sum(),  # after more ink
        },
        {
            "differences": np.concatenate([clean_lead[None], lead[MIDDLE, :-1]]),
            "balance": balance.round(6),  # the last bits of products differ between machines
            "cost": median(clean - right[MIDDLE, INK]),
            "zero": test[0][np.flatnonzero(test[1] == 0)[0]] / np.float32(255),
        },
    )


def by_model(values: np.ndarray, *rows: tuple[str, ...], keys: tuple[str, ...] = KEYS) -> dict:
    """Values (rows, 45, 6, S) in the mean of the pairs, to four decimals, by row and model."""
    return named(median(values[..., : len(keys), :]).mean(axis=-2).round(4), *rows, keys)


def train_pair(digits: tuple[int, int], train: tuple, test: tuple) -> tuple[np.ndarray, ...]:
    """A pair's accuracy, as it is and under ATTACK, and typical logits, each (6, S); weights (785, 6, S)."""
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    post = models.train(*train, models.starts(SEEDS))[-1].astype(np.float64)
    of = [KEYS.index(key) for key in CENTRED]
    weights = np.concatenate([post, centred(post[:, of], train[0].mean(axis=0, dtype=np.float64))], axis=1)
    flat = weights.reshape(785, -1)
    typical = np.median(np.abs(attacks.margins(flat, *test)), axis=0)
    found = *attacks.accuracy(flat, *test, [0, ATTACK]), typical
    return *(values.reshape(weights.shape[1:]) for values in found), weights


def meet(name: str, strength: int, before: np.ndarray, digits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Accuracy after an accident, and how far it moves the logit, |w·δ|, for each pair: (45, 2, 6, S).

    Both are means over the pair's images and the accident's variants.

    Args:
        before, digits: images (N, 784) and their digits (N,).
        weights: (45, 785, 6, S).
    """
    found = np.zeros((len(weights), 2, *weights.shape[2:]))
    variants = happen(name, before, strength).values()
    for place, pair in enumerate(images.PAIRS):
        chosen, flat = np.isin(digits, pair), weights[place].reshape(785, -1)
        labels = np.where(digits[chosen] == pair[1], 1, -1)
        for after in variants:
            right = attacks.margins(flat, after[chosen], labels) > 0
            moved = np.abs((after[chosen].astype(np.float64) - before[chosen]) @ flat[:-1])
            found[place] += np.stack([right.mean(axis=0), moved.mean(axis=0)]).reshape(found.shape[1:])
    return found / len(variants)
