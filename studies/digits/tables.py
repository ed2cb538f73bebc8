"""The tables of the page."""

from studies.digits.study import LONGER, NEAR
from support.tables import markdown

COLUMNS = {
    "0.1": "ε = 0.1",
    "0.2": "ε = 0.2",
    "0.3 below": "ε = 0.3 < ε\\*",
    "0.3 beyond": "ε = 0.3 ≥ ε\\*",
}


def failures(numbers: dict) -> str:
    """How many pairs nearer to the limit and farther from it are no better than a constant for 0.3."""
    near, far = (numbers["summary"]["failures"][side] for side in ("near", "far"))
    names = {
        "ten_epochs": "after ten epochs",
        "best bias": "of these, with the best bias as well",
        "longer": f"of these, after {LONGER} epochs as well",
        "optimum": "converged",
    }
    rows = [(name, str(near[key]), str(far[key])) for key, name in names.items()]
    heads = (f"0.3 < ε\\* ≤ {NEAR}, {near['pairs']} pairs", f"ε\\* > {NEAR}, {far['pairs']} pairs")
    return markdown(("pairs no better than a constant", *heads), rows)


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
