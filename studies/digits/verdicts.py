"""What the numbers of the 45 pairs say: the page's rules and the numbers in its sentences.

`pairs` is results.json's "pairs": for each pair the metrics by model ("0.0" is the regular one), over seeds.
"""

import numpy as np
from scipy.stats import spearmanr

REGULAR, *ROBUST = MODELS = ("0.0", "0.1", "0.2", "0.3")
POINT = 0.01  # of accuracy
LEARNED = POINT  # above the constant, to count as having learned something
WORSE_SEEDS = 15  # of 20: two-sided sign test, p = 0.04
ASKED_PRICE = 0.5 * POINT  # the least price whose cause is asked for


# The rules


def mistakes(pair: dict) -> float:
    """The regular model's mean number of test mistakes."""
    return (1 - np.mean(pair["clean"][REGULAR])) * pair["test_images"]


def price(pair: dict, model: str) -> float:
    return np.mean(pair["clean"][REGULAR]) - np.mean(pair["clean"][model])


def attacked(pair: dict, model: str, epsilon: str) -> float:
    """Mean accuracy under attack over the seeds, or that of a single model."""
    return np.atleast_2d(pair["attacked"][model])[:, ROBUST.index(epsilon)].mean()


def excellent(pair: dict) -> list[bool]:
    return [np.mean(pair["clean"][REGULAR]) >= 0.9985, mistakes(pair) <= 9]


def slightly_worse(pair: dict) -> list[bool]:
    regular = np.array(pair["clean"][REGULAR])
    worse = [(regular > pair["clean"][model]).sum() >= WORSE_SEEDS for model in ROBUST]
    return worse + [price(pair, model) <= POINT for model in ROBUST]


def not_overfitted(pair: dict) -> list[bool]:
    return [np.mean(pair["train"][model]) - np.mean(pair["clean"][model]) <= 0.5 * POINT for model in MODELS]


def zero_at_02(pair: dict) -> list[bool]:
    return [max(seed[1] for seed in pair["attacked"][REGULAR]) <= POINT]


def in_order(pair: dict) -> list[bool]:
    medians = [np.median(pair["break_even"][model]) for model in MODELS]
    return [bool(step > 0) for step in np.diff(medians)]


def left_over(pair: dict) -> list[bool]:
    """Whether starting from zeros closes more than half of the distance to a robust model."""
    zeros = pair["from_zeros"]
    distances = [
        (attacked(zeros, REGULAR, at), attacked(pair, REGULAR, at), attacked(pair, at, at))
        for at in ("0.1", "0.2")
    ]
    break_even = pair["break_even"]
    distances.append((zeros["break_even"][REGULAR], np.mean(break_even[REGULAR]), np.mean(break_even["0.1"])))
    return [bool(robust > start and ours - start > (robust - start) / 2) for ours, start, robust in distances]


CLAIMS = {
    "excellent": ("Excellent: about 99.9 %, single mistakes", excellent),
    "slightly_worse": ("Robust models are slightly worse", slightly_worse),
    "not_overfitted": ("No overfitting", not_overfitted),
    "zero_at_02": ("About zero at ε = 0.2", zero_at_02),
    "in_order": ("The larger ε, the more is withstood", in_order),
    "left_over": ("Brittleness left over from the start", left_over),
}


def verdict(conditions: list[bool]) -> str:
    return "holds" if all(conditions) else "partly" if any(conditions) else "fails"


# The theorem and training


def nothing_predicted(pair: dict, epsilon: str) -> bool:
    return float(epsilon) >= pair["no_learning"]


# Accuracies of which it is asked whether they are above the constant's
REACHED = {
    "clean": lambda pair, epsilon: np.mean(pair["clean"][epsilon]),
    "attacked": lambda pair, epsilon: attacked(pair, epsilon, epsilon),
    "attacked_100": lambda pair, epsilon: attacked(pair["longer"], epsilon, epsilon),
    "attacked_optimum": lambda pair, epsilon: own_attack(pair, epsilon),
}


def contingency(pairs: dict, epsilon: str, which: str) -> dict[tuple[bool, bool], int]:
    """How many pairs have (nothing predicted, nothing learned)."""
    cases = [
        (nothing_predicted(pair, epsilon), REACHED[which](pair, epsilon) <= pair["constant"] + LEARNED)
        for pair in pairs.values()
    ]
    return {(a, b): cases.count((a, b)) for a in (False, True) for b in (False, True)}


def survivors(pairs: dict) -> int:
    """Pairs with nothing to learn at 0.3, where the optimum for 0.2 beats the constant under this attack."""
    return sum(
        nothing_predicted(pair, "0.3") and pair["optimum"]["0.2"]["attacked"][2] > pair["constant"] + LEARNED
        for pair in pairs.values()
    )


# Objective or training


def optimum_price(pair: dict, epsilon: str) -> float:
    return np.mean(pair["clean"][REGULAR]) - pair["optimum"][epsilon]["test_accuracy"]


def own_attack(pair: dict, epsilon: str) -> float:
    """The optimum's accuracy at the ε of its training."""
    return pair["optimum"][epsilon]["attacked"][ROBUST.index(epsilon)]


def price_cause(pair: dict, epsilon: str) -> str:
    found = price(pair, epsilon)
    if found < ASKED_PRICE:
        return "not asked"
    return "objective" if optimum_price(pair, epsilon) > found / 2 else "training"


def attack_cause(pair: dict, epsilon: str) -> str:
    left = (1 - own_attack(pair, epsilon)) / (1 - attacked(pair, epsilon, epsilon))
    return "objective" if left > 0.5 else "training"


def causes(pairs: dict, epsilon: str) -> dict[str, int]:
    prices = [price_cause(pair, epsilon) for pair in pairs.values()]
    attacks = [attack_cause(pair, epsilon) for pair in pairs.values()]
    return {
        "price_not_asked": prices.count("not asked"),
        "price_objective": prices.count("objective"),
        "price_training": prices.count("training"),
        "attack_objective": attacks.count("objective"),
        "attack_training": attacks.count("training"),
    }


def equal_step_prices(pairs: dict, epsilon: str) -> dict[str, np.ndarray]:
    """Prices of seed 1 over the pairs, by the two steps and the epochs."""

    def prices(regular, robust):
        return np.array([regular(p)["clean"][REGULAR] - robust(p)["clean"][epsilon] for p in pairs.values()])

    def first(pair):
        return {"clean": {model: seeds[0] for model, seeds in pair["clean"].items()}}

    def longer(pair):
        return pair["longer"]

    def equal(epochs):
        return lambda pair: pair["equal_step"][epochs]

    return {
        "post": prices(first, first),
        "small": prices(equal("10"), first),
        "large": prices(first, equal("10")),
        "post_100": prices(longer, longer),
        "small_100": prices(equal("100"), longer),
        "large_100": prices(longer, equal("100")),
    }


# The page's numbers


def ranks(values: dict[str, float], downwards: bool = False) -> dict[str, int]:
    """1 for the least, or the greatest."""
    order = sorted(values, key=values.get, reverse=downwards)
    return {name: order.index(name) + 1 for name in values}


def said(pairs: dict, post: str) -> dict:
    """What the page's sentences say; accuracies, prices in % and points."""
    thresholds = {name: pair["no_learning"] for name, pair in pairs.items()}
    bounds = {name: pair["no_learning_bound"] for name, pair in pairs.items()}
    gaps = np.array([pair["no_learning_bound"] - pair["no_learning"] for pair in pairs.values()])
    pixel_gaps = np.array([pair["no_learning"] - pair["no_learning_single_pixel"] for pair in pairs.values()])
    gaps_of = {m: [np.mean(p["train"][m]) - np.mean(p["clean"][m]) for p in pairs.values()] for m in MODELS}
    regular = {name: 100 * np.mean(pair["clean"][REGULAR]) for name, pair in pairs.items()}
    numbers = {
        "pairs": len(pairs),
        "threshold_least": min(thresholds.values()),
        "threshold_most": max(thresholds.values()),
        "threshold_least_pair": min(thresholds, key=thresholds.get),
        "threshold_most_pair": max(thresholds, key=thresholds.get),
        "threshold_post": thresholds[post],
        "threshold_rank_post": ranks(thresholds, True)[post],
        "bound_rank_post": ranks(bounds, True)[post],
        "bound_excess_most": gaps.max(),
        "bound_excess_median": np.median(gaps),
        "pixel_lack_most": pixel_gaps.max(),
        "pixel_exact": int((pixel_gaps < 1e-9).sum()),
        "largest_gap": max(
            pair["optimum"][e]["objective"] - pair["optimum"][e]["lower_bound"]
            for pair in pairs.values()
            for e in ROBUST
        ),
        "constant_optima": sum(
            pair["optimum"][e]["nonzero_weights"] == 0 for pair in pairs.values() for e in ROBUST
        ),
        "survivors": survivors(pairs),
        "regular_mean": np.mean([*regular.values()]),
        "regular_post": regular[post],
        "regular_least": min(regular.values()),
        "regular_least_pair": min(regular, key=regular.get),
        "regular_rank_post": ranks(regular, True)[post],
        "overfitting_most": 100 * max(map(max, gaps_of.values())),
        "overfitting_most_regular": 100 * max(gaps_of[REGULAR]),
        "mistakes_most": max(mistakes(pair) for pair in pairs.values()),
        "mistakes_median": np.median([mistakes(pair) for pair in pairs.values()]),
    }
    for name, (_, rule) in CLAIMS.items():
        outcomes = [verdict(rule(pair)) for pair in pairs.values()]
        numbers |= {f"{name}_{outcome}": outcomes.count(outcome) for outcome in ("holds", "partly", "fails")}
        numbers[f"{name}_post"] = verdict(rule(pairs[post]))
    rising, left = (np.sum([rule(pair) for pair in pairs.values()], axis=0) for rule in (in_order, left_over))
    numbers |= dict(zip(("rises_to_01", "rises_to_02", "rises_to_03"), rising, strict=True))
    numbers |= dict(zip(("left_over_at_01", "left_over_at_02", "left_over_break_even"), left, strict=True))
    for epsilon in ROBUST:
        numbers |= {
            f"{name}_{epsilon.replace('.', '')}": n for name, n in said_of(pairs, post, epsilon).items()
        }
    return numbers


def said_of(pairs: dict, post: str, epsilon: str) -> dict:
    """The same of one ε of training."""
    prices = {name: 100 * price(pair, epsilon) for name, pair in pairs.items()}
    values = np.array([*prices.values()])
    thresholds = [pair["no_learning"] for pair in pairs.values()]
    regular_attacked = [100 * attacked(pair, REGULAR, epsilon) for pair in pairs.values()]
    zeros_attacked = [100 * attacked(pair["from_zeros"], REGULAR, epsilon) for pair in pairs.values()]
    optimum_prices = np.array([100 * optimum_price(pair, epsilon) for pair in pairs.values()])
    found = {
        "price_post": prices[post],
        "price_rank_post": ranks(prices)[post],
        "price_median": np.median(values),
        "price_least": values.min(),
        "price_most": values.max(),
        "price_most_pair": max(prices, key=prices.get),
        "price_slight": int((values <= 1).sum()),
        "price_negative": int((values < 0).sum()),
        "price_by_chance": sum(pair["chance"][epsilon] >= 0.05 for pair in pairs.values()),
        "worse": sum(slightly_worse(pair)[ROBUST.index(epsilon)] for pair in pairs.values()),
        "regular_attacked_median": np.median(regular_attacked),
        "regular_attacked_most": max(regular_attacked),
        "zeros_attacked_median": np.median(zeros_attacked),
        "unique": sum(  # by complementary slackness or, where it is constant, by the theorem
            pair["optimum"][epsilon]["unique"] or float(epsilon) > pair["no_learning"]
            for pair in pairs.values()
        ),
        "one_pixel": sum(pair["optimum"][epsilon]["nonzero_weights"] == 1 for pair in pairs.values()),
        "optimum_price_median": np.median(optimum_prices),
        "optimum_price_most": optimum_prices.max(),
        "threshold_rank_correlation": spearmanr(thresholds, values).statistic,
        "nothing": sum(nothing_predicted(pair, epsilon) for pair in pairs.values()),
        "weights_least": min(pair["optimum"][epsilon]["nonzero_weights"] for pair in pairs.values()),
        "weights_median": np.median([pair["optimum"][epsilon]["nonzero_weights"] for pair in pairs.values()]),
        "weights_most": max(pair["optimum"][epsilon]["nonzero_weights"] for pair in pairs.values()),
        "sgd_attacked_median": 100 * np.median([attacked(pair, epsilon, epsilon) for pair in pairs.values()]),
        "optimum_attacked_median": 100 * np.median([own_attack(pair, epsilon) for pair in pairs.values()]),
        **causes(pairs, epsilon),
    }
    for which in REACHED:
        cases = contingency(pairs, epsilon, which)
        found[f"agree_{which}"] = cases[True, True] + cases[False, False]
        found[f"nothing_but_learned_{which}"] = cases[True, False]
        found[f"something_but_not_{which}"] = cases[False, True]
    steps = equal_step_prices(pairs, epsilon)
    return found | {f"step_{name}": 100 * np.median(values) for name, values in steps.items()}
