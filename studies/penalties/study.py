"""Is robust training more than a penalty?

Fronts of clean accuracy against accuracy under attack for the hinge loss with an L1 penalty, with an L2
penalty and for the robust hinge loss: finished training with certificates, and the post's ten epochs.
"""

import numpy as np

from studies import files, images, margins, models, solver, trainer, work
from studies.accidents.kinds import ACCIDENTS, MIDDLE_STRENGTH, SIDE, happen
from studies.digits import threshold
from studies.penalties import l2, losses
from studies.solver import Solution

EPSILONS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
LEAST_EPSILON = 0.01  # of TELLING, as it takes longest
STRENGTHS = 15  # of each penalty, at least
MORE_L1 = (1e-2, 3e-2, 1e-1, 5e-2, 2e-1, 2e-2, 7e-2, 3e-3, 1e-3)  # beside those that belong to an ε
L2 = tuple(np.logspace(1.5, -2, STRENGTHS))
ATTACKS = ("0.1", "0.2", "0.3")
SOME_LOSS = 1e-6  # of an optimum, for the theorem to say which penalty it belongs to
ONE_OF = 5  # training images on which a strength is chosen
TELLING = ((0, 1), (4, 9))  # pairs whose certificates are stored, and which also meet accidents
FAMILIES = ("l1", "l2", "robust")


def compute() -> tuple[dict, dict]:
    both = images.all_digits("train"), images.all_digits("test")
    start = models.start(1)
    solved = known()
    items = [(digits, *both, start, solved[images.key(digits)]) for digits in images.PAIRS]
    found = work.spread(study_pair, items, "pairs")
    names, telling = ([images.key(digits) for digits in some] for some in (images.PAIRS, TELLING))
    pairs = dict(zip(names, (numbers for numbers, _ in found), strict=True))
    arrays = {
        f"{name} {part}": array
        for name, (_, parts) in zip(names, found, strict=True)
        if name in telling
        for part, array in parts.items()
    }
    other = work.spread(losses.study, [(digits, *both) for digits in TELLING], "losses")
    return {
        "fronts": {name: pair["fronts"] for name, pair in pairs.items()},
        "summary": summarise(pairs),
        "accidents": {name: pairs[name]["accidents"] for name in telling},
        "losses": dict(zip(telling, other, strict=True)),
    }, arrays


def known() -> dict[str, dict[float, Solution]]:
    """Of each pair the robust optima that the study of the digits has found, by their ε."""
    arrays = files.arrays("digits")

    def solution(name: str, key: str) -> Solution:
        weights = arrays[f"{name} optimum {key}"]
        return Solution(weights[:-1], weights[-1], arrays[f"{name} alpha {key}"])

    return {
        name: {model.epsilon: solution(name, model.key) for model in models.ROBUST}
        for name in map(images.key, images.PAIRS)
    }


def study_pair(
    digits: tuple[int, int], train: tuple, test: tuple, start: np.ndarray, solved: dict[float, Solution]
) -> tuple[dict, dict]:
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    epsilons = (LEAST_EPSILON, *EPSILONS) if digits in TELLING else EPSILONS
    robust, l1, gaps = linear_programs(*train, epsilons, solved)
    families = {"l1": l1, "l2": l2_path(*train), "robust": robust}
    chosen_on = tuple(array[::ONE_OF] for array in train)
    epochs = ten_epochs(*train, start)
    accidents = {
        name: of_accidents(*test, best(weights, chosen_on, 1))
        for name, (_, weights, _) in families.items()
        if digits in TELLING
    }
    return {
        "fronts": {name: front(*family[:2], test) for name, family in families.items()},
        "clipped": {name: clipped(weights, test) for name, (_, weights, _) in families.items()},
        "epochs": {name: front(*family, test) for name, family in epochs.items()},
        "chosen": {
            name: [measure(best(weights, chosen_on, place)[:, None], test)[0] for place in range(1, 4)]
            for name, (_, weights, _) in families.items()
        },
        "accidents": accidents,
        "gaps": gaps | {"l2": max(families["l2"][2])},
        "test_images": len(test[1]),
    }, {
        f"{name} {part}": np.array(family[place])
        for name, family in (("l1", l1), ("robust", robust))
        for place, part in enumerate(("strengths", "weights", "alpha"))
    }


# Finished training: families are strengths, weights (785, K) and what proves them


def linear_programs(
    images: np.ndarray, labels: np.ndarray, epsilons: tuple, solved: dict[float, Solution]
) -> tuple[tuple, tuple, dict]:
    """The robust and the L1 family with their α, and the largest gaps of their certificates.

    By the theorem (PROOF.md) the optimum for ε with the objective R, divided by 1 + ε‖w‖₁, is that of the
    penalty λ = ε R, with the same α, and the other way round. So each program solved is a model of both; the
    certificates of both are asked all the same.
    """
    proof = threshold.solve(images, labels)
    _, least = threshold.certified(proof, images, labels)
    constant = threshold.constant_optimum(proof, images, labels)
    of_constant = least * constant.alpha.sum() * (1 + solver.SHRINK)
    robust = [(epsilon, constant) for epsilon in epsilons if epsilon >= least]
    l1 = [(factor * of_constant, constant) for factor in (1, 2, 4)]
    for epsilon in epsilons:
        if epsilon < least:
            solution = solved.get(epsilon) or solver.solve(images, labels, epsilon)
            robust.append((epsilon, solution))
            if solution.alpha.sum() > SOME_LOSS:
                scale = 1 / (1 + epsilon * np.abs(solution.weights).sum())
                l1.append((epsilon * solution.alpha.sum() * (1 + solver.SHRINK), scaled(solution, scale)))
    for strength in MORE_L1:
        if len(l1) < STRENGTHS:
            solution = solver.solve(images, labels, 0, strength)
            l1.append((strength, solution))
            objective = solution.alpha.sum()
            epsilon = strength / objective * (1 + solver.SHRINK)
            scale = 1 / (1 - strength / objective * np.abs(solution.weights).sum())
            robust.append((epsilon, scaled(solution, scale)))
    gaps = {
        "robust": max(np.subtract(*solver.certify(s, epsilon, images, labels)) for epsilon, s in robust),
        "l1": max(np.subtract(*solver.certify(s, 0, images, labels, strength)) for strength, s in l1),
    }
    return as_family(robust), as_family(l1), gaps | {"both": len(l1) - 3}


def scaled(solution: Solution, scale: float) -> Solution:
    return Solution(solution.weights * scale, solution.bias * scale, solution.alpha)


def as_family(solved: list[tuple[float, Solution]]) -> tuple:
    strengths, solutions = zip(*sorted(solved, key=lambda entry: entry[0]), strict=True)
    weights = np.stack([np.append(s.weights, s.bias) for s in solutions], axis=1)
    return strengths, weights, np.array([s.alpha for s in solutions])


def l2_path(images: np.ndarray, labels: np.ndarray) -> tuple:
    """The L2 family, with the gaps in place of α."""
    signed = np.column_stack([images, np.ones(len(images))]).astype(np.float64) * labels[:, None]
    weights, gaps = [], []
    for strength in L2:
        found, upper, lower = l2.solve(signed, labels, strength, weights[-1] if weights else None)
        weights.append(found)
        gaps.append(upper - lower)
    return L2, np.stack(weights, axis=1), gaps


def ten_epochs(images: np.ndarray, labels: np.ndarray, start: np.ndarray) -> dict[str, tuple]:
    """The post's ten epochs from the first seed's start, all with the regular model's step on the mean."""
    l1 = np.logspace(-4, -0.5, STRENGTHS)
    columns = len(l1) + len(L2) + len(EPSILONS)
    penalties = np.zeros((3, columns))
    places = np.split(np.arange(columns), np.cumsum([len(l1), len(L2)]))
    for row, place, strengths in zip(penalties, places, (l1, L2, EPSILONS), strict=True):
        row[place] = strengths
    of_l1, of_l2, epsilons = penalties
    rates = 0.1 / np.maximum(1, of_l2)  # or large penalties overshoot
    starts = np.tile(start[:, None], columns)
    weights = trainer.train(
        images, labels, starts, epsilons, rates, np.zeros(columns, bool), l1=of_l1, l2=of_l2
    )[-1]
    return {
        name: (strengths, weights[:, place])
        for name, strengths, place in zip(FAMILIES, (l1, L2, EPSILONS), places, strict=True)
    }


# Measures


def measure(weights: np.ndarray, test: tuple) -> np.ndarray:
    """Of weights (785, K) the accuracy clean and at ATTACKS: (K, 4)."""
    return margins.accuracy(weights, *test, [0, *map(float, ATTACKS)]).T


def front(strengths, weights: np.ndarray, test: tuple) -> list[dict]:
    return [
        {"strength": strength, "clean": clean, "attacked": dict(zip(ATTACKS, attacked, strict=True))}
        for strength, (clean, *attacked) in zip(strengths, measure(weights, test), strict=True)
    ]


def clipped(weights: np.ndarray, test: tuple) -> list[np.ndarray]:
    """The same with pixels kept in [0, 1]: (K, 4)."""
    return list(margins.clipped_accuracy(weights, *test, [0, *map(float, ATTACKS)]).T)


def best(weights: np.ndarray, chosen_on: tuple, place: int) -> np.ndarray:
    """Of a family (785, K) the model with the best accuracy at the attack ATTACKS[place - 1]: (785,)."""
    return weights[:, np.argmax(measure(weights, chosen_on)[:, place])]


def of_accidents(pictures: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Mean accuracy of a model (785,) over all accidents of middle strength."""
    found = [
        np.mean(
            [
                (margins.margins(weights[:, None], after.reshape(len(labels), -1), labels) > 0).mean()
                for after in happen(name, pictures.reshape(-1, SIDE, SIDE), MIDDLE_STRENGTH).values()
            ]
        )
        for name in ACCIDENTS
    ]
    return float(np.mean(found))


def covers(ours: np.ndarray, theirs: np.ndarray, place: int, images: int) -> bool:
    """Whether for the other family's best model under an attack ours has one as good clean and attacked.

    Args:
        ours, theirs: (K, 4), as `measure` gives them.
        place: of the attack, 1 to 3.
        images: in the test set; half an image less is as good.
    """
    top = theirs[np.lexsort((theirs[:, 0], theirs[:, place]))[-1]]
    enough = ours[:, [0, place]] >= top[[0, place]] - 0.5 / images
    return bool(enough.all(axis=1).any())


def summarise(pairs: dict) -> dict:
    """Counts over pairs and attacks: how often each family covers another, and medians of the best models."""
    cases = {
        "finished": lambda pair: as_arrays(pair["fronts"]),
        "clipped": lambda pair: {name: np.array(rows) for name, rows in pair["clipped"].items()},
        "epochs": lambda pair: as_arrays(pair["epochs"]),
        "chosen": lambda pair: {name: np.array(rows) for name, rows in pair["chosen"].items()},
    }
    counts = {
        case: {
            f"{ours} covers {theirs}": sum(
                covers(of(pair)[ours], of(pair)[theirs], place, pair["test_images"])
                if case != "chosen"
                else covers(
                    of(pair)[ours][place - 1 : place], of(pair)[theirs][place - 1 : place], place, 2000
                )
                for pair in pairs.values()
                for place in range(1, 4)
            )
            for ours, theirs in (("l1", "robust"), ("robust", "l1"), ("l2", "robust"), ("robust", "l2"))
        }
        for case, of in cases.items()
    }
    return {
        "cases": 3 * len(pairs),
        "covers": counts,
        "median_best": {
            case: {
                name: [
                    np.median([of(pair)[name][:, place].max() for pair in pairs.values()])
                    for place in (1, 2, 3)
                ]
                for name in FAMILIES
            }
            for case, of in cases.items()
            if case != "chosen"
        },
        "largest_gap": {name: max(pair["gaps"][name] for pair in pairs.values()) for name in FAMILIES},
        "models_of_both": sum(pair["gaps"]["both"] for pair in pairs.values()),
    }


def as_arrays(fronts: dict) -> dict[str, np.ndarray]:
    return {
        name: np.array([[point["clean"], *point["attacked"].values()] for point in points])
        for name, points in fronts.items()
    }
