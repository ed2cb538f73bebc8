"""The tables of the page."""

from studies.shared.models import ROBUST
from support.tables import markdown

TEST, TRAIN = 2115, 12665  # images


def start_and_loss(numbers: dict) -> str:
    """What the start, the loss and the size of the steps change."""
    head = ("model", "‖w‖₁", "median margin", "halving ε", "right under 0.1", "right under 0.2")
    rows = []
    for title, key, training in (
        ("regular, random start, large steps", "regular", "usual"),
        ("regular, from zeros, large steps", "regular", "zeros"),
        ("regular, from zeros, small steps", "regular", "other"),
        ("ε = 0.2, from zeros, large steps", "0.2", "other"),
        ("ε = 0.2, from zeros, small steps", "0.2", "zeros"),
        ("ε = 0.2, random start, small steps", "0.2", "usual"),
    ):
        row = numbers["models"][key][training]
        shares = (f"{100 * row['attacked'][epsilon]:.1f} %" for epsilon in ("0.1", "0.2"))
        rows.append((title, f"{row['norm']:.1f}", f"{row['margin']:.1f}", f"{row['halving']:.2f}", *shares))
    return markdown(head, rows)


def steps(numbers: dict) -> str:
    """What ten and a hundred epochs and the optimum come to: loss, weights, and mistakes, rounded."""
    head = (
        "trained for",
        "loss",
        "weights not at zero",
        "clean mistakes, test",
        "under attack, test",
        "under attack, training",
    )
    rows = []
    for model in ROBUST:
        for name, training in (("usual", "10 epochs"), ("longer", "100 epochs"), ("optimum", "optimum")):
            if name == "longer" and model.key == "0.1":
                continue
            row = numbers["models"][model.key][name]
            counts = (
                row["weights"],
                TEST * (1 - row["attacked"]["0"]),
                TEST * (1 - row["attacked"][model.key]),
                TRAIN * (1 - row["train_attacked"][model.key]),
            )
            loss = f"{row['loss']:.3f}"
            rows.append((f"{model.title}, {training}", loss, *(f"{count:.0f}" for count in counts)))
    return markdown(head, rows)
