"""The exact worst case of networks with one hidden layer, certified: `python -m studies.networks.exact`.

A mixed-integer program (Tjeng et al. 2019) by branch and bound over the phases of the hidden units, its
linear programs by HiGHS. Nothing here needs to be trusted: from above the least margin is bounded by an image
that attains it, from below by numbers g, one for each unit and leaf of the tree. With z = Wᵀx + b in [l, u],

    v·relu(z) ≥ Σⱼ min over zⱼ in [lⱼ, uⱼ] of (vⱼ relu(zⱼ) - gⱼ zⱼ)  +  min over x in the box of g·(Wᵀx + b)

for every g, and both minima are closed forms. On a leaf the phases that it fixes cut [l, u] at 0.

The command solves the sample for the networks in arrays.npz and writes exact.json and exact.npz, which
`study.py` and the tests read. It takes a while; joblib spreads it, also over more machines (see the page).
"""

import heapq
import json
import os
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell"}  # as `python -m studies` does

import numpy as np
from scipy.optimize import linprog

import run_files
from studies import files, images, work
from studies.networks import bounds
from studies.networks.network import Kind, Layers, logits, logits_and_slopes

HERE = Path(__file__).resolve().parent

WIDTHS = (1, 2, 4, 8, 16)
KEYS = ("regular", "adversarial 0.2", "certified 0.2")
EPSILONS = (0.1, 0.2, 0.3)
SAMPLE = 20  # images

TOLERANCE = 1e-4  # between the attained margin and its proof
LARGEST_TREE = 250  # linear programs for an image
PENALTY = 1e4  # for each unit of z beyond its phase, so that no program is infeasible


@dataclass(frozen=True)
class Certificate:
    """The least margin of a box, from both sides.

    `place` (784,), in [-1, 1], is the attaining image in radii from the middle. Leaves have `phases` (leaves,
    units), 1 for z ≥ 0, -1 for z ≤ 0 and 0 for either, and `multipliers` (leaves, units), the g above.
    """

    place: np.ndarray
    phases: np.ndarray
    multipliers: np.ndarray

    def attained(self, layers: Layers, middle: np.ndarray, radius: np.ndarray, label: float) -> float:
        """The margin of the image."""
        image = middle + radius * self.place.clip(-1, 1)
        return float(label * logits(in_double(layers), image[None])[0])

    def proved(self, layers: Layers, middle: np.ndarray, radius: np.ndarray, label: float) -> float:
        """No image of the box has a smaller margin; -infinity if the leaves leave out a pattern of phases."""
        if not cover(self.phases):
            return -np.inf
        problem = Problem(layers, middle, radius, label)
        return min(problem.bound(*leaf) for leaf in zip(self.phases, self.multipliers, strict=True))


def in_double(layers: Layers) -> Layers:
    return [(weights.astype(float), bias.astype(float)) for weights, bias in layers]


def cover(phases: np.ndarray) -> bool:
    """Whether leaves (leaves, units) are disjoint and their shares of all patterns add up to one."""
    disjoint = all((phases[:place] * leaf < 0).any(axis=1).all() for place, leaf in enumerate(phases))
    return disjoint and (0.5 ** np.count_nonzero(phases, axis=1)).sum() == 1


class Problem:
    """The least of label · (v·relu(Wᵀx + b) + c) over a box, in float64."""

    def __init__(self, layers: Layers, middle: np.ndarray, radius: np.ndarray, label: float):
        (self.weights, self.bias), (last, constant) = in_double(layers)
        self.middle, self.radius = middle.astype(float), radius.astype(float)
        self.outputs, self.constant = label * last[:, 0], label * constant[0]
        self.low, self.high = bounds.through(self.middle, self.radius, self.weights, self.bias)

    def margin(self, image: np.ndarray) -> float:
        return float(self.outputs @ np.maximum(image @ self.weights + self.bias, 0) + self.constant)

    def ranges(self, phases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[l, u] of each unit, cut at 0 where its phase is fixed."""
        low = np.where(phases > 0, np.maximum(self.low, 0), self.low)
        high = np.where(phases < 0, np.minimum(self.high, 0), self.high)
        return np.minimum(low, high), np.maximum(
            low, high
        )  # where a phase can't be, what it leaves is a range too

    def bound(self, phases: np.ndarray, multipliers: np.ndarray) -> float:
        """The bound above, for a leaf."""
        low, high = self.ranges(phases)
        ends = np.stack([low, np.clip(0, low, high), high])
        of_units = (self.outputs * np.maximum(ends, 0) - multipliers * ends).min(axis=0).sum()
        slopes = self.weights @ multipliers
        of_box = multipliers @ self.bias + slopes @ self.middle - np.abs(slopes) @ self.radius
        return float(self.constant + of_units + of_box)

    def relax(self, phases: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The linear program of a node: its multipliers, its image, and how much each unit is underrated.

        Variables: places in the box, z, what z exceeds its range by, and relu(z) where it counts positively;
        where it counts negatively, the chord takes its place.
        """
        low, high = self.ranges(phases)
        unsure = (low < 0) & (high > 0)
        units = np.flatnonzero((self.low < 0) & (self.high > 0))  # those that no range decides stay z
        count, pixels = len(units), len(self.middle)
        fixed = np.where(self.low >= 0, self.outputs, 0)
        chord = np.where(unsure, high / np.where(unsure, high - low, 1), low >= 0)
        convex = (unsure & (self.outputs > 0))[units]
        by_z = np.where(unsure & (self.outputs > 0), 0, self.outputs * chord)[units]
        joined = self.weights[:, units] * self.radius[:, None]
        eye = np.eye(count)
        found = linprog(
            np.concatenate(
                [
                    self.radius * (self.weights @ fixed),
                    by_z,
                    np.full(2 * count, PENALTY),
                    self.outputs[units] * convex,
                ]
            ),
            A_eq=np.hstack([joined.T, -eye, eye, -eye, 0 * eye]),
            b_eq=-(self.middle @ self.weights[:, units] + self.bias[units]),
            A_ub=np.hstack([np.zeros((count, pixels)), eye, 0 * eye, 0 * eye, -eye])[convex],
            b_ub=np.zeros(convex.sum()),
            bounds=np.vstack(
                [
                    np.tile([-1.0, 1.0], (pixels, 1)),
                    np.column_stack([low, high])[units],
                    np.tile([0, np.inf], (3 * count, 1)),
                ]
            ),
            method="highs-ds",
        )
        place = np.clip(found.x[:pixels], -1, 1)
        z = (self.middle + self.radius * place) @ self.weights + self.bias
        underrated = np.where(
            unsure & (self.outputs < 0), -self.outputs * (chord * (z - low) - np.maximum(z, 0)), 0
        )
        multipliers = fixed.copy()
        multipliers[units] = -found.eqlin.marginals
        return multipliers.astype(np.float32), place, underrated


def solve(layers: Layers, middle: np.ndarray, radius: np.ndarray, label: float) -> tuple[Certificate, int]:
    """Branch and bound, best first, until the proof is TOLERANCE from an image or the tree is LARGEST_TREE.

    Returns:
        The certificate and how many linear programs it took.
    """
    problem = Problem(layers, middle, radius, label)
    chance = np.random.default_rng(0)
    attacked = bounds.attack(layers, (middle[None], radius[None]), np.array([label]), chance=chance)[0]
    place = ((attacked - middle) / np.where(radius, radius, 1)).clip(-1, 1).astype(np.float16)
    least = problem.margin(middle + radius * place.astype(float))
    leaves, programs = [], 0

    def open_node(phases: np.ndarray) -> None:
        nonlocal place, least, programs
        multipliers, image, underrated = problem.relax(phases)
        programs += 1
        image = image.astype(np.float16)
        margin = problem.margin(middle + radius * image.astype(float))
        if margin < least:
            place, least = image, margin
        node = (problem.bound(phases, multipliers), programs, phases, multipliers, underrated)
        heapq.heappush(leaves, node)

    open_node(np.zeros(len(problem.bias), np.int8))
    while leaves[0][0] < least - TOLERANCE and programs < LARGEST_TREE:
        _, _, phases, _, underrated = leaves[0]
        unit = int(np.argmax(underrated))
        if underrated[unit] <= 0:  # nothing to branch on: rounding alone is between the two
            break
        heapq.heappop(leaves)
        for phase in (-1, 1):
            child = phases.copy()
            child[unit] = phase
            open_node(child)
    phases, multipliers = (np.stack([leaf[part] for leaf in leaves]) for part in (2, 3))
    return Certificate(place, phases, multipliers), programs


def solvable(kind: Kind) -> bool:
    """Whether a kind is solved exactly."""
    return kind.pair == (0, 1) and kind.shape in WIDTHS and kind.seed == 1 and kind.key in KEYS


def packed(layers: Layers) -> dict[str, np.ndarray]:
    return {
        f"{letter}{place}": array
        for place, layer in enumerate(layers)
        for letter, array in zip("Wb", layer, strict=True)
    }


def name(kind: Kind, part: str) -> str:
    """How arrays.npz calls a part of `packed`."""
    return f"{kind.shape}, {kind.key}, {part}"


def stored_layers(arrays: dict[str, np.ndarray], shape: int, key: str) -> Layers:
    return [(arrays[f"{shape}, {key}, W{place}"], arrays[f"{shape}, {key}, b{place}"]) for place in (0, 1)]


def sample_boxes(seen: np.ndarray, labels: np.ndarray, epsilon: float) -> tuple[bounds.Box, np.ndarray]:
    """The boxes of the sample's images, and their labels."""
    places = np.random.default_rng(20).permutation(len(labels))[:SAMPLE]
    return bounds.box(seen[places], epsilon), labels[places]


def case(layers: Layers, middle: np.ndarray, radius: np.ndarray, label: float) -> tuple[Certificate, dict]:
    """A certificate, and the numbers of exact.json: margins from below to above, and what they took."""
    start = time.process_time()
    certificate, programs = solve(layers, middle, radius, label)
    seconds = time.process_time() - start
    within, labels = (middle[None], radius[None]), np.array([label])
    attacked = bounds.attack(layers, within, labels, chance=np.random.default_rng(0))
    return certificate, {
        "proof": max(float(bound(layers, within, labels)[0]) for bound in (bounds.intervals, bounds.relaxed)),
        "proved": certificate.proved(layers, middle, radius, label),
        "attained": certificate.attained(layers, middle, radius, label),
        "attack": float(label * logits(layers, attacked)[0]),
        "blind": not logits_and_slopes(layers, middle[None])[1].any(),  # all units are off at the image
        "programs": programs,
        "seconds": round(seconds, 2),
    }


def stored_cases() -> dict:
    """exact.json: by width, training and ε, lists over the sample of what `case` gave."""
    return json.loads((HERE / "exact.json").read_text(encoding="utf-8"))


def summary(cases: dict) -> dict:
    """By width and training, a list over ε: what the page says of `cases`, by width, training and ε."""
    return {
        shape: {
            key: [of_cases(found) for found in by_epsilon.values()] for key, by_epsilon in trainings.items()
        }
        for shape, trainings in cases.items()
    }


def of_cases(found: list[dict]) -> dict:
    """How many are robust by proof, certificate and attack; where the truth lies; what it took."""
    columns = {name: np.array([entry[name] for entry in found]) for name in found[0]}
    width = columns["attack"] - columns["proof"]
    open_cases = (columns["proof"] <= 0) & (columns["attack"] > 0)
    solved = columns["attained"] - columns["proved"] <= 2 * TOLERANCE
    wide = solved & (width > 0.01)
    share = (columns["attained"] - columns["proof"])[wide] / width[wide]
    return {
        "images": len(found),
        "robust": {
            name: int((columns[name] > 0).sum()) for name in ("proof", "proved", "attained", "attack")
        },
        "open": int(open_cases.sum()),
        "open_and_robust": int((open_cases & (columns["proved"] > 0)).sum()),
        "open_and_fooled": int((open_cases & (columns["attained"] <= 0)).sum()),
        "open_and_blind": int((open_cases & (columns["attained"] <= 0) & columns["blind"]).sum()),
        "solved": int(solved.sum()),
        "wide": int(wide.sum()),
        "truth": float(np.median(share)) if wide.any() else 1.0,
        "programs": float(np.median(columns["programs"])),
        "seconds": float(np.median(columns["seconds"])),
        "most_seconds": float(columns["seconds"].max()),
    }


def write(found: dict[tuple, list[tuple[Certificate, dict]]]) -> None:
    """exact.json and exact.npz, from what `case` gave for each width, training and ε."""
    cases: dict = {}
    arrays = {}
    for (shape, key, epsilon), solved in found.items():
        cases.setdefault(str(shape), {}).setdefault(key, {})[f"{epsilon:g}"] = [
            numbers for _, numbers in solved
        ]
        certificates = [certificate for certificate, _ in solved]
        arrays |= {
            f"{shape}, {key}, {epsilon:g}, {part}": array
            for part, array in {
                "place": np.stack([certificate.place for certificate in certificates]),
                "leaves": np.array(
                    [len(certificate.phases) for certificate in certificates]
                ),  # of each image
                "phases": np.concatenate([certificate.phases for certificate in certificates]),
                "multipliers": np.concatenate([certificate.multipliers for certificate in certificates]),
            }.items()
        }
    with run_files.replacing(HERE / "exact.json") as partial:
        partial.write_text("\n".join(files.lines(files.rounded(cases))) + "\n", encoding="utf-8")
    with run_files.replacing(HERE / "exact.npz") as partial:
        run_files.write_arrays(partial, **arrays)


def main() -> None:
    test, arrays = images.pair("test"), files.arrays("networks")
    cells = list(product(WIDTHS, KEYS, EPSILONS))
    items = []
    for shape, key, epsilon in cells:
        layers = stored_layers(arrays, shape, key)
        within, labels = sample_boxes(*test, epsilon)
        items += [(layers, *one) for one in zip(*within, labels, strict=True)]
    solved = work.spread(case, items, "exact")
    write({cell: solved[place * SAMPLE : (place + 1) * SAMPLE] for place, cell in enumerate(cells)})


if __name__ == "__main__":
    main()
