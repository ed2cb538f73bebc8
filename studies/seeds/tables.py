"""The table of the page."""

from compare import markdown
from studies.shared.models import POST


def comparisons(numbers: dict) -> str:
    """The sign test for every pair of models."""
    titles = {model.key: model.title for model in POST}
    rows = [
        (
            ", ".join(titles[name] for name in names.split(", ")),
            pair["second_worse"],
            pair["first_worse"],
            f"{pair['p_over_seeds']:.0e}",
        )
        for names, pair in numbers["pairs"].items()
    ]
    return markdown(("", "second worse", "first worse", "p"), rows)
