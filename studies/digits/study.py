"""What is true of other digits?

The post's four trainings of all 45 pairs, from seeds 1 to 5 and once from zeros; the certified optima of the
robust objectives; and ε*, from which on no model has a lower robust hinge loss than a constant one. Attacks
are exact and may take pixels out of [0, 1].

price       clean accuracy of the regular model less that of a robust one, in the mean of the seeds
own         accuracy under the attack of the ε that a model was trained for
no better   than the better constant answer, by at most one point of accuracy
cause       of a price of at least half a point: the objective, if its optimum has more than half of that
            price; otherwise the training
"""

import numpy as np

from studies.shared import attacks, images, models, solver, stored, threshold, work
from studies.shared.solver import Solution

READS = ()
SEEDS = range(1, 6)
ATTACKS = ("0.1", "0.2", "0.3")
ROBUST = tuple(model.key for model in models.ROBUST)
BETTER = 0.01  # of accuracy above the constant's, to count as better than it
ASKED_PRICE = 0.005  # the least price whose cause is asked for


def compute() -> tuple[dict, dict]:
    both = images.all_digits("train"), images.all_digits("test")
    starts = np.column_stack([models.starts(SEEDS), np.zeros(785, np.float32)])
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
    return {"pairs": {name: slim(pair) for name, pair in pairs.items()}, "summary": summarise(pairs)}, arrays


def slim(pair: dict) -> dict:
    """What the figure, the explorer and other pages read of a pair beside the summary."""
    return {name: pair[name] for name in ("clean", "threshold", "threshold_by_mean_images")}


def study_pair(
    digits: tuple[int, int], train: tuple, test: tuple, starts: np.ndarray, kept: dict[str, np.ndarray]
) -> tuple[dict, dict]:
    """A pair's numbers and arrays.

    Args:
        digits: of the pair.
        train, test: as `images.all_digits` gives them.
        starts: (785, S + 1), the last of them zeros.
        kept: of the arrays of the last time those of this pair.
    """
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    proof, (_, epsilon_star) = stored.proved_or_solved(
        lambda: threshold.Threshold(kept["shares"], kept["direction"]),
        lambda: threshold.solve(*train),
        lambda proof: threshold.certified(proof, *train),
    )
    weights = models.train(*train, starts)[-1]
    clean, attacked = measure(weights[..., :-1], test)
    numbers = {
        "constant": attacks.constant_right(test[1]) / len(test[1]),
        "clean": dict(zip(models.KEYS, clean.mean(axis=1), strict=True)),
        "own": dict(zip(ROBUST, attacked.mean(axis=1)[1:].diagonal(), strict=True)),
        "regular_attacked": dict(zip(ATTACKS, attacked[0].mean(axis=0), strict=True)),
        "from_zeros": measure(weights[:, 0, -1], test)[1][0],  # at 0.1
        "threshold": epsilon_star,
        "threshold_by_mean_images": threshold.by_mean_images(*train),
        "optimum": {},
    }
    arrays = {key: weights[:, place, 0] for place, key in enumerate(models.KEYS)}
    for model in models.ROBUST:
        solution, bounds = optimum(model, proof, epsilon_star, train, kept)
        numbers["optimum"][model.key] = measure_optimum(solution, bounds, model.epsilon, train, test)
        arrays[f"optimum {model.key}"] = np.append(solution.weights, solution.bias)
        arrays[f"alpha {model.key}"] = solution.alpha
    return numbers, arrays | {"shares": proof.shares, "direction": proof.direction}


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


def measure_optimum(solution: Solution, bounds: tuple, epsilon: float, train: tuple, test: tuple) -> dict:
    clean, attacked = measure(np.append(solution.weights, solution.bias), test)
    return {
        "gap": bounds[0] - bounds[1],
        "weights": (~models.driven_to_zero(solution.weights)).sum(),
        "clean": clean,
        "attacked": dict(zip(ATTACKS, attacked, strict=True)),
        # Where it is constant, by the theorem
        "unique": not solution.weights.any() or solver.uniqueness(solution, epsilon, *train)["unique"],
    }


# Over the pairs


def price(pair: dict, key: str) -> float:
    return pair["clean"]["regular"] - pair["clean"][key]


def summarise(pairs: dict) -> dict:
    """What the page says of all pairs; medians, counts and extremes."""
    every = list(pairs.values())
    thresholds = [pair["threshold"] for pair in every]
    excess = [pair["threshold_by_mean_images"] - pair["threshold"] for pair in every]
    clean = [pair["clean"]["regular"] for pair in every]
    gaps = [optimum["gap"] for pair in every for optimum in pair["optimum"].values()]
    return {
        "threshold": [min(thresholds), max(thresholds)],
        "mean_images_excess": max(excess),
        "largest_gap": stored.at_most(max(gaps)),
        "unique": sum(optimum["unique"] for pair in every for optimum in pair["optimum"].values()),
        "regular_clean": [np.mean(clean), min(clean)],
        "rank_of_zeros_and_ones": [
            rank(pairs, value)
            for value in (
                lambda pair: -pair["clean"]["regular"],
                lambda pair: -pair["threshold"],
                *(lambda pair, key=key: price(pair, key) for key in ROBUST),
            )
        ],
        "regular_at_0.1": np.median([pair["regular_attacked"]["0.1"] for pair in every]),
        "regular_at_0.2": max(pair["regular_attacked"]["0.2"] for pair in every),
        "from_zeros": np.median([pair["from_zeros"] for pair in every]),
        "models": {key: summarise_model(every, key) for key in ROBUST},
        # Pairs with ε* up to 0.3 for which the optimum for 0.2 is better than the constant at attack ε = 0.3
        "survivors": sum(
            pair["threshold"] <= 0.3 and pair["optimum"]["0.2"]["attacked"]["0.3"] > pair["constant"] + BETTER
            for pair in every
        ),
    }


def rank(pairs: dict, value) -> int:
    """The place of zeros and ones, 1 for the least value."""
    values = [value(pair) for pair in pairs.values()]
    return 1 + sum(other < value(pairs["0 1"]) for other in values)


def summarise_model(pairs: list[dict], key: str) -> dict:
    """The same of the models trained with one ε."""
    prices = np.array([price(pair, key) for pair in pairs])
    optimum_prices = np.array([pair["clean"]["regular"] - pair["optimum"][key]["clean"] for pair in pairs])
    asked, objective = prices >= ASKED_PRICE, optimum_prices > prices / 2
    own = np.array([pair["own"][key] for pair in pairs])
    own_optimum = np.array([pair["optimum"][key]["attacked"][key] for pair in pairs])
    constant = np.array([pair["constant"] for pair in pairs]) + BETTER
    beyond = np.array([float(key) >= pair["threshold"] for pair in pairs])
    weights = [pair["optimum"][key]["weights"] for pair in pairs]
    return {
        "price": [np.median(prices), prices.max()],
        "optimum_price": np.median(optimum_prices),
        "asked": asked.sum(),
        "by_objective": (asked & objective).sum(),
        "own": np.median(own),
        "own_optimum": np.median(own_optimum),
        "weights": np.median(weights),
        "beyond": beyond.sum(),
        "no_better_beyond": [(values <= constant)[beyond].sum() for values in (own, own_optimum)],
        "no_better_below": [(values <= constant)[~beyond].sum() for values in (own, own_optimum)],
    }
