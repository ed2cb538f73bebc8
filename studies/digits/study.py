"""What is true of other digits?

The post's experiment on all 45 pairs, the certified optima of the robust objective, and the ε from which no
model has a lower robust hinge loss than a constant one.
"""

import numpy as np

from studies.shared import attacks as margins
from studies.shared import images, models, solver, threshold, work
from studies.shared.attacks import constant_right
from studies.shared.chance import SIGNIFICANT, paired_test

SEEDS = range(1, 21)
EPOCHS, MORE_EPOCHS = 10, 100
ATTACKS = ("0.1", "0.2", "0.3")
ROBUST = tuple(model.key for model in models.ROBUST)
REACHED = 0.01  # of accuracy above the constant's, to count as better than it
ASKED_PRICE = 0.005  # the least price whose cause is asked for


def compute() -> tuple[dict, dict]:
    both = images.all_digits("train"), images.all_digits("test")
    starts = np.column_stack([models.starts(SEEDS), np.zeros(785)])
    found = work.spread(study_pair, [(digits, *both, starts) for digits in images.PAIRS], "pairs")
    pairs, arrays = {}, {}
    for digits, (numbers, parts) in zip(images.PAIRS, found, strict=True):
        name = images.key(digits)
        pairs[name] = numbers
        arrays |= {f"{name} {part}": array for part, array in parts.items()}
    return {"pairs": {name: slim(pair) for name, pair in pairs.items()}, "summary": summarise(pairs)}, arrays


def slim(pair: dict) -> dict:
    """What figures, the explorer and other pages read of a pair beside the summary."""
    return {
        **{name: pair[name] for name in ("constant", "clean", "threshold", "threshold_by_mean_images")},
        "own": {key: pair["attacked"][key][key] for key in ROBUST},
    }


def study_pair(digits: tuple[int, int], train: tuple, test: tuple, starts: np.ndarray) -> tuple[dict, dict]:
    """A pair's numbers and arrays.

    Args:
        digits: of the pair.
        train, test: as `images.all_digits` gives them.
        starts: (785, 21), the last of them zeros.
    """
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    proof = threshold.solve(*train)
    _, above = threshold.certified(proof, *train)
    trained, first = trainings(train, test, starts)
    optima, solutions = {}, {}
    for model in models.ROBUST:
        solution = (
            threshold.constant_optimum(proof, *train)
            if model.epsilon >= above
            else solver.solve(*train, model.epsilon)
        )
        optima[model.key] = measure_optimum(solution, model.epsilon, train, test)
        solutions[f"optimum {model.key}"] = np.append(solution.weights, solution.bias)
        solutions[f"alpha {model.key}"] = solution.alpha
    return trained | {
        "constant": constant_right(test[1]) / len(test[1]),
        "optimum": optima,
        "threshold": above,
        "threshold_by_mean_images": threshold.by_mean_images(*train),
    }, {
        **{key: first[:, place] for place, key in enumerate(models.KEYS)},
        **solutions,
        "shares": proof.shares,
        "direction": proof.direction,
    }


def trainings(train: tuple, test: tuple, starts: np.ndarray) -> tuple[dict, np.ndarray]:
    """The post's trainings and ten times longer ones; with them seed 1's weights (785, 4)."""
    weights = models.train(*train, starts, epochs=EPOCHS)[-1]
    seeds, zeros, first = weights[..., :-1], weights[..., -1], weights[..., 0]
    longer = models.train(*train, starts[:, :1], epochs=MORE_EPOCHS)[-1, ..., 0]
    right = margins.margins(first, *test) > 0
    clean, attacked = measure(seeds, test)
    break_even = margins.break_even_epsilon(seeds.reshape(785, -1), *test).reshape(seeds.shape[1:])
    own = measure(longer, test)[1][1:].diagonal()
    return {
        "clean": dict(zip(models.KEYS, clean.mean(axis=1), strict=True)),
        "attacked": {
            key: by_attack(row.mean(axis=0)) for key, row in zip(models.KEYS, attacked, strict=True)
        },
        "break_even": np.median(break_even, axis=1),
        "from_zeros": by_attack(measure(zeros, test)[1][0]),
        "longer": dict(zip(ROBUST, own, strict=True)),
        "chance": {key: paired_test(right[:, 0], right[:, 1 + i]) for i, key in enumerate(ROBUST)},
    }, first


def measure(weights: np.ndarray, test: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Clean accuracy (...) and accuracy at ATTACKS (..., 3) of weights (785, ...)."""
    accuracy = margins.accuracy(weights.reshape(785, -1), *test, [0, *map(float, ATTACKS)])
    shape = weights.shape[1:]
    return accuracy[0].reshape(shape), accuracy[1:].T.reshape(*shape, -1)


def by_attack(values: np.ndarray) -> dict[str, float]:
    return dict(zip(ATTACKS, values, strict=True))


def measure_optimum(solution: solver.Solution, epsilon: float, train: tuple, test: tuple) -> dict:
    upper, lower = solver.certify(solution, epsilon, *train)
    clean, attacked = measure(np.append(solution.weights, solution.bias), test)
    return {
        "gap": upper - lower,
        "nonzero_weights": (np.abs(solution.weights) > solver.ZERO).sum(),
        "clean": clean,
        "attacked": by_attack(attacked),
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
    return {
        "threshold": [min(thresholds), max(thresholds)],
        "mean_images_excess": [np.median(excess), max(excess)],
        "largest_gap": max(optimum["gap"] for pair in every for optimum in pair["optimum"].values()),
        "regular_clean": [np.mean(clean), min(clean)],
        "rank_of_zeros_and_ones": {
            "regular": rank(pairs, lambda pair: -pair["clean"]["regular"]),
            "threshold": rank(pairs, lambda pair: -pair["threshold"]),
            **{f"price {key}": rank(pairs, lambda pair, k=key: price(pair, k)) for key in ROBUST},
        },
        "most_regular_at_0.2": max(pair["attacked"]["regular"]["0.2"] for pair in every),
        "regular_at_0.1": np.median([pair["attacked"]["regular"]["0.1"] for pair in every]),
        "zeros_at_0.1": np.median([pair["from_zeros"]["0.1"] for pair in every]),
        "break_even_rises": (np.diff([pair["break_even"] for pair in every], axis=1) > 0).sum(axis=0),
        "models": {key: summarise_model(every, key) for key in ROBUST},
        # Pairs with ε* up to 0.3 for which the optimum for 0.2 is better than the constant at attack ε = 0.3
        "survivors": sum(
            pair["threshold"] <= 0.3
            and pair["optimum"]["0.2"]["attacked"]["0.3"] > pair["constant"] + REACHED
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
    asked, blamed = prices >= ASKED_PRICE, optimum_prices > prices / 2
    constant = np.array([pair["constant"] for pair in pairs])
    beyond = np.array([float(key) >= pair["threshold"] for pair in pairs])
    own = {
        "epochs": np.array([pair["attacked"][key][key] for pair in pairs]),
        "longer": np.array([pair["longer"][key] for pair in pairs]),
        "optimum": np.array([pair["optimum"][key]["attacked"][key] for pair in pairs]),
    }
    return {
        "median_price": np.median(prices),
        "median_own": {name: np.median(values) for name, values in own.items()},
        "chance": sum(pair["chance"][key] >= SIGNIFICANT for pair in pairs),
        "price_blame": [(asked & blamed).sum(), (asked & ~blamed).sum()],  # objective, training
        "median_weights": np.median([pair["optimum"][key]["nonzero_weights"] for pair in pairs]),
        "one_pixel": sum(pair["optimum"][key]["nonzero_weights"] == 1 for pair in pairs),
        "unique": sum(pair["optimum"][key]["unique"] for pair in pairs),
        "beyond": beyond.sum(),
        # Under attack no better than the constant: of the pairs below ε*, and of those beyond
        "constant": {
            name: [(still & ~beyond).sum(), (still & beyond).sum()]
            for name, still in ((name, values <= constant + REACHED) for name, values in own.items())
        },
    }
