"""The tables of the page."""

import numpy as np

from compare import markdown
from studies.networks.answers import POST, TRAININGS

SHAPES = ("0", "2", "4", "16", "64", "256", "two layers", "convolution")
ROW = 1  # of lists over ε: 0.2


def span(ends: list[float], form: str) -> str:
    """From one end to the other; one number where they look alike."""
    low, high = (format(end, form) for end in ends)
    return low if low == high else f"{low} to {high}"


def points(ends: list[float]) -> str:
    return span([100 * end for end in ends], ".1f")


def sizes(numbers: dict) -> str:
    """Medians over seeds: the regular halving ε; what robust training leaves attacked at 0.2, and proved."""
    rows = []
    for shape in SHAPES:
        trainings = numbers["networks"][POST][shape]
        cells = [f"{np.median(trainings['regular']['halving']):.3f}"]
        for key in TRAININGS[1:]:
            for name in ("attacked", "proved"):
                found = trainings.get(key)
                cells.append(f"{100 * np.median([row[ROW] for row in found[name]]):.1f}" if found else "")
        rows.append((shape, *cells))
    head = (
        "hidden units",
        "regular: halving ε",
        "adversarial: attacked, %",
        "proved",
        "certified: attacked, %",
        "proved",
    )
    return markdown(head, rows)


def solved(numbers: dict) -> str:
    """Of the sample at each ε: how many images are proved, robust, and stand the attack."""
    rows = []
    for shape, trainings in numbers["exact"].items():
        cells = []
        for key in TRAININGS:
            for found in trainings[key][1:]:
                robust = found["robust"]
                truth = span([robust["proved"], robust["attained"]], "d")
                cells.append(f"{robust['proof']}/{truth}/{robust['attack']}")
        seconds = [f"{max(found['most_seconds'] for found in trainings[key]):.1f}" for key in TRAININGS]
        rows.append((shape, *cells, ", ".join(seconds)))
    head = (
        "units",
        "regular: 0.2",
        "0.3",
        "adversarial: 0.2",
        "0.3",
        "certified: 0.2",
        "0.3",
        "most seconds",
    )
    return markdown(head, rows)


def prices(numbers: dict) -> str:
    """Points of clean accuracy that robust training costs: the range over seeds."""
    rows = []
    for pair, shapes in numbers["answers"]["price"].items():
        for shape in ("0", "16"):
            keys = [
                f"{training} {e}" for training in ("certified", "adversarial") for e in ("0.1", "0.2", "0.3")
            ]
            rows.append(
                (
                    f"{pair}, {shape}",
                    *(points(shapes[shape][key]["range"]) if key in shapes[shape] else "" for key in keys),
                )
            )
    head = ("pair, units", "certified: 0.1", "0.2", "0.3", "adversarial: 0.1", "0.2", "0.3")
    return markdown(head, rows)


def statements(numbers: dict) -> str:
    """Each of the post's general statements, what decides it here, and the range found."""
    found = numbers["statements"]
    rows = [
        ("O1, a linear model's images", "ε needed, times", span(found["O1"]["linear"], ".1f")),
        ("O1, another seed's images", "ε needed, times", span(found["O1"]["other_seed"], ".1f")),
        ("O2, fooled regular network", "logit over clean", span(found["O2"]["regular"], ".2f")),
        ("O2, R12, fooled robust network", "logit over clean", span(found["O2"]["robust"], ".2f")),
        (
            "T7, bound of every classifier",
            "ε",
            span([min(found["T7"].values()), max(found["T7"].values())], ".2f"),
        ),
        *(
            row
            for epsilon, cell in found["D1"].items()
            for row in (
                (f"D1, trained for {epsilon}: zeros, ones", "points lost", points(cell["zeros_and_ones"])),
                (f"D1, trained for {epsilon}: hard pairs", "points lost", points(cell["hard_pairs"])),
            )
        ),
        *((f"safer, {training}", "points gained", points(ends)) for training, ends in found["safer"].items()),
    ]
    return markdown(("statement", "measure", "16 units"), rows)
