"""Networks with one hidden layer in NumPy: training, attack from below, proof from above.

What is asked of a network, beyond its logits, is the least margin after a change of at most ε in each pixel,
whatever values the pixels then have.

train()      hinge loss by Adam, on attacked images or on proved bounds, from any start
attack()     a small margin that an attack does reach (projected gradient descent, Madry et al. 2018)
intervals()  a lower bound of all margins, each layer bounded on its own (Gowal et al. 2018)
crown()      mostly a better one: each unit between two lines, the worst of their sum (Zhang et al. 2018)
robust()     whether a mixed-integer program finds no allowed image that is wrong (Tjeng et al. 2019)
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

BATCH_SIZE = 100
EPOCHS = 2
LEARNING_RATE = 0.002
TRAINING_STEPS = 2  # of the attack in training
FORGET, FORGET_SQUARES = 0.9, 0.999  # Adam's (Kingma and Ba 2015)
STEPS, RESTARTS = 10, 2  # of the attack that measures


class Network(NamedTuple):
    """The logit of an image x is output · max(0, x @ weights + bias) + constant."""

    weights: np.ndarray  # (784, units)
    bias: np.ndarray  # (units,)
    output: np.ndarray  # (units,)
    constant: np.ndarray  # (1,)


class Training(NamedTuple):
    """How a network is trained: from where, on what, and what its weights add to the mean hinge loss."""

    start: float = 1.0  # the first layer's, in terms of He et al.'s (2015)
    l1: float = 0.0  # times the sum of the first layer's absolute weights
    on_bounds: bool = False  # on the proved bounds of the images in place of attacked images


def start(units: int, training: Training, seed: int, pixels: int = 784) -> Network:
    """The network before training; all of its draws are the same for each `training`."""
    chance = np.random.default_rng([seed, units])
    weights = chance.normal(size=(pixels, units)) * np.sqrt(2 / pixels) * training.start
    return Network(weights, np.zeros(units), chance.normal(size=units) * np.sqrt(2 / units), np.zeros(1))


def logits(network: Network, images: np.ndarray) -> np.ndarray:
    """(N,) of images (N, 784)."""
    return np.maximum(images @ network.weights + network.bias, 0) @ network.output + network.constant


def descend(
    network: Network, images: np.ndarray, labels: np.ndarray, epsilon: float, changes: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Steps down the margin by its slope's sign, cut off where the change exceeds ε.

    Args:
        changes: (N, 784) in [-1, 1], where to begin, in ε.
        steps: how many, each 2.5 / steps ε long.

    Returns:
        The last images (N, 784), and the least margin (N,) met before.
    """
    least = np.full(len(labels), np.inf)
    length = (2.5 / steps) * labels[:, None]
    for _ in range(steps):
        values = (images + epsilon * changes) @ network.weights + network.bias
        slopes = ((values > 0) * network.output) @ network.weights.T
        met = labels * (np.maximum(values, 0) @ network.output + network.constant)
        least = np.minimum(least, met)
        changes = np.clip(changes - length * np.sign(slopes), -1, 1)
    return images + epsilon * changes, least


def attack(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    epsilon: float,
    steps: int = STEPS,
    restarts: int = RESTARTS,
) -> np.ndarray:
    """The least margin (N,) that projected gradient descent met, that of the image as it is among them.

    It starts from the image that CROWN thinks worst, as the slope says nothing where all units are off, and
    then from random places, the same ones each time.
    """
    least = labels * logits(network, images)
    chance = np.random.default_rng(0)
    anywhere = [chance.uniform(-1, 1, images.shape) for _ in range(restarts - 1)]
    for changes in [-np.sign(relaxation(network, images, labels, epsilon)[0]), *anywhere]:
        found, met = descend(network, images, labels, epsilon, changes, steps)
        least = np.minimum(least, np.minimum(met, labels * logits(network, found)))
    return least


def ranges(network: Network, images: np.ndarray, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest value of each unit before its ReLU, each (N, units)."""
    centre = images @ network.weights + network.bias
    spread = epsilon * np.abs(network.weights).sum(axis=0)
    return centre - spread, centre + spread


def intervals(network: Network, images: np.ndarray, labels: np.ndarray, epsilon: float) -> np.ndarray:
    """A lower bound (N,) of the least margin: each unit does its worst, whichever image that takes."""
    low, high = (np.maximum(values, 0) for values in ranges(network, images, epsilon))
    effects = labels[:, None] * network.output
    return np.where(effects > 0, effects * low, effects * high).sum(axis=1) + labels * network.constant


def relaxation(
    network: Network, images: np.ndarray, labels: np.ndarray, epsilon: float
) -> tuple[np.ndarray, np.ndarray]:
    """A linear function that is above no allowed image's margin: slopes (N, 784) and heights (N,).

    A ReLU of z between l < 0 and u > 0 lies above the line a z, with a = 1 where u > -l and else 0, and below
    the chord u (z - l) / (u - l).
    """
    low, high = ranges(network, images, epsilon)
    unsure = (low < 0) & (high > 0)
    chord = np.where(unsure, high / np.where(unsure, high - low, 1), high > 0)
    effects = labels[:, None] * network.output
    per_unit = effects * np.where(effects < 0, chord, np.where(unsure, high > -low, high > 0))
    heights = per_unit @ network.bias + labels * network.constant
    heights += np.where(unsure & (effects < 0), -effects * chord * low, 0).sum(axis=1)
    return per_unit @ network.weights.T, heights


def crown(network: Network, images: np.ndarray, labels: np.ndarray, epsilon: float) -> np.ndarray:
    """A lower bound (N,) of the least margin: the least value of `relaxation`."""
    slopes, heights = relaxation(network, images, labels, epsilon)
    return heights + (slopes * images - epsilon * np.abs(slopes)).sum(axis=1)


def robust(network: Network, image: np.ndarray, label: float, epsilon: float) -> bool:
    """Whether HiGHS finds no allowed change of one image (784,) after which its margin is 0 or less.

    Variables are the image, each unit after its ReLU, and whether it is on: with z in [l, u], l < 0 < u,
    max(0, z) ≤ z - l (1 - on) and max(0, z) ≤ u on.
    """
    weights, bias, output, constant = network
    low, high = (values[0] for values in ranges(network, image[None], epsilon))
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    pixels, units = weights.shape
    one, none = np.eye(units), np.zeros((units, pixels))
    found = milp(
        np.zeros(pixels + 2 * units),
        integrality=np.repeat([0, 0, 1], [pixels, units, units]),
        bounds=Bounds(
            np.r_[image - epsilon, np.zeros(2 * units)], np.r_[image + epsilon, high, np.ones(units)]
        ),
        constraints=[
            LinearConstraint(np.hstack([-weights.T, one, 0 * one]), bias, np.inf),
            LinearConstraint(np.hstack([-weights.T, one, np.diag(-low)]), -np.inf, bias - low),
            LinearConstraint(np.hstack([none, one, np.diag(-high)]), -np.inf, 0),
            LinearConstraint(np.r_[np.zeros(pixels), label * output, 0 * output], -np.inf, -label * constant),
        ],
    )
    return found.status == 2


def train(images: np.ndarray, labels: np.ndarray, units: int, training: Training, epsilon: float, seed: int):
    """The network after its epochs over images (N, 784) with labels -1 and +1 (N,).

    ε rises from 0 during the first half.
    """
    network = start(units, training, seed, images.shape[1])
    chance = np.random.default_rng(seed)
    means, squares = ([np.zeros_like(array) for array in network] for _ in range(2))
    batches = [slice(first, first + BATCH_SIZE) for first in range(0, len(images), BATCH_SIZE)]
    steps = EPOCHS * len(batches)
    for step in range(steps):
        seen, of_seen = images[batches[step % len(batches)]], labels[batches[step % len(batches)]]
        allowed = epsilon * min(1, 2 * step / steps)
        if training.on_bounds:
            slopes = gradients(network, seen, of_seen, allowed)
        else:
            changes = chance.uniform(-1, 1, seen.shape)
            seen, _ = descend(network, seen, of_seen, allowed, changes, TRAINING_STEPS)
            slopes = gradients(network, seen, of_seen, 0)
        slopes[0][:] += training.l1 * np.sign(network.weights)
        rate = LEARNING_RATE * np.sqrt(1 - FORGET_SQUARES ** (step + 1)) / (1 - FORGET ** (step + 1))
        for array, slope, mean, square in zip(network, slopes, means, squares, strict=True):
            mean += (1 - FORGET) * (slope - mean)
            square += (1 - FORGET_SQUARES) * (slope * slope - square)
            array -= rate * mean / (np.sqrt(square) + 1e-8)
    return network


def gradients(network: Network, images: np.ndarray, labels: np.ndarray, epsilon: float) -> Network:
    """Of the mean hinge loss of `intervals`, which for ε = 0 are the margins."""
    low, high = ranges(network, images, epsilon)
    effects = labels[:, None] * network.output
    values = np.where(effects > 0, low, high)
    outputs = np.maximum(values, 0)
    falls = ((effects * outputs).sum(axis=1) + labels * network.constant < 1) / len(labels)
    by_values = -falls[:, None] * effects * (values > 0)
    by_spread = by_values * np.where(effects > 0, -1, 1)
    by_weights = images.T @ by_values + epsilon * np.sign(network.weights) * by_spread.sum(axis=0)
    signed = -falls * labels
    return Network(by_weights, by_values.sum(axis=0), signed @ outputs, signed.sum(keepdims=True))
