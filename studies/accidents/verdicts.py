"""What the numbers of the accidents say: the page's rules, its sentences' numbers and its tables.

`results` is results.json: "accidents" has for each accident a list over the five strengths.
"""

import numpy as np
from accidents.kinds import ACCIDENTS, MIDDLE_STRENGTH, STRENGTHS

REGULAR, *ROBUST = MODELS = ("0.0", "0.1", "0.2", "0.3")
TELLING = ("translate", "occlusion", "fog", "brightness", "gaussian_noise")  # which the page's sentences name


def title(name: str) -> str:
    return name.replace("_", " ")


def at_strength(results: dict, strength: int = MIDDLE_STRENGTH) -> dict[str, dict]:
    """Every accident's numbers at one strength."""
    return {name: strengths[strength - 1] for name, strengths in results["accidents"].items()}


def in_median_seed(found: dict, model: str) -> float:
    """Accuracy in %."""
    return 100 * found["accuracy"]["seeds"][model][1]


def mean_accuracy(results: dict, strength: int, family: str, model: str) -> float:
    """Over the accidents; of the median seed under each, in %."""
    return 100 * np.mean(
        [middle(found["accuracy"][family][model]) for found in at_strength(results, strength).values()]
    )


def middle(accuracy) -> float:
    """The median of (5 %, median, 95 %); a single model's number as it is."""
    return accuracy[1] if isinstance(accuracy, list) else accuracy


def costs(results: dict, strength: int) -> dict[str, float]:
    """The points of accuracy that each accident costs the regular model in the median seed."""
    return {name: 100 * found["cost"][REGULAR] for name, found in at_strength(results, strength).items()}


def confident_share(results: dict, strength: int, model: str = REGULAR) -> float:
    """Of the mistakes under all accidents, those that are confident, in %, in the median seed."""
    return 100 * results["confident_share"][strength - 1]["seeds"][model][1]


def difference(found: dict, model: str) -> float:
    """The points by which a robust model is more accurate than the regular one, in the median seed."""
    return 100 * found["against_regular"][model]["difference"][1]


def at_least_as_accurate(results: dict, strength: int, model: str) -> int:
    """Under how many accidents."""
    return sum(difference(found, model) >= 0 for found in at_strength(results, strength).values())


def word(holds: bool) -> str:
    return "holds" if holds else "fails"


def o2(results: dict, strength: int = MIDDLE_STRENGTH) -> list[bool]:
    """The two conditions of claim O2."""
    cheap = np.median([*costs(results, strength).values()]) <= 1
    return [bool(cheap), confident_share(results, strength) >= 50]


def r13(results: dict, strength: int = MIDDLE_STRENGTH) -> bool:
    """The third condition of claim R13."""
    return all(at_least_as_accurate(results, strength, model) > len(ACCIDENTS) / 2 for model in ROBUST)


# The page's numbers


def said(results: dict) -> dict:
    """What the page's sentences say; accuracies in %, differences and costs in points."""
    now, cost = at_strength(results), costs(results, MIDDLE_STRENGTH)
    first, second = o2(results)
    numbers = {
        "pairs": len(results["pairs"]),
        "accidents": len(ACCIDENTS),
        "cases": len(ACCIDENTS) * len(STRENGTHS),
        "o2_cost": np.median([*cost.values()]),
        "o2_cost_strongest": np.median([*costs(results, STRENGTHS[-1]).values()]),
        "o2_costly": sum(points > 1 for points in cost.values()),
        "o2_confident_share": confident_share(results, MIDDLE_STRENGTH),
        "o2_confident_share_strongest": confident_share(results, STRENGTHS[-1]),
        "o2_first": word(first),
        "o2_second": word(second),
        "r13_third": word(r13(results)),
        "r13_third_at": sum(r13(results, strength) for strength in STRENGTHS),
        "contradictions": sum(
            found["contradictions"] for strengths in results["accidents"].values() for found in strengths
        ),
        "constant": in_median_seed(now["occlusion"], "0.3"),
        "zeros_attacked_01": 100 * results["attacked"]["0.1"]["accuracy"]["zeros"][REGULAR],
        "zeros_mean": mean_accuracy(results, MIDDLE_STRENGTH, "zeros", REGULAR),
    }
    for model in MODELS:
        numbers |= {
            f"{key}_{short(model)}": value for key, value in said_of_model(results, now, model).items()
        }
    for model in ROBUST:
        numbers |= {
            f"{key}_{short(model)}": value for key, value in said_of_robust(results, now, model).items()
        }
    for direction, accuracy in now["translate"]["variants"].items():
        numbers |= {f"{direction}_{short(model)}": 100 * accuracy[model] for model in MODELS}
    return numbers


def short(model: str) -> str:
    return "regular" if model == REGULAR else model.replace(".", "")


def said_of_model(results: dict, now: dict, model: str) -> dict:
    pairs, column = results["pairs"].values(), MODELS.index(model)
    return {
        "clean": in_median_seed(results["clean"], model),
        "attacked_01": in_median_seed(results["attacked"]["0.1"], model),
        "mean": mean_accuracy(results, MIDDLE_STRENGTH, "seeds", model),
        "used": 100 * np.median([found["used"][model] for found in now.values()]),
        "used_most": 100 * max(found["used"][model] for found in now.values()),
        "harm": np.median([found["harm"][model] for found in now.values()]),
        "worst": np.median([found["worst"][model] for found in now.values()]),
        "pairs_mean": 100 * np.mean([pair[name]["accuracy"][column] for pair in pairs for name in ACCIDENTS]),
        "covered": 100 * np.mean([found["covered"][model] for found in now.values()]),
        **{name: in_median_seed(now[name], model) for name in TELLING},
        "strongest_noise": in_median_seed(results["accidents"]["gaussian_noise"][-1], model),
    }


def said_of_robust(results: dict, now: dict, model: str) -> dict:
    standings = [found["against_regular"][model]["verdict"] for found in now.values()]
    pairs = results["pairs"].values()
    verdicts = {name: [pair[name]["verdict"][ROBUST.index(model)] for pair in pairs] for name in TELLING}
    return {
        "at_least": at_least_as_accurate(results, MIDDLE_STRENGTH, model),
        "better": standings.count(1),
        "worse": standings.count(-1),
        "over_a_point_better": sum(difference(found, model) > 1 for found in now.values()),
        "over_a_point_worse": sum(difference(found, model) < -1 for found in now.values()),
        "harm_apart": max(abs(found["harm"][model] - found["harm"][REGULAR]) for found in now.values()),
        "optimum_mean": mean_accuracy(results, MIDDLE_STRENGTH, "optimum", model),
        "inside": sum(
            found["inside"][model] == 1 for strengths in results["accidents"].values() for found in strengths
        ),
        "pairs_price": -np.median(pair_differences(results, "clean", model)),
        **{f"pairs_{name}_better": verdicts[name].count(1) for name in TELLING},
        **{f"pairs_{name}_worse": verdicts[name].count(-1) for name in TELLING},
    }


def pair_differences(results: dict, name: str, model: str) -> np.ndarray:
    """Points by which a robust model is more accurate than the regular one, pair by pair."""
    accuracies = np.array([pair[name]["accuracy"] for pair in results["pairs"].values()])
    return 100 * (accuracies[:, MODELS.index(model)] - accuracies[:, 0])


def pair_costs(results: dict, name: str, model: str) -> np.ndarray:
    """Points of accuracy that an accident costs a model, pair by pair."""
    column = MODELS.index(model)
    return np.array(
        [
            100 * (pair["clean"]["accuracy"][column] - pair[name]["accuracy"][column])
            for pair in results["pairs"].values()
        ]
    )


# Tables


def markdown(head: list[str], rows: list[list], text_columns: int = 1) -> str:
    rule = ["---" if column < text_columns else "---:" for column in range(len(head))]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in [head, rule, *rows])


def table_definitions(_: dict) -> str:
    rows = [
        [
            title(name) + ("\\*" if accident.in_mnist_c else ""),
            accident.words,
            ", ".join(f"{amount:g}" for amount in accident.amounts),
            ", ".join(accident.variants),
        ]
        for name, accident in ACCIDENTS.items()
    ]
    return markdown(["accident", "what the numbers are", "five strengths", "variants"], rows, 4)


def table_models(results: dict) -> str:
    """Accuracy in % under attack and, in the mean over the accidents, at each strength."""
    names = {"seeds": "median of 100 seeds", "zeros": "from zeros", "optimum": "optimum"}
    rows = []
    for family, text in names.items():
        for model in results["clean"]["accuracy"][family]:
            attacked = [
                100 * middle(results["attacked"][box]["accuracy"][family][model]) for box in ("0.1", "0.2")
            ]
            clean = 100 * middle(results["clean"]["accuracy"][family][model])
            means = [mean_accuracy(results, strength, family, model) for strength in STRENGTHS]
            who = "regular" if model == REGULAR else f"ε = {model}"
            rows.append([f"{who}, {text}", *(f"{value:.1f}" for value in (*attacked, clean, *means))])
    head = ["model", "attack 0.1", "attack 0.2", "clean", *(f"strength {strength}" for strength in STRENGTHS)]
    return markdown(head, rows)


def table_sizes(results: dict) -> str:
    """Each accident at middle strength: its size, which boxes it is in at which strengths, and the harm."""
    rows = []
    for name, found in at_strength(results).items():
        inside = [
            sum(strength["inside"][box] == 1 for strength in results["accidents"][name]) for box in ROBUST
        ]
        rows.append(
            [
                title(name),
                f"{found['largest'][0]:.2f}",
                f"{found['one_norm']:.0f}",
                " / ".join(map(str, inside)),
                *(f"{found['harm'][model]:.2f}" for model in (REGULAR, "0.2")),
                *(f"{100 * found['used'][model]:.0f}" for model in (REGULAR, "0.2")),
            ]
        )
    head = ["accident", "largest change", "sum of changes", "strengths inside 0.1 / 0.2 / 0.3"]
    head += ["harm, regular", "harm, ε = 0.2", "used up %, regular", "ε = 0.2"]
    return markdown(head, rows)


def table_pairs(results: dict) -> str:
    """Over the pairs: what an accident costs each model in the median pair, and where robust is better."""
    rows = []
    for name in ["clean", *ACCIDENTS]:
        verdicts = np.array([pair[name]["verdict"] for pair in results["pairs"].values()])
        typical = [np.median(pair_costs(results, name, model)) for model in MODELS]
        shown = [f"{round(cost, 1) + 0:.1f}" for cost in typical] if name != "clean" else [""] * len(MODELS)
        counts = [f"{(column == 1).sum()} : {(column == -1).sum()}" for column in verdicts.T]
        rows.append([title(name), *shown, *counts])
    head = ["accident", "cost, regular", *(f"ε = {model}" for model in ROBUST)]
    return markdown([*head, *(f"better : worse, ε = {model}" for model in ROBUST)], rows)
