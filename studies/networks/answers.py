"""What is asked, by which rule it is answered, and the numbers that the rules need.

An answer holds in every seed, or the page says where it doesn't.

gap          grows: larger at each width than at the one before
truth        of the cases that neither attack nor proof decides 90 % are robust: at the attack; 10 %: at the
             proof; else between. Told apart, since the first numbers: all units off at the image, or not
certified    provable: more is proved than after adversarial training; robust: more stands the attack
brittle      where clean mistakes don't differ from the linear model's (p ≥ 0.05): a smaller halving ε.
             After certified training for 0.2 (asked when some numbers were known): less is proved there
             than the linear model keeps
price        clean accuracy that robust training costs; useless: no better than the constant answer
O1           images moved against another model halve accuracy at no more than twice the white box's ε
O2, R12      at the halving ε the median absolute logit of fooled images is at least half that of the clean
             ones; after robust training it is smaller
safer        mean accuracy over all accidents at the middle strength is above the regular network's
"""

import numpy as np

ROBUST = ("adversarial", "certified")
EPSILONS = (0.1, 0.2, 0.3)
POST, *HARD = PAIRS = "0 1", "3 5", "4 5", "7 9"
TRAININGS = ("regular", "adversarial 0.2", "certified 0.2")

Cells = dict[tuple[str, int | str, str], dict[str, np.ndarray]]


def answers(cells: Cells, constant: dict[str, float]) -> dict:
    """By question; a list of two is the range over all that it is said of.

    Args:
        cells: by pair, shape and training, arrays over the seeds: clean, attacked and proved (seeds,
            EPSILONS), gap, halving, sure, of regular training p, and with 16 units transfer (seeds, 2).
        constant: the accuracy of the better constant answer, by pair.
    """
    widths = sorted({shape for _, shape, _ in cells if isinstance(shape, int) and shape})
    wide = [cells[POST, width, "regular"] for width in widths if large(width)]
    linear = cells[POST, 0, "regular"]["halving"]
    return {
        "gap": {key: [cells[POST, width, key]["gap"] for width in widths] for key in TRAININGS},
        "provable": {
            group: {name: span(provable(cells, pairs, name)) for name in ("proved", "attacked")}
            for group, pairs in {"zeros and ones": [POST], "hard pairs": HARD}.items()
        },
        "brittle": {
            "ratio": span([cell["halving"] / linear[: len(cell["halving"])] for cell in wide]),
            "halving": max(cell["halving"].max() for cell in wide),
            "least_p": min(cell["p"].min() for cell in wide),
            "convolution": cells[POST, "convolution", "regular"]["halving"][0] / linear[0],
            "robust": robust(cells),
        },
        "price": price(cells, constant),
    }


def span(values: list[np.ndarray]) -> list[float]:
    """The least and the largest of arrays."""
    return [min(map(np.min, values)), max(map(np.max, values))]


def provable(cells: Cells, pairs: list[str], name: str) -> list[np.ndarray]:
    """By pair, width and ε of training, at that ε: certified minus adversarial, over the seeds."""
    return [
        (cells[pair, shape, key][name] - cells[pair, shape, f"adversarial {epsilon}"][name])[:, row]
        for row, epsilon in enumerate(EPSILONS)
        for pair, shape, key in cells
        if pair in pairs and shape and key == f"certified {epsilon}"
    ]


def robust(cells: Cells) -> dict:
    """Certified for 0.2, from 16 units on: what is proved at 0.2 less what the linear model keeps, and p."""
    key, row = TRAININGS[2], EPSILONS.index(0.2)
    linear = cells[POST, 0, key]["proved"][:, row]
    wide = [cell for (pair, shape, of), cell in cells.items() if (pair, of) == (POST, key) and large(shape)]
    return {
        "more": span([cell["proved"][:, row] - linear[: len(cell["proved"])] for cell in wide]),
        "p": span([cell["p"] for cell in wide]),
    }


def large(shape: int | str) -> bool:
    """Whether it is one hidden layer of at least 16 units."""
    return isinstance(shape, int) and shape >= 16


def lost(cells: Cells, pair: str, shape: int, key: str) -> np.ndarray:
    """Clean accuracy that robust training costs, over the seeds."""
    return cells[pair, shape, "regular"]["clean"] - cells[pair, shape, key]["clean"]


def price(cells: Cells, constant: dict[str, float]) -> dict:
    """What robust training costs 16 units and the linear model, ranges over pairs, trainings and seeds.

    On the hard pairs also of how many networks 0.1 costs less than of the linear model; how many 0.3 ruins.
    """
    costs = {
        group: {
            str(epsilon): {
                "linear": span([lost(cells, pair, 0, f"certified {epsilon}") for pair in pairs]),
                "networks": span(
                    [lost(cells, pair, 16, f"{training} {epsilon}") for pair in pairs for training in ROBUST]
                ),
            }
            for epsilon in EPSILONS
        }
        for group, pairs in {"zeros and ones": [POST], "hard pairs": HARD}.items()
    }
    linear = {pair: lost(cells, pair, 0, "certified 0.1") for pair in HARD}
    units = [(pair, lost(cells, pair, 16, f"{training} 0.1")) for pair in HARD for training in ROBUST]
    forced = [(pair, cells[pair, 16, f"{training} 0.3"]["clean"]) for pair in HARD for training in ROBUST]
    return {
        "costs": costs,
        "networks": sum(len(costs) for _, costs in units),
        "cheaper": sum(int((costs < linear[pair]).sum()) for pair, costs in units),
        "useless": sum(int((clean <= constant[pair]).sum()) for pair, clean in forced),
    }


def statements(cells: Cells, nearest: dict[str, float], accidents: dict[str, np.ndarray]) -> dict:
    """What networks of 16 units show of the post's general statements, in numbers: ranges over seeds.

    O1 is the ε that images moved against another model need, over the white box's; O2 how sure fooled
    networks are; T7 the ε from which boxes of different digits meet; D1 the price; safer what is gained.
    """
    regular = [cells[pair, 16, "regular"] for pair in PAIRS]
    robust = [f"{training} {epsilon}" for training in ROBUST for epsilon in EPSILONS]
    return {
        "O1": {
            surrogate: span([cell["transfer"][:, column] / cell["halving"] for cell in regular])
            for column, surrogate in enumerate(("linear", "other_seed"))
        },
        "O2": {
            "linear": span([cells[pair, 0, "regular"]["sure"] for pair in PAIRS]),
            "regular": span([cell["sure"] for cell in regular]),
            "robust": span([cells[pair, 16, key]["sure"] for pair in PAIRS for key in robust]),
        },
        "T7": nearest,
        "D1": {
            str(epsilon): {
                "hard_pairs": span(
                    [lost(cells, pair, 16, f"{training} {epsilon}") for pair in HARD for training in ROBUST]
                )
            }
            for epsilon in (0.1, 0.3)
        },
        "safer": {key: span([accidents[key] - accidents["regular"]]) for key in robust},
    }
