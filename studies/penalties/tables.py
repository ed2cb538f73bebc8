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
    """By the steps, under the attack MAIN: the medians over the pairs of both families' accuracies and of the
    lead, and how many pairs each leads.
    """
    rows = []
    for (name, update), title in STEPS.items():
        found = numbers["early"][name][update]
        lead = f"{found['lead'][MAIN]:+.1f}" if found["lead"][MAIN] else "0.0"
        penalty, robust = found["keep"][MAIN]
        rows.append((title, f"{penalty:.1f}", f"{robust:.1f}", lead, found["robust"], found["l1"]))
    return markdown(
        (
            "steps and rate",
            "penalty, % right",
            "robust, % right",
            "median lead of robust",
            "pairs where robust leads",
            "pairs where the penalty leads",
        ),
        rows,
    )
