"""Other losses than the hinge, regular and robust.

Robust ones finished: L-BFGS-B on w = u - v with u, v at least 0. Then ‖w‖₁ becomes the sum of u and v
wherever it is worth anything, and the objective is smooth.
Regular and robust ones trained as the post trains the hinge's, to see which findings need the hinge.
"""

import numpy as np
from scipy.optimize import minimize

from studies.shared import attacks as margins
from studies.shared import images, models, trainer

ATTACKS = (0.0, 0.1, 0.2, 0.3)
EPSILONS = (0.1, 0.2, 0.3)
STEPS = 400
SEEDS = range(1, 11)  # of the start, for training that stops early
TRAINED = tuple(model for model in models.POST if model.epsilon in (0, 0.2))


def logistic(lacks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log(1 + exp(-m)) and how fast it falls, of lacks = -m."""
    falls = 1 / (1 + np.exp(-np.clip(lacks, -700, 700)))
    return np.logaddexp(0, lacks), falls


def squared_hinge(lacks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """max(0, 1 - m)² and how fast it falls, of lacks = -m."""
    positive = np.maximum(0, 1 + lacks)
    return positive**2, 2 * positive


LOSSES = {"logistic": logistic, "squared hinge": squared_hinge}


def study(digits: tuple[int, int], train: tuple, test: tuple) -> dict:
    """By loss and ε: accuracy clean and at each attack, and how many weights there are."""
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    found = {}
    for name, loss in LOSSES.items():
        found[name] = {}
        for epsilon in EPSILONS:
            weights, slope = solve(*train, epsilon, loss)
            accuracy = margins.accuracy(weights[:, None], *test, ATTACKS)[:, 0]
            found[name][str(epsilon)] = {
                "accuracy": accuracy,
                "weights": (np.abs(weights[:-1]) > 1e-6).sum(),
                "slope": slope,
            }
    return found


def trained(train: tuple, test: tuple) -> dict:
    """By loss, start and model the median accuracy over SEEDS, or that from zeros, clean and at each attack,
    after the post's ten epochs with the post's steps."""
    starts = models.starts(SEEDS)
    found = {}
    for descent in (trainer.hinge, trainer.squared_hinge, trainer.logistic):
        found[descent.__name__] = {}
        for name, start in (("random", starts), ("zeros", np.zeros_like(starts[:, :1]))):
            weights = models.train(*train, start, TRAINED, descent=descent)[-1]
            found[descent.__name__][name] = {
                model.key: np.median(margins.accuracy(weights[:, place], *test, ATTACKS), axis=1)
                for place, model in enumerate(TRAINED)
            }
    return found


def solve(images: np.ndarray, labels: np.ndarray, epsilon: float, loss) -> tuple[np.ndarray, float]:
    """The weights (785,) that minimise the mean of the loss at y (w·x + b) - ε‖w‖₁, and the steepest slope
    on which it could still fall."""
    signed = images.astype(np.float64) * labels[:, None]
    count = signed.shape[1]

    def objective(both: np.ndarray) -> tuple[float, np.ndarray]:
        weights, norm, bias = both[:count] - both[count:-1], both[:-1].sum(), both[-1]
        losses, falls = loss(epsilon * norm - signed @ weights - labels * bias)
        push = falls @ signed / len(labels)
        return losses.mean(), np.concatenate(
            [epsilon * falls.mean() - push, epsilon * falls.mean() + push, [-(falls @ labels) / len(labels)]]
        )

    bounds = [(0, None)] * (2 * count) + [(None, None)]
    found = minimize(
        objective,
        np.zeros(2 * count + 1),
        jac=True,
        bounds=bounds,
        method="L-BFGS-B",
        options={"maxiter": STEPS, "maxfun": 2 * STEPS, "ftol": 1e-12, "gtol": 1e-8},
    )
    falling = np.where(np.append(found.x[:-1] > 0, True), np.abs(found.jac), np.maximum(0, -found.jac))
    return np.append(found.x[:count] - found.x[count:-1], found.x[-1]), float(falling.max())
