"""What of this holds for a network: attack from below, proof from above, by size and training.

network       ReLUs and a linear output. One hidden layer of 1, 2, 4 … 256 units (0: linear); two layers (32
              and 16 units); a convolution (four 4 × 4 kernels, stride 3, then 16 units)
pairs         0 1, and the three of least linear ε* (studies/digits): 3 5, 4 5, 7 9
training      hinge loss, six epochs, Adam. Adversarial: PGD, five steps. Certified: hinge of the interval
              bound (linear: the post's loss). ε rises during the first half
how many      three seeds and every ε: 0, 16 and 64 units; three seeds and 0.2: the others up to 32; else one
              seed and 0.2. Hard pairs: 0, 16 and, with one seed, 64 units
images        clean accuracy: all of the test set; else 500 by a seeded permutation; exact: its first 20
attack        max norm, not clipped. PGD, 15 steps, two starts; fooled at some ε is fooled at larger ones
proof         the better of intervals and CROWN
gap           attacked minus proved accuracy, mean over ε = 0, 0.05 … 0.5
halving ε     where accuracy under attack is one half, on straight lines between the grid's points

The rules are in answers.py. The exact values come from exact.npz: `python -m studies.networks.exact`.
"""

from dataclasses import replace
from itertools import product

import numpy as np

from studies.networks import answers, bounds, exact
from studies.networks.network import Kind, Layers, logits, push, train
from studies.shared import accidents, images, work
from studies.shared.attacks import constant_right
from studies.shared.chance import paired_test

HARD_PAIRS = ((3, 5), (4, 5), (7, 9))
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
KEPT_WIDTHS = (0, 16, 64)  # with every ε of training; of the hard pairs these alone
SHOWN = (0, 16, 256, "two layers", "convolution")  # in the table, of zeros and ones
CLIPPED_WIDTHS = (16, 256)  # attacked and proved with pixels kept in range, too
SEEDS = (1, 2, 3)
ONE_SEED = (128, 256, "two layers", "convolution")  # too dear for three
MIDDLE = 0.2  # the ε of the other widths' robust training
TRAININGS = (("regular", 0.0), *product(answers.ROBUST, answers.EPSILONS))
GRID = np.array([0, *exact.EPSILONS])
ROWS = [int(np.argmin(abs(GRID - epsilon))) for epsilon in answers.EPSILONS]

TEST_IMAGES = 500  # measured, of each pair
SECOND_LOOK = {"steps": 60, "restarts": 5}  # how much a longer attack finds besides


def kinds() -> list[Kind]:
    """All networks, the dearest first. Without a hidden layer adversarial training is the certified one."""
    found = []
    for pair in (images.POST_DIGITS, *HARD_PAIRS):
        shapes = (0, *WIDTHS, "two layers", "convolution") if pair == images.POST_DIGITS else KEPT_WIDTHS
        for shape, (training, epsilon), seed in product(shapes, TRAININGS, SEEDS):
            seeded = seed == 1 or (shape not in ONE_SEED and (shape != 64 or pair == images.POST_DIGITS))
            wanted = shape in KEPT_WIDTHS or epsilon in (0, MIDDLE)
            if seeded and wanted and (shape or training != "adversarial"):
                found.append(Kind(pair, shape, training, epsilon, seed))
    return sorted(found, key=lambda kind: -size(kind))


def size(kind: Kind) -> int:
    """By which kinds are ordered: the width, then what is deeper."""
    return {"two layers": 300, "convolution": 301}.get(kind.shape, kind.shape)


def compute() -> tuple[dict, dict]:
    pairs = {
        pair: (images.pair("train", pair), images.pair("test", pair))
        for pair in (images.POST_DIGITS, *HARD_PAIRS)
    }
    everything = kinds()
    measured = dict(
        zip(
            everything,
            work.spread(measure, ((kind, *pairs[kind.pair]) for kind in everything), "networks"),
            strict=True,
        )
    )
    fooled = [kind for kind in everything if kind.shape == 16 and kind.training == "regular"]
    items = [
        (measured[kind]["layers"], measured[other]["layers"], *pairs[kind.pair][1])
        for kind in fooled
        for other in surrogates(kind)
    ]
    halved = iter(work.spread(transferred, items, "transfer"))
    for kind in fooled:
        measured[kind]["transfer"] = [next(halved) for _ in surrogates(kind)]
    return summary(measured, pairs)


def surrogates(kind: Kind) -> tuple[Kind, Kind]:
    """The linear model, and the same network from the next seed."""
    return replace(kind, shape=0), replace(kind, seed=kind.seed % len(SEEDS) + 1)


def measure(kind: Kind, train_set, test_set) -> dict:
    """A network of a kind and all that is measured of it alone."""
    layers = train(*train_set, kind)
    margins = test_set[1] * logits(layers, test_set[0])
    places = exact.chosen(len(margins), TEST_IMAGES)
    seen, labels = test_set[0][places], test_set[1][places]
    found = band(layers, seen, labels, GRID)
    halving = halving_epsilon(found["attacked"])
    return {
        "layers": layers,
        "margins": margins,
        **found,
        "halving": halving,
        "sure": sureness(layers, seen, labels, halving),
        "clipped": band(layers, seen, labels, np.array(answers.EPSILONS), clipped=True)
        if kind.shape in CLIPPED_WIDTHS
        else None,
        "longer": longer(layers, seen, labels, found["attacked"]) if kind.shape == 16 else 0.0,
    }


def band(
    layers: Layers, seen: np.ndarray, labels: np.ndarray, grid: np.ndarray, clipped: bool = False
) -> dict:
    """Accuracy over ε: proved by intervals, proved at all, and under attack, each (E,).

    Proved at some ε is proved below it, fooled at some ε is fooled above it; only what is left is attacked.
    """
    by_intervals, proved = np.zeros((2, len(grid), len(labels)), bool)
    for row in reversed(range(len(grid))):
        within = bounds.box(seen, grid[row], clipped)
        by_intervals[row] = bounds.intervals(layers, within, labels) > 0
        proved[row] = by_intervals[row] | (bounds.relaxed(layers, within, labels) > 0)
    by_intervals, proved = (np.maximum.accumulate(array[::-1])[::-1] for array in (by_intervals, proved))
    standing, attacked = np.ones(len(labels), bool), []
    for row, epsilon in enumerate(grid):
        left = np.flatnonzero(standing & ~proved[row])
        if len(left):
            standing[left] = stand(layers, bounds.box(seen[left], epsilon, clipped), labels[left])
        attacked.append(standing.mean())
    return {
        "intervals": by_intervals.mean(axis=1),
        "proved": proved.mean(axis=1),
        "attacked": np.array(attacked),
    }


def stand(layers: Layers, within: bounds.Box, labels: np.ndarray, **settings: int) -> np.ndarray:
    """Which images no attempt of the attack fools."""
    chance = np.random.default_rng(0)
    return labels * logits(layers, bounds.attack(layers, within, labels, chance, **settings)) > 0


def longer(layers: Layers, seen: np.ndarray, labels: np.ndarray, attacked: np.ndarray) -> float:
    """By how much a longer attack lowers the accuracy at ε = 0.2."""
    standing = stand(layers, bounds.box(seen, 0.2), labels, **SECOND_LOOK).mean()
    return max(0.0, attacked[ROWS[1]] - standing)


def halving_epsilon(attacked: np.ndarray) -> float:
    """The ε at which accuracy falls below one half, between the grid's points on a straight line."""
    below = np.flatnonzero(attacked < 0.5)
    if not len(below):
        return float(GRID[-1])
    last = below[0]
    if not last:
        return 0.0
    return float(np.interp(-0.5, -attacked[last - 1 : last + 1], GRID[last - 1 : last + 1]))


def sureness(layers: Layers, seen: np.ndarray, labels: np.ndarray, epsilon: float) -> float:
    """The median absolute logit of images fooled within ε over that of the clean ones."""
    moved = logits(layers, push(layers, seen, labels, epsilon, bounds.STEPS, np.random.default_rng(0)))
    fooled = labels * moved <= 0
    return (
        float(np.median(abs(moved[fooled])) / np.median(abs(logits(layers, seen)))) if fooled.any() else 0.0
    )


def transferred(layers: Layers, surrogate: Layers, seen: np.ndarray, labels: np.ndarray) -> float:
    """The halving ε of a network under images moved against another one."""
    places = exact.chosen(len(labels), TEST_IMAGES)
    seen, labels = seen[places], labels[places]
    attacked = []
    for epsilon in GRID:
        moved = push(surrogate, seen, labels, epsilon, bounds.STEPS, np.random.default_rng(0))
        attacked.append((labels * logits(layers, moved) > 0).mean())
    return halving_epsilon(np.array(attacked))


def summary(measured: dict[Kind, dict], pairs: dict) -> tuple[dict, dict]:
    """The study's numbers, as `answers` makes them of what was measured, and its arrays."""
    cells: answers.Cells = {}
    for kind in sorted(measured, key=lambda kind: kind.seed):
        found = measured[kind]
        values = {
            "clean": (found["margins"] > 0).mean(),
            "attacked": found["attacked"][ROWS],
            "proved": found["proved"][ROWS],
            "intervals": found["intervals"][ROWS],
            "gap": (found["attacked"] - found["proved"]).mean(),
            **{name: found[name] for name in ("halving", "sure", "transfer") if name in found},
        }
        if kind.training != "adversarial":
            linear = measured[replace(kind, shape=0)]
            values["p"] = paired_test(found["margins"] > 0, linear["margins"] > 0)
        cell = cells.setdefault((images.key(kind.pair), kind.shape, kind.key), {})
        for name, value in values.items():
            cell[name] = np.array([*cell.get(name, ()), value])
    constant = {images.key(pair): constant_right(test[1]) / len(test[1]) for pair, (_, test) in pairs.items()}
    nearest = {images.key(pair): half_least_distance(*test) for pair, (_, test) in pairs.items()}
    ours = {
        kind: found for kind, found in measured.items() if kind.pair == images.POST_DIGITS and kind.seed == 1
    }
    shown = {
        str(shape): {
            key: {
                name: cells[answers.POST, shape, key][name][:1]
                for name in ("clean", "attacked", "proved", "intervals")
            }
            for key in answers.TRAININGS
            if (answers.POST, shape, key) in cells
        }
        for shape in SHOWN
    }
    solved = exact.stored()
    numbers = {
        "counts": {
            "networks": len(measured),
            "longer_attack_finds": max(found["longer"] for found in measured.values()),
        },
        "clipped": {
            f"{kind.shape}, {kind.key}": {name: found["clipped"][name][1] for name in ("attacked", "proved")}
            for kind, found in ours.items()
            if kind.shape in CLIPPED_WIDTHS and kind.key == answers.TRAININGS[1]
        },
        "exact": exact.summary(solved),
        "undecided": exact.undecided(list(solved.values())),
        "networks": {answers.POST: shown},
        "answers": answers.answers(cells, constant),
        "statements": answers.statements(
            cells, nearest, under_accidents(measured, *pairs[images.POST_DIGITS][1])
        ),
    }
    arrays = {}
    for kind, found in ours.items():
        name = f"{kind.shape}, {kind.key}"
        if kind.shape in (0, max(WIDTHS)) and kind.epsilon in (0, MIDDLE):
            arrays[f"band {name}"] = np.stack([found["proved"], found["attacked"]])
        if exact.solvable(kind):
            arrays |= exact.packed(found["layers"], name)
            clean = (found["margins"][exact.chosen(len(found["margins"]), exact.SAMPLE)] > 0).sum()
            robust = exact.robust(solved[kind.shape, kind.key])
            arrays[f"exact {name}"] = np.hstack([np.full((4, 1), clean), robust]) / exact.SAMPLE
    return numbers, arrays


def half_least_distance(seen: np.ndarray, labels: np.ndarray) -> float:
    """Half the smallest max-norm distance between images of different digits; from it on, boxes meet."""
    levels = np.round(seen * 255).astype(np.int16)
    first, second = levels[labels < 0], levels[labels > 0]
    return min(int(np.abs(second - image).max(axis=1).min()) for image in first) / 255 / 2


def under_accidents(
    measured: dict[Kind, dict], seen: np.ndarray, labels: np.ndarray
) -> dict[str, np.ndarray]:
    """Of 16 units by training: accuracy, mean over all accidents at the middle strength, over the seeds."""
    places = exact.chosen(len(labels), TEST_IMAGES)
    seen, labels = seen[places].reshape(-1, 28, 28), labels[places]
    happened = [
        [image.reshape(-1, 784) for image in accidents.happen(name, seen, accidents.MIDDLE_STRENGTH).values()]
        for name in accidents.ACCIDENTS
    ]
    found: dict = {}
    for kind in sorted(measured, key=lambda kind: kind.seed):
        if kind.pair == images.POST_DIGITS and kind.shape == 16:
            layers = measured[kind]["layers"]
            right = [
                np.mean([(labels * logits(layers, moved) > 0).mean() for moved in variants])
                for variants in happened
            ]
            found.setdefault(kind.key, []).append(np.mean(right))
    return {key: np.array(values) for key, values in found.items()}
