"""The table of the page."""

from compare import markdown
from studies.networks.answers import TRAININGS


def solved(numbers: dict) -> str:
    """Of the sample at 0.2 and 0.3, by robust training: how many are proved, robust, and stand the attack."""
    trainings = TRAININGS[1:]
    rows = [
        (units, *(cell(*robust) for key in trainings for robust in of_width[key]["robust"]))
        for units, of_width in numbers["exact"].items()
    ]
    names = (f"{key.split()[0]}: 0.2" for key in trainings)
    return markdown(("units", *(column for name in names for column in (name, "0.3"))), rows)


def cell(proof: int, proved: int, attained: int, attack: int) -> str:
    truth = f"{proved}" if proved == attained else f"{proved} to {attained}"
    return f"{proof}/{truth}/{attack}"
