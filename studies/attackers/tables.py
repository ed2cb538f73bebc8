"""The tables of the page."""

from support.tables import markdown

COPIES = {
    "white box": "the model itself",
    "zero weights": "a copy trained from zero weights",
    "another seed": "a copy trained from another start",
    "ten images": "ten images of each digit",
}
SIZES = {
    "max norm": "largest change of a pixel (max norm)",
    "2-norm": "length of the whole change (2-norm)",
    "1-norm in range": "sum of all changes (1-norm), valid pixels",
}
MODELS = {"regular": "regular", "startless": "regular, from zero weights"}
MODELS |= {epsilon: f"trained for {epsilon}" for epsilon in ("0.1", "0.2", "0.3")}


def copies(numbers: dict) -> str:
    """Transfer to three models, and accuracy of two, by what the attack is made from."""
    columns = (
        ("transfer", "0.2", "transfer to the model for 0.2"),
        ("transfer", "startless", "transfer to regular, from zero weights"),
        ("transfer", "regular", "transfer to regular"),
        ("right", "startless", "regular, from zero weights: right, %"),
        ("right", "regular", "regular: right, %"),
    )
    rows = []
    for name, title in COPIES.items():
        values = [(part, numbers[part][name][model]) for part, model, _ in columns]
        shown = (f"{value:.2f}" if part == "transfer" else f"{100 * value:.1f}" for part, value in values)
        rows.append((title, *shown))
    return markdown(("attack made from", *(head for *_, head in columns)), rows)


def norms(numbers: dict) -> str:
    """The size of the change that the median test image withstands, by norm and model."""
    rows = [
        (title, *(f"{numbers['withstood'][size][model]:.2f}" for model in MODELS))
        for size, title in SIZES.items()
    ]
    return markdown(("limited is the", *MODELS.values()), rows)
