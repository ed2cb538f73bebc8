"""The table of the page."""

from studies.penalties.steps import AVERAGED, MAIN
from support.tables import markdown

STEPS = {
    ("0.1", "subgradient"): "subgradient, 0.1",
    ("0.03", "subgradient"): "subgradient, 0.03",
    ("0.01", "subgradient"): "subgradient, 0.01",
    ("falling", "subgradient"): "subgradient, from 0.1 to 0",
    (AVERAGED, "subgradient"): "subgradient, 0.1, averaged",
    ("0.1", "proximal"): "proximal, 0.1",
    ("falling", "proximal"): "proximal, from 0.1 to 0",
}


def families(numbers: dict) -> str:
    """At attack MAIN the accuracy of both families by the steps, and which leads in how many pairs."""
    of = {title: numbers["early"][name][update] for (name, update), title in STEPS.items()}
    of["each family chooses its own"] = numbers["own_choice"]
    return markdown(
        (
            "steps and rate",
            "penalty, right in %",
            "robust training, right in %",
            "lead of robust training, in points",
            "pairs where robust training leads",
            "pairs where the penalty leads",
        ),
        [
            (
                title,
                *(f"{right:.1f}" for right in found["keep"][MAIN]),
                f"{lead:+.1f}" if (lead := found["lead"][MAIN]) else "0.0",
                found["robust"],
                found["l1"],
            )
            for title, found in of.items()
        ],
    )
