"""The choices that others would make, and models trained by them.

A range "over the choices listed" is over this list; it is no range over all that one could do. What a choice
doesn't name is the post's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from studies.shared import models, trainer

SEEDS, FOLD_SEEDS = range(1, 11), range(1, 6)  # the latter in cross-validation


@dataclass(frozen=True)
class Choice:
    """One way to train, attack and test."""

    name: str
    shuffled: bool = False  # the training images, anew in every epoch
    batch: int = trainer.BATCH_SIZE
    first: int | None = None  # only so many of the training images
    every: int = 1  # of them one of so many
    rate: float = 1  # factor of both learning rates
    robust_rate: float = 1  # factor of the robust models'
    epochs: int = trainer.EPOCHS
    start: float = 1  # factor of Glorot's random weights
    optimum: bool = False  # the certified optima in place of SGD
    clipped: bool = False  # attacked pixels stay in [0, 1]
    folds: int = 0  # of a cross-validation, in place of the test set
    seed: int | None = None  # one start in place of the median of all

    @property
    def own_training(self) -> bool:
        """Whether its models are trained by SGD in another way than the post's, on its training set."""
        return not (self.optimum or self.clipped or self.folds or self.seed)


POST = Choice("the post's")  # the median or mean of ten starts
OPTIMUM = Choice("optimum of least norm", optimum=True)  # the regular loss has many
FOLDED = Choice("cross-validation", folds=7)  # from five starts
CHOICES = (
    POST,
    Choice("reshuffled", shuffled=True),
    Choice("batches of 10", batch=10),
    Choice("rates × 10", rate=10),
    Choice("large robust steps", robust_rate=10),  # as of the regular model's mean of 100
    Choice("1 epoch", epochs=1),
    Choice("100 epochs", epochs=100),
    OPTIMUM,
    Choice("start at zero", start=0),
    Choice("5 % of the images", every=20),
    Choice("valid pixels", clipped=True),
    FOLDED,
    *(Choice(f"start {seed}", seed=seed) for seed in SEEDS),
)
BY_NAME = {choice.name: choice for choice in CHOICES}
STARTS = tuple(choice.name for choice in CHOICES if choice.seed)
RECIPES = (  # tried besides, for the mistakes that the post shows
    Choice("rates / 2", rate=0.5),
    Choice("rates × 2", rate=2),
    Choice("8 epochs", epochs=8),
    Choice("12 epochs", epochs=12),
    Choice("first 5/6 of the images", first=10554),  # as where 10,000 of 60,000 are held out
)


def train(choice: Choice, images: np.ndarray, labels: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The four models by SGD from each of Glorot's `starts` (785, S): float32 (785, 4, S)."""
    images, labels = (part[: choice.first : choice.every] for part in (images, labels))
    factors = choice.rate, *[choice.rate * choice.robust_rate] * len(models.ROBUST)
    kinds = [
        replace(model, learning_rate=factor * model.learning_rate)
        for model, factor in zip(models.POST, factors, strict=True)
    ]
    order = batches(choice, len(labels))
    return models.train(images, labels, choice.start * starts, kinds, choice.epochs, batches=order)[-1]


def batches(choice: Choice, count: int) -> Callable[[int], list[np.ndarray]]:
    """The places of each batch's examples, epoch by epoch."""

    def of_epoch(epoch: int) -> list[np.ndarray]:
        places = np.random.default_rng(epoch).permutation(count) if choice.shuffled else np.arange(count)
        return np.split(places, range(choice.batch, count, choice.batch))

    return of_epoch
