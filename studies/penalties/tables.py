"""The table of the page."""

from studies.penalties.steps import AVERAGED, MAIN
from support.tables import markdown

STEPS = {
    ("0.1", "subgradient"): "subgradient, 0.1",
    ("0.01", "subgradient"): "subgradient, 0.01",
    ("falling", "subgradient"): "subgradient, from 0.1 to 0",
    (AVERAGED, "subgradient"): "subgradient, 0.1, averaged",
    ("0.1", "proximal"): "proximal, 0.1",
    ("falling", "proximal"): "proximal, from 0.1 to 0",
}


def leads(numbers: dict) -> str:
    """By the steps the median leads at MAIN and at the largest attack, and in how many pairs who leads."""
    rows = []
    for (name, update), title in STEPS.items():
        found = numbers["early"][name][update]
        main, largest = (f"{lead:+.1f}" if lead else "0.0" for lead in found["lead"][MAIN:])
        rows.append((title, main, found["robust"], found["l1"], largest))
    return markdown(
        (
            "steps and rate",
            "median lead, attack 0.2",
            "pairs where robust training leads",
            "pairs where the penalty leads",
            "median lead, attack 0.3",
        ),
        rows,
    )
