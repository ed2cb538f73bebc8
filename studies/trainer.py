"""The trainer of many models: NumPy alone, one weight matrix for all models of a pair of digits.

All models of a pair see the same batches in the same order, so a step is two products of matrices, however
many models there are. A column is a model, with an ε, a learning rate and mean-or-sum of its own.

train()     weights after each epoch, as the experiments' SGD makes them
margins()   y (w·x + b) of every example and model
attacked()  accuracy under the exact worst case, over a grid of ε
"""

from collections.abc import Callable

import numpy as np

BATCH_SIZE = 100
REGULAR, ROBUST = (0.1, False), (0.0001, True)  # the experiments' learning rates, and whether of the sum


def train(
    images: np.ndarray,
    labels: np.ndarray,
    start: np.ndarray,
    epsilons: np.ndarray,
    learning_rates: np.ndarray,
    sums: np.ndarray,
    epochs: int = 10,
    norm: float = 1,
    observe: Callable[[int, slice, np.ndarray], None] | None = None,
) -> np.ndarray:
    """SGD on max(0, 1 - (y (w·x + b) - ε‖w‖)) in batches of 100, in the order given, never shuffled.

    Args:
        images: float32 (N, 784).
        labels: (N,), each -1 or +1.
        start: (785, M), the weights to start from, w then b.
        epsilons: (M,), 0 for the plain hinge loss.
        learning_rates: (M,).
        sums: bool (M,): whether a step follows the sum over the batch, as the post's robust training does, or
            the mean, as its regular training does.
        epochs: passes over the data.
        norm: of w in the loss: 1, 2 or np.inf, the dual of the norm in which inputs are perturbed.
        observe: called before each step with the epoch, the batch and which examples have a loss, (n, M).

    Returns:
        float32 (epochs + 1, 785, M): the weights before the first epoch and after each.
    """
    signed = np.empty((len(images), len(start)), np.float32)  # y (x, 1): one copy of the images, no more
    signed[:, :-1], signed[:, -1] = images, 1
    signed *= np.asarray(labels, np.float32)[:, None]
    weights = start.astype(np.float32)
    epsilons = np.asarray(epsilons, np.float32)
    history = [weights.copy()]
    for epoch in range(epochs):
        for first in range(0, len(signed), BATCH_SIZE):
            batch = slice(first, first + BATCH_SIZE)
            sizes, slopes = norm_and_slope(weights[:-1], norm)
            active = signed[batch] @ weights < 1 + epsilons * sizes
            if observe:
                observe(epoch, batch, active)
            push = signed[batch].T @ active.astype(np.float32)
            push[:-1] -= epsilons * active.sum(axis=0, dtype=np.float32) * slopes
            steps = np.where(sums, learning_rates, np.asarray(learning_rates) / len(active))
            weights += steps.astype(np.float32) * push
        history.append(weights.copy())
    return np.stack(history)


def norm_and_slope(weights: np.ndarray, norm: float) -> tuple[np.ndarray, np.ndarray]:
    """The norm of each column of (784, M), (M,), and a subgradient of it, (784, M); 0 at 0."""
    sizes = np.linalg.norm(weights, norm, axis=0)
    if norm == 1:
        return sizes, np.sign(weights)
    if norm == 2:
        return sizes, weights / np.where(sizes, sizes, 1)
    largest = np.argmax(np.abs(weights), axis=0)
    return sizes, np.sign(weights) * (np.arange(len(weights))[:, None] == largest)


def margins(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """y (w·x + b) for weights (785, M): float64 (N, M), a mistake where it isn't above 0."""
    weights = weights.astype(np.float64)
    return labels[:, None] * (images.astype(np.float64) @ weights[:-1] + weights[-1])


def attacked(
    weights: np.ndarray, images: np.ndarray, labels: np.ndarray, epsilons: np.ndarray, norm: float = 1
) -> np.ndarray:
    """Accuracy (E, M) of weights (785, M) under the worst perturbation of each size, exactly.

    The worst case lowers a margin by ε‖w‖, in the dual norm, and a margin of 0 is a mistake.
    """
    drops = np.outer(epsilons, np.linalg.norm(weights[:-1].astype(np.float64), norm, axis=0))
    clean = np.sort(margins(weights, images, labels), axis=0)
    lost = [
        np.searchsorted(column, drop, side="right") for column, drop in zip(clean.T, drops.T, strict=True)
    ]
    return (len(labels) - np.array(lost).T) / len(labels)
