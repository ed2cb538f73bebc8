"""The tables of the page."""

from support.tables import markdown

COLUMNS = {
    "0.1": "ε = 0.1",
    "0.2": "ε = 0.2",
    "0.3 below": "ε = 0.3 < ε\\*",
    "0.3 beyond": "ε = 0.3 ≥ ε\\*",
}


def outcome(numbers: dict) -> str:
    """What robust training gives under the attack that it was for, and costs the pairs without an attack."""
    found = [numbers["summary"]["models"][key] for key in COLUMNS]
    rows = [
        (f"{name}, {training}", *(text.format(scale * column[key][place]) for column in found))
        for name, key, scale, text in (
            ("right under attack", "under_attack", 100, "{:.1f} %"),
            ("pairs no better than a constant", "no_better", 1, "{}"),
            ("price in points", "price", 100, "{:.1f}"),
        )
        for place, training in enumerate(("ten epochs", "converged"))
    ]
    heads = [f"{title}, {of['pairs']} pairs" for title, of in zip(COLUMNS.values(), found, strict=True)]
    return markdown(("median pair, or number of pairs", *heads), rows)
