"""The tables of the page, both with a row for each accident of middle strength, in the mean of the pairs."""

from studies.accidents.study import CENTRED
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, STRENGTHS
from studies.shared.files import Numbers
from studies.shared.models import REGULAR, ROBUST, Model
from support.tables import markdown

MODEL = ROBUST[0]


def accuracies(numbers: Numbers) -> str:
    """Accuracy in %, and for how many pairs the robust model is better, at the three strengths."""
    at = STRENGTHS.index(MIDDLE_STRENGTH)
    rows = {"nothing happens": (numbers.clean, numbers.clean_better)}
    rows |= {
        title: (numbers.accuracy[name], ", ".join(map(str, numbers.better[name])))
        for name, title in {
            **{name: kind.titles[at] for name, kind in ACCIDENTS.items()},
            "mean": "mean of all kinds",
        }.items()
    }
    rows[f"attack, {MODEL.title}"] = (numbers.attacked, numbers.attacked_better)
    models = {key: title for model in (REGULAR, MODEL) for key, title in columns(model).items()}
    return markdown(
        ("accident", *models.values(), "pairs that gain"),
        [
            (title, *(f"{100 * accuracy[key]:.1f}" for key in models), better)
            for title, (accuracy, better) in rows.items()
        ],
    )


def columns(model: Model) -> dict[str, str]:
    """A model and its centred one: titles by key."""
    return {model.key: model.title, CENTRED[model.key]: f"{model.title}, centred"}


def moves(numbers: Numbers) -> str:
    """How far attack and accidents could move the logit, do move it, and move all logits the same way: of the
    regular and the robust model, in typical logits."""

    def both(values: Numbers) -> str:
        return " → ".join(f"{values[model.key]:.2f}" for model in (REGULAR, MODEL))

    attack = both(numbers.moves["attack"])
    rows = [(f"attack, {MODEL.title}", attack, attack, "opposite ways")]
    rows += [
        (name, *(both(values[name]) for values in (numbers.could_move, numbers.moves, numbers.same_way)))
        for name in ACCIDENTS
    ]
    return markdown(("accident", "could move", "moves", "same way"), rows)
