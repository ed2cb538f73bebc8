"""What is true of other digits?

The post's four trainings of all 45 pairs, from seeds 1 to 5; the certified optima of the robust objectives;
and ε*, from which on no model has a lower robust hinge loss than a constant one. Attacks are exact and may
take pixels out of [0, 1].

price       clean accuracy of the regular model less that of a robust one, in the mean of the seeds
own         accuracy under the attack of the ε that a model was trained for
no better   than the better constant answer, by at most one point of accuracy
below       ε*: the pairs for which the ε of training is smaller than ε*; the others are *beyond* it, and
            their optimum is constant by the theorem; only 0.3 has such pairs
failures    of training for 0.3: the pairs below that are no better after it
longer      accuracy of a failure under the attack of 0.3 after ten times the epochs; other pairs have none
"""

import numpy as np

from studies.shared import attacks, images, models, solver, stored, threshold, work
from studies.shared.solver import Solution

READS = ()
SEEDS = range(1, 6)
ATTACKS = ("0.1", "0.2", "0.3")
ROBUST = tuple(model.key for model in models.ROBUST)
BETTER = 0.01  # of accuracy above the constant's, to count as better than it
HARD = models.POST[-1]  # the training for 0.3
LONGER = 100  # epochs
STORED = ("constant", "clean", "own", "threshold", "threshold_by_mean_images", "optimum", "longer")


def compute() -> tuple[dict, dict]:
    both = images.all_digits("train"), images.all_digits("test")
    starts = models.starts(SEEDS)
    kept = stored.kept("digits")
    jobs = []
    for digits in images.PAIRS:
        name = images.key(digits)
        of_pair = {key.removeprefix(f"{name} "): kept[key] for key in kept if key.startswith(f"{name} ")}
        jobs.append((digits, *both, starts, of_pair))
    pairs, arrays = {}, {}
    for (digits, *_), (numbers, parts) in zip(jobs, work.spread(study_pair, jobs, "pairs"), strict=True):
        name = images.key(digits)
        pairs[name] = numbers
        arrays |= {f"{name} {part}": array for part, array in parts.items()}
    numbers = {
        "pairs": {name: {key: pair[key] for key in STORED if key in pair} for name, pair in pairs.items()},
        "summary": summarise(list(pairs.values())),
    }
    return numbers, arrays


def study_pair(
    digits: tuple[int, int], train: tuple, test: tuple, starts: np.ndarray, kept: dict[str, np.ndarray]
) -> tuple[dict, dict]:
    """A pair's numbers and arrays.

    Args:
        digits: of the pair.
        train, test: as `images.all_digits` gives them.
        starts: (785, S).
        kept: of the arrays of the last time those of this pair.
    """
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    proof, (_, epsilon_star) = stored.proved_or_solved(
        lambda: threshold.Threshold(kept["shares"], kept["direction"]),
        lambda: threshold.solve(*train),
        lambda proof: threshold.certified(proof, *train),
    )
    weights = models.train(*train, starts)[-1]
    clean, attacked = measure(weights, test)
    own = attacked[1:].diagonal(axis1=0, axis2=2)  # (S, 3)
    numbers = {
        "constant": attacks.constant_right(test[1]) / len(test[1]),
        "clean": dict(zip(models.KEYS, clean.mean(axis=1), strict=True)),
        "own": dict(zip(ROBUST, own.mean(axis=0), strict=True)),
        "own_by_seed": dict(zip(ROBUST, own.T, strict=True)),
        "regular_at_0.2": attacked[0, :, ATTACKS.index("0.2")].mean(),
        "threshold": epsilon_star,
        "threshold_by_mean_images": threshold.by_mean_images(*train),
        "optimum": {"clean": {}, "own": {}},
        "gap": {},
    }
    arrays = {key: weights[:, place, 0] for place, key in enumerate(models.KEYS)}
    for model in models.ROBUST:
        key = model.key
        solution, (above, below) = optimum(model, proof, epsilon_star, train, kept)
        of_optimum = np.append(solution.weights, solution.bias)
        arrays |= {f"optimum {key}": of_optimum, f"alpha {key}": solution.alpha}
        clean, attacked = measure(of_optimum, test)
        numbers["optimum"]["clean"][key] = clean
        numbers["optimum"]["own"][key] = attacked[ATTACKS.index(key)]
        numbers["gap"][key] = above - below
        if key == "0.2":
            numbers["optimum_for_0.2_at_0.3"] = attacked[ATTACKS.index("0.3")]
    if epsilon_star > HARD.epsilon and not better(numbers, numbers["own"][HARD.key]):
        longer = models.train(*train, starts, [HARD], epochs=LONGER)[-1, :, 0]
        _, attacked = measure(longer, test)
        numbers["longer"] = attacked[:, ATTACKS.index(HARD.key)].mean()
    return numbers, arrays | {"shares": proof.shares, "direction": proof.direction}


def better(pair: dict, own: float) -> bool:
    """Whether an accuracy on a pair's test images is better than a constant's."""
    return own > pair["constant"] + BETTER


def measure(weights: np.ndarray, test: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Clean accuracy (...) and accuracy at ATTACKS (..., 3) of weights (785, ...)."""
    accuracy = attacks.accuracy(weights.reshape(785, -1), *test, [0, *map(float, ATTACKS)])
    shape = weights.shape[1:]
    return accuracy[0].reshape(shape), accuracy[1:].T.reshape(*shape, -1)


def optimum(
    model: models.Model,
    proof: threshold.Threshold,
    epsilon_star: float,
    train: tuple,
    kept: dict[str, np.ndarray],
) -> tuple[Solution, tuple[float, float]]:
    """A model's converged training and the bounds on its objective; from ε* on the constant."""

    def solve() -> Solution:
        if model.epsilon >= epsilon_star:
            return threshold.constant_optimum(proof, *train)
        return solver.solve(*train, model.epsilon)

    return stored.proved_or_solved(
        lambda: stored.solution(kept[f"optimum {model.key}"], kept[f"alpha {model.key}"]),
        solve,
        lambda solution: solver.certify(solution, model.epsilon, *train),
    )


def summarise(pairs: list[dict]) -> dict:
    """What the page says of all pairs; medians, counts and extremes."""
    below = [pair for pair in pairs if pair["threshold"] > HARD.epsilon]
    beyond = [pair for pair in pairs if pair["threshold"] <= HARD.epsilon]
    constants = np.array([pair["constant"] for pair in pairs])
    by_seed = np.array([pair["own_by_seed"][HARD.key] for pair in pairs])
    failures = (by_seed <= constants[:, None] + BETTER).sum(axis=0)
    return {
        "mean_images_excess": max(pair["threshold_by_mean_images"] - pair["threshold"] for pair in pairs),
        "largest_gap": stored.at_most(max(gap for pair in pairs for gap in pair["gap"].values())),
        "regular_at_0.2": max(pair["regular_at_0.2"] for pair in pairs),
        "models": {
            **{key: summarise_models(pairs, key) for key in ROBUST},
            "0.3 below": summarise_models(below, "0.3"),
            "0.3 beyond": summarise_models(beyond, "0.3"),
        },
        # Of the pairs that are no better than a constant after training for 0.3, the fewest and most by seed
        "failures_by_seed": [failures.min(), failures.max()],
        # Of the pairs beyond, those for which the optimum for 0.2 is better than a constant at attack ε = 0.3
        "survivors": sum(better(pair, pair["optimum_for_0.2_at_0.3"]) for pair in beyond),
    }


def summarise_models(pairs: list[dict], key: str) -> dict:
    """Of the models of some pairs for one ε; in lists those of ten epochs and of the optimum."""
    trainings = [(pair, pair["optimum"]) for pair in pairs]
    clean, own = (np.array([[of[kind][key] for of in row] for row in trainings]) for kind in ("clean", "own"))
    regular = np.array([[pair["clean"]["regular"]] for pair in pairs])
    constant = np.array([[pair["constant"]] for pair in pairs])
    return {
        "pairs": len(pairs),
        "price": np.median(regular - clean, axis=0),
        "under_attack": np.median(own, axis=0),
        "no_better": (own <= constant + BETTER).sum(axis=0),
    }
