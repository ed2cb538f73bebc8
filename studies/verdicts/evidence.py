"""What claims and findings are decided on: the four models of a pair, from several starts, and its images.

One class, so that a rule asks the same of zeros and ones, of the other pairs, and of any other training.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks as margins
from studies.shared import models

OWN = tuple(model.epsilon for model in models.ROBUST)
WEAK = 0.1  # a weight of the regular model below it is weak
WIPED = 0.01  # a weight below this fraction of the model's largest is wiped off


@dataclass(eq=False)
class Case:
    """Models of one pair of digits; what depends on a model and a seed comes as (4, S), regular first."""

    start: np.ndarray  # (785, S)
    weights: np.ndarray  # after training, (785, 4, S)
    from_zeros: np.ndarray  # the same training from zeros, (785, 4)
    means: np.ndarray  # of y·x over the examples that were active in training, (784, 4, S)
    train: tuple[np.ndarray, np.ndarray]  # images (N, 784) and labels (N,)
    test: tuple[np.ndarray, np.ndarray]
    asked: float | None = None  # the ε at which a question with a free ε is asked; None: its own
    clipped: bool = False  # attacked pixels stay in [0, 1]
    accidents: dict[str, np.ndarray] | None = None  # by name, accuracy (4, S) after it

    @cached_property
    def norms(self) -> np.ndarray:
        return np.abs(self.weights[:-1].astype(float)).sum(axis=0)

    @cached_property
    def margins(self) -> np.ndarray:
        """(N, 4, S), without an attack."""
        return self.margins_of(self.test)

    def margins_of(self, images_and_labels: tuple) -> np.ndarray:
        found = margins.margins(self.weights.reshape(785, -1), *images_and_labels)
        return found.reshape(-1, *self.norms.shape)

    def attacked(self, epsilon: float) -> np.ndarray:
        """Margins (N, 4, S) after the worst change within ε."""
        if not self.clipped:
            return self.margins - epsilon * self.norms
        images, labels = self.test
        found = []
        for weights in self.weights.reshape(785, -1).astype(float).T:
            worst = np.clip(images - epsilon * labels[:, None] * np.sign(weights[:-1]), 0, 1)
            found.append(labels * (worst @ weights[:-1] + weights[-1]))
        return np.stack(found, axis=1).reshape(-1, *self.norms.shape)

    def accuracy(self, weights: np.ndarray, epsilons, signs: np.ndarray | None = None) -> np.ndarray:
        """Accuracy (E, M) under attack of weights (785, M), along their own signs or others (784, M)."""
        attack = margins.clipped_accuracy if self.clipped else margins.accuracy
        return attack(weights, *self.test, epsilons, signs=signs)

    @cached_property
    def at(self) -> dict[float, np.ndarray]:
        """Accuracy (4, S) without an attack and at each ε of training."""
        found = self.accuracy(self.weights.reshape(785, -1), (0.0, *OWN))
        return dict(zip((0.0, *OWN), found.reshape(-1, *self.norms.shape), strict=True))

    @cached_property
    def halving(self) -> np.ndarray:
        """The first ε of a grid at which accuracy is below one half, (4, S)."""
        grid = ATTACK_EPSILONS[::2] if self.clipped else ATTACK_EPSILONS
        curves = self.accuracy(self.weights.reshape(785, -1), grid)
        return margins.halving_epsilon(curves, grid).reshape(self.norms.shape)

    @cached_property
    def mistakes(self) -> np.ndarray:
        """On clean images, (4, S)."""
        return (self.margins <= 0).sum(axis=0)

    @cached_property
    def price(self) -> np.ndarray:
        """What the robust models lose on clean images, as a fraction, (3, S)."""
        return self.at[0.0][0] - self.at[0.0][1:]

    @cached_property
    def gap(self) -> np.ndarray:
        """Training less test accuracy, (4, S)."""
        return (self.margins_of(self.train) > 0).mean(axis=0) - self.at[0.0]

    def fooled_by_other_seeds(self) -> np.ndarray:
        """Share of images on which a regular model is wrong after another seed's attack, (S (S - 1),)."""
        regular = self.weights[:, 0]
        target, source = np.nonzero(~np.eye(regular.shape[1], dtype=bool))
        return 1 - self.accuracy(regular[:, target], [self.asked or 0.2], np.sign(regular[:-1, source]))[0]

    def fooled_logits(self, epsilon: float) -> np.ndarray:
        """The median absolute logit of the fooled images, (4, S); NaN where none is fooled."""
        moved = self.attacked(epsilon)
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # all are NaN
            return np.nanmedian(np.where(moved <= 0, -moved, np.nan), axis=0)

    def way(self, other: np.ndarray, epsilon: float) -> np.ndarray:
        """Which part of the distance in accuracy at ε from the regular models to the robust ones for 0.1
        other weights (785, S) in the place of the regular models close, (S,)."""
        regular, robust = self.accuracy(self.weights[:, :2].reshape(785, -1), [epsilon])[0].reshape(2, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (self.accuracy(other, [epsilon])[0] - regular) / (robust - regular)

    # Pixels

    @cached_property
    def difference(self) -> np.ndarray:
        """The mean image of the second digit less that of the first, (784,)."""
        images, labels = self.train
        second, first = (images[labels == label].mean(axis=0, dtype=float) for label in (1, -1))
        return second - first

    @cached_property
    def lit(self) -> np.ndarray:
        """Pixels that some training image lights, bool (784,)."""
        return self.train[0].max(axis=0) > 0

    @cached_property
    def wiped(self) -> np.ndarray:
        """Weights next to zero, bool (784, 4, S)."""
        sizes = np.abs(self.weights[:-1])
        return sizes <= WIPED * sizes.max(axis=0)

    def foretold(self, sizes: np.ndarray) -> np.ndarray:
        """The balanced accuracy of "what is below ε is wiped off", (3, S), over lit pixels.

        Args:
            sizes: (784, 3, S) or what broadcasts to it.
        """
        below = np.broadcast_to(sizes, self.wiped[:, 1:].shape) < np.array(OWN)[:, None]
        below, wiped = below[self.lit], self.wiped[self.lit, 1:]
        return (share(below, wiped) + share(~below, ~wiped)) / 2

    def cosine(self) -> np.ndarray:
        """Of the angle between weights and mean difference, (4, S)."""
        pixels = self.weights[:-1].astype(float)
        along = np.tensordot(self.difference, pixels, axes=1)
        return along / np.linalg.norm(self.difference) / np.linalg.norm(pixels, axis=0)


def share(part: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Along the first axis, the share of `of` that is also `part`; 0 where `of` is empty."""
    return (part & of).sum(axis=0) / np.maximum(1, of.sum(axis=0))
