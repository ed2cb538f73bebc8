"""Where do brittleness and robustness come from: the start, the loss or the steps?

Each of the post's four models is trained in four ways, all but what is named as in the post:

usual    ten epochs from the experiments' random weights, 100 seeds
zeros    from w = 0, where nothing is random: one model
other    from w = 0 with the other kind's step: ten times smaller for the regular model, larger for the robust
first    from w = 0 with the larger step, one epoch, which is as long a way as ten of the smaller
longer   a hundred epochs from 20 of the random starts

The certified optimum of its loss stands for training that has converged. At ε = 0 all separators with a
margin of 1 are optimal. Stored is the one with the least ‖w‖₁, and no linear model withstands more than the
inverse of that on all training images.

Attacks are exact and may take pixels out of [0, 1]. An image falls at the ε that is its margin over ‖w‖₁. The
median of these over the test images is a model's halving ε, where half of the images have fallen.

An image is active while its robust loss is positive. A rule says that the weights with a quantity below ε
are driven to zero, and no others. One quantity is the mean of y·x over the active images of training, each
counted in every epoch in which it was active when its batch came. The other is the post's, the size of the
weight itself, at the start or after the epoch that suits it best. A rule's score is its balanced accuracy,
for all models of an ε together.
"""

from dataclasses import replace

import numpy as np

from studies.shared import attacks, images, models, solver, stored
from studies.shared.solver import Solution
from support.options import UserError

READS = ()
MORE_EPOCHS, MORE_SEEDS = 100, 20
ATTACKS = ("0.1", "0.2", "0.3")
NO_INK = 1e-6  # up to here a mean of y·x is rounding


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    starts = models.starts()
    history, means = post_training(train, starts)
    trained = {"usual": history[-1]} | trainings(train, starts[:, :MORE_SEEDS])
    optima, proofs = certified_optima(train)
    trained["optimum"] = np.stack([weights for weights, _ in optima.values()], axis=1)[..., None]
    numbers = {
        "models": {
            model.key: {
                name: measure(weights[:, place], model.epsilon, train, test)
                for name, weights in trained.items()
            }
            for place, model in enumerate(models.POST)
        },
        "halving_range": {
            key: np.quantile(halving(history[-1, :, place], test), [0, 1])
            for place, key in enumerate(models.KEYS)
        },
        "likeness": likeness(history[-1, :-1, 0] - starts[:-1], trained["zeros"][:-1, 0, 0]),
        "driven": {
            model.key: driven_to_zero(model.epsilon, history[:, :-1, place], means[:-1, place])
            for place, model in enumerate(models.ROBUST, start=1)
        },
        "proofs": proofs,
    }
    return numbers, {
        **{f"{key} weights": weights for key, (weights, _) in optima.items()},
        **{f"{key} alpha": alpha for key, (_, alpha) in optima.items()},
        "start": starts[:, 0],
        **{name: trained[name][..., 0] for name in ("usual", "zeros", "longer")},
        "means": means[:-1, 1:, 0].astype(np.float32),
    }


# Training


def post_training(train: tuple, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The post's models from starts (785, S): weights (epochs + 1, 785, 4, S), and the mean of y·(x, 1) over
    the images that were active (785, 4, S).
    """
    columns = len(models.POST) * starts.shape[1]
    sums, counts = np.zeros((785, columns)), np.zeros(columns)

    def observe(epoch: int, weights: np.ndarray, examples: np.ndarray, active: np.ndarray) -> None:
        sums[:] += examples.T @ active
        counts[:] += active.sum(axis=0)

    history = models.train(*train, starts, observe=observe)
    return history, (sums / counts).reshape(history.shape[1:])


def trainings(train: tuple, starts: np.ndarray) -> dict[str, np.ndarray]:
    """The other trainings: weights (785, 4, S) by name, from zeros (785, 4, 1)."""
    zeros = np.zeros((785, 1), np.float32)
    own, other = (models.train(*train, zeros, kinds) for kinds in (models.POST, other_steps()))
    return {
        "zeros": own[-1],
        "other": other[-1],
        "first": np.concatenate([own[1, :, :1], other[1, :, 1:]], axis=1),
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
        found[model.key] = np.append(solution.weights, solution.bias), solution.alpha
    return found, {"largest_gap": stored.at_most(max(gaps)), "unique": all(unique)}


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


# Measures


def measure(weights: np.ndarray, epsilon: float, train: tuple, test: tuple) -> dict:
    """What models (785, S) trained for an ε do, in the median of the seeds; the loss is that of training."""
    losses = np.maximum(0, 1 - attacks.attacked_margins(weights, *train, epsilon)).mean(axis=0)
    attacked, train_attacked = (
        np.median(attacks.accuracy(weights, *data, [0, *map(float, ATTACKS)]), axis=1)
        for data in (test, train)
    )
    return {
        "attacked": dict(zip(("0", *ATTACKS), attacked, strict=True)),
        "train_attacked": dict(zip(("0", *ATTACKS), train_attacked, strict=True)),
        "halving": np.median(halving(weights, test)),
        "margin": np.median(np.median(attacks.margins(weights, *test), axis=0)),
        "norm": np.median(np.abs(weights[:-1].astype(np.float64)).sum(axis=0)),
        "loss": np.round(np.median(losses), 9),  # of a separator, 0 and not its rounding
        "weights": np.median((~models.driven_to_zero(weights[:-1])).sum(axis=0)),
    }


def halving(weights: np.ndarray, test: tuple) -> np.ndarray:
    """The halving ε (S,) of models (785, S)."""
    return np.median(attacks.radii(weights, *test), axis=0)


def likeness(added: np.ndarray, model: np.ndarray) -> float:
    """The correlation of what training adds (784, S) with a model (784,), in the median of the seeds."""
    return np.median([np.corrcoef(column, model)[0, 1] for column in added.T])


def driven_to_zero(epsilon: float, history: np.ndarray, means: np.ndarray) -> dict:
    """The scores of the rules for what robust models drive to zero.

    Args:
        epsilon: of their training.
        history: weights (epochs + 1, 784, S).
        means: of y·x over the active images (784, S).

    Returns:
        The scores, of the pixels where an active image has ink.
    """
    sizes, means = np.abs(history), np.abs(means)
    driven, ink = models.driven_to_zero(sizes[-1]), means > NO_INK
    return {
        "mean": balanced_accuracy(driven[ink], means[ink] < epsilon),
        "weight": max(balanced_accuracy(driven[ink], size[ink] < epsilon) for size in sizes),
    }


def balanced_accuracy(truth: np.ndarray, said: np.ndarray) -> float:
    """The mean of the share said rightly of what is true and of what isn't: bool (N,) both."""
    return (said[truth].mean() + (~said[~truth]).mean()) / 2
