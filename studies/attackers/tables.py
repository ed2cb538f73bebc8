"""The tables of the page."""

from studies.shared.models import POST
from support.tables import markdown

COPIES = {
    "white box": "the model itself",
    "zero weights": "a copy trained from zero weights",
    "another seed": "a copy trained from another start",
    "1000 images": "1000 images of each digit",
    "ten images": "ten images of each digit",
}


def copies(numbers: dict) -> str:
    """Transfer to each model, and accuracy of the regular one, by what the attack is made from."""
    rows = [
        (
            title,
            *(f"{numbers['transfer'][name][model.key]:.2f}" for model in POST),
            *(with_spread(numbers, part, name) for part in ("right", "in_range")),
        )
        for name, title in COPIES.items()
    ]
    heads = (f"t to {model.title}" for model in POST)
    accuracies = ("regular model's accuracy, %", "with valid pixels, %")
    return markdown(("attack made from", *heads, *accuracies), rows)


def with_spread(numbers: dict, part: str, name: str) -> str:
    low, high = numbers["spread"][part][name]
    return f"{100 * numbers[part][name]['regular']:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def norms(numbers: dict) -> str:
    """Accuracy in % with valid pixels by what a model was trained against and is attacked in."""
    found = numbers["norms"]
    rows = [
        (
            name if name == "regular" else f"against the {name}",
            *(f"{100 * value:.1f}" for value in (found["clean"][name], *right.values())),
        )
        for name, right in found["in_range"].items()
    ]
    return markdown(("trained", "no attack", *(f"attacked in the {name}" for name in found["budgets"])), rows)
