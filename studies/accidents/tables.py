"""The tables of the page."""

from compare import markdown
from studies.accidents.kinds import ACCIDENTS, STRENGTHS
from studies.models import POST, ROBUST


def means(numbers: dict) -> str:
    """Accuracy in % in the mean over the accidents, by strength."""
    families = {"seeds": "", "zeros": ", from zeros", "optimum": ", optimum"}
    rows = []
    for family, suffix in families.items():
        for model in POST:
            if model.key in numbers["mean"][family]:
                values = numbers["mean"][family][model.key]
                rows.append((model.title + suffix, *(f"{100 * value:.1f}" for value in values)))
    return markdown(("model", *(f"strength {strength}" for strength in STRENGTHS)), rows)


def pairs(numbers: dict) -> str:
    """What an accident costs each model in the median pair; for how many a robust one is better, worse."""
    rows = []
    for name, accident in ACCIDENTS.items():
        found = numbers["pairs"]["accidents"][name]
        costs = (f"{round(100 * found['cost'][model.key], 1) + 0:.1f}" for model in POST)
        counts = (f"{found['better'][model.key]} : {found['worse'][model.key]}" for model in ROBUST)
        rows.append((accident.label, *costs, *counts))
    head = ("accident", *(f"cost, {model.title}" for model in POST))
    return markdown((*head, *(f"better : worse, {model.title}" for model in ROBUST)), rows)


def helped(numbers: dict) -> str:
    """Under which accidents of middle strength each robust model is better than the regular one, or worse."""

    def names(model, verdict: int) -> str:
        return ", ".join(
            accident.label
            for name, accident in ACCIDENTS.items()
            if numbers["accidents"][name]["verdict"][model.key] == verdict
        )

    rows = [(model.title, names(model, 1), names(model, -1)) for model in ROBUST]
    return markdown(("zeros and ones", "better", "worse"), rows)
