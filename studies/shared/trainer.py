"""The trainer of many models: NumPy alone, one weight matrix for all models of a pair of digits.

All models of a pair see the same batches in the same order, so a step is two products of matrices, however
many models there are. A column is a model, with an ε, a learning rate and mean-or-sum of its own. Computed in
float64, as the experiments are, and rounded once to float32.
"""

from collections.abc import Callable

import numpy as np

from support.options import COMMON

BATCH_SIZE, EPOCHS = COMMON["batch_size"], COMMON["epochs"]


def train(
    images: np.ndarray,
    labels: np.ndarray,
    start: np.ndarray,
    epsilons: np.ndarray,
    learning_rates: np.ndarray,
    sums: np.ndarray,
    epochs: int = EPOCHS,
    *,
    l1: np.ndarray | float = 0,
    schedule: Callable[[float], np.ndarray | float] | None = None,
    proximal: bool = False,
    batches: Callable[[int], list[np.ndarray]] | None = None,
    observe: Callable[[int, np.ndarray, np.ndarray, np.ndarray], None] | None = None,
) -> np.ndarray:
    """SGD on the mean of max(0, 1 - y (w·x + b) + ε‖w‖₁), plus l1 ‖w‖₁.

    A proximal step treats |w| not by a subgradient: it moves along the rest, then moves each weight towards 0
    by the rate times what |w| weighs in the batch (l1, and ε times the share of active examples), no further
    than to 0. For ε that is a heuristic where the step turns examples on or off.

    Args:
        images: (N, 784).
        labels: (N,), each -1 or +1.
        start: (785, M), the weights to start from, w then b.
        epsilons: (M,), 0 for the plain loss.
        learning_rates: (M,).
        sums: bool (M,): whether a step follows the sum over the batch, as the post's robust training does, or
            the mean, as its regular training does. The penalty counts once for each example of a batch.
        epochs: passes over the data.
        l1: strength of the penalty, one for all or (M,).
        schedule: of the share of the steps done the factor of the rates, one for all or (M,); without it, 1.
        proximal: steps are proximal in ‖w‖₁.
        batches: for an epoch, counted from 0, the places of its batches' examples; without it, BATCH_SIZE
            after BATCH_SIZE in the order given, the last with what is left.
        observe: called before each step with the epoch, the weights (785, M), the batch's examples times
            their labels, y (x, 1), (n, 785), and which are active, have a loss: 1 or 0 (n, M).

    Returns:
        float32 (epochs + 1, 785, M): the weights before the first epoch and after each.
    """
    signed = np.empty((len(images), len(start)))  # y (x, 1)
    signed[:, :-1], signed[:, -1] = images, 1
    signed *= np.asarray(labels, float)[:, None]
    weights = start.astype(float)
    epsilons, learning_rates = np.asarray(epsilons, float), np.asarray(learning_rates, float)
    in_order = [slice(first, first + BATCH_SIZE) for first in range(0, len(signed), BATCH_SIZE)]
    history = [start.astype(np.float32)]
    for epoch in range(epochs):
        places = batches(epoch) if batches else in_order
        for place, batch in enumerate(places):
            examples = signed[batch]
            norms = np.abs(weights[:-1]).sum(axis=0)
            active = (examples @ weights - epsilons * norms < 1).astype(float)
            if observe:
                observe(epoch, weights, examples, active)
            rates = np.where(sums, learning_rates, learning_rates / len(examples))
            if schedule:
                rates = rates * schedule((epoch + place / len(places)) / epochs)
            push, pull = examples.T @ active, epsilons * active.sum(axis=0) + len(examples) * l1
            if not proximal:
                push[:-1] -= pull * np.sign(weights[:-1])
            push *= rates
            weights += push
            if proximal:
                nearer = rates * pull
                weights[:-1] -= np.clip(weights[:-1], -nearer, nearer)
        history.append(weights.astype(np.float32))
    return np.stack(history)


class Average:
    """The mean of the weights before each step from one epoch on: an `observe` for `train`."""

    def __init__(self, first_epoch: int):
        self.first_epoch, self.total, self.count = first_epoch, 0.0, 0

    def __call__(self, epoch: int, weights: np.ndarray, *_) -> None:
        if epoch >= self.first_epoch:
            self.total, self.count = self.total + weights, self.count + 1

    def weights(self) -> np.ndarray:
        """float32 (785, M)."""
        return (self.total / self.count).astype(np.float32)
