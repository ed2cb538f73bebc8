"""Is it the objective, or ten epochs of SGD?

The certified optima of the robust hinge objective beside SGD from 100 seeds: 10 and 100 epochs, slow and fast
steps.
"""

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks as margins
from studies.shared import images, models, solver, trainer, work
from studies.shared.solver import Solution

# Learning rate and mean-or-sum. The regular model's own steps are the fast ones, the robust models' the slow
# ones; for whole batches they are 0.001 and 0.0001 for the sum.
STEPS = {
    "slow": {"regular": (0.01, False), "robust": (0.0001, True)},
    "fast": {"regular": (0.1, False), "robust": (0.001, True)},
}
EPOCHS = (10, 100)


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    starts = models.starts()
    solved = work.spread(solver.solve, [(*train, model.epsilon) for model in models.POST], "optima")
    kinds = [(model, steps) for model in models.POST for steps in STEPS]
    trained = work.spread(train_kind, [(*train, starts, *kind) for kind in kinds], "trainings")
    histories = {(model.key, steps): history for (model, steps), history in zip(kinds, trained, strict=True)}
    numbers, arrays = {}, {}
    for model, solution in zip(models.POST, solved, strict=True):
        found = {}
        if not model.epsilon:
            found["norm_lower_bound"] = solver.norm_lower_bound(solution.alpha, *train)
            solution = Solution(solution.weights, solution.bias, np.zeros_like(solution.alpha))
            found["other_optimum"] = other_optimum(solution, starts[:, 0], train, test)
        found["optimum"] = measure_optimum(solution, model.epsilon, train, test)
        weights = np.append(solution.weights, solution.bias)[:, None]
        arrays[f"{model.key} weights"], arrays[f"{model.key} alpha"] = weights[:, 0], solution.alpha
        arrays[f"{model.key} accuracy"] = margins.accuracy(weights, *test, ATTACK_EPSILONS)[:, 0]
        for steps in STEPS:
            history = histories[model.key, steps]
            found[steps] = {
                str(epochs): measure_sgd(history[epochs], solution, model.epsilon, train, test)
                for epochs in EPOCHS
            }
            for epochs in EPOCHS:
                name = f"{model.key} {steps} {epochs}"
                accuracy = margins.accuracy(history[epochs], *test, ATTACK_EPSILONS)
                arrays[f"{name} accuracy"] = np.quantile(accuracy, (0, 0.5, 1), axis=1)
                arrays[f"{name} weights"] = history[epochs, :, 0]
        numbers[model.key] = found
    below = arrays["0.1 slow 10 accuracy"][1] - arrays["0.1 accuracy"]
    visibly = ATTACK_EPSILONS[below > 0.01]
    return {
        "seeds": len(models.SEEDS),
        "models": numbers,
        "optimum_01_below_sgd": {"from": visibly[0], "to": visibly[-1], "most": below.max()},
    }, arrays


def train_kind(
    images: np.ndarray, labels: np.ndarray, starts: np.ndarray, model: models.Model, steps: str
) -> np.ndarray:
    """One kind of model from every start: float32 (101, 785, S)."""
    rate, of_the_sum = STEPS[steps]["robust" if model.epsilon else "regular"]
    columns = (np.full(starts.shape[1], value) for value in (model.epsilon, rate, of_the_sum))
    return trainer.train(images, labels, starts, *columns, epochs=max(EPOCHS))


def mistakes(weights: np.ndarray, epsilon: float, test: tuple) -> np.ndarray:
    """How many test images models (785, S) get wrong under attack."""
    return np.round((1 - margins.accuracy(weights, *test, [epsilon])[0]) * len(test[1])).astype(int)


def measure_optimum(solution: Solution, epsilon: float, train: tuple, test: tuple) -> dict:
    """The optimum with its certificate, what its weights are like, and what it withstands."""
    upper, lower = solver.certify(solution, epsilon, *train)
    sizes = -np.sort(-np.abs(solution.weights))
    nonzero = np.abs(solution.weights) > solver.ZERO * sizes[0]
    model = np.append(solution.weights, solution.bias)[:, None]
    return {
        "objective": upper,
        "gap": upper - lower,
        "nonzero_weights": nonzero.sum(),
        "negative_weights": (nonzero & (solution.weights < 0)).sum(),
        "largest_share": sizes[0] / sizes.sum(),
        "l1_norm": sizes.sum(),
        "mistakes": mistakes(model, 0, test)[0],
        "own_mistakes": mistakes(model, epsilon, test)[0],
        "own_accuracy": margins.accuracy(model, *test, [epsilon])[0, 0],
        "attacked_at_0.1": margins.accuracy(model, *test, [0.1])[0, 0],
    }


def measure_sgd(weights: np.ndarray, solution: Solution, epsilon: float, train: tuple, test: tuple) -> dict:
    """Models (785, S) of all seeds: medians; the most mistakes; what share of them the optimum has."""
    own = mistakes(weights, epsilon, test)
    clean = mistakes(weights, 0, test)
    found = {
        "objective": np.median(solver.objective(weights[:-1].T, weights[-1], epsilon, *train)),
        "mistakes": [np.median(clean), clean.max()],
        "own_mistakes": np.median(own),
    }
    if epsilon:
        left = mistakes(np.append(solution.weights, solution.bias)[:, None], epsilon, test) / own
        found["share_left"] = [left.min(), left.max()]
    return found


def other_optimum(solution: Solution, start: np.ndarray, train: tuple, test: tuple) -> dict:
    """Another optimum at ε = 0: the same but for pixels that no training image lights.

    They get the weights (785,) from which the post's training starts; no training example can tell.
    """
    unlit = train[0].max(axis=0) == 0
    model = np.append(np.where(unlit, start[:-1], solution.weights), solution.bias)
    return {
        "objective": solver.objective(model[:-1], model[-1], 0, *train),
        "attacked_at_0.1": margins.accuracy(model[:, None], *test, [0.1])[0, 0],
    }
