"""The tables of the page."""

from compare import markdown
from studies.shared.accidents import ACCIDENTS, STRENGTHS
from studies.shared.models import POST, ROBUST


def helped(numbers: dict) -> str:
    """Under which accidents of middle strength each robust model is better than the regular one, or worse."""

    def labels(names: list[str]) -> str:
        return ", ".join(ACCIDENTS[name].label for name in names)

    rows = [
        (model.title, *(labels(numbers[word][model.key]) for word in ("better", "worse"))) for model in ROBUST
    ]
    return markdown(("model", "better", "worse"), rows)


def means(numbers: dict) -> str:
    """Accuracy in % in the mean over the accidents, by strength."""
    found = numbers["mean"]["seeds"]
    rows = [(model.title, *(f"{100 * value:.1f}" for value in found[model.key])) for model in POST]
    return markdown(("strength", *map(str, STRENGTHS)), rows)
