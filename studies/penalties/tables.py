"""The table of the page."""

from studies.penalties.steps import AVERAGED, MAIN, RATES, UPDATES
from support.tables import markdown

STEPS = {
    **{str(rate): f"constant {rate:g}" for rate in reversed(RATES)},
    "falling": "from 0.1 to 0",
    AVERAGED: "constant 0.1, averaged",
}


def leads(numbers: dict) -> str:
    """Of robust training in the median pair, by the steps, at the attacks of 0.2 and 0.3."""
    return markdown(
        (
            "learning rate",
            *(f"{update} steps, attack {attack}" for update in UPDATES for attack in (0.2, 0.3)),
        ),
        [
            (
                title,
                *(
                    f"{points:+.1f}" if points else "0.0"
                    for update in UPDATES
                    for points in numbers["early"][name][update]["lead"][MAIN:]
                ),
            )
            for name, title in STEPS.items()
        ],
    )
