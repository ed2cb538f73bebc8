"""The tables of the page, as Markdown, from results.json."""

import numpy as np
from digits.verdicts import CLAIMS, REACHED, REGULAR, ROBUST, attacked, causes, contingency, own_attack, price


def markdown(head: list, rows: list[list]) -> str:
    """A table whose first column is text and whose others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def table_claims(results: dict) -> str:
    said = results["said"]
    rows = [
        [text, *(said[f"{name}_{outcome}"] for outcome in ("holds", "partly", "fails")), said[f"{name}_post"]]
        for name, (text, _) in CLAIMS.items()
    ]
    return markdown(["of 45 pairs", "holds", "partly", "fails", "0 and 1"], rows)


def table_prediction(results: dict) -> str:
    """The theorem beside training, by ε."""
    rows = []
    for epsilon in ROBUST:
        cases = [contingency(results["pairs"], epsilon, which) for which in REACHED]
        for nothing, name in ((False, "something"), (True, "nothing")):
            count = cases[0][nothing, False] + cases[0][nothing, True]
            if count:
                learned_nothing = [case[nothing, True] for case in cases]
                rows.append([f"{name} can be learned at ε = {epsilon}", count, *learned_nothing])
    head = ["the theorem says", "pairs", "10 epochs, clean", "under attack", "100 epochs, under attack"]
    return markdown([*head, "optimum, under attack"], rows)


def table_causes(results: dict) -> str:
    """Medians over the pairs of the optimum and of SGD, and what the price and the mistakes are for."""
    rows = []
    for epsilon in ROBUST:
        pairs, own = results["pairs"].values(), ROBUST.index(epsilon)
        found = causes(results["pairs"], epsilon)
        models = (
            [(np.mean(p["clean"][epsilon]), attacked(p, epsilon, epsilon)) for p in pairs],
            [(p["longer"]["clean"][epsilon], p["longer"]["attacked"][epsilon][own]) for p in pairs],
            [(p["optimum"][epsilon]["test_accuracy"], own_attack(p, epsilon)) for p in pairs],
        )
        medians = [np.median(model, axis=0) for model in models]
        rows.append(
            [
                epsilon,
                *(f"{100 * clean:.1f} / {100 * under_attack:.1f}" for clean, under_attack in medians),
                f"{found['price_objective']} : {found['price_training']}",
                f"{found['attack_objective']} : {found['attack_training']}",
            ]
        )
    head = [
        "ε",
        "SGD, 10 epochs",
        "SGD, 100 epochs",
        "optimum",
        "price: objective : training",
        "mistakes under attack",
    ]
    return markdown(head, rows)


def table_steps(results: dict) -> str:
    """The median price of seed 1 by the steps."""
    names = {"post": "the post's (0.1 and 0.01 on the mean)", "small": "both 0.01", "large": "both 0.1"}
    rows = []
    for name, text in names.items():
        medians = [
            results["said"][f"step_{name}{more}_{e.replace('.', '')}"]
            for more in ("", "_100")
            for e in ROBUST
        ]
        rows.append([text, *(f"{median:.2f}" for median in medians)])
    head = ["steps", *(f"ε = {e}, {epochs} epochs" for epochs in (10, 100) for e in ROBUST)]
    return markdown(head, rows)


def table_pairs(results: dict, shown: int = 5) -> str:
    """The pairs with the highest and the lowest ε*, and the post's."""
    pairs = results["pairs"]
    order = sorted(pairs, key=lambda name: -pairs[name]["no_learning"])
    rows = []
    for name in order[:shown] + order[-shown:]:
        pair = pairs[name]
        rows.append(
            [
                name.replace(" ", " and "),
                f"{pair['no_learning']:.3f}",
                f"{pair['no_learning_bound']:.3f}",
                f"{100 * np.mean(pair['clean'][REGULAR]):.2f}",
                *(f"{100 * price(pair, epsilon):.2f}" for epsilon in ROBUST),
                *(f"{100 * attacked(pair, epsilon, epsilon):.1f}" for epsilon in ROBUST),
            ]
        )
    head = ["digits", "ε*", "from the mean images", "regular, clean %"]
    head += [f"price, ε = {e}" for e in ROBUST] + [f"attacked at {e}, %" for e in ROBUST]
    return markdown(head, rows)
