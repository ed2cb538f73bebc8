"""Where do brittleness and robustness come from: the start, the steps or the objective?

Four trainings of each of the post's four models, all but what is named as in the post:

usual    ten epochs from the experiments' random weights, 100 seeds
zeros    from w = 0, where nothing is random: one model
other    from w = 0 with the other kind's step: ten times smaller for the regular model, larger for the robust
longer   a hundred epochs from 20 of the random starts

and its objective's certified optimum, which stands for converged training. At ε = 0 all separators with a
margin of 1 are optimal; here it is the one with the least ‖w‖₁, which training doesn't approach.

Attacks are exact and may take pixels out of [0, 1]. An image falls at the ε that is its margin over ‖w‖₁. How
brittle a model is says its halving ε, the median of these over the test images: where half of them have
fallen. A weight is driven to zero as `models.driven_to_zero` says. An image is active while its robust loss
is positive. What is asked:

the start      how the halving ε and the accuracy at ε = 0.1 change from the usual regular model to that from
               zeros, beside the change to the robust models, as a factor and as a share of the difference
the objective  how the halving ε changes from zeros with the objective at either step
the line       whether what is below a line is driven to zero, by the balanced accuracy: the mean of the share
               that is right of the weights driven to zero and of the others, all models of an ε together, at
               pixels where an active image has ink. The quantity is the mean of y·x over the images active in
               training, each counted in every epoch in which it was active when its batch came. The line is
               ε, or half of it, or one and a half. Beside it the same mean of the first epoch alone, which is
               known before the rest, and the post's wording: the size of the weight itself, at the start or
               after the epoch that suits it best, both with the line ε.
the steps      mistakes after ten epochs and at the optimum, clean and under attack at the model's own ε, on
               test and on training images
"""

from dataclasses import replace

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks, images, models, solver, stored
from studies.shared.solver import Solution
from support.options import UserError

READS = ()
EPOCHS, MORE_EPOCHS = 10, 100
MORE_SEEDS = 20  # of the training with more epochs
ATTACKS = ("0.1", "0.2", "0.3")
LINES = {"half": 0.5, "one": 1.0, "one and a half": 1.5}  # for the mean of y·x, in units of ε
NO_INK = 1e-6  # up to here a mean of y·x is rounding


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    starts = models.starts()
    history, active = post_training(train, starts)
    trained = {"usual": history[-1]} | trainings(train, starts[:, :MORE_SEEDS])
    optima, proofs = certified_optima(train)
    trained["optimum"] = np.stack([weights for weights, _ in optima.values()], axis=1)[..., None]
    numbers = {
        key: {name: measure(weights[:, place], train, test) for name, weights in trained.items()}
        for place, key in enumerate(models.KEYS)
    }
    return {
        "models": numbers,
        "likeness": likeness(history[-1, :-1, 0] - starts[:-1], trained["zeros"][:-1, 0, 0]),
        "driven": {
            model.key: driven_to_zero(model.epsilon, history[:, :-1, place], active[:, :, place])
            for place, model in enumerate(models.ROBUST, start=1)
        },
        "digits_fall": {key: digits_fall(optima[key][0], test) for key in ("0.2", "0.3")},
        "one_pixel": one_pixel(optima["0.3"][0], test),
        "proofs": proofs,
    }, {
        **{f"{key} weights": weights for key, (weights, _) in optima.items()},
        **{f"{key} alpha": alpha for key, (_, alpha) in optima.items()},
        "start": starts[:, 0],
        **{name: trained[name][..., 0] for name in ("usual", "zeros", "longer")},
        **{f"{name} accuracy": curves(trained[name], test) for name in ("usual", "zeros", "optimum")},
        "means": active[1, :-1, 1:, 0].astype(np.float32),
    }


# Training


def post_training(train: tuple, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The post's models from starts (785, S) and what was active while they trained.

    Returns:
        Weights (epochs + 1, 785, 4, S), and the mean of y·(x, 1) over the active images of the first epoch
        and of all (2, 785, 4, S).
    """
    columns = len(models.POST) * starts.shape[1]
    sums, counts = np.zeros((2, 785, columns)), np.zeros((2, 1, columns))

    def observe(epoch: int, weights: np.ndarray, examples: np.ndarray, active: np.ndarray) -> None:
        for place in (1,) if epoch else (0, 1):
            sums[place] += examples.T @ active
            counts[place] += active.sum(axis=0)

    history = models.train(*train, starts, epochs=EPOCHS, observe=observe)
    return history, (sums / counts).reshape(2, *history.shape[1:])


def trainings(train: tuple, starts: np.ndarray) -> dict[str, np.ndarray]:
    """The other trainings: weights (785, 4, S) by name, from zeros (785, 4, 1)."""
    zeros = np.zeros((785, 1), np.float32)
    return {
        "zeros": models.train(*train, zeros, epochs=EPOCHS)[-1],
        "other": models.train(*train, zeros, other_steps(), epochs=EPOCHS)[-1],
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
    return found, {
        "largest_gap": stored.at_most(max(gaps)),
        "unique": all(unique),
        "second_weight": second_weight(found["0.3"][0]),
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


# Measures


def measure(weights: np.ndarray, train: tuple, test: tuple) -> dict:
    """What models (785, S) of one kind do, in the median of the seeds; of the halving ε also the range."""
    epsilons = [0, *map(float, ATTACKS)]
    attacked, train_attacked = (
        np.median(attacks.accuracy(weights, *data, epsilons), axis=1) for data in (test, train)
    )
    margins = attacks.margins(weights, *test)
    halving = np.median(attacks.radii(weights, *test), axis=0)
    return {
        "attacked": dict(zip(("0", *ATTACKS), attacked, strict=True)),
        "train_attacked": dict(zip(("0", *ATTACKS), train_attacked, strict=True)),
        "halving": np.median(halving),
        "halving_least": halving.min(),
        "halving_most": halving.max(),
        "margin": np.median(np.median(margins, axis=0)),
        "norm": np.median(np.abs(weights[:-1].astype(np.float64)).sum(axis=0)),
        "weights": np.median((~models.driven_to_zero(weights[:-1])).sum(axis=0)),
    }


def curves(weights: np.ndarray, test: tuple) -> np.ndarray:
    """Accuracy over ATTACK_EPSILONS of models (785, 4, S): least, median and most of the seeds (3, E, 4)."""
    found = np.stack([attacks.accuracy(kind, *test, ATTACK_EPSILONS) for kind in np.moveaxis(weights, 1, 0)])
    return np.quantile(found, [0, 0.5, 1], axis=-1).transpose(0, 2, 1).astype(np.float32)


def likeness(added: np.ndarray, model: np.ndarray) -> float:
    """The correlation of what training adds (784, S) with a model (784,), in the median of the seeds."""
    return np.median([np.corrcoef(column, model)[0, 1] for column in added.T])


def second_weight(weights: np.ndarray) -> float:
    """The second largest of a model's weights (785,), as a share of the largest."""
    second, first = np.sort(np.abs(weights[:-1]))[-2:]
    return second / first


def digits_fall(weights: np.ndarray, test: tuple) -> list[float]:
    """Where half of the zeros, and where half of the ones, have fallen for a model (785,)."""
    radii = attacks.radii(weights[:, None], *test)[:, 0]
    return [np.median(radii[test[1] == label]) for label in (-1, 1)]


def one_pixel(weights: np.ndarray, test: tuple) -> int:
    """Mistakes of the question whether the pixel with the largest weight has over half of the full ink."""
    pixels, labels = test
    return ((pixels[:, np.argmax(np.abs(weights[:-1]))] > 0.5) != (labels > 0)).sum()


def driven_to_zero(epsilon: float, history: np.ndarray, active: np.ndarray) -> dict:
    """What robust models drive to zero and how well three quantities foretell it, all models taken together.

    Args:
        epsilon: of their training.
        history: weights (epochs + 1, 784, S).
        active: means of y·(x, 1) over the images active in the first epoch and in all (2, 785, S).

    Returns:
        Shares: of all weights driven to zero; and, where an active image has ink, the balanced accuracy of
        each line for the mean, of ε for the first epoch's mean, and of ε for the weight.
    """
    first, means = np.abs(active[:, :-1])
    sizes = np.abs(history)
    ink = means > NO_INK
    driven = models.driven_to_zero(sizes[-1])
    return {
        "all": driven.mean(),
        "mean": {
            name: balanced_accuracy(driven[ink], means[ink] < line * epsilon) for name, line in LINES.items()
        },
        "first_mean": balanced_accuracy(driven[ink], first[ink] < epsilon),
        "weight": max(balanced_accuracy(driven[ink], size[ink] < epsilon) for size in sizes),
    }


def balanced_accuracy(truth: np.ndarray, said: np.ndarray) -> float:
    """The mean of the share said rightly of what is true and of what isn't: bool (N,) both."""
    return (said[truth].mean() + (~said[~truth]).mean()) / 2
