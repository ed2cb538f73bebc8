"""Where do brittleness and robustness come from: the start, the steps or the objective?

Five trainings of each of the post's four models, all but what is named as in the post:

usual     ten epochs from the experiments' random weights, 100 seeds (all others 20)
tenth     from a tenth of these weights
zeros     from w = 0
other     with the other kind's step: ten times smaller for the regular model, larger for the robust ones
longer    a hundred epochs

and its objective's certified optimum, which stands for converged training. At ε = 0 all separators with a
margin of 1 are optimal; here it is the one with the least ‖w‖₁, and no more than one of many.

Attacks are exact and may take pixels out of [0, 1], except those called clipped. A weight is driven to zero
as `models.driven_to_zero` says, an accuracy is halved as `attacks.halving_epsilon` says. An image is active
while its robust loss is positive. Rules, with the values at which they turn:

the start   makes most of the brittleness at ε if the regular model from zeros has gone more than half the way
            from its usual accuracy under attack to that of the model trained for ε (medians of the seeds).
the line    "what is below ε is driven to zero" holds of a quantity if at each ε its balanced accuracy, the
            mean of the share that it gets right of the weights driven to zero and of the others, is at least
            0.75 in the median seed. Two quantities: the size of the weight, in whichever epoch is best, and
            the mean of y·x over all images that were active in training. Asked where an active image has ink.
the steps   Ten epochs stop too early at ε if the optimum makes less than half of their mistakes under attack
            at ε. They hide the price if it makes at least twice their clean mistakes, on test images and on
            training images.
"""

from dataclasses import replace

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks, images, models, solver, stored
from studies.shared.solver import Solution
from support.options import UserError

READS = ()
EPOCHS, MORE_EPOCHS = 10, 100
SEEDS = 20  # of all trainings but the usual one
ATTACKS = ("0.1", "0.2", "0.3")
NO_INK = 1e-6  # up to here a mean of y·x is rounding


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    starts = models.starts()
    history, means = post_training(train, starts)
    trained = {"usual": history[-1]} | trainings(train, starts[:, :SEEDS])
    optima, proofs = certified_optima(train)
    trained["optimum"] = np.stack([weights for weights, _ in optima.values()], axis=1)[..., None]
    numbers = {
        key: {name: measure(weights[:, place], train, test) for name, weights in trained.items()}
        for place, key in enumerate(models.KEYS)
    }
    driven = {
        model.key: driven_to_zero(model.epsilon, history[:, :, place], means[:, place])
        for place, model in enumerate(models.ROBUST, start=1)
    }
    return {
        "start_norm": np.median(np.abs(starts).sum(axis=0)),
        "models": numbers,
        "driven": driven,
        "proofs": proofs,
        "with_start_where_no_ink": with_start(optima["regular"][0], starts[:, 0], train, test),
    }, {
        **{f"{key} weights": weights for key, (weights, _) in optima.items()},
        **{f"{key} alpha": alpha for key, (_, alpha) in optima.items()},
        "start": starts[:, 0],
        "usual": history[-1, :, :, 0],
        "zeros": trained["zeros"][..., 0],
        "means": means[:, 1:, 0].astype(np.float32),
    }


# Training


def post_training(train: tuple, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The post's models from starts (785, S) and what was active while they trained.

    Returns:
        Weights (epochs + 1, 785, 4, S), and the mean of y·x over the active images of all epochs (784, 4, S).
    """
    columns = len(models.POST) * starts.shape[1]
    sums, counts = np.zeros((784, columns)), np.zeros(columns)

    def observe(epoch: int, weights: np.ndarray, examples: np.ndarray, active: np.ndarray) -> None:
        sums[:] += examples[:, :-1].T @ active
        counts[:] += active.sum(axis=0)

    history = models.train(*train, starts, epochs=EPOCHS, observe=observe)
    return history, (sums / counts).reshape(784, *history.shape[2:])


def trainings(train: tuple, starts: np.ndarray) -> dict[str, np.ndarray]:
    """The other trainings: weights (785, 4, S) by name."""
    return {
        "tenth": models.train(*train, starts * np.float32(0.1), epochs=EPOCHS)[-1],
        "zeros": models.train(*train, np.zeros((785, 1), np.float32), epochs=EPOCHS)[-1],
        "other": models.train(*train, starts, other_steps(), epochs=EPOCHS)[-1],
        "longer": models.train(*train, starts, epochs=MORE_EPOCHS)[-1],
    }


def other_steps() -> list[models.Model]:
    """The post's models with the regular step ten times smaller and the robust ones' ten times larger."""
    return [
        replace(model, learning_rate=model.learning_rate * (10 if model.epsilon else 0.1))
        for model in models.POST
    ]


# Optima


def certified_optima(train: tuple) -> tuple[dict, dict]:
    """By model, weights (785,) and α (N,); and what is proved of them."""
    kept = stored.kept("training")
    found, gaps, unique = {}, [], []
    for model in models.POST:
        epsilon = model.epsilon
        solution, (upper, lower) = stored.proved_or_solved(
            lambda key=model.key: stored.solution(kept[f"{key} weights"], kept[f"{key} alpha"]),
            lambda epsilon=epsilon: solver.solve(*train, epsilon),
            lambda solution, epsilon=epsilon: prove(solution, epsilon, train),
        )
        if epsilon:
            gaps.append(upper - lower)
            unique.append(solver.uniqueness(solution, epsilon, *train)["unique"])
        else:
            norm_bound = lower
        found[model.key] = np.append(solution.weights, solution.bias), solution.alpha
    return found, {
        "largest_gap": stored.at_most(max(gaps)),
        "unique": all(unique),
        "least_norm": float(f"{norm_bound:.5g}"),
    }


def prove(solution: Solution, epsilon: float, train: tuple) -> tuple[float, float]:
    """Bounds from above and below on the least objective; at ε = 0 on the least ‖w‖₁ of a separator.

    Raises:
        UserError: there is no such proof.
    """
    if epsilon:
        return solver.certify(solution, epsilon, *train)
    alpha, norm = solution.alpha, np.abs(solution.weights).sum()
    separates = solver.objective(solution.weights, solution.bias, 0, *train) <= solver.ROUNDING
    if separates and alpha.min() >= 0 and alpha.any() and abs(alpha @ train[1]) <= solver.ROUNDING:
        bound = solver.norm_lower_bound(alpha, *train)
        if norm - bound <= solver.LARGEST_GAP * norm:
            return norm, bound
    raise UserError("no proof of the separator with the least ‖w‖₁")


def with_start(optimum: np.ndarray, start: np.ndarray, train: tuple, test: tuple) -> dict:
    """The regular optimum (785,) with the start's weights (785,) where no training image has ink.

    No training image can tell, so it is an optimum too.
    """
    no_ink = np.append(train[0].max(axis=0) == 0, False)
    model = np.where(no_ink, start, optimum)[:, None]
    return {"pixels": no_ink.sum(), "attacked": attacks.accuracy(model, *test, [0.1])[0, 0]}


# Measures


def measure(weights: np.ndarray, train: tuple, test: tuple) -> dict:
    """What models (785, S) of one kind do, in the median of the seeds."""
    curve = attacks.accuracy(weights, *test, ATTACK_EPSILONS)
    clipped = attacks.clipped_accuracy(weights, *test, [0.1, 0.2])
    clean = attacks.margins(weights, *test)
    return {
        "attacked": {
            epsilon: np.median(curve[np.isclose(ATTACK_EPSILONS, float(epsilon))]) for epsilon in ATTACKS
        },
        "clipped": dict(zip(ATTACKS, np.median(clipped, axis=1), strict=False)),
        "halving": np.median(attacks.halving_epsilon(curve)),
        "mistakes": np.median((clean <= 0).sum(axis=0)),
        "train_mistakes": np.median((attacks.margins(weights, *train) <= 0).sum(axis=0)),
        "margin": np.median(np.median(clean, axis=0)),
        "norm": np.median(np.abs(weights[:-1].astype(np.float64)).sum(axis=0)),
        "weights": np.median((~models.driven_to_zero(weights[:-1])).sum(axis=0)),
    }


def driven_to_zero(epsilon: float, history: np.ndarray, means: np.ndarray) -> dict:
    """What a robust model drives to zero and how well two quantities foretell it, in the median of the seeds.

    Args:
        epsilon: of its training.
        history: weights (epochs + 1, 785, S).
        means: of y·x over the active images (784, S).
    """
    rows = []
    for sizes, mean in zip(np.moveaxis(np.abs(history[:, :-1]), -1, 0), np.abs(means.T), strict=True):
        after_one, driven = models.driven_to_zero(sizes[1]), models.driven_to_zero(sizes[-1])
        ink = mean > NO_INK
        below = mean < epsilon
        lines = [balanced_accuracy_score(driven[ink], size[ink] < epsilon) for size in sizes]
        rows.append(
            {
                "after_one_epoch": after_one.mean(),
                "after_all": driven.mean(),
                "with_mean_below": driven[ink & below].mean(),
                "with_mean_above": driven[ink & ~below].mean(),
                "weights_left_below": (sizes[-1] < epsilon)[~driven].mean(),
                "line_of_weight": max(lines),
                "line_of_mean": balanced_accuracy_score(driven[ink], below[ink]),
            }
        )
    return {name: np.median([row[name] for row in rows]) for name in rows[0]}
