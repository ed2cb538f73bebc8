"""What statements are measured on: the four models of a pair, from several starts, and its images.

One class, so that the same is asked of zeros and ones, of the other pairs, of any other training, and of one
fold of a cross-validation.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks
from studies.verdicts import shapes

TESTED = 2115  # images, by the post


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

    @property
    def flat(self) -> np.ndarray:
        """All models side by side, (785, 4 S)."""
        return self.weights.reshape(785, -1)

    def by_model(self, values: np.ndarray) -> np.ndarray:
        """Values (..., 4 S) of `flat` as (..., 4, S)."""
        return values.reshape(*values.shape[:-1], *self.weights.shape[1:])

    @cached_property
    def margins(self) -> np.ndarray:
        """(N, 4, S), without an attack."""
        return self.by_model(attacks.margins(self.flat, *self.test))

    @cached_property
    def attacked(self) -> dict[float, np.ndarray]:
        """Margins (N, 4, S) after the worst change within ε, by ε."""
        return {
            epsilon: self.by_model(attacks.attacked_margins(self.flat, *self.test, epsilon, self.clipped))
            for epsilon in (0.1, 0.2, 0.3, 0.4, 0.5)
        }

    @cached_property
    def halving(self) -> np.ndarray:
        """The first ε of a grid at which accuracy is below one half, (4, S)."""
        grid = ATTACK_EPSILONS[::2] if self.clipped else ATTACK_EPSILONS
        accuracy = attacks.clipped_accuracy if self.clipped else attacks.accuracy
        return self.by_model(attacks.halving_epsilon(accuracy(self.flat, *self.test, grid), grid))

    @cached_property
    def mistakes(self) -> np.ndarray:
        """On clean images, in every TESTED of them, (4, S)."""
        return (self.margins <= 0).sum(axis=0) * (TESTED / len(self.test[1]))

    @cached_property
    def clean_logits(self) -> np.ndarray:
        """A model's median absolute logit on clean images, (4, S)."""
        return np.median(np.abs(self.margins), axis=0)

    @cached_property
    def specks(self) -> np.ndarray:
        """Seven counts, which can be added over folds: of images with specks those that some model misses in
        most seeds, and the others; the same of images without; of all models and seeds the mistakes on images
        with specks, how many of these are cured without the specks, and how many are made only then."""
        images, labels = self.test
        erased = np.array([shapes.erase_specks(image) for image in images])
        specked = (erased != images).any(axis=1)
        wrong = self.margins <= 0
        missed = (wrong.mean(axis=2) > 0.5).any(axis=1)
        counts = [
            np.count_nonzero((missed == m) & (specked == s)) for s in (True, False) for m in (True, False)
        ]
        before = wrong[specked]
        after = self.by_model(attacks.margins(self.flat, erased[specked], labels[specked])) <= 0
        changed = before.sum(), (before & ~after).sum(), (after & ~before).sum()
        return np.array([*counts, *changed])
