"""The table of the page."""

from compare import markdown
from studies.penalties.steps import OF_ALL

UPDATES = {
    "subgradient": "subgradients for both",
    "proximal": "proximal steps for both",
    "mixed": "proximal for L1, subgradients for robust",
}
STEPS = {
    "constant": "constant rate 0.1",
    "constant, rate / 10": "constant rate 0.01",
    "averaged": "constant rate 0.1, averaged",
    "cosine": "falling rate",
}


def leads(numbers: dict) -> str:
    """Of 45 pairs who is ahead under attack at 0.2, and by how much in the median pair."""
    return markdown(
        ("how the step treats \\|w\\|", "rate", "median lead of robust", "robust ahead in", "L1 ahead in"),
        [
            (
                title,
                STEPS[name],
                f"{found['median'][1]:+.1f} points",
                *(f"{found[family]} of {found['pairs']} pairs" for family in ("robust", "l1")),
            )
            for update, title in UPDATES.items()
            for name in OF_ALL
            for found in [numbers["early"][name][update]]
        ],
    )
