"""The exact worst case of networks with one hidden layer, certified: `python -m studies.networks.exact`.

A mixed-integer program (Tjeng et al. 2019) by branch and bound over the phases of the hidden units, its
linear programs by HiGHS. HiGHS solves such a program too, but gives a number where a proof is wanted. Here
nothing needs to be trusted: from above the least margin is bounded by an image that attains it, from below by
numbers g, one for each unit and leaf of the tree. With z = Wᵀx + b in [l, u],

    v·relu(z) ≥ Σⱼ min over zⱼ in [lⱼ, uⱼ] of (vⱼ relu(zⱼ) - gⱼ zⱼ)  +  min over x in the box of g·(Wᵀx + b)

for every g, and both minima are closed forms. On a leaf the phases that it fixes cut [l, u] at 0.

The command solves the first SAMPLE of the measured images at each of EPSILONS, for the networks in
arrays.npz, and writes exact.npz, which `study.py` and the tests read; after a change of the training, run the
study, this and the study again. joblib spreads it, also over more machines (see the page).

What 32 units cost was tried once, by hand: the first six images of the sample at 0.2, seed 1, by `solve`
without a limit on the tree, up to a minute of processor time each. Done: proof and image TOLERANCE apart.
Seconds: regular over 60, 1.6, over 60, 1.6, 1.6, 1.3; adversarial 23, 38, 41, 10, 38, 22; certified to 0.04.
"""

import heapq
import os
import time
from itertools import product
from pathlib import Path
from typing import NamedTuple

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}  # as `python -m studies` does

import numpy as np
from scipy.optimize import linprog

from studies.networks import bounds
from studies.networks.answers import TRAININGS
from studies.networks.network import Kind, Layers, logits, logits_and_slopes
from studies.shared import files, images, work
from support.disk import replacing, write_arrays

PATH = Path(__file__).with_name("exact.npz")

WIDTHS = (1, 2, 4, 8, 16)
EPSILONS = tuple(np.round(np.arange(0.05, 0.525, 0.05), 2))
SAMPLE = 20  # images

TOLERANCE = 1e-4  # between the attained margin and its proof
LARGEST_TREE = 250  # linear programs for an image
PENALTY = 1e4  # for each unit of z beyond its phase, so that no program is infeasible


class Certificate(NamedTuple):
    """The least margin of a box, from both sides.

    `place` (784,), in [-1, 1], is the attaining image in radii from the middle. Leaves have `phases` (leaves,
    units), 1 for z ≥ 0, -1 for z ≤ 0 and 0 for either, and `multipliers` (leaves, units), the g above.
    """

    place: np.ndarray
    phases: np.ndarray
    multipliers: np.ndarray


class Problem:
    """The least of label · (v·relu(Wᵀx + b) + c) over a box, in float64."""

    def __init__(self, layers: Layers, middle: np.ndarray, radius: np.ndarray, label: float):
        self.weights, self.bias, last, constant = (array.astype(float) for layer in layers for array in layer)
        self.middle, self.radius = middle.astype(float), radius.astype(float)
        self.outputs, self.constant = label * last[:, 0], label * constant[0]
        self.low, self.high = bounds.through(self.middle, self.radius, self.weights, self.bias)

    def units(self, place: np.ndarray) -> np.ndarray:
        """z of the image at a place (784,), cut off at the box."""
        return (self.middle + self.radius * place.astype(float).clip(-1, 1)) @ self.weights + self.bias

    def attained(self, place: np.ndarray) -> float:
        """The margin of the image at a place (784,): the least is no larger."""
        return float(self.outputs @ np.maximum(self.units(place), 0) + self.constant)

    def proved(self, phases: np.ndarray, multipliers: np.ndarray) -> float:
        """What the least is no smaller than; -infinity if the leaves leave out a pattern of phases."""
        if not cover(phases):
            return -np.inf
        return min(self.bound(*leaf) for leaf in zip(phases, multipliers, strict=True))

    def ranges(self, phases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[l, u] of each unit, cut at 0 where its phase is fixed."""
        low = np.where(phases > 0, np.maximum(self.low, 0), self.low)
        return low, np.where(phases < 0, np.minimum(self.high, 0), self.high)

    def bound(self, phases: np.ndarray, multipliers: np.ndarray) -> float:
        """The bound above, for a leaf."""
        low, high = self.ranges(phases)
        ends = np.stack([low, np.clip(0, low, high), high])
        of_units = (self.outputs * np.maximum(ends, 0) - multipliers * ends).min(axis=0).sum()
        slopes = self.weights @ multipliers
        of_box = multipliers @ self.bias + slopes @ self.middle - np.abs(slopes) @ self.radius
        return float(self.constant + of_units + of_box)

    def relax(self, phases: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The linear program of a node: its multipliers, its place, and how much each unit is underrated.

        What a unit adds to the margin is at least the larger of two lines, slope · z + height: those of the
        ReLU where it counts positively, twice its chord where it counts negatively, and where a phase is
        fixed its line and a steep one beyond the phase. Variables: the place, and what each unit adds.
        """
        low, high = self.ranges(phases)
        unsure = (low < 0) & (high > 0)
        convex, concave = unsure & (self.outputs > 0), unsure & (self.outputs < 0)
        chord = np.where(unsure, high / np.where(unsure, high - low, 1), low >= 0)
        first = np.where(convex, 0, self.outputs * chord)
        beyond = [convex, (phases > 0) & (self.low < 0), (phases < 0) & (self.high > 0)]
        slopes = np.stack([first, np.select(beyond, [self.outputs, -PENALTY, PENALTY], first)])
        heights = np.where(concave, -self.outputs * chord * low, 0)
        centre = self.middle @ self.weights + self.bias
        joined = (self.weights * self.radius[:, None]).T
        count, pixels = joined.shape
        line, unit = np.nonzero([np.ones(count, bool), slopes[0] != slopes[1]])  # a line twice is one
        slope = slopes[line, unit]
        found = linprog(
            np.repeat([0.0, 1.0], [pixels, count]),
            A_ub=np.hstack([slope[:, None] * joined[unit], -np.eye(count)[unit]]),
            b_ub=-(slope * centre[unit] + heights[unit]),
            bounds=np.repeat([[-1, 1], [-np.inf, np.inf]], [pixels, count], axis=0),
            method="highs-ds",
        )
        multipliers = np.bincount(unit, -found.ineqlin.marginals * slope, count)
        place = found.x[:pixels]
        z = self.units(place)
        underrated = np.where(concave, self.outputs * (np.maximum(z, 0) - chord * (z - low)), 0)
        return multipliers.astype(np.float32), place, underrated


def cover(phases: np.ndarray) -> bool:
    """Whether leaves (leaves, units) are disjoint and their shares of all patterns add up to one."""
    disjoint = all((phases[:place] * leaf < 0).any(axis=1).all() for place, leaf in enumerate(phases))
    return disjoint and (0.5 ** np.count_nonzero(phases, axis=1)).sum() == 1


def solve(problem: Problem, start: np.ndarray) -> tuple[Certificate, int]:
    """Branch and bound, best first, until the proof is TOLERANCE from an image or the tree is LARGEST_TREE.

    Args:
        start: a place (784,) to begin with, such as an attack's.

    Returns:
        The certificate and how many linear programs it took.
    """
    best = start.astype(np.float16)
    least, leaves, programs = problem.attained(best), [], 0
    nodes = [np.zeros(len(problem.bias), np.int8)]
    while nodes:
        for phases in nodes:
            multipliers, place, underrated = problem.relax(phases)
            programs += 1
            if (margin := problem.attained(place.astype(np.float16))) < least:
                best, least = place.astype(np.float16), margin
            node = (problem.bound(phases, multipliers), programs, phases, multipliers, underrated)
            heapq.heappush(leaves, node)
        proved, _, phases, _, underrated = leaves[0]
        nodes = []
        # where no unit is underrated, rounding alone is between the two
        if proved < least - TOLERANCE and programs < LARGEST_TREE and underrated.max() > 0:
            heapq.heappop(leaves)
            nodes = [phases.copy(), phases.copy()]
            for child, phase in zip(nodes, (-1, 1), strict=True):
                child[np.argmax(underrated)] = phase
    return Certificate(best, *(np.stack([leaf[part] for leaf in leaves]) for part in (2, 3))), programs


def solvable(kind: Kind) -> bool:
    """Whether a kind is solved exactly."""
    return (
        kind.pair == images.POST_DIGITS and kind.shape in WIDTHS and kind.seed == 1 and kind.key in TRAININGS
    )


def packed(layers: Layers, name: str) -> dict[str, np.ndarray]:
    """For arrays.npz the layers of a network `name`, such as "16, regular"."""
    return {
        f"{name}, {letter}{place}": array
        for place, layer in enumerate(layers)
        for letter, array in zip("Wb", layer, strict=True)
    }


def stored_layers(arrays: dict[str, np.ndarray], shape: int, key: str) -> Layers:
    return [(arrays[f"{shape}, {key}, W{place}"], arrays[f"{shape}, {key}, b{place}"]) for place in (0, 1)]


def chosen(count: int, wanted: int) -> np.ndarray:
    """Places of the first of the measured test images."""
    return np.random.default_rng(20).permutation(count)[:wanted]


def cases(layers: Layers, seen: np.ndarray, labels: np.ndarray) -> list[tuple]:
    """The sample at each of EPSILONS in turn, each case as (layers, middle, radius, label)."""
    places = chosen(len(labels), SAMPLE)
    boxes = [bounds.box(seen[places], epsilon) for epsilon in EPSILONS]
    return [(layers, *one) for within in boxes for one in zip(*within, labels[places], strict=True)]


def solve_case(layers: Layers, middle: np.ndarray, radius: np.ndarray, label: float) -> tuple:
    """A certificate, and numbers: margins from below to above, and what they took."""
    start = time.process_time()
    within, labels = (middle[None], radius[None]), np.array([label])
    attacked = bounds.attack(layers, within, labels, chance=np.random.default_rng(0))
    problem = Problem(layers, middle, radius, label)
    certificate, programs = solve(problem, (attacked[0] - middle) / radius)
    seconds = time.process_time() - start
    return certificate, {
        "proof": max(float(bound(layers, within, labels)[0]) for bound in (bounds.intervals, bounds.relaxed)),
        "proved": problem.proved(certificate.phases, certificate.multipliers),
        "attained": problem.attained(certificate.place),
        "attack": float(label * logits(layers, attacked)[0]),
        "blind": not logits_and_slopes(layers, middle[None])[1].any(),  # all units are off at the image
        "programs": programs,
        "seconds": round(seconds, 2),
    }


def stored() -> dict[tuple[int, str], dict[str, np.ndarray]]:
    """exact.npz: by width and training, columns over the cases, and the certificates' parts."""
    with np.load(PATH) as archive:
        arrays = dict(archive)
    parts = {name.rsplit(", ")[-1] for name in arrays}
    return {
        (shape, key): {part: arrays[f"{shape}, {key}, {part}"] for part in parts}
        for shape, key in product(WIDTHS, TRAININGS)
    }


def certificates(found: dict[str, np.ndarray]) -> list[Certificate]:
    """Of the cases of a network, from `stored`."""
    ends = np.cumsum(found["leaves"])[:-1]
    parts = (found["place"], np.split(found["phases"], ends), np.split(found["multipliers"], ends))
    return [Certificate(*one) for one in zip(*parts, strict=True)]


def robust(found: dict[str, np.ndarray]) -> np.ndarray:
    """How many of the sample are robust by proof, certificate, attaining image and attack: (4, EPSILONS)."""
    margins = np.stack([found[name] for name in ("proof", "proved", "attained", "attack")])
    return (margins > 0).reshape(4, len(EPSILONS), SAMPLE).sum(axis=2)


def summary(solved: dict[tuple[int, str], dict[str, np.ndarray]]) -> dict:
    """By width and training, from `stored`: `robust` at 0.2 and 0.3, median and most seconds at 0.2."""
    rows = [EPSILONS.index(epsilon) for epsilon in (0.2, 0.3)]
    found: dict = {}
    for (width, key), columns in solved.items():
        seconds = columns["seconds"].reshape(len(EPSILONS), SAMPLE)[rows[0]]
        found.setdefault(str(width), {})[key] = {
            "robust": robust(columns)[:, rows].T,
            "seconds": round(float(np.median(seconds)), 3),
            "longest": round(float(seconds.max()), 3),
        }
    return found


def undecided(solved: list[dict[str, np.ndarray]]) -> dict:
    """Of the cases of networks: how many attack and proof leave open, and what certificates say of these.

    Apart where all units are off at the clean image ("off"): there the attack has no slope to follow.
    """
    names = ("proof", "proved", "attained", "attack", "blind")
    proof, proved, attained, attack, blind = (np.concatenate([of[name] for of in solved]) for name in names)
    unclear = (proof <= 0) & (attack > 0)
    return {
        "cases": len(proof),
        **{
            name: {"open": int(among.sum()), "robust": int((among & (proved > 0)).sum())}
            for name, among in {"off": unclear & (blind > 0), "on": unclear & (blind == 0)}.items()
        },
        "uncertain": int(((proved <= 0) & (attained > 0)).sum()),
        "loose": int((attained - proved > 2 * TOLERANCE).sum()),
    }


def main() -> None:
    test, arrays = images.pair("test"), files.arrays("networks")
    networks = list(product(WIDTHS, TRAININGS))
    items = [item for network in networks for item in cases(stored_layers(arrays, *network), *test)]
    solved = work.spread(solve_case, items, "exact")
    found = {}
    for shape, key in networks:
        of_network, solved = solved[: len(EPSILONS) * SAMPLE], solved[len(EPSILONS) * SAMPLE :]
        proofs, numbers = zip(*of_network, strict=True)
        parts = {
            "place": np.stack([proof.place for proof in proofs]),
            "leaves": np.array([len(proof.phases) for proof in proofs]),
            "phases": np.concatenate([proof.phases for proof in proofs]),
            "multipliers": np.concatenate([proof.multipliers for proof in proofs]),
            **{name: np.array([of[name] for of in numbers], np.float32) for name in numbers[0]},
        }
        found |= {f"{shape}, {key}, {part}": array for part, array in parts.items()}
    with replacing(PATH) as partial:
        write_arrays(partial, **found)


if __name__ == "__main__":
    main()
