"""The tables of the page."""

from compare import markdown


def choices(numbers: dict) -> str:
    """The share of images fooled at ε = 0.2 under other choices of training."""
    rows = [
        (name, *(f"{100 * found[kind]:.1f}" for kind in ("another seed", "zeros")))
        for name, found in numbers["choices"].items()
    ]
    return markdown(("training", "another seed's", "from zeros"), rows)
