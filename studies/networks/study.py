"""What of networks? How far attack and proof lie apart, and what closes the gap.

network     one hidden layer of 16 or of 256 ReLUs and a linear output
trainings   those in TRAININGS: adversarial training (Adam, two epochs, an attack of two steps) from the usual
            start; from a first layer that starts a tenth as large; with an L1 penalty on the first layer.
            Beside them training on proved bounds
pairs       zeros and ones, trained for 0.2 and measured there, and a hard pair, fours and nines, for 0.1
seeds       1 to 5
clean       how many of all test images are right
attacked    of 500 test images, drawn once: right under our attack at that ε, with any pixel values
proved      of these: proved right under every such attack, by intervals or by CROWN
gap         attacked less proved, of 500
baseline    the certified linear optimum for the same ε (studies/digits), for which attack and proof agree

Three questions are asked of zeros and ones alone:

twins       256 units, the L1 penalty: each unit is split in two that count half, and opposite noise, a tenth
            as large as the usual start's, is put on the weights of the two
longer      256 units, the usual start: how many of the first hundred images the attack leaves, and how many
            one of five starts with forty steps each
exact       16 units, the usual start: the first four images of each seed that the attack leaves and no proof
            decides, decided by a mixed-integer program

Rules, fixed before the numbers of seeds 1 to 5 (strengths, epochs and steps were settled on seed 0):

closes      a training closes most of the gap if its median gap over the seeds is less than half that of the
            usual start
the start   the gap comes from the start if the small start alone closes most of it, in each size and pair; in
            part if in some
noise       noise that cancels opens the gap by itself if twins lose more than half of what was proved, while
            accuracy under attack falls by at most a point (median over the seeds)
truth       the gap is the proof's weakness if nine in ten of the exact cases are robust, the attack's if one
            in ten is
"""

from itertools import product

import numpy as np

from studies.networks.network import Network, Training, attack, crown, intervals, logits, robust, train
from studies.shared import attacks, files, images, work

READS = ("digits",)

EPSILONS = {(0, 1): 0.2, (4, 9): 0.1}
SIZES = (16, 256)
SEEDS = (1, 2, 3, 4, 5)
TRAININGS = {
    "usual": Training(),
    "small start": Training(start=0.1),
    "L1": Training(l1=0.001),
    "proved bounds": Training(on_bounds=True),
}

MEASURED = 500  # test images of a pair
EXACT = 4  # open images of each seed
LONGER, LONGER_STEPS, LONGER_STARTS = 100, 40, 5


def compute() -> tuple[dict, dict]:
    pairs = {
        pair: tuple(array.astype(float) for split in ("train", "test") for array in images.pair(split, pair))
        for pair in EPSILONS
    }
    kinds = list(product(EPSILONS, SIZES, TRAININGS, SEEDS))
    rows = work.spread(measure, [(*kind, *pairs[kind[0]]) for kind in kinds], "networks")
    networks = {
        images.key(pair): {str(units): {name: {} for name in TRAININGS} for units in SIZES}
        for pair in EPSILONS
    }
    for (pair, units, training, _), row in zip(kinds, rows, strict=True):
        for name, value in row.items():
            networks[images.key(pair)][str(units)][training].setdefault(name, []).append(value)
    linear = files.arrays("digits")
    return {
        "linear": {images.key(pair): baseline(linear, pair, *pairs[pair][2:]) for pair in EPSILONS},
        "networks": networks,
    }, {}


def measure(
    pair: tuple[int, int], units: int, training: str, seed: int, *of_pair: np.ndarray
) -> dict[str, int]:
    """The numbers of one network; `training` is a name of TRAININGS, `of_pair` as compute() has it."""
    train_images, train_labels, test_images, test_labels = of_pair
    epsilon = EPSILONS[pair]
    network = train(train_images, train_labels, units, TRAININGS[training], epsilon, seed)
    places = chosen(len(test_labels))
    seen, labels = test_images[places], test_labels[places]
    found = {
        "clean": count(test_labels * logits(network, test_images)),
        "attacked": count(attack(network, seen, labels, epsilon)),
        "proved": count(proofs(network, seen, labels, epsilon)),
    }
    further = FURTHER.get((pair, units, training))
    return found | (further(network, seen, labels, epsilon, seed) if further else {})


def with_twins(network: Network, seen, labels, epsilon: float, seed: int) -> dict[str, int]:
    twins = split(network, np.random.default_rng([seed, 2]))
    return {
        "twins attacked": count(attack(twins, seen, labels, epsilon)),
        "twins proved": count(proofs(twins, seen, labels, epsilon)),
    }


def split(network: Network, chance: np.random.Generator) -> Network:
    """Twins in the place of each unit, with opposite noise: where both are on, the logit is as before."""
    noise = 0.1 * np.sqrt(2 / len(network.weights)) * chance.normal(size=network.weights.shape)
    return Network(
        np.hstack([network.weights + noise, network.weights - noise]),
        np.tile(network.bias, 2),
        np.tile(network.output / 2, 2),
        network.constant,
    )


def longer(network: Network, seen, labels, epsilon: float, seed: int) -> dict[str, int]:
    some = network, seen[:LONGER], labels[:LONGER], epsilon
    return {"short": count(attack(*some)), "longer": count(attack(*some, LONGER_STEPS, LONGER_STARTS))}


def exact(network: Network, seen, labels, epsilon: float, seed: int) -> dict[str, int]:
    least, bounds = attack(network, seen, labels, epsilon), proofs(network, seen, labels, epsilon)
    undecided = np.flatnonzero((least > 0) & (bounds <= 0))[:EXACT]
    decided = [robust(network, seen[place], labels[place], epsilon) for place in undecided]
    return {"cases": len(decided), "robust": sum(decided)}


FURTHER = {
    (images.POST_DIGITS, 256, "L1"): with_twins,
    (images.POST_DIGITS, 256, "usual"): longer,
    (images.POST_DIGITS, 16, "usual"): exact,
}


def chosen(among: int) -> np.ndarray:
    """Places of the measured test images."""
    return np.random.default_rng(20).permutation(among)[:MEASURED]


def count(margins: np.ndarray) -> int:
    """How many are right."""
    return int((margins > 0).sum())


def proofs(network: Network, seen: np.ndarray, labels: np.ndarray, epsilon: float) -> np.ndarray:
    """The better (N,) of the two lower bounds of the least margin."""
    return np.maximum(crown(network, seen, labels, epsilon), intervals(network, seen, labels, epsilon))


def baseline(linear, pair: tuple[int, int], seen: np.ndarray, labels: np.ndarray) -> dict[str, int]:
    """The linear optimum for the pair's ε, on the same images."""
    epsilon, places = EPSILONS[pair], chosen(len(labels))
    weights = linear[f"{images.key(pair)} optimum {epsilon:g}"][:, None]
    return {
        "images": len(labels),
        "clean": count(attacks.margins(weights, seen, labels)),
        "attacked": count(attacks.attacked_margins(weights, seen[places], labels[places], epsilon)),
    }
