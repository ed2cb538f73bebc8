"""The tables of the page."""

from compare import markdown
from studies.models import ROBUST

TITLES = tuple(model.title for model in ROBUST)
RULES = {
    "weight_at_start": "weight at the start",
    "weight_after_one_epoch": "weight after one epoch",
    "mean_of_first_epoch": "mean of the first epoch",
    "mean": "mean of all epochs",
}


def row(title: str, numbers: dict, value, shown: str = "{:.2f}") -> tuple:
    return (title, *(shown.format(value(numbers["models"][model.key])) for model in ROBUST))


def rules(numbers: dict) -> str:
    """How many weights are near zero, and how well the two readings foretell which."""
    rows = []
    for place, when in enumerate(("at the start", "after one epoch", "after ten")):
        cells = (f"{100 * numbers['near_zero'][model.key][place]:.1f}" for model in ROBUST)
        rows.append((f"near-zero weights {when}, %", *cells))
    for rule, title in RULES.items():
        rows.append(
            row(f"ε as the line: {title}", numbers, lambda m, r=rule: m["rules"][r]["balanced_accuracy"])
        )
    rows.append(row("ε as the line: weight, at its best epoch", numbers, lambda m: m["weight_best_epoch"]))
    for rule, title in RULES.items():
        rows.append(row(f"the order alone: {title}", numbers, lambda m, r=rule: m["rules"][r]["roc_auc"]))
    return markdown(("", *TITLES), rows)


def shares(numbers: dict) -> str:
    """The shares behind the rule of the mean, both ways, and what the term does to the gradient."""
    of_mean = {
        "wiped_below": "of the wiped weights, mean below ε",
        "kept_below": "of the kept weights, mean below ε",
        "below_wiped": "of the means below ε, wiped off",
        "above_wiped": "of the larger means, wiped off",
    }
    of_gradient = {
        "shrinks": "gradient shrinks",
        "changes_sign": "gradient changes its sign",
        "grows": "gradient grows",
        "appears": "gradient appears",
    }
    rows = [
        row(title, numbers, lambda m, p=part, n=name: 100 * m[p][n], "{:.1f}")
        for part, titles in (("shares", of_mean), ("gradient", of_gradient))
        for name, title in titles.items()
    ]
    return markdown(("%", *TITLES), rows)
