"""The table of the page."""

from studies.accidents.study import CENTRED, MIDDLE
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, STRENGTHS
from studies.shared.files import Numbers
from studies.shared.models import REGULAR, ROBUST
from support.tables import markdown

MODEL = ROBUST[0]


def accuracies(numbers: Numbers) -> str:
    """Mean accuracy in %, and for how many pairs the robust model is better and worse: without an accident,
    after each of middle strength, and under attack."""
    at = STRENGTHS.index(MIDDLE_STRENGTH)
    rows = {"nothing happens": (numbers.clean, numbers.clean_better, numbers.clean_worse)}
    titles = {name: kind.titles[at] for name, kind in ACCIDENTS.items()} | {"mean": "mean of all kinds"}
    rows |= {
        title: (numbers.accuracy[name], numbers.better[name][MIDDLE], numbers.worse[name][MIDDLE])
        for name, title in titles.items()
    }
    rows[f"attack, {MODEL.title}"] = (numbers.attacked, numbers.attacked_better, numbers.attacked_worse)
    models = {}
    for model in (REGULAR, MODEL):
        models |= {model.key: model.title, CENTRED[model.key]: f"{model.title}, centred"}
    return markdown(
        ("accident", *models.values(), "pairs"),
        [
            (title, *(f"{100 * accuracy[key]:.1f}" for key in models), f"{better} better, {worse} worse")
            for title, (accuracy, better, worse) in rows.items()
        ],
    )
