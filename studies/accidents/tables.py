"""The tables of the page, both with a row for each accident of middle strength, in the mean of the pairs."""

from studies.accidents.study import CENTRED
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, STRENGTHS
from studies.shared.files import Numbers
from studies.shared.models import REGULAR, ROBUST
from support.tables import markdown

MODEL = ROBUST[0]


def accuracies(numbers: Numbers) -> str:
    """Accuracy in %, and for how many pairs the robust model is better."""
    at = STRENGTHS.index(MIDDLE_STRENGTH)
    titles = {name: kind.titles[at] for name, kind in ACCIDENTS.items()} | {"mean": "mean of all kinds"}
    rows = {"nothing happens": (numbers.clean, numbers.clean_better)}
    rows |= {titles[name]: (numbers.accuracy[name], numbers.better[name][1]) for name in titles}
    keys = (REGULAR.key, CENTRED[REGULAR.key], MODEL.key)
    head = ("accident", "regular", "regular, centred", MODEL.title, f"{MODEL.title} better than regular")
    return markdown(
        head,
        [
            (title, *(f"{100 * accuracy[key]:.1f}" for key in keys), f"{better} of 45")
            for title, (accuracy, better) in rows.items()
        ],
    )


def moves(numbers: Numbers) -> str:
    """How far attack and accidents move the logit, and how far they move all logits the same way, in typical
    logits. An attack moves those of the two digits apart."""
    keys = (REGULAR.key, MODEL.key)
    titles = [f"{what}: {model.title}" for what in ("moves", "same way") for model in (REGULAR, MODEL)]
    cells = [
        (
            {"attack": f"attack, {MODEL.title}"}.get(name, name),
            *(f"{values[key]:.2f}" for key in keys),
            *(f"{numbers.same_way[name][key]:.2f}" if name in ACCIDENTS else "" for key in keys),
        )
        for name, values in numbers.moves.items()
    ]
    return markdown(("accident", *titles), cells)
