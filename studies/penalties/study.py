"""Is robust training more than a penalty?

Converged training, by certificates (PROOF.md has the theorem):

both       of all 45 pairs and each ε of the post the robust optimum of `digits`, if it leaves a loss R: it is
           certified as robust optimum and, divided by 1 + ε‖w‖₁, as that of the penalty λ = ε R
front      of fours and nines, for five ε: clean accuracy and accuracy at attack 0.2 of the robust optimum and
           of the optimum for λ = ε R, solved for itself, and how far its weights are from the divided ones;
           and the accuracies of five L2 models
converged  of all 45 pairs at each attack: accuracy of the robust optimum whose ε is the attack, so that no
           strength is chosen. It is an L1 optimum, too. The stopped models saw four fifths of its images
L2         of SOME pairs the most that an L2 model of five strengths keeps at attack 0.2, chosen on the test
           images in its favour, beside the converged robust model and a constant answer

Of converged models an image counts as right if it withstands TIE more than the attack: where few pixels
decide, whole images may lie on the boundary, and rounding would tell on which side.

Training that stops early: the definitions and the rule are in steps.py. All 45 pairs get `steps.OF_ALL` and,
on other test images, `steps.OF_FOLD`; SOME get `steps.OF_SOME`, with other seeds
and starts, and the slowed races.
"""

import numpy as np

from studies.penalties import l2, steps
from studies.shared import attacks, files, images, models, solver, stored, work
from studies.shared.solver import Solution

READS = ("digits",)
TELLING = (4, 9)  # the pair whose front is drawn
SOME = sorted({*images.PAIRS[::5], TELLING})
MORE_EPSILONS = (0.07, 0.05)  # of the front, beside those of `digits`
L2 = (10, 5, 2, 1, 0.3)
SOME_LOSS = 1e-6  # of an optimum, for the theorem to say which penalty it belongs to
TIE = 1e-6  # of an attack's size


def compute() -> tuple[dict, dict]:
    both = images.all_digits("train"), images.all_digits("test")
    starts = {seed: models.start(int(seed)) for seed in ("1", "2", "3")}
    starts["zeros"] = np.zeros_like(starts["1"])
    items = [(digits, *both, starts, of_digits(digits)) for digits in images.PAIRS]
    found = work.spread(study_pair, items, "pairs")
    front, back = front_of(*(images.of_pair(*split, TELLING) for split in both), of_digits(TELLING))
    accuracy = {
        name: {both: np.array([pair[name][both] for pair, _ in found if name in pair]) for both in races}
        for name, races in found[images.PAIRS.index(SOME[0])][0].items()
    }
    slowed = accuracy.pop("slowed")
    early = {name: {both: steps.summary(rows) for both, rows in of.items()} for name, of in accuracy.items()}
    fair = [
        {
            f"{name}: {both}": steps.ahead(of[both], a)
            for name, of in accuracy.items()
            for both in steps.UPDATES
        }
        for a in range(len(steps.ATTACKS))
    ]
    numbers = [numbers for _, numbers in found]
    gaps = [gap for one in numbers for gap in one["gaps"]]
    of_l2 = [one["l2"] for one in numbers if "l2" in one]
    return {
        "converged": {
            "models_of_both": len(gaps),
            "largest_gap": stored.at_most(max(map(max, gaps))),
            "right": np.round(np.median([one["converged"] for one in numbers], axis=0), 1),
            "back": back,
            "some_pairs": len(of_l2),
            "beat_a_constant": {
                family: sum(one[family] > one["constant"] for one in of_l2) for family in ("robust", "l2")
            },
        },
        "front": front,
        "early": early,
        "slowed": {rate: steps.summary(rows) for rate, rows in slowed.items()},
        "fair": {
            "comparisons": len(fair[steps.MAIN]),
            **{
                f"{family} ahead": [key for key, who in fair[steps.MAIN].items() if who == family]
                for family in steps.FAMILIES
            },
            "at_attack": {
                attack: {family: [*ahead.values()].count(family) for family in steps.FAMILIES}
                for attack, ahead in zip(steps.ATTACKS, fair, strict=True)
            },
        },
        "shape": {
            family: {
                update: {
                    name: np.round(np.median([one["shape"][family, update][name] for one in numbers]), 2)
                    for name in ("weight_over_margin", "asked")
                }
                for update in steps.UPDATES
            }
            for family in steps.FAMILIES
        },
        "chosen": {
            "choices": sum(len(one["at_an_end"]) for one in numbers),
            "at_an_end": sum(sum(one["at_an_end"]) for one in numbers),
        },
    }, {
        f"{name}: {both}": rows[:, :, steps.MAIN].astype(np.float32)
        for name in (*steps.OF_ALL, *steps.OF_FOLD)
        for both, rows in accuracy[name].items()
    }


def of_digits(digits: tuple[int, int]) -> dict[float, Solution]:
    """The robust optima of a pair that `digits` has found, by their ε."""
    name, arrays = images.key(digits), files.arrays("digits")
    return {
        model.epsilon: Solution(weights[:-1], weights[-1], arrays[f"{name} alpha {model.key}"])
        for model in models.ROBUST
        for weights in [arrays[f"{name} optimum {model.key}"]]
    }


def study_pair(
    digits: tuple[int, int], train: tuple, test: tuple, starts: dict, solved: dict[float, Solution]
) -> tuple[dict, dict]:
    """The accuracy of both families in a pair by comparison, and its other numbers."""
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    some = digits in SOME
    race = steps.Race(train, test, starts, steps.SOME_GRID if some else steps.ALL_GRID)
    everything = [np.concatenate(arrays) for arrays in zip(train, test, strict=True)]
    others = np.ones(len(everything[1]), bool)
    others[steps.FOLD] = False
    folded = steps.Race(
        tuple(array[others] for array in everything),
        tuple(array[steps.FOLD] for array in everything),
        starts,
        steps.FOLD_GRID,
    )
    accuracy = {
        name: {both: run.accuracy(updates, taken) for both, updates in steps.BOTH.items()}
        for run, asked in (
            (race, steps.OF_ALL | (steps.OF_SOME if some else {})),
            (folded, steps.OF_FOLD),
        )
        for name, taken in asked.items()
    }
    if some:
        accuracy["slowed"] = {
            name: race.accuracy(steps.BOTH["subgradient"], (steps.Steps(rate=rate),), (steps.Steps(),))
            for name, rate in steps.SMALLER.items()
        }
    ways = [(family, update) for family in steps.FAMILIES for update in steps.UPDATES]
    numbers = {
        "gaps": certified_as_both(*train, solved),
        "converged": [100 * right(solved[attack], test, attack) for attack in steps.ATTACKS],
        "shape": {way: race.shape(*way, steps.Steps()) for way in ways},
        "at_an_end": [race.at_an_end(*way, taken) for way in ways for taken in steps.OF_ALL.values()],
    }
    if some:
        numbers["l2"] = {
            "robust": right(solved[0.2], test, 0.2),
            "l2": attacks.accuracy(l2.path(*train, L2), *test, [0.2 + TIE]).max(),
            "constant": attacks.constant_right(test[1]) / len(test[1]),
        }
    return accuracy, numbers


def right(solution: Solution, test: tuple, attack: float) -> float:
    """A converged model's accuracy."""
    return float(attacks.accuracy(as_column(solution), *test, [attack + TIE])[0, 0])


def as_column(solution: Solution) -> np.ndarray:
    return np.append(solution.weights, solution.bias)[:, None]


def certified_as_both(images: np.ndarray, labels: np.ndarray, solved: dict[float, Solution]) -> list[tuple]:
    """The gaps of the certificates, as robust and as L1 optimum, of each optimum that leaves a loss."""
    images, found = images.astype(np.float64), []
    for epsilon, solution in solved.items():
        if (loss := solution.alpha.sum()) > SOME_LOSS:
            robust_gap = np.subtract(*solver.certify(solution, epsilon, images, labels))
            strength = epsilon * loss * (1 + solver.SHRINK)
            penalised_gap = np.subtract(
                *solver.certify(divided(solution, epsilon), 0, images, labels, strength)
            )
            found.append((robust_gap, penalised_gap))
    return found


def divided(solution: Solution, epsilon: float) -> Solution:
    """By the margin that the robust loss asks for."""
    asked = 1 + epsilon * np.abs(solution.weights).sum()
    return Solution(solution.weights / asked, solution.bias / asked, solution.alpha)


def front_of(train: tuple, test: tuple, solved: dict[float, Solution]) -> tuple[dict, dict]:
    """Clean and attacked accuracy of each family, and how near L1 optima are to divided robust ones."""
    robust, penalised, apart = dict(solved), {}, []
    for epsilon in MORE_EPSILONS:
        robust[epsilon] = solver.solve(*train, epsilon)
        solver.certify(robust[epsilon], epsilon, *train)
    for epsilon, solution in sorted(robust.items()):
        strength = epsilon * solution.alpha.sum()
        penalised[epsilon] = solver.solve(*train, 0, strength)
        solver.certify(penalised[epsilon], 0, *train, strength)
        apart.append(np.abs(as_column(penalised[epsilon]) - as_column(divided(solution, epsilon))).max())
    families = {
        "robust": {epsilon: as_column(solution) for epsilon, solution in sorted(robust.items())},
        "l1": {epsilon: as_column(solution) for epsilon, solution in penalised.items()},
        "l2": dict(zip(L2, l2.path(*train, L2).T[..., None], strict=True)),
    }
    return {
        name: [
            {"strength": strength, "clean": clean, "attacked": attacked}
            for strength, weights in of.items()
            for clean, attacked in [np.round(attacks.accuracy(weights, *test, [TIE, 0.2 + TIE])[:, 0], 5)]
        ]
        for name, of in families.items()
    }, {"models": len(apart), "within": stored.at_most(max(apart))}
