"""The table of the page."""

from studies.penalties.steps import OF_ALL
from support.tables import markdown

UPDATES = {
    "subgradient": "subgradients for both",
    "proximal": "proximal for both",
    "mixed": "proximal for L1 only",
}
STEPS = {
    "constant": "constant rate 0.1",
    "constant, rate / 10": "constant rate 0.01",
    "averaged": "0.1, averaged",
    "cosine": "falling from 0.1",
}


def leads(numbers: dict) -> str:
    """Of 45 pairs what both families keep under attack at 0.2, and who is more than a point ahead."""
    return markdown(
        ("steps", "rate", "L1 keeps", "robust keeps", "median lead", "robust ahead in", "L1 ahead in"),
        [
            (
                title,
                STEPS[name],
                *(f"{keeps:.1f} %" for keeps in found["keep"]),
                f"{lead:+.1f}" if lead else "0.0",
                *(f"{found[family]} of 45" for family in ("robust", "l1")),
            )
            for update, title in UPDATES.items()
            for name in OF_ALL
            for found in [numbers["early"][name][update]]
            for lead in [found["lead"][1]]
        ],
    )
