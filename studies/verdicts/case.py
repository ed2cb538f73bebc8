"""What statements are measured on: the four models of a pair, from several starts, and its images.

One class, so that the same is asked of zeros and ones, of the other pairs, of any other training, and of one
fold of a cross-validation.
"""

import warnings
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks, models
from studies.verdicts import shapes

OWN = tuple(model.epsilon for model in models.ROBUST)
WEAK = 0.1  # a weight of the regular model below it is weak


@dataclass(eq=False)
class Case:
    """Models of one pair of digits; what depends on a model and a seed comes as (4, S), regular first."""

    start: np.ndarray  # (785, S)
    weights: np.ndarray  # after training, (785, 4, S)
    means: np.ndarray | None  # of y·x over the examples that were active in training, (784, 4, S)
    train: tuple[np.ndarray, np.ndarray]  # images (N, 784) and labels (N,)
    test: tuple[np.ndarray, np.ndarray]  # that no model was trained on
    asked: float | None = None  # the ε at which a question with a free ε is asked; None: its own
    clipped: bool = False  # attacked pixels stay in [0, 1]

    def one_start(self, place: int) -> "Case":
        """The same with the models of one start."""
        part = slice(place, place + 1)
        return replace(
            self,
            start=self.start[:, part],
            weights=self.weights[..., part],
            means=self.means[..., part],
        )

    @cached_property
    def norms(self) -> np.ndarray:
        return np.abs(self.weights[:-1].astype(float)).sum(axis=0)

    @cached_property
    def margins(self) -> np.ndarray:
        """(N, 4, S), without an attack."""
        return self.margins_of(*self.test)

    def margins_of(self, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
        found = attacks.margins(self.weights.reshape(785, -1), images, labels)
        return found.reshape(-1, *self.norms.shape)

    def attacked(self, epsilon: float) -> np.ndarray:
        """Margins (N, 4, S) after the worst change within ε."""
        weights = self.weights.reshape(785, -1)
        found = attacks.attacked_margins(weights, *self.test, epsilon, clipped=self.clipped)
        return found.reshape(-1, *self.norms.shape)

    def accuracy(self, weights: np.ndarray, epsilons, signs: np.ndarray | None = None) -> np.ndarray:
        """Accuracy (E, M) under attack of weights (785, M), along their own signs or others (784, M)."""
        attack = attacks.clipped_accuracy if self.clipped else attacks.accuracy
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
        return attacks.halving_epsilon(curves, grid).reshape(self.norms.shape)

    @cached_property
    def mistakes(self) -> np.ndarray:
        """On clean images, in every 2,115 of them, the post's number: (4, S)."""
        return (self.margins <= 0).sum(axis=0) * (2115 / len(self.test[1]))

    @cached_property
    def price(self) -> np.ndarray:
        """What the robust models lose on clean images, as a fraction, (3, S)."""
        return self.at[0.0][0] - self.at[0.0][1:]

    def gap(self, epsilon: float) -> np.ndarray:
        """Training less test accuracy under attack, not clipped: (4, S)."""
        trained, asked = (self.margins_of(*part) > epsilon * self.norms for part in (self.train, self.test))
        return trained.mean(axis=0) - asked.mean(axis=0)

    def fooled_logits(self, epsilon: float) -> np.ndarray:
        """The median absolute logit of the fooled images, (4, S); NaN where none is fooled."""
        moved = self.attacked(epsilon)
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # all are NaN
            return np.nanmedian(np.where(moved <= 0, -moved, np.nan), axis=0)

    def way(self, other: np.ndarray, epsilon: float) -> np.ndarray:
        """Which part of the distance in accuracy at ε from the regular models to those trained for this ε
        other weights (785, S) in the place of the regular models close, (S,); NaN where it is less than five
        points (so since the first numbers: a division by nearly nothing decided)."""
        both = self.weights[:, [0, 1 + OWN.index(epsilon)]].reshape(785, -1)
        regular, robust = self.accuracy(both, [epsilon])[0].reshape(2, -1)
        apart = np.where(robust - regular >= 0.05, robust - regular, np.nan)
        return (self.accuracy(other, [epsilon])[0] - regular) / apart

    # Pixels

    @cached_property
    def difference(self) -> np.ndarray:
        """The mean image of the second digit less that of the first, (784,)."""
        images, labels = self.train
        second, first = (images[labels == label].mean(axis=0, dtype=float) for label in (1, -1))
        return second - first

    @cached_property
    def zero(self) -> np.ndarray:
        """Weights driven to zero, bool (784, 4, S)."""
        return models.driven_to_zero(self.weights[:-1])

    def foretold(self) -> np.ndarray:
        """The balanced accuracy of "means below ε belong to weights driven to zero", (3, S), over the pixels
        with ink in some training image."""
        inked = self.train[0].max(axis=0) > 0
        zero, below = self.zero[inked, 1:], np.abs(self.means[inked, 1:]) < np.array(OWN)[:, None]
        return (share(zero, below) + share(~zero, ~below)) / 2

    def cosine(self) -> np.ndarray:
        """Of the angle between weights and mean difference, (4, S)."""
        pixels = self.weights[:-1].astype(float)
        along = np.tensordot(self.difference, pixels, axes=1)
        return along / np.linalg.norm(self.difference) / np.linalg.norm(pixels, axis=0)

    # Specks

    @cached_property
    def specks(self) -> np.ndarray:
        """Eight counts, which can be added over folds: of images with specks those that some model misses in
        most seeds, and the others; the same of images without; mistakes of all models and seeds on images
        with specks, and how many are left without the specks; mistakes on images without specks, and how
        many there are after each got the specks of one that has some, in turn."""
        images, labels = self.test
        erased = np.array([shapes.erase_specks(image) for image in images])
        specked = (erased != images).any(axis=1)
        wrong = self.margins <= 0
        missed = (wrong.mean(axis=2) > 0.5).any(axis=1)
        counts = [
            np.count_nonzero((missed == m) & (specked == s)) for s in (True, False) for m in (True, False)
        ]
        if not specked.any():
            return np.array([*counts, 0, 0, 0, 0])
        specks = (images - erased)[specked]
        plain, of = images[~specked], np.resize(np.arange(len(specks)), np.count_nonzero(~specked))
        added = np.maximum(plain, specks[of])
        return np.array(
            [
                *counts,
                wrong[specked].sum(),
                (self.margins_of(erased[specked], labels[specked]) <= 0).sum(),
                wrong[~specked].sum(),
                (self.margins_of(added, labels[~specked]) <= 0).sum(),
            ]
        )


def share(of: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Along the first axis, the share of `of` that is also `part`; 0 where `of` is empty."""
    return (part & of).sum(axis=0) / np.maximum(1, of.sum(axis=0))
