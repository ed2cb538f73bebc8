"""The tables of the page."""

from studies.shared.models import ROBUST
from support.tables import markdown

IMAGES = {"attacked": 2115, "train_attacked": 12665}  # test and training images
STEPS = {"usual": "ten epochs", "optimum": "optimum"}


def driven(numbers: dict) -> str:
    """How many weights robust models drive to zero, and how well rules say which."""
    found = [numbers["driven"][model.key] for model in ROBUST]
    rows = {
        "weights driven to zero, of all 784": [row["all"] for row in found],
        "score: mean below ε": [row["mean"]["one"] for row in found],
        "score: mean below half of ε": [row["mean"]["half"] for row in found],
        "score: mean below one and a half ε": [row["mean"]["one and a half"] for row in found],
        "score: mean in the first epoch below ε": [row["first_mean"] for row in found],
        "score: weight below ε (the post)": [row["weight"] for row in found],
    }
    shares = [(title, *(f"{100 * share:.1f} %" for share in row)) for title, row in rows.items()]
    return markdown(("", *(model.title for model in ROBUST)), shares)


def steps(numbers: dict) -> str:
    """Mistakes after ten epochs and at the optimum, clean and under the attack trained for."""
    head = (
        "trained for",
        "‖w‖₁",
        "clean mistakes, test",
        "clean, training",
        "under attack, test",
        "under attack, training",
    )
    rows = []
    for model in ROBUST:
        for name, training in STEPS.items():
            row = numbers["models"][model.key][name]
            mistakes = (
                round(count * (1 - row[data][epsilon]), 1)
                for epsilon in ("0", model.key)
                for data, count in IMAGES.items()
            )
            rows.append((f"{model.title}, {training}", f"{row['norm']:.1f}", *(f"{m:g}" for m in mistakes)))
    return markdown(head, rows)
