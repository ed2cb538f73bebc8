"""The tables of the page."""

from studies.shared.models import ROBUST
from support.tables import markdown

TRAININGS = {
    "usual": "ten epochs, as in the post",
    "other": "ten epochs, steps ten times larger",
    "longer": "a hundred epochs",
    "optimum": "optimum",
}
DRIVEN = {
    "after_one_epoch": "weights driven to zero after one epoch",
    "after_all": "weights driven to zero after ten epochs",
    "with_mean_below": "driven to zero, of the weights whose mean is below ε",
    "with_mean_above": "driven to zero, of the weights whose mean is at least ε",
    "weights_left_below": "smaller than ε, of the weights not driven to zero",
}


def steps(numbers: dict) -> str:
    """The robust models after each training: under the attack of their own ε, and on clean images."""
    rows = []
    for model in ROBUST:
        found = [numbers["models"][model.key][name] for name in TRAININGS]
        attacked = (f"{100 * row['attacked'][model.key]:.1f} %" for row in found)
        rows.append((f"{model.title}: right under attack", *attacked))
        rows.append((f"{model.title}: mistakes on clean images", *(f"{row['mistakes']:g}" for row in found)))
    return markdown(("", *TRAININGS.values()), rows)


def driven(numbers: dict) -> str:
    """How many weights a robust model drives to zero, and which."""
    rows = [
        (title, *(f"{100 * numbers['driven'][model.key][name]:.1f} %" for model in ROBUST))
        for name, title in DRIVEN.items()
    ]
    return markdown(("", *(model.title for model in ROBUST)), rows)
