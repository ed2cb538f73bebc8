"""The tables of the page."""

from compare import markdown
from studies.shared.models import POST, ROBUST

TRAININGS = {"usual": "random start", "zeros": "from zeros", "optimum": "optimum"}
KINDS = {
    "driven_below": "mean below ε, driven to zero",
    "driven_above": "mean at least ε, driven to zero",
    "left_above": "mean at least ε, not driven to zero",
    "left_below": "mean below ε, not driven to zero",
}
RULES = {
    "right_of_mean": "the mean's rule is right on",
    "right_of_first_mean": "the same with the mean of the first epoch alone",
    "right_of_weight": "the weight's rule is right on",
}


def brittle(numbers: dict) -> str:
    """How brittle each model is after each training, and of what its halving ε is made."""
    head = ("model", "median margin", "‖w‖₁", "halving ε", "over the starts", "mistakes")
    rows = []
    for model in POST:
        for name, training in TRAININGS.items():
            row = numbers["models"][model.key][name]
            span = f"{row['halving_least']:.3f} to {row['halving_most']:.3f}" if name == "usual" else ""
            of = f"{row['margin']:.2f}", f"{row['norm']:.1f}", f"{row['halving']:.3f}", span
            rows.append((f"{model.title}, {training}", *of, f"{row['mistakes']:g}"))
    return markdown(head, rows)


def driven(numbers: dict) -> str:
    """Which weights robust models drive to zero, and which rule says so."""
    found = [numbers["driven"][model.key] for model in ROBUST]
    rows = [(title, *(f"{row[name]:.1f}" for row in found)) for name, title in KINDS.items()]
    rows += [(title, *(f"{100 * row[name]:.1f} %" for row in found)) for name, title in RULES.items()]
    return markdown(("pixels of a model", *(model.title for model in ROBUST)), rows)
