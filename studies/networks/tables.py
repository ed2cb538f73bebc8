"""The tables of the page."""

from compare import markdown
from studies.networks.answers import EPSILONS, POST, TRAININGS


def shapes(numbers: dict) -> str:
    """Of zeros and ones by network and training: clean, standing and proved at 0.2; gap and halving ε."""
    rows = []
    for shape, of_shape in numbers["networks"][POST].items():
        of_linear = {**of_shape, TRAININGS[1]: of_shape[TRAININGS[2]]} if shape == "0" else of_shape
        name = {"0": "linear"}.get(shape, f"{shape} units" if shape.isdigit() else shape)
        rows.append((name, *(text for key in TRAININGS for text in measures(of_linear[key]))))
    head = (column for key in TRAININGS for column in (key.split()[0], "gap, ε½"))
    return markdown(("network", *head), rows)


def measures(cell: dict) -> tuple[str, str]:
    row = EPSILONS.index(0.2)
    shares = (cell["clean"][0], cell["attacked"][0][row], cell["proved"][0][row])
    return "/".join(
        f"{100 * share:.1f}" for share in shares
    ), f"{100 * cell['gap'][0]:.1f}, {cell['halving'][0]:.2f}"


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
