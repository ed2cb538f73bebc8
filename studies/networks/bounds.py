"""Attack from below and proof from above: what a box around each image can do to a network's margins.

A box is given by its middle and its radius at each pixel, so one cut off at 0 and 1 is a box like any other.

box()        of an ε, clipped or not
attack()     images of the box with a small margin, by projected gradient descent with restarts
intervals()  a lower bound of the least margin, from layer to layer (Gowal et al. 2018)
relaxed()    a better one, from one linear relaxation read backwards (CROWN, Zhang et al. 2018)
"""

import numpy as np

from studies.networks.network import Layers, logits_and_slopes

STEPS, RESTARTS = 15, 2  # of the attack where nothing else is said

Box = tuple[np.ndarray, np.ndarray]  # middle and radius, each (N, 784)


def box(images: np.ndarray, epsilon: float, clipped: bool = False) -> Box:
    """All images within ε in the max norm; clipped, of those only the ones with pixels in [0, 1]."""
    low, high = images - np.float32(epsilon), images + np.float32(epsilon)
    if clipped:
        low, high = np.maximum(low, 0), np.minimum(high, 1)
    return (high + low) / 2, (high - low) / 2


def attack(
    layers: Layers,
    within: Box,
    labels: np.ndarray,
    chance: np.random.Generator,
    steps: int = STEPS,
    restarts: int = RESTARTS,
) -> np.ndarray:
    """Of each box the image (N, 784) of least margin that PGD met; it starts once in the middle."""
    middle, radius = within
    best, least = middle.copy(), np.full(len(labels), np.inf, np.float32)
    for restart in range(restarts):
        place = (
            np.zeros_like(middle) if not restart else chance.uniform(-1, 1, middle.shape).astype(np.float32)
        )
        for step in range(steps + 1):
            moved = middle + radius * place
            found, slopes = logits_and_slopes(layers, moved)
            better = labels * found < least
            least[better], best[better] = (labels * found)[better], moved[better]
            length = np.float32(1 - step / (steps + 1))  # of a step, in radii: falls to 0
            place = np.clip(place - length * labels[:, None] * np.sign(slopes), -1, 1)
    return best


def intervals(layers: Layers, within: Box, labels: np.ndarray) -> np.ndarray:
    """A lower bound (N,) of the least margin of each box."""
    middle, radius = within
    for weights, bias in layers[:-1]:
        low, high = through(middle, radius, weights, bias)
        low, high = np.maximum(low, 0), np.maximum(high, 0)
        middle, radius = (high + low) / 2, (high - low) / 2
    weights, bias = layers[-1]
    return labels * (middle @ weights + bias)[:, 0] - (radius @ np.abs(weights))[:, 0]


def through(middle: np.ndarray, radius: np.ndarray, weights: np.ndarray, bias: np.ndarray):
    """The least and the largest value of each unit (N, units) of a layer."""
    spread = radius @ np.abs(weights)
    found = middle @ weights + bias
    return found - spread, found + spread


def relaxed(layers: Layers, within: Box, labels: np.ndarray) -> np.ndarray:
    """A lower bound (N,) of the least margin of each box.

    Units of later layers are bounded by the same relaxation first.
    """
    bounds = []
    for depth, (weights, bias) in enumerate(layers[:-1]):
        if not depth:
            bounds.append(through(*within, weights, bias))
            continue
        low, high = np.empty((2, len(labels), len(bias)), np.float32)
        for unit in range(len(bias)):
            row = np.broadcast_to(weights[:, unit], (len(labels), len(weights)))
            low[:, unit] = backwards(layers[:depth], bounds, within, row) + bias[unit]
            high[:, unit] = bias[unit] - backwards(layers[:depth], bounds, within, -row)
        bounds.append((low, high))
    weights, bias = layers[-1]
    return backwards(layers[:-1], bounds, within, labels[:, None] * weights[:, 0]) + labels * bias


def backwards(layers: Layers, bounds: list, within: Box, rows: np.ndarray) -> np.ndarray:
    """A lower bound (N,) over each box of rows · (the outputs of the ReLUs after `layers`).

    Below a ReLU of z between l < 0 and u > 0 goes the line a z, with a = 1 where u > -l and else 0; above it
    the chord u (z - l) / (u - l).

    Args:
        bounds: of each layer's units before the ReLU, (low, high), each (N, units).
        rows: (N, units of the last layer).
    """
    constant = np.zeros(len(rows), np.float32)
    for (weights, bias), (low, high) in zip(layers[::-1], bounds[::-1], strict=True):
        unsure = (low < 0) & (high > 0)
        chord = np.where(unsure, high / np.where(unsure, high - low, 1), high > 0)
        below = np.where(unsure, high > -low, high > 0)
        constant += np.einsum("nh,nh->n", np.minimum(rows, 0), np.where(unsure, -chord * low, 0))
        rows = np.where(rows < 0, rows * chord, rows * below).astype(np.float32)
        constant += rows @ bias
        rows = rows @ weights.T
    middle, radius = within
    return constant + np.einsum("np,np->n", rows, middle) - np.einsum("np,np->n", np.abs(rows), radius)
