"""The tables of the page."""

from studies.shared.models import ROBUST
from support.tables import markdown

IMAGES = {"attacked": 2115, "train_attacked": 12665}  # test and training images


def start_and_loss(numbers: dict) -> str:
    """What the start, the loss and the size of the steps change."""
    head = ("model", "‖w‖₁", "median margin", "halving ε", "right under 0.1", "right under 0.2")
    rows = []
    for title, key, training in (
        ("regular, random start", "regular", "usual"),
        ("regular, from zeros", "regular", "zeros"),
        ("regular, from zeros, small steps", "regular", "other"),
        ("ε = 0.2, from zeros, large steps", "0.2", "other"),
        ("ε = 0.2, from zeros", "0.2", "zeros"),
        ("ε = 0.2, random start", "0.2", "usual"),
    ):
        row = numbers["models"][key][training]
        shares = (f"{100 * row['attacked'][epsilon]:.1f} %" for epsilon in ("0.1", "0.2"))
        rows.append((title, f"{row['norm']:.1f}", f"{row['margin']:.1f}", f"{row['halving']:.2f}", *shares))
    return markdown(head, rows)


def steps(numbers: dict) -> str:
    """Mistakes after ten epochs and at the optimum, clean and under the attack trained for."""
    head = (
        "trained for",
        "weights not at zero",
        "clean mistakes, test",
        "clean, training",
        "under attack, test",
        "under attack, training",
    )
    rows = []
    for model in ROBUST:
        for name, training in (("usual", "ten epochs"), ("optimum", "optimum")):
            row = numbers["models"][model.key][name]
            mistakes = (
                round(count * (1 - row[data][epsilon]), 1)
                for epsilon in ("0", model.key)
                for data, count in IMAGES.items()
            )
            rows.append((f"{model.title}, {training}", f"{row['weights']:g}", *(f"{m:g}" for m in mistakes)))
    return markdown(head, rows)
