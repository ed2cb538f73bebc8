"""The tables of the page."""

from studies.shared.models import POST
from support.tables import markdown

COPIES = {
    "white box": "the model itself",
    "from zeros": "one trained from zeros",
    "another seed": "one trained from another start",
    "1000 images": "1000 images of each digit",
    "ten images": "ten images of each digit",
}


def copies(numbers: dict) -> str:
    """Transfer to each model, and accuracy of the regular one, by what the attack is made from."""
    rows = [
        (
            title,
            *(f"{numbers['transfer'][name][model.key]:.2f}" for model in POST),
            *(f"{100 * numbers[part][name]['regular']:.1f}" for part in ("right", "in_range")),
        )
        for name, title in COPIES.items()
    ]
    models = (f"t to {model.title}" for model in POST)
    return markdown(("made from", *models, "regular right, %", "the same in range, %"), rows)


def norms(numbers: dict) -> str:
    """Accuracy in % by what a model was trained against and is attacked in."""
    found = numbers["norms"]
    rows = [
        (
            name if name == "regular" else f"against the {name}",
            *(f"{100 * value:.1f}" for value in (found["clean"][name], *right.values())),
        )
        for name, right in found["right"].items()
    ]
    return markdown(("trained", "no attack", *(f"attacked in the {name}" for name in found["budgets"])), rows)
