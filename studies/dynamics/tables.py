"""The table of the page."""

from compare import markdown
from studies.shared.models import ROBUST

ROWS = {
    "near_zero_after_one": "wiped off after one epoch, %",
    "near_zero_at_the_end": "wiped off after ten, %",
    "wiped_with_mean_below": "of the wiped, mean below ε, %",
    "kept_with_mean_below": "of the kept, mean below ε, %",
    "line_of_weight": "line at ε: weight, best epoch",
    "line_of_first_mean": "line at ε: mean of the first epoch",
    "line_of_mean": "line at ε: mean of all epochs",
}


def rules(numbers: dict) -> str:
    """How many weights are wiped off, and how well the two readings foretell which."""
    rows = []
    for name, title in ROWS.items():
        values = [numbers["models"][model.key][name] for model in ROBUST]
        rows.append((title, *(f"{100 * v:.1f}" if title.endswith("%") else f"{v:.2f}" for v in values)))
    return markdown(("", *(model.title for model in ROBUST)), rows)
