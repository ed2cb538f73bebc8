"""The tables of the page."""

from support.tables import markdown

MODELS = {"regular": "regular", "startless": "regular, from zero weights"}
MODELS |= {epsilon: f"trained for {epsilon}" for epsilon in ("0.1", "0.2", "0.3")}
ATTACKS = {"white box": "its own attack", "zero weights": "the trained copy", "ten images": "ten images"}
SIZES = {  # and decimals
    "max norm": ("the largest change of a pixel", 2),
    "1-norm": ("the sum of all changes", 1),
    "1-norm in range": ("the sum, with valid pixels", 1),
}


def copies(numbers: dict) -> str:
    """Transfer from the copies to three models, and the accuracy that the attacks leave them."""
    rows = []
    for model in ("0.2", "startless", "regular"):
        transfers = [f"{numbers['transfer'][attack][model]:.2f}" for attack in list(ATTACKS)[1:]]
        accuracies = [f"{100 * numbers['right'][attack][model]:.1f}" for attack in ATTACKS]
        rows.append((MODELS[model], *transfers, *accuracies))
    heads = [f"transfer from {title}" for title in list(ATTACKS.values())[1:]]
    heads += [f"% right under {title}" for title in ATTACKS.values()]
    return markdown(("attacked model", *heads), rows)


def norms(numbers: dict) -> str:
    """The size of the change that the median test image withstands, by its measure and model."""
    rows = [
        (title, *(f"{numbers['withstood'][size][model]:.{decimals}f}" for model in MODELS))
        for size, (title, decimals) in SIZES.items()
    ]
    return markdown(("measured by", *MODELS.values()), rows)
