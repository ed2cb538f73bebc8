"""The tables of the page."""

from studies.shared.models import POST, ROBUST
from support.tables import markdown

TRAININGS = {"usual": "random start", "zeros": "from zeros", "optimum": "optimum"}
DRIVEN = {
    "all": "weights driven to zero, of all 784",
    "right_of_driven": "rule of the mean, right on weights driven to zero",
    "right_of_others": "rule of the mean, right on the other weights",
    "right_of_mean": "rule of the mean, average of the two",
    "right_of_first_mean": "the same, with the mean of the first epoch alone",
    "right_of_weight": "rule of the weight, average of the two",
}


def brittle(numbers: dict) -> str:
    """How brittle each model is after each training, and of what its halving ε is made."""
    head = ("model", "median margin", "‖w‖₁", "halving ε", "its range over the starts", "clean mistakes")
    rows = []
    for model in POST:
        for name, training in TRAININGS.items():
            row = numbers["models"][model.key][name]
            span = f"{row['halving_least']:.3f} to {row['halving_most']:.3f}" if name == "usual" else ""
            of = f"{row['margin']:.2f}", f"{row['norm']:.1f}", f"{row['halving']:.3f}", span
            rows.append((f"{model.title}, {training}", *of, f"{row['mistakes']:g}"))
    return markdown(head, rows)


def driven(numbers: dict) -> str:
    """How many weights robust models drive to zero, and how well rules say which."""
    rows = [
        (title, *(f"{100 * numbers['driven'][model.key][name]:.1f} %" for model in ROBUST))
        for name, title in DRIVEN.items()
    ]
    return markdown(("", *(model.title for model in ROBUST)), rows)
