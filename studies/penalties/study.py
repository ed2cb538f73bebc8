"""Is robust training more than a penalty?

Converged, no, and certificates show it on real digits (PROOF.md has the theorem). Of all 45 pairs and each ε
of the post the robust optimum of `digits`, if it leaves a loss R, is certified as robust optimum and, divided
by 1 + ε‖w‖₁, as that of the penalty λ = ε R. `right` is the median pair's accuracy at each attack of the
robust optimum whose ε is the attack, so that no strength is chosen. (The stopped models saw four fifths of
its images.) An image counts as right if it withstands TIE more than the attack: where few pixels decide,
whole images may lie on the boundary, and rounding would tell on which side.

Stopped early it depends on the steps: steps.py has the definitions.
"""

import numpy as np

from studies.penalties import steps
from studies.penalties.steps import UPDATES
from studies.shared import attacks, files, images, models, solver, stored, work
from studies.shared.solver import Solution

READS = ("digits",)
SOME_LOSS = 1e-6  # of an optimum, for the theorem to say which penalty it belongs to
TIE = 1e-6  # of an attack's size


def compute() -> tuple[dict, dict]:
    both = images.all_digits("train"), images.all_digits("test")
    starts = {f"seed {seed}": models.start(seed) for seed in (1, 2)}
    starts["zeros"] = np.zeros_like(starts["seed 1"])
    arrays = files.arrays("digits")
    pairs = [(pair, *both, starts, of_digits(pair, arrays)) for pair in images.PAIRS]
    found = work.spread(study_pair, pairs, "pairs")
    gaps = [gap for one in found for gap in one["gaps"]]
    accuracy = {key: np.array([one["accuracy"][key] for one in found]) for key in found[0]["accuracy"]}
    own = np.array([one["own choice"] for one in found])
    return {
        "converged": {
            "models_of_both": len(gaps),
            "largest_gap": stored.at_most(max(map(max, gaps))),
            "right": np.round(np.median([one["converged"] for one in found], axis=0), 1),
        },
        "early": {
            name: {update: steps.summary(accuracy[name, update]) for update in UPDATES}
            for name in (*steps.STEPS, steps.AVERAGED)
        },
        "own_choice": steps.summary(own),
    }, {f"{name}: {update}": rows.astype(np.float32) for (name, update), rows in accuracy.items()}


def study_pair(
    digits: tuple[int, int], train: tuple, test: tuple, starts: dict, optima: dict[float, Solution]
) -> dict:
    """Of a pair what `compute` sums up: gaps of certificates, and accuracy in %."""
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    of_pair = steps.accuracies(train, test, starts)
    ways = [(name, update) for name in (*steps.STEPS, steps.AVERAGED) for update in UPDATES]
    return {
        "gaps": certified_as_both(*train, optima),
        "converged": [right(optima[attack], test, attack) for attack in steps.ATTACKS],
        "accuracy": {(name, update): steps.of_choices(of_pair, (update,), (name,)) for name, update in ways},
        "own choice": steps.of_choices(of_pair, UPDATES, steps.OWN),
    }


def of_digits(digits: tuple[int, int], arrays: dict[str, np.ndarray]) -> dict[float, Solution]:
    """The robust optima of a pair by their ε, from the arrays of `digits`."""
    name = images.key(digits)
    return {
        model.epsilon: stored.solution(
            arrays[f"{name} optimum {model.key}"], arrays[f"{name} alpha {model.key}"]
        )
        for model in models.ROBUST
    }


def right(optimum: Solution, test: tuple, attack: float) -> float:
    """A converged model's accuracy in %."""
    weights = np.append(optimum.weights, optimum.bias)[:, None]
    return 100 * attacks.accuracy(weights, *test, [attack + TIE]).item()


def certified_as_both(images: np.ndarray, labels: np.ndarray, optima: dict[float, Solution]) -> list[tuple]:
    """The gaps of the certificates, as robust and as L1 optimum, of each optimum that leaves a loss."""
    images, found = images.astype(np.float64), []
    for epsilon, optimum in optima.items():
        if (loss := optimum.alpha.sum()) > SOME_LOSS:
            robust_gap = np.subtract(*solver.certify(optimum, epsilon, images, labels))
            strength = epsilon * loss * (1 + solver.SHRINK)
            penalised_gap = np.subtract(
                *solver.certify(divided(optimum, epsilon), 0, images, labels, strength)
            )
            found.append((robust_gap, penalised_gap))
    return found


def divided(optimum: Solution, epsilon: float) -> Solution:
    """By the margin that the robust loss asks for."""
    asked = 1 + epsilon * np.abs(optimum.weights).sum()
    return Solution(optimum.weights / asked, optimum.bias / asked, optimum.alpha)
