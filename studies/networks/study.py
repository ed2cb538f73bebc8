"""What of networks? How far attack and proof lie apart, and what closes the gap.

network     one hidden layer of 16 or of 256 ReLUs and a linear output
trainings   those in TRAININGS: the same adversarial training (Adam, two epochs, an attack of two steps; what
            is added is added to its loss), from the usual start; with a first layer that starts a tenth as
            large; with an L1 penalty on the first layer, of two strengths; with weight decay. Beside them
            regular training, and training on proved bounds
pairs       zeros and ones, trained for 0.2 and measured there, and a hard pair, fours and nines, for 0.1
seeds       1 to 5
clean       how many of all test images are right
attacked    of 500 test images, drawn once: right under our attack at that ε
proved      of these: proved right under every attack, by intervals or by CROWN; both also on their own
in range    the same where pixels stay between 0 and 1
gap         attacked less proved, of 500
reach       ε Σⱼ |vⱼ| ‖wⱼ‖₁, with wⱼ a unit's weights and vⱼ what it counts in the output: what attacks could
            take if each unit met its own worst image; `start_reach` is that of the usual start at 0.2, and
            the small start's is a tenth of it
idle        pixels on which the training images have hardly any ink, less than IDLE on average; and the share
            of the reach that lies on them
off         the share of the units that are off in the whole box, the mean over the 500 images
taken       by one image: the margin less the least one that our attack finds; by the proof: the margin less
            the better of the two proved bounds. Medians over the 500 images, none kept in range
pixels      of zeros and ones, 256 units, seed 1: how much each pixel adds to the reach; and how much to
            ε ‖Σⱼ sⱼ vⱼ wⱼ‖₁, which one image can take while its units stay on (sⱼ = 1) or off (sⱼ = 0); the
            mean over the images
twins       of zeros and ones, 256 units, the strong L1 penalty: each unit is split in two that count half,
            and opposite noise, a tenth as large as the usual start's, is put on the weights of the two
baseline    the certified linear optimum for the same ε (studies/digits), for which attack and proof agree
exact       of zeros and ones, 16 units, the usual training: the first four images of each seed that the
            attack leaves and no proof decides (pixels not kept in range), decided by a mixed-integer program
longer      of zeros and ones, 256 units, the usual training: how many of the first hundred images the attack
            leaves, and how many one of five starts with forty steps each

Rules, fixed before the numbers of seeds 1 to 5 (strengths, epochs and steps were settled on seed 0):

closes      a training closes most of the gap if its median gap over the seeds is less than half that of the
            usual training; it costs hardly anything if the median clean accuracy falls by at most half a
            point and the median accuracy under attack doesn't fall by more than one
the start   the gap is the start's if the small start alone closes most of it, in each size and pair; partly
            so if in some. It is noise that training leaves if a penalty does at hardly any cost
truth       the gap is the proof's weakness if nine in ten of the exact cases are robust, the attack's if one
            in ten is
noise       noise that cancels opens the gap by itself if twins lose more than half of what was proved, while
            accuracy under attack falls by at most a point (median over the seeds)
price (D1)  median clean accuracy of regular less that of adversarial training, beside that of linear models
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from studies.networks.network import (
    Box,
    Network,
    Training,
    attack,
    box,
    crown,
    intervals,
    logits,
    logits_and_slopes,
    ranges,
    robust,
    start,
    train,
)
from studies.shared import attacks, files, images, work

READS = ("digits",)

EPSILONS = {(0, 1): 0.2, (4, 9): 0.1}
SIZES = (16, 256)
SEEDS = (1, 2, 3, 4, 5)
TRAININGS = {
    "regular": Training("clean"),
    "usual": Training(),
    "small start": Training(start=0.1),
    "weight decay": Training(l2=0.01),
    "weak L1": Training(l1=0.0003),
    "L1": Training(l1=0.001),
    "proved bounds": Training("proved"),
}

MEASURED = 500  # test images of a pair
EXACT = 4  # open images of each seed
LONGER, LONGER_STEPS, LONGER_STARTS = 100, 40, 5
IDLE = 0.001
SHOWN = ("usual", "small start", "L1")  # in the figure of pixels


@dataclass(frozen=True)
class Kind:
    """What is trained; `training` is a name of TRAININGS."""

    pair: tuple[int, int]
    units: int
    training: str
    seed: int


def kinds() -> list[Kind]:
    """All networks, in the order of the tables."""
    return [Kind(*which) for which in product(EPSILONS, SIZES, TRAININGS, SEEDS)]


def compute() -> tuple[dict, dict]:
    pairs = {
        pair: tuple(array.astype(float) for split in ("train", "test") for array in images.pair(split, pair))
        for pair in EPSILONS
    }
    linear = files.arrays("digits")
    everything = kinds()
    items = [(kind, *pairs[kind.pair]) for kind in everything]
    networks = {images.key(pair): {str(units): {} for units in SIZES} for pair in EPSILONS}
    exact, arrays = [], {}
    for kind, found in zip(everything, work.spread(measure, items, "networks"), strict=True):
        numbers, by_pixel, decided = found
        networks[images.key(kind.pair)][str(kind.units)].setdefault(kind.training, []).append(numbers)
        exact += decided
        if by_pixel is not None:
            arrays[kind.training] = by_pixel
    starts = {units: [start(units, TRAININGS["usual"], seed) for seed in SEEDS] for units in SIZES}
    return {
        "linear": {images.key(pair): baseline(linear, pair, *pairs[pair][2:]) for pair in EPSILONS},
        "networks": {
            pair: {
                units: {training: over_seeds(rows) for training, rows in of_size.items()}
                for units, of_size in of_pair.items()
            }
            for pair, of_pair in networks.items()
        },
        "idle": {images.key(pair): int((pairs[pair][0].mean(axis=0) < IDLE).sum()) for pair in EPSILONS},
        "exact": {"cases": len(exact), "robust": sum(exact)},
        "start_reach": {
            units: [reach(network, 0.2) for network in of_size] for units, of_size in starts.items()
        },
    }, arrays


def over_seeds(rows: list[dict]) -> dict:
    """Dictionaries of the same form as one, with lists in the place of numbers."""
    return {
        name: over_seeds([row[name] for row in rows])
        if isinstance(value, dict)
        else [row[name] for row in rows]
        for name, value in rows[0].items()
    }


def chosen(count: int) -> np.ndarray:
    """Places of the measured test images."""
    return np.random.default_rng(20).permutation(count)[:MEASURED]


def measure(kind: Kind, seen, labels, test_images, test_labels) -> tuple:
    """A network of a kind: its numbers, `pixels` if shown, exact cases."""
    epsilon, training = EPSILONS[kind.pair], TRAININGS[kind.training]
    network = train(seen, labels, kind.units, training, epsilon, kind.seed)
    margins = test_labels * logits(network, test_images)
    idle = np.abs(network.weights * network.output)[seen.mean(axis=0) < IDLE].sum()
    places = chosen(len(test_labels))
    seen, labels = test_images[places], test_labels[places]
    free, valid = box(seen, epsilon), box(seen, epsilon, in_range=True)
    by_crown, by_intervals = crown(network, free, labels), intervals(network, free, labels)
    bounds = np.maximum(by_crown, by_intervals)
    proved, proved_in_range = bounds > 0, proofs(network, valid, labels) > 0
    least = attack(network, free, labels)
    stands_in_range = stands(network, valid, labels, proved_in_range | proved)
    stands_free = stands_in_range & (least > 0)
    found = {
        "clean": int((margins > 0).sum()),
        "attacked": int(stands_free.sum()),
        "proved": int(proved.sum()),
        "proved by": {"crown": int((by_crown > 0).sum()), "intervals": int((by_intervals > 0).sum())},
        "in range": {
            "attacked": int(stands_in_range.sum()),
            "proved": int((proved_in_range | proved).sum()),
        },
        "margin": shortened(np.median(margins[places])),
        "taken": {
            "by one image": shortened(np.median(margins[places] - least)),
            "by the proof": shortened(np.median(margins[places] - bounds)),
        },
        "reach": reach(network, epsilon),
        "idle": shortened(idle / np.abs(network.weights * network.output).sum()),
        "off": shortened((ranges(network, free)[1] <= 0).mean()),
    }
    shown, decided = None, []
    if kind.pair == images.POST_DIGITS and kind.training == "usual" and kind.units == 16:
        undecided = np.flatnonzero(stands_free & ~proved)[:EXACT]
        decided = [robust(network, free[0][place], free[1][place], labels[place]) for place in undecided]
    if kind.pair == images.POST_DIGITS and kind.units == 256:
        if kind.seed == 1 and kind.training in SHOWN:
            shown = pixels(network, seen, epsilon)
        if kind.training == "usual":
            some = free[0][:LONGER], free[1][:LONGER]
            longer = attack(network, some, labels[:LONGER], LONGER_STEPS, LONGER_STARTS) > 0
            found["longer"] = {"usual": int((least[:LONGER] > 0).sum()), "longer": int(longer.sum())}
        if kind.training == "L1":
            twins = split(network, np.random.default_rng([kind.seed, 2]))
            found["twins"] = {
                "attacked": int((attack(twins, free, labels) > 0).sum()),
                "proved": int((proofs(twins, free, labels) > 0).sum()),
                "margin": shortened(np.median(labels * logits(twins, seen))),
                "reach": reach(twins, epsilon),
            }
    return found, shown, decided


def pixels(network: Network, seen: np.ndarray, epsilon: float) -> np.ndarray:
    """(2, 784): what each pixel adds to the reach, and to what one image takes while no unit switches."""
    alone = np.abs(network.weights * network.output).sum(axis=1)
    together = np.abs(logits_and_slopes(network, seen)[1]).mean(axis=0)
    return (epsilon * np.stack([alone, together])).astype(np.float32)


def split(network: Network, chance: np.random.Generator) -> Network:
    """Twins in the place of each unit, with opposite noise: where both are on, the logit is as before."""
    noise = 0.1 * np.sqrt(2 / len(network.weights)) * chance.normal(size=network.weights.shape)
    return Network(
        np.hstack([network.weights + noise, network.weights - noise]),
        np.tile(network.bias, 2),
        np.tile(network.output / 2, 2),
        network.constant,
    )


def proofs(network: Network, within: Box, labels: np.ndarray) -> np.ndarray:
    """The better (N,) of the two lower bounds of each box's least margin."""
    return np.maximum(crown(network, within, labels), intervals(network, within, labels))


def stands(network: Network, within: Box, labels: np.ndarray, proved: np.ndarray) -> np.ndarray:
    """In which boxes the attack finds no wrong image; where there is a proof it needn't be tried."""
    found = proved.copy()
    left = np.flatnonzero(~proved)
    found[left] = attack(network, (within[0][left], within[1][left]), labels[left]) > 0
    return found


def reach(network: Network, epsilon: float) -> float:
    """What attacks could take from a margin if each unit met its own worst image."""
    return shortened(epsilon * np.abs(network.weights * network.output).sum())


def shortened(value: float) -> float:
    """Three significant digits, which no machine's last bits reach."""
    return float(f"{value:.3g}")


def baseline(linear, pair: tuple[int, int], seen: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """The linear optimum for the pair's ε, on the same images; and clean, the post's regular model."""
    key, epsilon, places = images.key(pair), EPSILONS[pair], chosen(len(labels))
    weights = np.stack([linear[f"{key} optimum {epsilon:g}"], linear[f"{key} regular"]], axis=1)
    clean, regular = (attacks.margins(weights, seen, labels) > 0).sum(axis=0)
    measured = weights[:, :1], seen[places], labels[places]
    return {
        "images": len(labels),
        "regular": int(regular),
        "clean": int(clean),
        "attacked": round(MEASURED * attacks.accuracy(*measured, [epsilon])[0, 0]),
        "margin": shortened(np.median(attacks.margins(*measured))),
        "reach": shortened(epsilon * np.abs(weights[:-1, 0]).sum()),
    }
