"""The tables of the page."""

from support.tables import markdown

COPIES = {
    "white box": "the model itself",
    "zero weights": "a copy trained from zero weights",
    "another seed": "a copy trained from another start",
    "1000 images": "1000 images of each digit",
    "ten images": "ten images of each digit",
}


def copies(numbers: dict) -> str:
    """Transfer and accuracy by what the attack is made from."""
    startless = numbers["startless"]
    rows = []
    for name, title in COPIES.items():
        of = "zero weights" if name == "white box" else name  # what the model from zero weights is itself
        rows.append(
            (
                title,
                f"{numbers['transfer'][name]['0.2']:.2f}",
                f"{startless['transfer'][of]['regular']:.2f}",
                f"{numbers['transfer'][name]['regular']:.2f}",
                f"{100 * startless['right'][of]['regular']:.1f}",
                *(with_spread(numbers, part, name) for part in ("right", "in_range")),
            )
        )
    heads = (
        "transfer to the model for 0.2",
        "transfer to regular, from zero weights",
        "transfer to regular",
        "accuracy of regular, from zero weights, %",
        "accuracy of regular, %",
        "the same with valid pixels, %",
    )
    return markdown(("attack made from", *heads), rows)


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
