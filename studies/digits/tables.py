"""The tables of the page."""

from support.tables import markdown

COLUMNS = {
    "0.1": "ε = 0.1",
    "0.2": "ε = 0.2",
    "0.3 below": "ε = 0.3, below ε\\*",
    "0.3 beyond": "ε = 0.3, beyond ε\\*",
}


def costs(numbers: dict) -> str:
    """What robust training costs the pairs, without an attack."""
    return table(
        numbers,
        "price in points of clean accuracy",
        {
            "pairs of digits": lambda found: f"{found['pairs']}",
            "ten epochs, median pair": lambda found: f"{100 * found['price'][0]:.1f}",
            "converged, median pair": lambda found: f"{100 * found['price'][1]:.1f}",
            "ten epochs, dearest pair": lambda found: f"{100 * found['largest_price'][0]:.1f}",
            "converged, dearest pair": lambda found: f"{100 * found['largest_price'][1]:.1f}",
            "pairs whose price is the objective's": lambda found: (
                f"{found['by_objective']} of {found['asked']}"
            ),
        },
    )


def gains(numbers: dict) -> str:
    """What it gives them under the attack that it was for."""
    return table(
        numbers,
        "under an attack of the same ε",
        {
            "right after ten epochs, median pair": lambda found: f"{100 * found['own'][0]:.1f} %",
            "right if converged, median pair": lambda found: f"{100 * found['own'][1]:.1f} %",
            "pairs no better than a constant, ten epochs": lambda found: f"{found['no_better'][0]}",
            "pairs no better than a constant, converged": lambda found: f"{found['no_better'][1]}",
            "pixels used if converged, median pair": lambda found: f"{found['weights']:g}",
        },
    )


def table(numbers: dict, title: str, rows: dict) -> str:
    """A column for each ε, two for 0.3; a row for each title, with what makes its text."""
    found = [numbers["summary"]["models"][key] for key in COLUMNS]
    return markdown(
        (title, *COLUMNS.values()),
        [(name, *(text(column) for column in found)) for name, text in rows.items()],
    )
