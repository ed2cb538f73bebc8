"""What the rules of the page say of the numbers: for each question, counts and ranges, never a word alone."""

import numpy as np
from scipy.stats import spearmanr

from studies.chance import SIGNIFICANT

ROBUST = ("adversarial", "certified")
EPSILONS = ("0.1", "0.2", "0.3")
POST = "0 1"
TRAININGS = ("regular", "adversarial 0.2", "certified 0.2")


def answers(numbers: dict) -> dict:
    """By question, from the other entries of results.json."""
    networks = numbers["networks"]
    return {
        "gap": {training: gap(networks[POST], training) for training in TRAININGS},
        "truth": {
            "seeing": truth(numbers["exact"], ("2", "4", "16")),
            "blind": truth(numbers["exact"], ("1", "8")),
        },
        "provable": provable(networks),
        "brittle": {pair: brittle(cells) for pair, cells in networks.items()},
        "price": {pair: price(cells, numbers["constant"][pair]) for pair, cells in networks.items()},
        "transfer": {pair: transfer(cells) for pair, cells in networks.items()},
        "sure": {pair: sure(cells) for pair, cells in networks.items()},
        "safer": safer(numbers["accidents"]),
    }


def gap(cells: dict, training: str) -> dict:
    """Median gaps by width, whether each is larger than the one before, and their rank correlation to 64."""
    widths = sorted(int(shape) for shape in cells if shape.isdigit() and shape != "0")
    medians = [float(np.median(cells[str(width)][training]["gap"])) for width in widths]
    to_64 = [median for width, median in zip(widths, medians, strict=True) if width <= 64]
    return {
        "widths": widths,
        "medians": medians,
        "grows_always": bool((np.diff(medians) > 0).all()),
        "rank_correlation": float(spearmanr(range(len(to_64)), to_64).statistic),
    }


def truth(exact: dict, shapes: tuple[str, ...]) -> dict:
    """Of the sample's cases: how many attack and proof leave open, and how many of these are robust."""
    cells = [cell for shape in shapes for trainings in exact[shape].values() for cell in trainings]
    return {
        name: sum(cell[name] for cell in cells)
        for name in ("images", "open", "open_and_robust", "open_and_fooled", "open_and_blind", "solved")
    }


def provable(networks: dict) -> list:
    """For each pair, width and ε of training: differences, certified minus adversarial, of seeds."""
    found = []
    for pair, cells in networks.items():
        for shape, trainings in cells.items():
            for row, epsilon in enumerate(EPSILONS):
                both = [trainings.get(f"{training} {epsilon}") for training in ROBUST]
                if shape != "0" and all(both):
                    proved, attacked = (
                        [c[row] - a[row] for a, c in zip(both[0][name], both[1][name], strict=True)]
                        for name in ("proved", "attacked")
                    )
                    found.append(
                        {
                            "pair": pair,
                            "shape": shape,
                            "epsilon": epsilon,
                            "proved": [min(proved), max(proved)],
                            "attacked": [min(attacked), max(attacked)],
                        }
                    )
    return found


def brittle(cells: dict) -> dict:
    """By shape: halving ε over the linear model's of the same seed, and whether clean mistakes differ."""
    linear = cells["0"]["regular"]["halving"]
    found = {}
    for shape, trainings in cells.items():
        if shape != "0":
            cell = trainings["regular"]
            ratios = [own / other for own, other in zip(cell["halving"], linear, strict=False)]
            found[shape] = {
                "ratio": [min(ratios), max(ratios)],
                "equally_clean": min(cell["p_against_linear"]) >= SIGNIFICANT,
            }
    return found


def price(cells: dict, constant: float) -> dict:
    """By shape and robust training: clean accuracy and how many seeds are no better than the constant."""
    found: dict = {}
    for shape, trainings in cells.items():
        for key, cell in trainings.items():
            if key != "regular":
                lost = [
                    own - other
                    for own, other in zip(trainings["regular"]["clean"], cell["clean"], strict=True)
                ]
                found.setdefault(shape, {})[key] = {
                    "median": float(np.median(lost)),
                    "range": [min(lost), max(lost)],
                    "useless": sum(clean <= constant for clean in cell["clean"]),
                }
    return found


def transfer(cells: dict) -> dict:
    """Of width 16: the halving ε of images moved against the linear model or another seed, over its own."""
    found = {}
    for training in TRAININGS:
        cell = cells["16"][training]
        ratios = np.array(cell["transfer"]) / np.array(cell["halving"])[:, None]
        found[training] = {
            name: [float(column.min()), float(column.max())]
            for name, column in zip(("linear", "other_seed"), ratios.T, strict=True)
        }
    return found


def sure(cells: dict) -> dict:
    """By shape and training: the range over seeds of fooled over clean absolute logits (medians)."""
    return {
        shape: {key: [min(cell["sure"]), max(cell["sure"])] for key, cell in trainings.items()}
        for shape, trainings in cells.items()
    }


def safer(accidents: dict) -> dict:
    """By width and robust training: accuracy under accidents above the regular one's, range over seeds."""
    found: dict = {}
    for shape, trainings in accidents.items():
        for key, values in trainings.items():
            if key != "regular":
                gained = [own - other for own, other in zip(values, trainings["regular"], strict=True)]
                found.setdefault(shape, {})[key] = [min(gained), max(gained)]
    return found


def statements(numbers: dict, found: dict) -> dict:
    """What small networks show of the post's general statements, in numbers: ranges over seeds.

    O1 is the ε that images moved against another model need, over the ε of the attack on the network itself;
    O2 the confidence of fooled networks; D1 the price of robust training; T7 the ε that bounds everyone.
    """
    hard = [pair for pair in numbers["networks"] if pair != POST]

    def over(pairs: list[str], value) -> list[float]:
        ends = [end for pair in pairs for end in value(pair)]
        return [min(ends), max(ends)]

    def prices(pair: str, epsilon: str) -> list[float]:
        return [
            end for training in ROBUST for end in found["price"][pair]["16"][f"{training} {epsilon}"]["range"]
        ]

    everywhere = list(numbers["networks"])
    robust = [key for key in found["sure"][POST]["16"] if key != "regular"]
    return {
        "O1": {
            surrogate: over(everywhere, lambda pair, name=surrogate: found["transfer"][pair]["regular"][name])
            for surrogate in ("linear", "other_seed")
        },
        "O2": {
            "regular": over(everywhere, lambda pair: found["sure"][pair]["16"]["regular"]),
            "robust": over(
                everywhere, lambda pair: [e for key in robust for e in found["sure"][pair]["16"][key]]
            ),
        },
        "T7": numbers["nearest"],
        "D1": {
            epsilon: {
                "hard_pairs": over(hard, lambda pair, e=epsilon: prices(pair, e)),
                "useless": sum(
                    found["price"][pair]["16"][f"{training} {epsilon}"]["useless"]
                    for pair in everywhere
                    for training in ROBUST
                ),
            }
            for epsilon in EPSILONS
        },
        "safer": {training: found["safer"]["16"][training] for training in found["safer"]["16"]},
    }
