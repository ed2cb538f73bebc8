"""Is robust training more than a penalty?

Converged training, by certificates (PROOF.md has the theorem):

both       of all 45 pairs and each ε of the post the robust optimum of `digits`, if it leaves a loss R: it is
           certified as robust optimum and, divided by 1 + ε‖w‖₁, as that of the penalty λ = ε R
front      of fours and nines, for five ε: clean accuracy and accuracy at attack 0.2 of the robust optimum and of
           the optimum for λ = ε R, solved for itself, and how far its weights are from the divided ones;
           and the accuracies of five L2 models
converged  of all 45 pairs at each attack: accuracy of the robust optimum whose ε is the attack, so that no
           strength is chosen. It is an L1 optimum, too. The stopped models saw four fifths of its images
L2         of SOME pairs the most that an L2 model of five strengths keeps at attack 0.2, chosen on the test
           images in its favour, beside the converged robust model and a constant answer

Of converged models an image counts as right if it withstands TIE more than the attack: where few pixels decide,
whole images may lie on the boundary, and rounding would tell on which side.

Training that stops early: the definitions and the rule are in steps.py. All 45 pairs get `steps.OF_ALL` and,
on other test images, `steps.OF_FOLD`; SOME get `steps.OF_SOME`, with other seeds and starts, and the slowed races.
"""

import numpy as np

from studies.penalties import l2, steps
from studies.shared import attacks, files, images, models, solver, trainer, work
from studies.shared.solver import Solution
from support.options import POST_DIGITS

READS = ("digits",)
TELLING = (4, 9)  # the pair whose front is drawn
SOME = sorted({*images.PAIRS[::5], TELLING})
MORE_EPSILONS = (0.07, 0.05)  # of the front, beside those of `digits`
L1 = (0.05, 0.03, 0.02)
L2 = (10, 5, 2, 1, 0.3)
SEEDS = range(1, 11)  # of the start, for other losses
LOSSES = (trainer.hinge, trainer.squared_hinge, trainer.logistic)
TRAINED = tuple(model for model in models.POST if model.epsilon in (0, 0.2))
SOME_LOSS = 1e-6  # of an optimum, for the theorem to say which penalty it belongs to


def compute() -> tuple[dict, dict]:
    both = images.all_digits("train"), images.all_digits("test")
    starts = {seed: models.start(int(seed)) for seed in ("1", "2", "3")}
    starts["zeros"] = np.zeros_like(starts["1"])
    items = [(digits, *both, starts, of_digits(digits)) for digits in images.PAIRS]
    found = work.spread(study_pair, items, "pairs")
    front, back_gap = front_of(*(images.of_pair(*split, TELLING) for split in both), of_digits(TELLING))
    accuracy = {
        name: {both: np.array([pair[name][both] for pair, _ in found if name in pair]) for both in steps.BOTH}
        for name in (*steps.OF_ALL, *steps.OF_FOLD, *steps.OF_SOME)
    }
    early = {name: {both: steps.summary(rows) for both, rows in of.items()} for name, of in accuracy.items()}
    fair = {
        f"{name}: {both}": steps.ahead(accuracy[name][both]) for name in accuracy for both in steps.UPDATES
    }
    numbers = [numbers for _, numbers in found]
    certified = [gap for one in numbers for gap in one["gaps"]]
    of_l2 = [one["l2"] for one in numbers if "l2" in one]
    return {
        "converged": {
            "models_of_both": len(certified),
            "largest_gap": max(back_gap, *map(max, certified)),
            "back": len(L1),
            "some_pairs": len(of_l2),
            "median_keep": np.median([one["l1 and robust"] for one in of_l2]),
            "no_better_than_a_constant": {
                name: sum(one[name] <= one["constant"] for one in of_l2) for name in ("l1 and robust", "l2")
            },
        },
        "front": front,
        "early": early,
        "fair": {
            "comparisons": len(fair),
            **{f"{name} ahead": [key for key, who in fair.items() if who == name] for name in steps.FAMILIES},
        },
        "losses": other_losses(*(images.of_pair(*split, POST_DIGITS) for split in both)),
        "total_weight": {
            family: {
                update: np.median([one["total_weight"][family, update] for one in numbers])
                for update in steps.UPDATES
            }
            for family in steps.FAMILIES
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
    numbers = {
        "gaps": certified_as_both(*train, solved),
        "total_weight": {
            (family, update): race.total_weight(family, update, steps.Steps())
            for family in steps.FAMILIES
            for update in steps.UPDATES
        },
    }
    return accuracy, numbers | ({"l2": of_l2(train, test, solved)} if some else {})


def certified_as_both(images: np.ndarray, labels: np.ndarray, solved: dict[float, Solution]) -> list[tuple]:
    """The gaps of the certificates, as robust and as L1 optimum, of each optimum that leaves a loss."""
    images, found = images.astype(np.float64), []
    for epsilon, solution in solved.items():
        if (loss := solution.alpha.sum()) > SOME_LOSS:
            penalised = scaled(solution, 1 / (1 + epsilon * np.abs(solution.weights).sum()))
            robust_gap = np.subtract(*solver.certify(solution, epsilon, images, labels))
            strength = epsilon * loss * (1 + solver.SHRINK)
            found.append((robust_gap, np.subtract(*solver.certify(penalised, 0, images, labels, strength))))
    return found


def scaled(solution: Solution, scale: float) -> Solution:
    return Solution(solution.weights * scale, solution.bias * scale, solution.alpha)


def of_l2(train: tuple, test: tuple, solved: dict[float, Solution]) -> dict[str, float]:
    """The most that a converged model keeps at attack 0.2, and the largest gap of the L2 ones."""
    exact = np.stack([np.append(s.weights, s.bias) for s in solved.values()], axis=1)
    best = {
        name: attacks.accuracy(of, *test, [0.2]).max()
        for name, of in (("l1 and robust", exact), ("l2", l2.path(*train, L2)))
    }
    return best | {"constant": attacks.constant_right(test[1]) / len(test[1])}


def front_of(train: tuple, test: tuple, solved: dict[float, Solution]) -> tuple[dict, float]:
    """Clean and attacked accuracy of each family, and the largest gap of L1 optima as robust ones."""
    solved = dict(solved)
    for epsilon in MORE_EPSILONS:
        solved[epsilon] = solver.solve(*train, epsilon, guess=nearest(solved, epsilon))
        solver.certify(solved[epsilon], epsilon, *train)
    penalised, gaps = {}, []
    for strength in L1:
        guess = nearest(penalised, strength) if penalised else None
        solution = penalised[strength] = solver.solve(*train, 0, strength, guess)
        solver.certify(solution, 0, *train, strength)
        objective = solution.alpha.sum()
        scale = 1 / (1 - strength / objective * np.abs(solution.weights).sum())
        epsilon = strength / objective * (1 + solver.SHRINK)
        gaps.append(np.subtract(*solver.certify(scaled(solution, scale), epsilon, *train)))
    families = {
        "robust": {epsilon: np.append(s.weights, s.bias) for epsilon, s in sorted(solved.items())},
        "l1": {strength: np.append(s.weights, s.bias) for strength, s in sorted(penalised.items())},
        "l2": dict(zip(L2, l2.path(*train, L2).T, strict=True)),
    }
    return {
        name: [
            {"strength": strength, "clean": clean, "attacked": attacked}
            for strength, weights in of.items()
            for clean, attacked in [np.round(attacks.accuracy(weights[:, None], *test, [0, 0.2])[:, 0], 5)]
        ]
        for name, of in families.items()
    }, max(gaps)


def nearest(solved: dict[float, Solution], strength: float) -> tuple[np.ndarray, float]:
    near = solved[min(solved, key=lambda other: abs(other - strength))]
    return near.weights, near.bias


def other_losses(train: tuple, test: tuple) -> dict:
    """By loss and model the median accuracy over SEEDS, clean, at 0.1 and 0.2, trained as in the post."""
    found = {}
    for descent in LOSSES:
        weights = models.train(*train, models.starts(SEEDS), TRAINED, descent=descent)[-1]
        found[descent.__name__] = {
            model.key: np.median(attacks.accuracy(weights[:, place], *test, [0, 0.1, 0.2]), axis=1)
            for place, model in enumerate(TRAINED)
        }
    return found
