"""The table of the page."""

from compare import markdown
from studies.networks.answers import TRAININGS


def span(ends: list[float], form: str) -> str:
    """From one end to the other; one number where they look alike."""
    low, high = (format(end, form) for end in ends)
    return low if low == high else f"{low} to {high}"


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
