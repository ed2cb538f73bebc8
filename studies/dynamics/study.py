"""What does robust training wipe off, and when?

The robust models from 100 seeds, with the active examples counted while they train. Two readings of "smaller
than ε is wiped off" are tried: the weight is smaller, and the mean of y·x over the active examples is.
"""

import numpy as np
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from studies import images, models

EPOCHS = 10
# The most that ε‖w‖₁ alone moves a weight in one batch, at the largest ε: 0.0001 · 0.3 · 100 examples.
NEAR_ZERO = 0.003
OTHER_THRESHOLDS = (0.001, 0.01)  # to see that what is found does not hang on that one
NO_GRADIENT = 1e-6  # up to here a mean of y·x is rounding
SHOWN_EPOCHS = (0, 1, 2, 5, 10)
GRADIENT = ("shrinks", "changes_sign", "grows", "appears")


def compute() -> tuple[dict, dict]:
    train = images.pair("train")
    seeds = len(models.SEEDS)
    counts = np.zeros((EPOCHS, 4 * seeds))
    sums = np.zeros((EPOCHS, 784, 4 * seeds))

    def observe(epoch, weights, examples, active):
        counts[epoch] += active.sum(axis=0)
        sums[epoch] += examples[:, :-1].T @ active

    history = models.train(*train, models.starts(), epochs=EPOCHS, observe=observe)
    counts, sums = counts.reshape(EPOCHS, 4, seeds), sums.reshape(EPOCHS, 784, 4, seeds)
    gradients = gradient_shares(history[:-1, :, 1:], *train)
    found = {}
    for place, model in enumerate(models.ROBUST, start=1):
        rows = [
            measure(model.epsilon, *(array[..., place, seed] for array in (history, counts, sums)))
            for seed in range(seeds)
        ]
        gradient = np.median(gradients[:, place - 1], axis=-1)
        found[model.key] = summary(rows) | {"gradient": dict(zip(GRADIENT, gradient, strict=True))}
    near = np.median((np.abs(history[:, :-1]) <= NEAR_ZERO).mean(axis=1), axis=-1)
    means = sums.sum(axis=0)[:, 1:, 0] / counts.sum(axis=0)[1:, 0]
    return {
        "seeds": seeds,
        "dark_share": (train[0] == 0).mean(),
        "near_zero": {key: near[[0, 1, EPOCHS], place] for place, key in enumerate(models.KEYS) if place},
        "models": found,
    }, {"history": history[list(SHOWN_EPOCHS), :, :, 0], "means": means.astype(np.float32)}


def measure(epsilon: float, history: np.ndarray, counts: np.ndarray, sums: np.ndarray) -> dict:
    """How well the two readings foretell what one robust model wipes off.

    Pixels dark in all active examples are left out: there any rule is right.

    Args:
        epsilon: of its training.
        history: weights (epochs + 1, 785).
        counts: active examples (epochs,).
        sums: of y·x over them (epochs, 784).
    """
    lit = np.abs(sums).max(axis=0) > NO_GRADIENT * counts.max()
    sizes = np.abs(history[:, :-1])
    kept = sizes[-1] > NEAR_ZERO
    quantities = {
        "weight_at_start": sizes[0],
        "weight_after_one_epoch": sizes[1],
        "mean_of_first_epoch": np.abs(sums[0]) / counts[0],
        "mean": np.abs(sums.sum(axis=0)) / counts.sum(),
    }
    best, gains = {}, []
    for threshold in (NEAR_ZERO, *OTHER_THRESHOLDS):
        wiped = (sizes[-1] <= threshold)[lit]
        best[threshold] = max(balanced_accuracy_score(wiped, size[lit] < epsilon) for size in sizes[:-1])
        gains.append(balanced_accuracy_score(wiped, (quantities["mean"] < epsilon)[lit]) - best[threshold])
    return {
        "start_below": (sizes[0] < epsilon).mean(),
        "kept_below_at_the_end": (sizes[-1] < epsilon)[kept].mean(),
        "weight_best_epoch": best[NEAR_ZERO],
        "gain_of_the_mean": min(gains),
        "rules": {name: score(quantity[lit], epsilon, ~kept[lit]) for name, quantity in quantities.items()},
        "shares": shares(quantities["mean"][lit] < epsilon, ~kept[lit]),
    }


def score(quantity: np.ndarray, epsilon: float, wiped: np.ndarray) -> dict:
    """The rule "wiped off if the quantity (P,) is below ε", where `wiped` (P,) is what was."""
    return {
        "balanced_accuracy": balanced_accuracy_score(wiped, quantity < epsilon),
        "roc_auc": roc_auc_score(wiped, -quantity),
    }


def shares(below: np.ndarray, wiped: np.ndarray) -> dict:
    """Of the wiped and the kept pixels, how many are below; of those below and above, how many are wiped."""
    cases = {
        "wiped_below": (below, wiped),
        "kept_below": (below, ~wiped),
        "below_wiped": (wiped, below),
        "above_wiped": (wiped, ~below),
    }
    return {name: part[of].mean() if of.any() else 0.0 for name, (part, of) in cases.items()}


def summary(rows: list[dict]) -> dict:
    """The medians over the seeds; of the gain the least."""

    def medians(values: list):
        if isinstance(values[0], dict):
            return {name: medians([value[name] for value in values]) for name in values[0]}
        return np.median(values)

    least = min(row.pop("gain_of_the_mean") for row in rows)
    return medians(rows) | {"least_gain_of_the_mean": least}


def gradient_shares(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What the robust term does to the gradient over all images at each weight, when an epoch begins.

    Without it a gradient step moves |w| by a positive multiple of m sign(w); with it, of m sign(w) - ε. So
    the gradient shrinks if m sign(w) ≥ ε, changes sign if 0 < m sign(w) < ε, and grows if m sign(w) < 0;
    elsewhere it appears.

    Args:
        weights: of the robust models, (epochs, 785, 3, S).
        images, labels: (N, 784) and (N,).

    Returns:
        Shares of the weights, means over the epochs, (4, 3, S).
    """
    signed = np.column_stack([images, np.ones(len(images))]) * labels[:, None].astype(np.float64)
    epsilons = np.repeat([model.epsilon for model in models.ROBUST], weights.shape[-1])
    found = []
    for of_epoch in weights.reshape(len(weights), 785, -1).astype(np.float64):
        active = signed @ of_epoch < 1 + epsilons * np.abs(of_epoch[:-1]).sum(axis=0)
        means = (signed.T @ active)[:-1] / np.maximum(1, active.sum(axis=0))
        push = means * np.sign(of_epoch[:-1])
        some = np.abs(push) > NO_GRADIENT
        cases = (push >= epsilons, some & (push > 0) & (push < epsilons), some & (push < 0), ~some)
        found.append(np.mean(cases, axis=1))
    return np.mean(found, axis=0).reshape(4, len(models.ROBUST), -1)
