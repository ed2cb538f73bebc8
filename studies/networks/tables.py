"""The tables of the page."""

from itertools import chain
from statistics import median

from studies.networks.study import EPSILONS, MEASURED
from support.tables import markdown

NAMES = {
    "regular": "no attack in training",
    "usual": "usual start",
    "longer": "usual start, four times as long",
    "small start": "a start a tenth as large",
    "weight decay": "weight decay",
    "weak L1": "weak L1 penalty",
    "L1": "strong L1 penalty",
    "proved bounds": "trained on proved bounds",
}


def trainings(numbers: dict) -> str:
    """Zeros and ones, 256 units, in %, medians over the seeds; and the linear optimum."""
    linear = numbers["linear"]["0 1"]
    rows = []
    for name, found in numbers["networks"]["0 1"]["256"].items():
        clean = share(median(found["clean"]), linear["images"])
        measured = (found[of] for of in ("attacked", "proved")), found["in range"].values()
        rows.append((NAMES[name], clean, *(share(median(counts)) for counts in chain(*measured))))
    counts = (share(linear[of]) for of in ("attacked", "attacked", "in range", "in range"))
    rows.append(("linear model, optimum", share(linear["clean"], linear["images"]), *counts))
    heads = "256 hidden units", "clean", "attack", "proof", "attack, in range", "proof, in range"
    return markdown(heads, rows)


def gaps(numbers: dict) -> str:
    """Attack less proof in points, by training, pair and size: the median, least and most over the seeds."""
    columns = {
        f"{pair.replace(' ', ' or ')} at {epsilon:g}, {units} units": of_size
        for (pair, of_pair), epsilon in zip(numbers["networks"].items(), EPSILONS.values(), strict=True)
        for units, of_size in of_pair.items()
    }
    rows = []
    for name, title in NAMES.items():
        if name != "regular":
            cells = (of_size.get(name) for of_size in columns.values())
            rows.append((title, *(gap(found) if found else "" for found in cells)))
    return markdown(("attack less proof, in points", *columns), rows)


def gap(found: dict) -> str:
    """Such as "62.0 (55.4 to 70.2)"."""
    points = [
        100 * (attacked - proved) / MEASURED
        for attacked, proved in zip(found["attacked"], found["proved"], strict=True)
    ]
    return f"{median(points):.1f} ({min(points):.1f} to {max(points):.1f})"


def share(count: float, of: int = MEASURED) -> str:
    return f"{100 * count / of:.1f}"
