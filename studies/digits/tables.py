"""The table of the page."""

from studies.digits.study import ROBUST
from studies.shared.models import ROBUST as MODELS
from support.tables import markdown


def by_epsilon(numbers: dict) -> str:
    """What robust training for each ε costs the 45 pairs and what it gives them."""

    def row(title: str, text) -> tuple:
        return title, *(text(numbers["summary"]["models"][key]) for key in ROBUST)

    return markdown(
        ("of the 45 pairs", *(model.title for model in MODELS)),
        [
            row("price in points, median", lambda found: f"{100 * found['price'][0]:.1f}"),
            row("price in points, largest", lambda found: f"{100 * found['price'][1]:.1f}"),
            row("price of converged training, median", lambda found: f"{100 * found['optimum_price']:.1f}"),
            row(
                "pairs whose price the objective explains",
                lambda found: f"{found['by_objective']} of {found['asked']}",
            ),
            row("right under the attack trained for, median", lambda found: f"{100 * found['own']:.1f} %"),
            row("the same of converged training", lambda found: f"{100 * found['own_optimum']:.1f} %"),
            row("weights left by converged training, median", lambda found: f"{found['weights']:g}"),
            row("pairs with an ε* of at most this ε", lambda found: f"{found['beyond']}"),
        ],
    )
