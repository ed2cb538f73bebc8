"""What does robust training wipe off, and when?

The robust models from 100 seeds, with the active examples counted while they train. Two readings of "smaller
than ε is wiped off" are tried: the weight is smaller, and the mean of y·x over the active examples is.
"""

import numpy as np
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from studies.shared import images, models

EPOCHS = 10
# The most that ε‖w‖₁ alone moves a weight in one batch, at the largest ε: 0.0001 · 0.3 · 100 examples.
NEAR_ZERO = 0.003
OTHER_THRESHOLDS = (0.001, 0.01)  # to see that what is found does not hang on that one
NO_GRADIENT = 1e-6  # up to here a mean of y·x is rounding
SHOWN_EPOCHS = (0, 1, 2, 5, 10)


def compute() -> tuple[dict, dict]:
    seeds = len(models.SEEDS)
    counts = np.zeros((EPOCHS, 4 * seeds))
    sums = np.zeros((EPOCHS, 784, 4 * seeds))

    def observe(epoch, weights, examples, active):
        counts[epoch] += active.sum(axis=0)
        sums[epoch] += examples[:, :-1].T @ active

    history = models.train(*images.pair("train"), models.starts(), epochs=EPOCHS, observe=observe)
    counts, sums = counts.reshape(EPOCHS, 4, seeds), sums.reshape(EPOCHS, 784, 4, seeds)
    found = {}
    for place, model in enumerate(models.ROBUST, start=1):
        rows = [
            measure(model.epsilon, *(array[..., place, seed] for array in (history, counts, sums)))
            for seed in range(seeds)
        ]
        found[model.key] = {name: np.median([row[name] for row in rows]) for name in rows[0]}
        found[model.key]["gain_of_the_mean"] = min(row["gain_of_the_mean"] for row in rows)
    means = sums.sum(axis=0)[:, 1:, 0] / counts.sum(axis=0)[1:, 0]
    return {"seeds": seeds, "models": found}, {
        "history": history[list(SHOWN_EPOCHS), :, :, 0],
        "means": means.astype(np.float32),
    }


def measure(epsilon: float, history: np.ndarray, counts: np.ndarray, sums: np.ndarray) -> dict:
    """How well the two readings foretell what one robust model wipes off.

    "line" is the balanced accuracy of "wiped off if below ε", "order" the ROC AUC of "the smaller, the sooner
    wiped off". Pixels dark in all active examples are left out: there any rule is right.

    Args:
        epsilon: of its training.
        history: weights (epochs + 1, 785).
        counts: active examples (epochs,).
        sums: of y·x over them (epochs, 784).
    """
    lit = np.abs(sums).max(axis=0) > NO_GRADIENT * counts.max()
    sizes = np.abs(history[:, :-1])
    first_mean, mean = np.abs(sums[0, lit]) / counts[0], np.abs(sums[:, lit].sum(axis=0)) / counts.sum()
    of_weight, of_mean = {}, {}
    for threshold in (NEAR_ZERO, *OTHER_THRESHOLDS):
        wiped = sizes[-1, lit] <= threshold
        of_weight[threshold] = max(balanced_accuracy_score(wiped, size < epsilon) for size in sizes[:-1, lit])
        of_mean[threshold] = balanced_accuracy_score(wiped, mean < epsilon)
    wiped = sizes[-1] <= NEAR_ZERO
    return {
        "near_zero_after_one": (sizes[1] <= NEAR_ZERO).mean(),
        "near_zero_at_the_end": wiped.mean(),
        "kept_below_at_the_end": (sizes[-1] < epsilon)[~wiped].mean(),
        "wiped_with_mean_below": (mean < epsilon)[wiped[lit]].mean(),
        "kept_with_mean_below": (mean < epsilon)[~wiped[lit]].mean(),
        "line_of_weight": of_weight[NEAR_ZERO],
        "line_of_first_mean": balanced_accuracy_score(wiped[lit], first_mean < epsilon),
        "line_of_mean": of_mean[NEAR_ZERO],
        "order_of_weight": roc_auc_score(wiped[lit], -sizes[1, lit]),
        "gain_of_the_mean": min(of_mean[threshold] - of_weight[threshold] for threshold in of_mean),
    }
