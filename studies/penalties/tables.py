"""The table of the page."""

from studies.penalties.steps import ATTACKS, MAIN, OF_ALL
from support.tables import markdown

UPDATES = {
    "subgradient": "subgradients for both",
    "proximal": "proximal for both",
}
STEPS = {
    "constant": "constant 0.1",
    "constant, rate / 10": "constant 0.01",
    "averaged": "constant 0.1, averaged",
    "cosine": "from 0.1 to 0",
}


def leads(numbers: dict) -> str:
    """Of 45 pairs how often both families are right under attack at 0.2, and who leads there and at 0.3."""
    converged = f"{numbers['converged']['right'][MAIN]:.1f} %"
    return markdown(
        (
            "steps",
            "learning rate",
            "L1 penalty right on",
            "robust training right on",
            "pairs won (of 45), robust to L1",
            *(f"lead at {attack}" for attack in ATTACKS[MAIN:]),
        ),
        [("converged", "", converged, converged, "0 to 0", "0", "0")]
        + [
            (
                title,
                STEPS[name],
                *(f"{share:.1f} %" for share in found["keep"]),
                f"{found['robust']} to {found['l1']}",
                *(f"{points:+.1f}" if points else "0.0" for points in found["lead"][MAIN:]),
            )
            for update, title in UPDATES.items()
            for name in OF_ALL
            for found in [numbers["early"][name][update]]
        ],
    )
