"""The table of the page."""

from compare import markdown
from studies.shared.models import ROBUST

VARIANTS = {
    "trained": "as trained",
    "unlit_at_zero": "unlit at zero",
    "start_subtracted": "start subtracted",
    "from_zeros": "trained from zeros",
}


def regular(numbers: dict) -> str:
    """The regular model, its variants, and the robust ones to compare with."""
    rows = [(title, numbers["models"]["regular"][name]) for name, title in VARIANTS.items()]
    rows += [(model.title, numbers["models"][model.key]["trained"]) for model in ROBUST]
    return markdown(
        ("", "at 0.1", "at 0.2", "clipped, 0.1", "clipped, 0.2"),
        [
            (
                title,
                *(f"{100 * found['attacked'][epsilon]:.1f}" for epsilon in ("0.1", "0.2")),
                *(f"{100 * found['clipped'][epsilon]:.1f}" for epsilon in ("0.1", "0.2")),
            )
            for title, found in rows
        ],
    )
