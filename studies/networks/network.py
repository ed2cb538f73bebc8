"""Networks with one hidden layer in NumPy: training, attack from below, proof from above.

Beyond the network's own logits, all that is asked of it is the least margin of a box of images around each
image. A box is given by its middle and its radius at each pixel, so one cut off at white and black is a box
like any other.

train()      hinge loss by Adam, on images, on attacked images or on proved bounds, from any start
attack()     images of the box with a small margin (projected gradient descent, Madry et al. 2018)
intervals()  a lower bound of the least margin, each layer bounded on its own (Gowal et al. 2018)
crown()      a better one: each unit between two lines, and the box's worst for their sum (Zhang et al. 2018)
robust()     whether a mixed-integer program finds no image of the box that is wrong (Tjeng et al. 2019)
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

BATCH_SIZE = 100
LEARNING_RATE = 0.002
TRAINING_STEPS = 2  # of the attack in training
FORGET, FORGET_SQUARES = 0.9, 0.999  # Adam's (Kingma and Ba 2015)
STEPS, RESTARTS = 10, 2  # of the attack that measures

Box = tuple[np.ndarray, np.ndarray]  # middle and radius, each (N, 784)


class Network(NamedTuple):
    """The logit of an image x is output · max(0, x @ weights + bias) + constant."""

    weights: np.ndarray  # (784, units)
    bias: np.ndarray  # (units,)
    output: np.ndarray  # (units,)
    constant: np.ndarray  # (1,)


@dataclass(frozen=True)
class Training:
    """How a network is trained: what it sees, and what is added to the mean hinge loss for its weights."""

    sees: str = "attacked"  # "clean" images, "attacked" ones or "proved" bounds
    start: float = 1.0  # the first layer's, in terms of He et al.'s (2015)
    l1: float = 0.0  # times the sum of the first layer's absolute weights
    l2: float = 0.0  # times half the sum of their squares
    epochs: int = 2


def start(units: int, training: Training, seed: int, pixels: int = 784) -> Network:
    """The network before training; all of its draws are the same for each `training`."""
    chance = np.random.default_rng([seed, units])
    weights = chance.normal(size=(pixels, units)) * np.sqrt(2 / pixels) * training.start
    return Network(weights, np.zeros(units), chance.normal(size=units) * np.sqrt(2 / units), np.zeros(1))


def logits(network: Network, images: np.ndarray) -> np.ndarray:
    """(N,) of images (N, 784)."""
    return np.maximum(images @ network.weights + network.bias, 0) @ network.output + network.constant


def logits_and_slopes(network: Network, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The logits (N,) and their gradients by the images (N, 784)."""
    values = images @ network.weights + network.bias
    slopes = ((values > 0) * network.output) @ network.weights.T
    return np.maximum(values, 0) @ network.output + network.constant, slopes


def box(images: np.ndarray, epsilon: float, in_range: bool = False) -> Box:
    """All images within ε in the max norm; in range, of those only the ones with pixels in [0, 1]."""
    low, high = images - epsilon, images + epsilon
    if in_range:
        low, high = np.maximum(low, 0), np.minimum(high, 1)
    return (high + low) / 2, (high - low) / 2


def descend(network: Network, within: Box, labels: np.ndarray, places: np.ndarray, steps: int):
    """Steps down the margin by its slope's sign, kept in the box.

    Args:
        places: (N, 784) in [-1, 1], where to begin, in radii from the middle.
        steps: how many, each 2.5 / steps radii long.

    Returns:
        The last images (N, 784), and the least margin (N,) met before.
    """
    middle, radius = within
    least = np.full(len(labels), np.inf)
    length = (2.5 / steps) * labels[:, None]
    for _ in range(steps):
        found, slopes = logits_and_slopes(network, middle + radius * places)
        least = np.minimum(least, labels * found)
        places = np.clip(places - length * np.sign(slopes), -1, 1)
    return middle + radius * places, least


def attack(
    network: Network, within: Box, labels: np.ndarray, steps: int = STEPS, restarts: int = RESTARTS
) -> np.ndarray:
    """The least margin (N,) of each box that projected gradient descent met, the middle's among them.

    It starts from the image that CROWN thinks worst, as the slope says nothing where all units are off, and
    then from random places, the same ones each time.
    """
    least = labels * logits(network, within[0])
    chance = np.random.default_rng(0)
    for restart in range(restarts):
        places = (
            chance.uniform(-1, 1, within[0].shape)
            if restart
            else -np.sign(relaxation(network, within, labels)[0])
        )
        found, met = descend(network, within, labels, places, steps)
        least = np.minimum(least, np.minimum(met, labels * logits(network, found)))
    return least


def ranges(network: Network, within: Box) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest value of each unit before its ReLU, each (N, units)."""
    middle, radius = within
    centre, spread = middle @ network.weights + network.bias, radius @ np.abs(network.weights)
    return centre - spread, centre + spread


def intervals(network: Network, within: Box, labels: np.ndarray) -> np.ndarray:
    """A lower bound (N,) of the least margin: each unit does its worst, whichever image that takes."""
    low, high = (np.maximum(values, 0) for values in ranges(network, within))
    effects = labels[:, None] * network.output
    return np.where(effects > 0, effects * low, effects * high).sum(axis=1) + labels * network.constant


def relaxation(network: Network, within: Box, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A linear function of the image that is nowhere in the box above the margin: slopes (N, 784), heights.

    A ReLU of z between l < 0 and u > 0 lies above the line a z, with a = 1 where u > -l and else 0, and below
    the chord u (z - l) / (u - l).
    """
    low, high = ranges(network, within)
    unsure = (low < 0) & (high > 0)
    chord = np.where(unsure, high / np.where(unsure, high - low, 1), high > 0)
    effects = labels[:, None] * network.output
    per_unit = effects * np.where(effects < 0, chord, np.where(unsure, high > -low, high > 0))
    heights = per_unit @ network.bias + labels * network.constant
    heights += np.where(unsure & (effects < 0), -effects * chord * low, 0).sum(axis=1)
    return per_unit @ network.weights.T, heights


def crown(network: Network, within: Box, labels: np.ndarray) -> np.ndarray:
    """A lower bound (N,) of the least margin of each box: that of `relaxation`."""
    slopes, heights = relaxation(network, within, labels)
    middle, radius = within
    return heights + (slopes * middle - np.abs(slopes) * radius).sum(axis=1)


def robust(network: Network, middle: np.ndarray, radius: np.ndarray, label: float) -> bool:
    """Whether HiGHS finds no image in one box (784,), (784,) whose margin is 0 or less.

    Variables are the image, each unit after its ReLU, and whether it is on: with z in [l, u], l < 0 < u,
    max(0, z) ≤ z - l (1 - on) and max(0, z) ≤ u on.
    """
    weights, bias, output, constant = network
    low, high = (values[0] for values in ranges(network, (middle[None], radius[None])))
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    pixels, units = weights.shape
    one, none = np.eye(units), np.zeros((units, pixels))
    found = milp(
        np.zeros(pixels + 2 * units),
        integrality=np.repeat([0, 0, 1], [pixels, units, units]),
        bounds=Bounds(
            np.r_[middle - radius, np.zeros(2 * units)], np.r_[middle + radius, high, np.ones(units)]
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

    The ε of what it sees rises from 0 during the first half.
    """
    network = start(units, training, seed, images.shape[1])
    chance = np.random.default_rng(seed)
    means, squares = ([np.zeros_like(array) for array in network] for _ in range(2))
    batches = [slice(first, first + BATCH_SIZE) for first in range(0, len(images), BATCH_SIZE)]
    steps = training.epochs * len(batches)
    for step in range(steps):
        seen, of_seen = images[batches[step % len(batches)]], labels[batches[step % len(batches)]]
        within = seen, np.float64(epsilon * min(1, 2 * step / steps))
        if training.sees == "attacked":
            places = chance.uniform(-1, 1, seen.shape)
            seen, _ = descend(network, within, of_seen, places, TRAINING_STEPS)
        if training.sees == "proved":
            slopes = interval_gradients(network, within, of_seen)
        else:
            slopes = gradients(network, seen, of_seen)
        slopes[0][:] += training.l1 * np.sign(network.weights) + training.l2 * network.weights
        rate = LEARNING_RATE * np.sqrt(1 - FORGET_SQUARES ** (step + 1)) / (1 - FORGET ** (step + 1))
        for array, slope, mean, square in zip(network, slopes, means, squares, strict=True):
            mean += (1 - FORGET) * (slope - mean)
            square += (1 - FORGET_SQUARES) * (slope * slope - square)
            array -= rate * mean / (np.sqrt(square) + 1e-8)
    return network


def gradients(network: Network, images: np.ndarray, labels: np.ndarray) -> Network:
    """Of the mean hinge loss of images (N, 784)."""
    values = images @ network.weights + network.bias
    outputs = np.maximum(values, 0)
    falls = -labels * (labels * (outputs @ network.output + network.constant) < 1) / len(labels)
    by_values = falls[:, None] * network.output * (values > 0)
    return Network(images.T @ by_values, by_values.sum(axis=0), falls @ outputs, falls.sum(keepdims=True))


def interval_gradients(network: Network, within: Box, labels: np.ndarray) -> Network:
    """Of the mean hinge loss of `intervals`; the radius may be one number for all pixels."""
    middle, radius = within
    centre = middle @ network.weights + network.bias
    spread = np.broadcast_to(radius * np.abs(network.weights).sum(axis=0), centre.shape)
    effects = labels[:, None] * network.output
    values = np.where(effects > 0, centre - spread, centre + spread)
    outputs = np.maximum(values, 0)
    falls = ((effects * outputs).sum(axis=1) + labels * network.constant < 1) / len(labels)
    by_values = -falls[:, None] * effects * (values > 0)
    by_spread = by_values * np.where(effects > 0, -1, 1)
    by_weights = middle.T @ by_values + radius * np.sign(network.weights) * by_spread.sum(axis=0)
    signed = -falls * labels
    return Network(by_weights, by_values.sum(axis=0), signed @ outputs, signed.sum(keepdims=True))
