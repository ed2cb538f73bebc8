"""Is robust training more than a penalty?

Fronts of clean accuracy against accuracy under attack for the hinge loss with an L1 penalty, with an L2
penalty and for the robust hinge loss: finished training with certificates, and training that stops early.

A family *covers* another at an attack if, for the other's model that is best under the attack, it has one
that is at least as good both clean and attacked. Pairs of digits times attacks are counted, for

finished  all strengths, the attack not clipped
clipped   the same with attacked pixels kept in [0, 1]
chosen    training finished on four of five training images, the strength for each attack chosen on the fifth
...       all strengths and training that stops early, for each of `epochs.CASES`

A penalty is as good if it covers the robust family at least as often as the other way round. Where neither
family covers the other, that is counted, too.
The last two are asked of every fifth pair and of TELLING; of all pairs only `epochs.ALL_PAIRS`.
Accidents happen to every finished model of TELLING, and to those chosen for attack 0.1.
"""

from collections.abc import Callable

import numpy as np

from studies.penalties import epochs, l2, losses
from studies.penalties.epochs import FAMILIES
from studies.shared import attacks as margins
from studies.shared import files, images, models, solver, threshold, work
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, SIDE, happen
from studies.shared.solver import Solution
from support.options import POST_DIGITS

EPSILONS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)
L2 = tuple(epochs.strengths(15)["l2"])
LEAST_EPSILON = 0.01  # of TELLING, as it takes longest
STRENGTHS = 15  # of each penalty, at least
MORE_L1 = (1e-2, 3e-2, 1e-1, 5e-2, 2e-1, 2e-2, 7e-2, 3e-3, 1e-3)  # beside those that belong to an ε
LEAST_L1 = 1e-5  # of zeros and ones, whose separator is known; without one it takes half a minute
ATTACKS = ("0.1", "0.2", "0.3")
SOME_LOSS = 1e-6  # of an optimum, for the theorem to say which penalty it belongs to
HELD_OUT = slice(None, None, 5)  # of the training images, those on which a strength is chosen
TELLING = ((0, 1), (4, 9))  # pairs whose certificates are stored, and which also meet accidents
SOME = sorted({*images.PAIRS[::5], *TELLING})


def compute() -> tuple[dict, dict]:
    both = images.all_digits("train"), images.all_digits("test")
    starts = {case.choice.seed: models.start(case.choice.seed) for case in epochs.CASES}
    items = [(digits, *both, starts, solved) for digits, solved in known().items()]
    names, telling = ([images.key(digits) for digits in some] for some in (images.PAIRS, TELLING))
    found = dict(zip(names, work.spread(study_pair, items, "pairs"), strict=True))
    other = work.spread(losses.study, [(digits, *both) for digits in TELLING], "losses")
    pairs = {name: numbers for name, (numbers, _) in found.items()}
    return {
        "fronts": {name: pair["fronts"] for name, pair in pairs.items()},
        "summary": summarise(pairs),
        "accidents": {name: pairs[name]["accidents"] for name in telling},
        "losses": dict(zip(telling, other, strict=True)),
        "trained": losses.trained(*(images.of_pair(*split, POST_DIGITS) for split in both)),
    }, {f"{name} {part}": array for name in telling for part, array in found[name][1].items()}


def known() -> dict[tuple[int, int], dict[float, Solution]]:
    """Of each pair the robust optima that other studies have found, by their ε; at 0 the separator of least
    ‖w‖₁, of zeros and ones."""
    arrays = files.arrays("digits")
    found = {
        digits: {
            model.epsilon: Solution(optimum[:-1], optimum[-1], arrays[f"{name} alpha {model.key}"])
            for model in models.ROBUST
            for name in [images.key(digits)]
            for optimum in [arrays[f"{name} optimum {model.key}"]]
        }
        for digits in images.PAIRS
    }
    separator = files.arrays("training")["regular weights"]
    found[POST_DIGITS][0] = Solution(separator[:-1], separator[-1], np.empty(0))
    return found


def study_pair(
    digits: tuple[int, int], train: tuple, test: tuple, starts: dict, solved: dict[float, Solution]
) -> tuple[dict, dict]:
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    telling = digits in TELLING
    robust, l1, gaps = linear_programs(
        *train,
        (LEAST_EPSILON, *EPSILONS) if telling else EPSILONS,
        lambda epsilon: solved.get(epsilon) or solver.solve(*train, epsilon),
        MORE_L1,
        solved.get(0),
    )
    families = {"l1": l1, "l2": l2_path(*train), "robust": robust}
    chosen = chosen_on_held_out(train, solved) if digits in SOME else {}
    cases = {
        "finished": {name: measure(weights, test) for name, (_, weights, _) in families.items()},
        "clipped": {name: measure(weights, test, True) for name, (_, weights, _) in families.items()},
        "chosen": {name: measure(weights, test) for name, weights in chosen.items()},
    }
    cases |= stopped_early(digits, train, test, starts)
    return {
        "fronts": {
            name: front(strengths, cases["finished"][name]) for name, (strengths, *_) in families.items()
        },
        "covers": {
            case: contests(found, len(test[1]), one_each=case == "chosen")
            for case, found in cases.items()
            if found
        },
        "best": {case: best(found) for case, found in cases.items() if found},
        "accidents": {
            name: {
                "every": of_accidents(*test, weights),
                "chosen": of_accidents(*test, chosen[name][:, :1])[0],
            }
            for name, (_, weights, _) in families.items()
            if telling
        },
        "gaps": gaps | {"l2": max(families["l2"][2])},
    }, {
        f"{name} {part}": np.array(families[name][place])
        for name in ("l1", "robust")
        for place, part in enumerate(("strengths", "weights", "alpha"))
    }


def stopped_early(digits: tuple[int, int], train: tuple, test: tuple, starts: dict) -> dict[str, dict]:
    """By case and family what `measure` gives, of a pair's images."""
    return {
        case.name: {
            name: measure(weights, test)
            for name, weights in epochs.train(case, *train, starts[case.choice.seed]).items()
        }
        for case in (epochs.CASES if digits in SOME else epochs.ALL_PAIRS)
    }


# Finished training: families are strengths, weights (785, K) and what proves them


def linear_programs(
    images: np.ndarray,
    labels: np.ndarray,
    epsilons: tuple,
    optimum: Callable[[float], Solution],
    more: tuple = (),
    separator: Solution | None = None,
) -> tuple[tuple, tuple, dict]:
    """The robust and the L1 family with their α, and the largest gaps of their certificates.

    By the theorem (PROOF.md) the optimum for ε with the objective R, divided by 1 + ε‖w‖₁, is that of the
    penalty λ = ε R, with the same α, and the other way round. So each program solved is a model of both; the
    certificates of both are asked all the same.

    Args:
        epsilons: of the robust family.
        optimum: gives the robust optimum for an ε.
        more: strengths of the L1 family beside those that belong to an ε, taken until there are STRENGTHS.
        separator: near the optimum for LEAST_L1, which is then in the L1 family.
    """
    proof = threshold.solve(images, labels)
    _, least = threshold.certified(proof, images, labels)
    constant = threshold.constant_optimum(proof, images, labels)
    of_constant = least * constant.alpha.sum() * (1 + solver.SHRINK)
    robust = [(epsilon, constant) for epsilon in epsilons if epsilon >= least]
    l1 = [(factor * of_constant, constant) for factor in (1, 2, 4)]
    for epsilon in epsilons:
        if epsilon < least:
            solution = optimum(epsilon)
            robust.append((epsilon, solution))
            if solution.alpha.sum() > SOME_LOSS:
                scale = 1 / (1 + epsilon * np.abs(solution.weights).sum())
                l1.append((epsilon * solution.alpha.sum() * (1 + solver.SHRINK), scaled(solution, scale)))
    for strength in more:
        if len(l1) < STRENGTHS:
            solution = solver.solve(images, labels, 0, strength)
            l1.append((strength, solution))
            objective = solution.alpha.sum()
            epsilon = strength / objective * (1 + solver.SHRINK)
            scale = 1 / (1 - strength / objective * np.abs(solution.weights).sum())
            robust.append((epsilon, scaled(solution, scale)))
    both = len(l1) - 3
    if separator:
        guess = separator.weights, separator.bias
        l1.append((LEAST_L1, solver.solve(images, labels, 0, LEAST_L1, guess)))
    gaps = {
        "robust": max(np.subtract(*solver.certify(s, epsilon, images, labels)) for epsilon, s in robust),
        "l1": max(np.subtract(*solver.certify(s, 0, images, labels, strength)) for strength, s in l1),
    }
    return as_family(robust), as_family(l1), gaps | {"both": both}


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


def chosen_on_held_out(train: tuple, solved: dict[float, Solution]) -> dict[str, np.ndarray]:
    """Each family's weights (785, 3), for each attack those that withstand it best on the held-out images.

    Args:
        train: images and labels; the models see those that aren't held out.
        solved: robust optima of all training images by their ε, near which those of four fifths are.
    """
    held_out = tuple(array[HELD_OUT] for array in train)
    seen = np.ones(len(train[1]), bool)
    seen[HELD_OUT] = False
    part = tuple(array[seen] for array in train)

    def optimum(epsilon: float) -> Solution:
        near = solved[min(solved, key=lambda other: abs(other - epsilon))]
        guess = (near.weights, near.bias) if near.weights.any() else None
        return solver.solve(*part, epsilon, guess=guess)

    robust, l1, _ = linear_programs(*part, EPSILONS, optimum)
    families = {"l1": l1[1], "l2": l2_path(*part)[1], "robust": robust[1]}
    return {
        name: weights[:, np.argmax(measure(weights, held_out)[:, 1:], axis=0)]
        for name, weights in families.items()
    }


# Measures


def measure(weights: np.ndarray, test: tuple, clipped: bool = False) -> np.ndarray:
    """Of weights (785, K) the accuracy clean and at ATTACKS: (K, 4)."""
    accuracy = margins.clipped_accuracy if clipped else margins.accuracy
    return accuracy(weights, *test, [0, *map(float, ATTACKS)]).T


def front(strengths: tuple, measured: np.ndarray) -> list[dict]:
    """A family's points, each short enough for a line: an image is more than a unit of the last digit."""
    return [
        {
            "strength": float(f"{strength:.6g}"),
            "clean": round(float(clean), 5),
            "attacked": {name: round(float(value), 5) for name, value in zip(ATTACKS, attacked, strict=True)},
        }
        for strength, (clean, *attacked) in zip(strengths, measured, strict=True)
    ]


def of_accidents(pictures: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean accuracy (K,) of weights (785, K) over all accidents of middle strength."""
    found = [
        np.mean(
            [
                (margins.margins(weights, after.reshape(len(labels), -1), labels) > 0).mean(axis=0)
                for after in happen(name, pictures.reshape(-1, SIDE, SIDE), MIDDLE_STRENGTH).values()
            ],
            axis=0,
        )
        for name in ACCIDENTS
    ]
    return np.mean(found, axis=0)


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


def contests(measured: dict[str, np.ndarray], images: int, one_each: bool) -> dict[str, int]:
    """For how many attacks a penalty covers the robust family, for how many the other way round, and for how
    many neither.

    Args:
        measured: by family (K, 4), as `measure` gives them.
        images: in the test set.
        one_each: whether the three models of a family are those for the three attacks.
    """
    found = {}
    for penalty in ("l1", "l2"):
        both_ways = []
        for place in (1, 2, 3):
            rows = slice(place - 1, place) if one_each else slice(None)
            one, other = measured[penalty][rows], measured["robust"][rows]
            both_ways.append([covers(one, other, place, images), covers(other, one, place, images)])
        found[f"{penalty} covers robust"], found[f"robust covers {penalty}"] = np.sum(both_ways, axis=0)
        found[f"neither {penalty} nor robust"] = sum(not any(ways) for ways in both_ways)
    return found


def best(measured: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of each family the most that a model of it keeps at each attack."""
    return {name: rows[:, 1:].max(axis=0) for name, rows in measured.items()}


def summarise(pairs: dict[str, dict]) -> dict:
    """Over pairs and attacks: how often a family covers another, the median of each family's best, and by how
    much the robust family's is ahead of L1's in the median pair."""
    every = list(pairs.values())
    some = [pairs[images.key(digits)] for digits in SOME]
    return {
        "cases": len(ATTACKS) * len(every),
        "covers": counts(every, ["finished", "clipped", *(case.name for case in epochs.ALL_PAIRS)]),
        "some_cases": len(ATTACKS) * len(some),
        "some_covers": counts(some, ["chosen", *(case.name for case in epochs.CASES)]),
        "median_best": {
            name: np.median([pair["best"]["finished"][name] for pair in every], axis=0) for name in FAMILIES
        },
        "median_lead": {
            case.name: np.median(
                [pair["best"][case.name]["robust"] - pair["best"][case.name]["l1"] for pair in every], axis=0
            )
            for case in epochs.ALL_PAIRS
        },
        "largest_gap": {name: max(pair["gaps"][name] for pair in every) for name in FAMILIES},
        "models_of_both": sum(pair["gaps"]["both"] for pair in every),
    }


def counts(pairs: list[dict], cases: list[str]) -> dict:
    """For how many pairs and attacks a family covers another, by the case."""
    return {
        case: {contest: sum(pair["covers"][case][contest] for pair in pairs) for contest in found}
        for case in cases
        for found in [pairs[0]["covers"][case]]
    }
