"""The tables of the page."""

from compare import markdown
from studies.networks.answers import EPSILONS, POST, TRAININGS


def shapes(numbers: dict) -> str:
    """Of zeros and ones by network and training, in %: right when clean, standing and proved at 0.2."""
    rows = []
    for shape, of_shape in numbers["networks"][POST].items():
        if shape == "0":  # whose adversarial training is the certified one
            of_shape = {**of_shape, TRAININGS[1]: of_shape[TRAININGS[2]]}
        name = {"0": "linear"}.get(shape, f"{shape} units" if shape.isdigit() else shape)
        rows.append((name, *(measures(of_shape[key]) for key in TRAININGS)))
    return markdown(("network", *(key.split()[0] for key in TRAININGS)), rows)


def measures(cell: dict) -> str:
    row = EPSILONS.index(0.2)
    shares = (cell["clean"][0], cell["attacked"][0][row], cell["proved"][0][row])
    return " / ".join(f"{100 * share:.1f}" for share in shares)


def solved(numbers: dict) -> str:
    """Of the sample, by robust training and ε: how many are proved, robust, and stand the attack."""
    adversarial, certified = TRAININGS[1:]
    columns = ((adversarial, 0, "adversarial: 0.2"), (certified, 1, "certified: 0.3"))
    rows = [
        (units, *(cell(*of_width[key]["robust"][place]) for key, place, _ in columns))
        for units, of_width in numbers["exact"].items()
    ]
    return markdown(("units", *(name for *_, name in columns)), rows)


def cell(proof: int, proved: int, attained: int, attack: int) -> str:
    truth = f"{proved}" if proved == attained else f"{proved} to {attained}"
    return f"{proof}/{truth}/{attack}"
