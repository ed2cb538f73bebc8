"""Small ReLU networks in NumPy: a network is a list of layers (W, b), whatever its training.

A convolution is a layer too: its matrix has the kernel's numbers at many places, which training keeps equal.
So attacks, proofs and exact solutions know one thing only, a list of matrices. All in float32, whose products
are the same on every machine for which `python -m studies` fixes BLAS.
"""

from dataclasses import dataclass

import numpy as np

Layers = list[tuple[np.ndarray, np.ndarray]]  # W (inputs, units), b (units,)

SIDE = 28
KERNELS, KERNEL_SIDE, STRIDE = 4, 4, 3
TWO_LAYERS = (32, 16)
AFTER_CONVOLUTION = 16

BATCH_SIZE = 100
EPOCHS = 6
LEARNING_RATE = 0.002
ATTACK_STEPS = 5  # in adversarial training, of 2.5 ε / ATTACK_STEPS each (Madry et al. 2018)
FORGET, FORGET_SQUARES = 0.9, 0.999  # Adam's (Kingma and Ba 2015)


@dataclass(frozen=True)
class Kind:
    """What is trained: `shape` is a width, "two layers" or "convolution"; `training` one of three words."""

    pair: tuple[int, int]
    shape: int | str
    training: str  # "regular", "adversarial" or "certified"
    epsilon: float  # 0 for regular training
    seed: int

    @property
    def key(self) -> str:
        """The training's name in every file, such as "regular" or "certified 0.1"."""
        return f"{self.training} {self.epsilon:g}" if self.epsilon else self.training


def start(shape: int | str, seed: int) -> tuple[Layers, np.ndarray | None]:
    """Initial layers (He et al. 2015, biases 0) and, of a convolution, which weights are one (`ties`)."""
    chance = np.random.default_rng([seed, *str(shape).encode()])
    ties = None
    sizes = [784]
    if shape == "convolution":
        ties = kernel_places()
        sizes += [ties.shape[1], AFTER_CONVOLUTION]
    elif shape == "two layers":
        sizes += TWO_LAYERS
    elif shape:
        sizes.append(shape)
    layers = [
        (chance.normal(size=(a, b)) * np.sqrt(2 / a), np.zeros(b))
        for a, b in zip(sizes, [*sizes[1:], 1], strict=True)
    ]
    if ties is not None:
        kernels = chance.normal(size=KERNELS * KERNEL_SIDE**2 + 1) * np.sqrt(2 / KERNEL_SIDE**2)
        layers[0] = (np.where(ties, kernels[ties], 0), layers[0][1])
    return [(weights.astype(np.float32), bias.astype(np.float32)) for weights, bias in layers], ties


def kernel_places() -> np.ndarray:
    """Which kernel weight, from 1 on, joins a pixel and a unit, 0 for none: int (784, units).

    Units are ordered by kernel, then by place.
    """
    corners = range(0, SIDE - KERNEL_SIDE + 1, STRIDE)
    kernel = np.arange(1, KERNELS * KERNEL_SIDE**2 + 1).reshape(KERNELS, KERNEL_SIDE, KERNEL_SIDE)
    places = np.zeros((SIDE, SIDE, KERNELS, len(corners), len(corners)), int)
    for row, down in enumerate(corners):
        for column, right in enumerate(corners):
            window = np.s_[down : down + KERNEL_SIDE, right : right + KERNEL_SIDE, :, row, column]
            places[window] = np.moveaxis(kernel, 0, -1)
    return places.reshape(SIDE * SIDE, -1)


def logits(layers: Layers, images: np.ndarray) -> np.ndarray:
    """(N,) of images (N, 784)."""
    for weights, bias in layers[:-1]:
        images = np.maximum(images @ weights + bias, 0)
    weights, bias = layers[-1]
    return (images @ weights + bias)[:, 0]


def logits_and_slopes(layers: Layers, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The logits (N,) and their gradients by the images (N, 784)."""
    active = []
    for weights, bias in layers[:-1]:
        images = np.maximum(images @ weights + bias, 0)
        active.append(images > 0)
    weights, bias = layers[-1]
    slopes = weights.T
    for (before, _), on in zip(layers[-2::-1], active[::-1], strict=True):
        slopes = (slopes * on) @ before.T
    return (images @ weights + bias)[:, 0], np.broadcast_to(slopes, (len(images), len(layers[0][0])))


def interval_gradients(layers: Layers, images: np.ndarray, labels: np.ndarray, epsilon: float) -> Layers:
    """Gradients of the mean hinge loss of the least margin that intervals allow (Gowal et al. 2018).

    With ε = 0 the intervals are points, and the loss is the plain one.
    """
    middle, radius = images, np.full_like(images, epsilon)
    passed = []
    for weights, bias in layers:
        middle_z, radius_z = middle @ weights + bias, radius @ np.abs(weights)
        passed.append((middle, radius, middle_z - radius_z > 0, middle_z + radius_z > 0))
        low, high = np.maximum(middle_z - radius_z, 0), np.maximum(middle_z + radius_z, 0)
        middle, radius = (high + low) / 2, (high - low) / 2
    falls = (labels * middle_z[:, 0] - radius_z[:, 0] < 1) / np.float32(len(labels))
    by_middle_z, by_radius_z = -(falls * labels)[:, None], falls[:, None]
    gradients = []
    for place in reversed(range(len(layers))):
        weights, (middle, radius, *_) = layers[place][0], passed[place]
        by_weights = middle.T @ by_middle_z + np.sign(weights) * (radius.T @ by_radius_z)
        gradients.append((by_weights, np.ones(len(labels), np.float32) @ by_middle_z))
        if place:
            by_middle, by_radius = by_middle_z @ weights.T, by_radius_z @ np.abs(weights).T
            by_low = (by_middle - by_radius) / 2 * passed[place - 1][2]
            by_high = (by_middle + by_radius) / 2 * passed[place - 1][3]
            by_middle_z, by_radius_z = by_high + by_low, by_high - by_low
    return gradients[::-1]


def push(
    layers: Layers,
    images: np.ndarray,
    labels: np.ndarray,
    epsilon: float,
    steps: int,
    chance: np.random.Generator,
) -> np.ndarray:
    """Images (N, 784) moved up the loss by projected gradient descent from a random place of the box."""
    low, high = images - np.float32(epsilon), images + np.float32(epsilon)
    moved = images + np.float32(epsilon) * chance.uniform(-1, 1, images.shape).astype(np.float32)
    for _ in range(steps):
        slopes = logits_and_slopes(layers, moved)[1]
        step = np.sign(slopes) * (np.float32(2.5 * epsilon / steps) * labels[:, None])
        moved = np.clip(moved - step, low, high)
    return moved


def train(images: np.ndarray, labels: np.ndarray, kind: Kind) -> Layers:
    """Layers after EPOCHS passes over images (N, 784) with labels -1 and +1 (N,)."""
    layers, ties = start(kind.shape, kind.seed)
    chance = np.random.default_rng(kind.seed)
    numbers = [array for layer in layers for array in layer]
    means, squares = ([np.zeros_like(array) for array in numbers] for _ in range(2))
    batches = [slice(first, first + BATCH_SIZE) for first in range(0, len(images), BATCH_SIZE)]
    steps = EPOCHS * len(batches)
    for step in range(steps):
        batch = batches[step % len(batches)]
        seen, epsilon = images[batch], kind.epsilon * min(1, 2 * step / steps)  # rises during the first half
        if kind.training == "adversarial":
            seen, epsilon = push(layers, seen, labels[batch], epsilon, ATTACK_STEPS, chance), 0
        gradients = interval_gradients(layers, seen, labels[batch], np.float32(epsilon))
        if ties is not None:
            gradients[0] = tied(*gradients[0], ties)
        rate = LEARNING_RATE * np.sqrt(1 - FORGET_SQUARES ** (step + 1)) / (1 - FORGET ** (step + 1))
        for number, gradient, mean, square in zip(
            numbers, (array for layer in gradients for array in layer), means, squares, strict=True
        ):
            mean += np.float32(1 - FORGET) * (gradient - mean)
            square += np.float32(1 - FORGET_SQUARES) * (gradient * gradient - square)
            number -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(1e-8))
    return layers


def tied(by_weights: np.ndarray, by_bias: np.ndarray, ties: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of each kernel number at all its places, and of each kernel's bias at all its units."""
    sums = np.bincount(ties.ravel(), by_weights.ravel())
    sums[0] = 0
    by_kernel = by_bias.reshape(KERNELS, -1).sum(axis=1, dtype=float)
    of_units = np.repeat(by_kernel, len(by_bias) // KERNELS)
    return sums[ties].astype(np.float32), of_units.astype(np.float32)
