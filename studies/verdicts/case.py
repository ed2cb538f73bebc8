"""What statements are measured on: the four models of a pair, from several starts, and its images.

One class, so that the same is asked of zeros and ones, of the other pairs, of any other training, and of one
fold of a cross-validation.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks, models
from studies.verdicts import shapes

OWN = tuple(model.epsilon for model in models.ROBUST)


@dataclass(eq=False)
class Case:
    """Models of one pair of digits; what depends on a model and a seed comes as (4, S), regular first."""

    weights: np.ndarray  # (785, 4, S)
    train: tuple[np.ndarray, np.ndarray]  # images (N, 784) and labels (N,)
    test: tuple[np.ndarray, np.ndarray]  # that no model was trained on
    clipped: bool = False  # attacked pixels stay in [0, 1]

    def one_start(self, place: int) -> "Case":
        """The same with the models of one start."""
        return replace(self, weights=self.weights[..., place : place + 1])

    @cached_property
    def sizes(self) -> np.ndarray:
        """Absolute weights, (784, 4, S)."""
        return np.abs(self.weights[:-1].astype(float))

    @cached_property
    def norms(self) -> np.ndarray:
        return self.sizes.sum(axis=0)

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

    def accuracy(self, weights: np.ndarray, epsilons) -> np.ndarray:
        """Accuracy (E, M) under attack of weights (785, M)."""
        attack = attacks.clipped_accuracy if self.clipped else attacks.accuracy
        return attack(weights, *self.test, epsilons)

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
    def clean_logits(self) -> np.ndarray:
        """A model's median absolute logit on clean images, (4, S)."""
        return np.median(np.abs(self.margins), axis=0)

    @cached_property
    def price(self) -> np.ndarray:
        """What the robust models lose on clean images, as a fraction, (3, S)."""
        clean = (self.margins > 0).mean(axis=0)
        return clean[0] - clean[1:]

    @cached_property
    def difference(self) -> np.ndarray:
        """The mean image of the second digit less that of the first, (784,)."""
        images, labels = self.train
        second, first = (images[labels == label].mean(axis=0, dtype=float) for label in (1, -1))
        return second - first

    @cached_property
    def specks(self) -> np.ndarray:
        """Six counts, which can be added over folds: of images with specks those that some model misses in
        most seeds, and the others; the same of images without; mistakes of all models and seeds on images
        with specks, and how many are left without the specks."""
        images, labels = self.test
        erased = np.array([shapes.erase_specks(image) for image in images])
        specked = (erased != images).any(axis=1)
        wrong = self.margins <= 0
        missed = (wrong.mean(axis=2) > 0.5).any(axis=1)
        counts = [
            np.count_nonzero((missed == m) & (specked == s)) for s in (True, False) for m in (True, False)
        ]
        left = self.margins_of(erased[specked], labels[specked]) <= 0
        return np.array([*counts, wrong[specked].sum(), left.sum()])
