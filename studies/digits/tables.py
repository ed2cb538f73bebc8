"""The table of the page."""

from support.tables import markdown

COLUMNS = {
    "0.1": "ε = 0.1",
    "0.2": "ε = 0.2",
    "0.3 below": "ε = 0.3 < ε\\*",
    "0.3 beyond": "ε = 0.3 ≥ ε\\*",
}


def outcome(numbers: dict) -> str:
    """What robust training costs the pairs without an attack, and gives under the one that it was for."""
    found = [numbers["summary"]["models"][key] for key in COLUMNS]
    rows = {
        "price after ten epochs, points": [f"{100 * column['price'][0]:.1f}" for column in found],
        "price of converged training, points": [f"{100 * column['price'][1]:.1f}" for column in found],
        "pairs whose price is the objective's": [f"{c['by_objective']} of {c['asked']}" for c in found],
        "right under attack after ten epochs": [f"{100 * column['own']:.1f} %" for column in found],
        "right under attack if converged": [f"{100 * column['own_optimum']:.1f} %" for column in found],
        "pairs no better than a constant after ten epochs": [column["no_better"][0] for column in found],
        "pairs no better than a constant if converged": [column["no_better"][1] for column in found],
    }
    heads = [f"{title}, {of['pairs']} pairs" for title, of in zip(COLUMNS.values(), found, strict=True)]
    return markdown(("median pair, or number of pairs", *heads), [(name, *row) for name, row in rows.items()])
