"""The tables of the page."""

import numpy as np

from compare import markdown
from studies.networks.answers import POST, TRAININGS

TITLES = dict(zip(TRAININGS, ("regular", "adversarial", "certified"), strict=True))


def percent(values: list[float]) -> str:
    """The median of a list over seeds, in %."""
    return f"{100 * np.median(values):.1f}"


def span(low: float, high: float, form: str) -> str:
    """From one end to the other; one number where they look alike."""
    ends = [format(value, form) for value in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def sizes(numbers: dict) -> str:
    """Clean, under attack at 0.2 and proved there, gap and halving ε, by shape and training."""
    rows = []
    for shape, trainings in numbers["networks"][POST].items():
        for key, title in TITLES.items():
            if key in trainings:
                cell = trainings[key]
                rows.append(
                    (
                        f"{shape}, {title}",
                        percent(cell["clean"]),
                        percent([row[1] for row in cell["attacked"]]),
                        percent([row[1] for row in cell["proved"]]),
                        percent([row[1] for row in cell["intervals"]]),
                        percent(cell["gap"]),
                        f"{np.median(cell['halving']):.3f}",
                    )
                )
    head = ("hidden units, training", "clean", "attacked", "proved", "by intervals", "gap", "halving ε")
    return markdown(head, rows)


def solved(numbers: dict) -> str:
    """Of the sample at ε = 0.2, how many are robust by proof, truth and attack, and what the truth takes."""
    rows = []
    for shape, trainings in numbers["exact"].items():
        for key, title in TITLES.items():
            cell = trainings[key][1]
            robust = cell["robust"]
            rows.append(
                (
                    f"{shape}, {title}",
                    robust["proof"],
                    span(robust["proved"], robust["attained"], "d"),
                    robust["attack"],
                    f"{cell['solved']} of {cell['images']}",
                    f"{cell['programs']:.0f}",
                    f"{cell['seconds']:.2f}",
                    f"{cell['most_seconds']:.1f}",
                )
            )
    head = (
        "hidden units, training",
        "proved",
        "robust",
        "attack fails",
        "solved",
        "programs",
        "seconds",
        "most",
    )
    return markdown(head, rows)


def prices(numbers: dict) -> str:
    """Points of clean accuracy that robust training costs, by pair, shape and training."""
    rows = []
    for pair, shapes in numbers["answers"]["price"].items():
        for shape in ("0", "16", "64"):
            cells = []
            for key in (
                f"{training} {e}" for training in ("adversarial", "certified") for e in ("0.1", "0.2", "0.3")
            ):
                found = shapes[shape].get(key)
                cells.append(span(*(100 * end for end in found["range"]), ".1f") if found else "")
            rows.append((f"{pair}, {shape}", *cells))
    head = ("pair, hidden units", "adv. 0.1", "0.2", "0.3", "cert. 0.1", "0.2", "0.3")
    return markdown(head, rows)
