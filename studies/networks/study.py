"""What of this holds for a network: attack from below, proof from above, by size and training.

Networks of every size are trained in three ways on four pairs of digits, attacked and proved on test images.
The exact values of small ones come from exact.json, which `python -m studies.networks.exact` makes.
"""

from itertools import product

import numpy as np

from studies import images, work
from studies.accidents import kinds as accidents
from studies.chance import paired_test
from studies.margins import constant_right
from studies.networks import answers, bounds, exact
from studies.networks.network import Kind, Layers, logits, push, train

POST_PAIR = (0, 1)
HARD_PAIRS = ((3, 5), (4, 5), (7, 9))
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
KEPT_WIDTHS = (0, 16, 64)  # with every ε of training; of the hard pairs these alone
SEEDS = (1, 2, 3)
ONE_SEED = (128, 256, "two layers", "convolution")  # too dear for three
MIDDLE = 0.2  # the ε of the other widths' robust training
EPSILONS = (0.1, 0.2, 0.3)
TRAININGS = (
    ("regular", 0.0),
    *(("adversarial", epsilon) for epsilon in EPSILONS),
    *(("certified", epsilon) for epsilon in EPSILONS),
)
GRID = np.round(np.arange(0, 0.525, 0.05), 2)

TEST_IMAGES = 500  # measured, of each pair
SECOND_LOOK = {"steps": 60, "restarts": 5}  # how much a longer attack finds besides


def kinds() -> list[Kind]:
    """All networks, the dearest first. Without a hidden layer adversarial training is the certified one."""
    found = []
    for pair in (POST_PAIR, *HARD_PAIRS):
        shapes = (0, *WIDTHS, "two layers", "convolution") if pair == POST_PAIR else KEPT_WIDTHS
        for shape, (training, epsilon), seed in product(shapes, TRAININGS, SEEDS):
            seeded = seed == 1 or (shape not in ONE_SEED and (shape != 64 or pair == POST_PAIR))
            wanted = shape in KEPT_WIDTHS or epsilon in (0, MIDDLE)
            if seeded and wanted and (shape or training != "adversarial"):
                found.append(Kind(pair, shape, training, epsilon, seed))
    return sorted(found, key=lambda kind: -size(kind))


def size(kind: Kind) -> int:
    """By which kinds are ordered: the width, then what is deeper."""
    return {"two layers": 300, "convolution": 301}.get(kind.shape, kind.shape)


def chosen(count: int) -> np.ndarray:
    """The places of the measured test images; the first are the sample that is solved exactly."""
    return np.random.default_rng(20).permutation(count)[:TEST_IMAGES]


def compute() -> tuple[dict, dict]:
    pairs = {
        pair: (images.pair("train", pair), images.pair("test", pair)) for pair in (POST_PAIR, *HARD_PAIRS)
    }
    everything = kinds()
    measured = dict(
        zip(
            everything,
            work.spread(measure, ((kind, *pairs[kind.pair]) for kind in everything), "networks"),
            strict=True,
        )
    )
    fooled = {
        kind: [
            (kind, measured[kind]["layers"], measured[other]["layers"], *pairs[kind.pair][1])
            for other in others
        ]
        for kind, others in surrogates(everything).items()
    }
    halved = iter(work.spread(transferred, (item for items in fooled.values() for item in items), "transfer"))
    for kind, items in fooled.items():
        measured[kind]["transfer"] = [next(halved) for _ in items]
    return summary(measured, pairs), arrays(measured)


def surrogates(everything: list[Kind]) -> dict[Kind, tuple[Kind, Kind]]:
    """For networks of the kept widths, the linear model and the same network from the next seed."""
    return {
        kind: (
            Kind(kind.pair, 0, "regular", 0.0, kind.seed),
            Kind(kind.pair, kind.shape, kind.training, kind.epsilon, kind.seed % len(SEEDS) + 1),
        )
        for kind in everything
        if kind.shape == 16 and kind.epsilon in (0, MIDDLE)
    }


def measure(kind: Kind, train_set, test_set) -> dict:
    """A network of a kind and all that is measured of it alone."""
    layers = train(*train_set, kind)
    margins = test_set[1] * logits(layers, test_set[0])
    places = chosen(len(margins))
    seen, labels = test_set[0][places], test_set[1][places]
    found = band(layers, seen, labels, GRID)
    halving = halving_epsilon(found["attacked"])
    return {
        "layers": layers,
        "margins": margins,
        **found,
        "halving": halving,
        "sure": sureness(layers, seen, labels, halving),
        "clipped": band(layers, seen, labels, np.array(EPSILONS), clipped=True)
        if kind.pair == POST_PAIR and kind.seed == 1 and kind.shape in KEPT_WIDTHS
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
    return max(0.0, attacked[np.isclose(GRID, 0.2)][0] - standing)


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


def transferred(kind: Kind, layers: Layers, surrogate: Layers, seen: np.ndarray, labels: np.ndarray) -> float:
    """The halving ε of a network under images moved against another one."""
    places = chosen(len(labels))
    seen, labels = seen[places], labels[places]
    attacked = []
    for epsilon in GRID:
        moved = push(surrogate, seen, labels, epsilon, bounds.STEPS, np.random.default_rng(0))
        attacked.append((labels * logits(layers, moved) > 0).mean())
    return halving_epsilon(np.array(attacked))


def arrays(measured: dict[Kind, dict]) -> dict[str, np.ndarray]:
    """For the figures the bands of seed 1, (3, E) for each kind; and the layers solved exactly."""
    bands, layers = {}, {}
    for kind, found in measured.items():
        if kind.pair == POST_PAIR and kind.seed == 1:
            rows = [found[name] for name in ("intervals", "proved", "attacked")]
            bands[f"band {kind.shape}, {kind.key}"] = np.stack(rows)
        if exact.solvable(kind):
            layers |= {exact.name(kind, part): array for part, array in exact.packed(found["layers"]).items()}
    return bands | layers


def summary(measured: dict[Kind, dict], pairs: dict) -> dict:
    """Lists are over seeds; within them, what has an ε is for EPSILONS."""
    cells: dict = {}
    for kind in sorted(measured, key=lambda kind: (kind.seed, size(kind))):
        found = measured[kind]
        cell = (
            cells.setdefault(images.key(kind.pair), {})
            .setdefault(str(kind.shape), {})
            .setdefault(kind.key, {})
        )
        chosen_rows = [int(np.flatnonzero(np.isclose(GRID, epsilon))[0]) for epsilon in EPSILONS]
        values = {
            "clean": (found["margins"] > 0).mean(),
            "attacked": found["attacked"][chosen_rows],
            "proved": found["proved"][chosen_rows],
            "intervals": found["intervals"][chosen_rows],
            "gap": (found["attacked"] - found["proved"]).mean(),
            "halving": found["halving"],
            "sure": found["sure"],
        }
        if "transfer" in found:
            values["transfer"] = found["transfer"]
        if kind.shape and not kind.epsilon:
            linear = measured[Kind(kind.pair, 0, "regular", 0.0, kind.seed)]
            values["p_against_linear"] = paired_test(found["margins"] > 0, linear["margins"] > 0)
        for name, value in values.items():
            cell.setdefault(name, []).append(value)
    numbers = {
        "networks": cells,
        "counts": {
            "networks": len(measured),
            "longer_attack_finds": max(found["longer"] for found in measured.values()),
        },
        "constant": {
            images.key(pair): constant_right(test[1]) / len(test[1]) for pair, (_, test) in pairs.items()
        },
        "nearest": {images.key(pair): half_least_distance(*test) for pair, (_, test) in pairs.items()},
        "accidents": under_accidents(measured, *pairs[POST_PAIR][1]),
        "clipped": {
            str(shape): {
                kind.key: {name: found["clipped"][name] for name in ("attacked", "proved")}
                for kind, found in measured.items()
                if found["clipped"] and kind.shape == shape
            }
            for shape in KEPT_WIDTHS
        },
    }
    numbers |= {"exact": exact.summary(exact.stored_cases())}
    found = answers.answers(numbers)
    statements = answers.statements(numbers, found)
    return {
        **{name: numbers[name] for name in ("counts", "nearest", "clipped")},
        "exact": without(numbers["exact"], "open", "truth", "programs", "wide"),
        "networks": what_is_read(cells),
        "answers": {
            "gap": without(found["gap"], "grows_always", "rank_correlation", "widths"),
            "brittle": without(found["brittle"], "equally_clean"),
            "price": without(found["price"], "median", "useless"),
            "provable": without(found["provable"], "shape", "epsilon"),
            **{name: found[name] for name in ("truth", "sure")},
        },
        "statements": statements,
    }


def without(value, *beginnings: str):
    """The same without the fields that only led to the answers, by how their names begin."""
    if isinstance(value, list):
        return [without(entry, *beginnings) for entry in value]
    if isinstance(value, dict):
        return {
            name: without(entry, *beginnings)
            for name, entry in value.items()
            if not name.startswith(beginnings)
        }
    return value


def what_is_read(cells: dict) -> dict:
    """Of the networks' numbers those that page and figures read beside the answers."""

    def of(shape: str, training: str) -> tuple[str, ...]:
        largest = shape == str(max(WIDTHS)) and training != "regular"
        return (
            "gap",
            *(["halving"] if training == "regular" else []),
            *(["attacked", "proved"] if largest else []),
        )

    post, *hard = cells
    kept = {
        shape: {
            training: {name: cell[name] for name in of(shape, training)}
            for training, cell in of_shape.items()
        }
        for shape, of_shape in cells[post].items()
        if shape != "0"
    }
    return {post: kept} | {
        pair: {"16": {"regular": {"clean": cells[pair]["16"]["regular"]["clean"]}}} for pair in hard
    }


def half_least_distance(seen: np.ndarray, labels: np.ndarray) -> float:
    """Half the smallest max-norm distance between images of different digits; from it on, boxes meet."""
    levels = np.round(seen * 255).astype(np.int16)
    first, second = levels[labels < 0], levels[labels > 0]
    return min(int(np.abs(second - image).max(axis=1).min()) for image in first) / 255 / 2


def under_accidents(measured: dict[Kind, dict], seen: np.ndarray, labels: np.ndarray) -> dict:
    """Mean accuracy over all accidents at the middle strength, by width and training, a list over seeds."""
    places = chosen(len(labels))
    seen, labels = seen[places].reshape(-1, 28, 28), labels[places]
    happened = [
        [image.reshape(-1, 784) for image in accidents.happen(name, seen, accidents.MIDDLE_STRENGTH).values()]
        for name in accidents.ACCIDENTS
    ]
    found: dict = {}
    for kind in sorted(measured, key=lambda kind: (kind.seed, size(kind))):
        if kind.pair == POST_PAIR and kind.shape in KEPT_WIDTHS:
            right = [
                np.mean([(labels * logits(measured[kind]["layers"], moved) > 0).mean() for moved in variants])
                for variants in happened
            ]
            found.setdefault(str(kind.shape), {}).setdefault(kind.key, []).append(np.mean(right))
    return found
