"""The tables of the page."""

from studies.penalties.steps import ATTACKS, OF_ALL
from support.tables import markdown

UPDATES = {
    "subgradient": "subgradients for both",
    "proximal": "proximal for both",
    "mixed": "proximal for L1 only",
}
STEPS = {
    "constant": "constant 0.1",
    "constant, rate / 10": "constant 0.01",
    "averaged": "constant 0.1, averaged",
    "cosine": "from 0.1 to 0",
}
# How the rate goes, where it was tried, and which of the comparisons that is
VARIED = {
    "constant 0.1": (
        "both test sets, all starts",
        lambda name: name.startswith("constant") and "/" not in name,
    ),
    "constant 0.1, averaged": ("both test sets, all starts", lambda name: name.startswith("averaged")),
    "constant 0.01": ("MNIST's test images", lambda name: "/" in name),
    "along a cosine from 0.1 to 0": ("all starts", lambda name: name.startswith("cosine")),
    "0.1, then 0.01, then 0.001": ("ten pairs", lambda name: name == "stairs"),
    "each family's best of 20": ("ten pairs", lambda name: name == "each its best"),
    "all": ("", lambda name: True),
}


def leads(numbers: dict) -> str:
    """Of 45 pairs how often both families are right under attack at 0.2, and who leads at each attack."""
    converged = f"{numbers['converged']['right'][1]:.1f} %"
    return markdown(
        (
            "steps",
            "learning rate",
            "L1 penalty right on",
            "robust training right on",
            "pairs ahead, robust to L1",
            *(f"lead at {attack}" for attack in ATTACKS),
        ),
        [("converged", "", converged, converged, "0 to 0", "0", "0", "0")]
        + [
            (
                title,
                STEPS[name],
                *(f"{share:.1f} %" for share in found["keep"]),
                f"{found['robust']} to {found['l1']}",
                *(f"{points:+.1f}" if points else "0.0" for points in found["lead"]),
            )
            for update, title in UPDATES.items()
            for name in OF_ALL
            for found in [numbers["early"][name][update]]
        ],
    )


def varied(numbers: dict) -> str:
    """The fair comparisons by how the rate goes, and in how many a family is ahead."""
    fair, names = numbers["fair"], list(numbers["early"])

    def ahead(family: str, update: str, chosen: list[str]) -> str:
        count = sum(f"{name}: {update}" in fair[f"{family} ahead"] for name in chosen)
        return f"{count} of {len(chosen)}"

    return markdown(
        ("learning rate", "tried on", "robust ahead with subgradients", "with proximal steps", "L1 ahead"),
        [
            (
                title,
                where,
                ahead("robust", "subgradient", chosen),
                ahead("robust", "proximal", chosen),
                f"{sum(key.split(':')[0] in chosen for key in fair['l1 ahead'])} of {2 * len(chosen)}",
            )
            for title, (where, belongs) in VARIED.items()
            for chosen in [[name for name in names if belongs(name)]]
        ],
    )
