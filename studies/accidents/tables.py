"""The tables of the page, both of the pairs, with a row for each accident."""

from studies.accidents.study import CENTRED
from studies.shared.accidents import ACCIDENTS
from studies.shared.files import Numbers
from studies.shared.models import POST, REGULAR, ROBUST
from support.tables import markdown


def accuracies(numbers: Numbers) -> str:
    """Accuracy in %, and for how many pairs the model for 0.1 is better."""
    rows = {"nothing happens": numbers.clean, **numbers.accuracy}
    better = {
        "nothing happens": numbers.clean_better,
        **{row: numbers.better[row][1] for row in numbers.better},
    }
    keys = {CENTRED[REGULAR.key]: "regular, centred", **{model.key: model.title for model in POST}}
    first = [REGULAR.key, CENTRED[REGULAR.key], ROBUST[0].key]
    last = [model.key for model in ROBUST[1:]]
    cells = [
        (
            name.replace("mean", "mean of the eight"),
            *(f"{100 * row[key]:.1f}" for key in first),
            f"{better[name]} of 45",
            *(f"{100 * row[key]:.1f}" for key in last),
        )
        for name, row in rows.items()
    ]
    better_for = f"{ROBUST[0].title} better than regular"
    return markdown(("accident", *map(keys.get, first), better_for, *map(keys.get, last)), cells)


def moves(numbers: Numbers) -> str:
    """How far attack and accidents move the logit, in typical logits, what is left of it, in %, and how far
    they move all logits the same way; an attack moves those of the two digits apart."""
    models = (REGULAR, ROBUST[0])
    cells = [
        (
            {"attack": f"attack, {ROBUST[0].title}"}.get(name, name),
            *(f"{numbers.moves[name][model.key]:.2f}" for model in models),
            *(f"{100 * numbers.left_over[name][model.key]:.0f} %" for model in models),
            *(f"{numbers.same_way[name][model.key]:.2f}" if name in ACCIDENTS else "" for model in models),
        )
        for name in ("attack", *ACCIDENTS)
    ]
    titles = [f"{what}: {model.title}" for what in ("moves", "left over", "same way") for model in models]
    return markdown(("accident", *titles), cells)
