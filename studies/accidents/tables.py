"""The tables of the page, both of the pairs, with a row for each accident."""

from studies.shared.accidents import ACCIDENTS
from studies.shared.files import Numbers
from studies.shared.models import POST, REGULAR, ROBUST
from support.tables import markdown


def accuracies(numbers: Numbers) -> str:
    """Accuracy in %, and for how many pairs the model for 0.1 is better."""
    found = numbers.pairs
    rows = {"nothing happens": found.clean, **found.accuracy}
    better = {"nothing happens": found.clean_better, **{row: found.better[row][1] for row in found.better}}
    cells = [
        (
            name.replace("mean", "mean of the eight"),
            *(f"{100 * row[model.key]:.1f}" for model in POST[:2]),
            f"{better[name]} of 45",
            *(f"{100 * row[model.key]:.1f}" for model in POST[2:]),
        )
        for name, row in rows.items()
    ]
    titles = [model.title for model in POST]
    return markdown(("accident", *titles[:2], f"{titles[1]} is better for", *titles[2:]), cells)


def moves(numbers: Numbers) -> str:
    """How far attack and accidents move the logit, in typical logits, and what is left of it, in %."""
    models = (REGULAR, ROBUST[0])
    cells = [
        (
            {"attack": f"attack, {ROBUST[0].title}"}.get(name, name),
            *(f"{numbers.pairs.moves[name][model.key]:.2f}" for model in models),
            *(f"{100 * numbers.pairs.left_over[name][model.key]:.0f} %" for model in models),
        )
        for name in ("attack", *ACCIDENTS)
    ]
    titles = [f"{what}: {model.title}" for what in ("moves", "left over") for model in models]
    return markdown(("accident", *titles), cells)
