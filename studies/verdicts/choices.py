"""The choices that others would make, and models trained by them.

A range "over the choices listed" is over this list; it is no range over all that one could do. What a choice
doesn't name is the post's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studies.shared import models, trainer

SEEDS, FOLD_SEEDS = range(1, 11), range(1, 6)  # the latter in cross-validation
MEAN, SUM = False, True


@dataclass(frozen=True)
class Choice:
    """One way to train, attack and test."""

    name: str
    shuffled: bool = False  # the training images, anew in every epoch
    batch: int = trainer.BATCH_SIZE
    first: int | None = None  # only so many of the training images
    every: int = 1  # of them one of so many
    standardised: bool = False  # pixels less their mean, divided by their standard deviation, each one number
    robust: tuple[float, bool] = (0.0001, SUM)  # learning rate, and what of the batch a step follows
    rate: float = 1  # factor of both learning rates
    epochs: int = 10
    optimum: bool = False  # the certified optima in place of SGD
    start: float = 1  # factor of Glorot's random weights
    clipped: bool = False  # attacked pixels stay in [0, 1]
    folds: int = 0  # of a cross-validation, in place of the test set
    seed: int | None = None  # one start in place of the median of all

    @property
    def own_training(self) -> bool:
        """Whether its models are trained by SGD in another way than the post's, on its training set."""
        return not (self.clipped or self.folds or self.seed or self.optimum)

    @property
    def batches(self) -> tuple:
        """Choices that agree in it see the same numbers in the same steps."""
        return self.shuffled, self.batch, self.first, self.every, self.standardised, self.epochs


POST = Choice("the post's")  # the median or mean of ten starts
OPTIMUM = Choice("optimum of least norm", optimum=True)  # the regular loss has many
FOLDED = Choice("cross-validation", folds=7)  # from five starts
CHOICES = (
    POST,
    Choice("reshuffled", shuffled=True),
    Choice("last batch as a full one", robust=(0.01, MEAN)),  # it has 65 images
    Choice("batches of 10", batch=10),
    Choice("rates × 10", rate=10),
    Choice("large robust steps", robust=(0.001, SUM)),  # the rate of the regular model's mean of 100
    Choice("1 epoch", epochs=1),
    Choice("100 epochs", epochs=100),
    OPTIMUM,
    Choice("start at zero", start=0),
    Choice("5 % of the images", every=20),
    Choice("standardised pixels", standardised=True),  # ε is divided alike
    Choice("valid pixels", clipped=True),
    FOLDED,
    *(Choice(f"start {seed}", seed=seed) for seed in SEEDS),
)
BY_NAME = {choice.name: choice for choice in CHOICES}
STARTS = tuple(choice.name for choice in CHOICES if choice.seed)
RECIPES = (  # tried besides, for the mistakes that the post shows
    *(Choice(f"rates {words}", rate=factor) for words, factor in (("/ 2", 0.5), ("× 2", 2))),
    *(Choice(f"{number} epochs", epochs=number) for number in (8, 12)),
    Choice("first 5/6 of the images", first=10554),  # as where 10,000 of 60,000 are held out
)


def grouped(asked: list[Choice]) -> list[list[Choice]]:
    """The choices with models of their own by the batches that they share."""
    groups: dict[tuple, list[Choice]] = {}
    for choice in asked:
        if choice.own_training:
            groups.setdefault(choice.batches, []).append(choice)
    return list(groups.values())


def train(
    choices: list[Choice], images: np.ndarray, labels: np.ndarray, starts: np.ndarray
) -> dict[str, np.ndarray]:
    """The four models by SGD under choices that see the same batches, all at once.

    Args:
        choices: of one `batches`.
        starts: Glorot's, (785, S).

    Returns:
        By name of the choice the weights, for inputs in pixels: float32 (785, 4, S).
    """
    one, count = choices[0], starts.shape[1]
    images, labels = (part[: one.first : one.every] for part in (images, labels))
    shift, scale = (images.mean(dtype=float), images.std(dtype=float)) if one.standardised else (0, 1)
    begun = np.column_stack([choice.start * starts for choice in choices for _ in models.POST])
    regular = models.REGULAR.learning_rate, MEAN
    kinds = [(m.epsilon, *(c.robust if m.epsilon else regular), c.rate) for c in choices for m in models.POST]
    epsilons, rates, sums, factors = (np.repeat(column, count) for column in zip(*kinds, strict=True))
    history = trainer.train(
        (images - shift) / scale if one.standardised else images,
        labels,
        begun,
        epsilons / scale,
        rates * factors,
        sums,
        one.epochs,
        batches=batches(one, len(labels)),
    )

    # w·(x - shift) / scale + b as a function of x
    weights = history[-1].astype(float) / scale
    weights[-1] = history[-1, -1] - shift * weights[:-1].sum(axis=0)
    weights = weights.reshape(785, len(choices), len(models.POST), count).astype(np.float32)
    return {choice.name: weights[:, place] for place, choice in enumerate(choices)}


def batches(choice: Choice, count: int) -> Callable[[int], list]:
    """The places of each batch's examples, epoch by epoch."""

    def of_epoch(epoch: int) -> list:
        places = np.random.default_rng(epoch).permutation(count) if choice.shuffled else None
        parts = [slice(first, min(first + choice.batch, count)) for first in range(0, count, choice.batch)]
        return parts if places is None else [places[part] for part in parts]

    return of_epoch
