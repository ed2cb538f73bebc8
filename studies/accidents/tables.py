"""The tables of the page."""

from studies.shared.files import Numbers
from studies.shared.models import POST
from support.tables import markdown

COLUMNS = {**{model.key: model.title for model in POST}, "centred": "regular, centred"}


def accuracies(clean: dict, after: dict) -> str:
    """A row for each accident, in %: accuracy by model."""
    rows = {"nothing happens": clean, **after}
    rows["mean of the eight"] = rows.pop("mean")
    cells = [(name, *(f"{100 * found[key]:.1f}" for key in COLUMNS)) for name, found in rows.items()]
    return markdown(("accident", *COLUMNS.values()), cells)


def pairs(numbers: Numbers) -> str:
    return accuracies(numbers.pairs.clean, numbers.pairs.accuracy)


def zeros_and_ones(numbers: Numbers) -> str:
    return accuracies(numbers.clean, numbers.accuracy)
