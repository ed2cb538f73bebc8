"""The tables of the page."""

from compare import markdown
from studies.models import POST


def mistakes(numbers: dict) -> str:
    """Published and own mistakes of the four models."""
    rows = []
    for model in POST:
        found = numbers["models"][model.key]
        low, high = (f"{100 * end:.2f}" for end in found["published_interval"])
        own = sorted(found["mistakes"])
        span = f"{own[0]} to {own[-1]}" if own[0] < own[-1] else f"{own[0]}"
        mean = f"{sum(own) / len(own):.2f}"
        rows.append(
            (
                model.title,
                found["published_mistakes"],
                f"{low} to {high}",
                span,
                mean,
                found["always_wrong"],
                found["ever_wrong"],
            )
        )
    head = (
        "",
        "mistakes, post",
        "95 % interval of its accuracy, %",
        "here",
        "mean",
        "in all seeds",
        "in any",
    )
    return markdown(head, rows)


def comparisons(numbers: dict) -> str:
    """Both tests for every pair of models."""
    titles = {model.key: model.title for model in POST}
    rows = []
    for names, pair in numbers["pairs"].items():
        equal = numbers["seeds"] - pair["second_worse"] - pair["first_worse"]
        rows.append(
            (
                ", ".join(titles[name] for name in names.split(", ")),
                pair["second_worse"],
                pair["first_worse"],
                equal,
                f"{pair['p_over_seeds']:.0e}",
                f"{pair['smallest_p_over_images']:.4f}",
            )
        )
    head = ("", "second worse", "first worse", "equal", "p over seeds", "least p over images")
    return markdown(head, rows)
