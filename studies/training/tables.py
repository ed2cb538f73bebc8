"""The tables of the page."""

from compare import markdown
from studies.shared.models import ROBUST

TRAININGS = {
    "usual": "ten epochs, as in the post",
    "other": "ten epochs, ten times larger steps",
    "longer": "a hundred epochs, the post's steps",
    "optimum": "converged: the optimum",
}
DRIVEN = {
    "after_one_epoch": "weights driven to zero after one epoch",
    "after_all": "weights driven to zero after ten epochs",
    "with_mean_below": "driven to zero, of the weights whose mean is below ε",
    "with_mean_above": "driven to zero, of the weights whose mean is at least ε",
    "weights_left_below": "smaller than ε, of the weights not driven to zero",
}


def steps(numbers: dict) -> str:
    """Under the attack of its own ε and on clean images, each training of the robust models."""
    rows = []
    for name, title in TRAININGS.items():
        found = [numbers["models"][model.key][name] for model in ROBUST]
        own = (f"{100 * row['attacked'][model.key]:.1f} %" for model, row in zip(ROBUST, found, strict=True))
        rows.append((title, *own, *(f"{row['mistakes']:g}" for row in found)))
    heads = (f"{what}, {model.title}" for what in ("attacked", "clean mistakes") for model in ROBUST)
    return markdown(("training", *heads), rows)


def driven(numbers: dict) -> str:
    """How many weights a robust model drives to zero, and which."""
    rows = [
        (title, *(f"{100 * numbers['driven'][model.key][name]:.1f} %" for model in ROBUST))
        for name, title in DRIVEN.items()
    ]
    return markdown(("share", *(model.title for model in ROBUST)), rows)
