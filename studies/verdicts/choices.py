"""The choices that others would make, and models trained by them.

A range "over the choices listed" is over this list; it is no range over all that one could do. What a choice
doesn't name is the post's.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studies.shared import models, trainer
from studies.shared.accidents import ACCIDENTS
from support.options import ROOT

SEEDS = range(1, 11)
MEAN, SUM = False, True


@dataclass(frozen=True)
class Choice:
    """One way to train, attack, test and ask."""

    name: str
    group: str  # what is chosen
    reason: str = ""  # why others would
    order: str = "TFDS"  # of the training images; or "files", or "shuffled", anew in every epoch
    batch: int = trainer.BATCH_SIZE
    drop: bool = False  # an incomplete last batch
    every: int = 1  # of the training images, one of so many
    standardised: bool = False  # pixels less their mean, divided by their standard deviation, each one number
    regular: tuple[float, bool] = (0.1, MEAN)  # learning rate, and what of the batch a step follows
    robust: tuple[float, bool] = (0.0001, SUM)
    rate: float = 1  # factor of both learning rates
    epochs: int = 10
    converged: bool = False  # the certified optima in place of SGD
    start: float = 1  # factor of Glorot's random weights
    averaged: bool = False  # the mean of the last epoch's weights in place of the last ones
    clipped: bool = False  # attacked pixels stay in [0, 1]
    folds: str = ""  # of a cross-validation, "contiguous" or "interleaved", in place of the test set
    asked: float | None = None  # the ε at which a question with a free ε is asked
    strength: int = 3  # of the accidents
    without: str = ""  # an accident
    seed: int | None = None  # one in place of the median of all
    pairs: bool = True  # whether statements about all pairs are asked under it, too; some would cost minutes

    @property
    def own_training(self) -> bool:
        """Whether its models differ from the post's."""
        return self.group not in ("attack", "test images", *OF_SOME)

    @property
    def batches(self) -> tuple:
        """Choices that agree in it see the same numbers in the same steps."""
        return self.order, self.batch, self.drop, self.every, self.standardised, self.epochs


OF_SOME = ("asked", "accidents", "seed")  # groups that concern some statements only
POST = Choice("the post's", "")
RATE, EQUAL = "nothing in the post fixes it", "the two kinds differ in their loss alone"
LOSS = "the loss still falls after ten"
CHOICES = (
    POST,
    Choice("the files' order", "order", "MNIST itself comes in it", order="files", pairs=False),
    Choice("reshuffled", "order", "textbooks shuffle before every epoch", order="shuffled"),
    Choice("last batch dropped", "last batch", "common, to keep batches equal", drop=True, pairs=False),
    Choice("last batch by its size", "last batch", "each image counts the same", regular=(0.001, SUM)),
    Choice("last batch as a full one", "last batch", "robust training by the mean, too", robust=(0.01, MEAN)),
    Choice("batch 10", "batch", "as common as 100", batch=10, pairs=False),
    Choice("rate / 10", "rate", RATE, rate=0.1),
    Choice("rate × 10", "rate", RATE, rate=10),
    Choice("equal steps, slow", "rate", EQUAL, regular=(0.01, MEAN)),
    Choice("equal steps, fast", "rate", EQUAL, robust=(0.001, SUM)),
    Choice("1 epoch", "epochs", "a first look", epochs=1),
    Choice("30 epochs", "epochs", LOSS, epochs=30, pairs=False),
    Choice("100 epochs", "epochs", LOSS, epochs=100, pairs=False),
    # of the regular loss, which has many optima, the one of least ‖w‖₁; of other pairs its ten epochs
    Choice("converged", "epochs", "the minimum that training looks for", converged=True),
    Choice("half the start", "start", "rules for starts differ by such factors", start=0.5),
    Choice("start at zero", "start", "a linear model needs no random start", start=0),
    Choice("mean of the last epoch", "weights", "averaged SGD is steadier", averaged=True),
    Choice("5 % of the images", "data", "often there are no more", every=20),
    Choice(
        "standardised pixels", "data", "tutorials do it; ε stays in pixels, divided alike", standardised=True
    ),
    Choice("valid pixels", "attack", "no ink is beyond black and white", clipped=True),
    Choice("start at zero, valid pixels", "start", "where two effects add up", start=0, clipped=True),
    Choice("cross-validation", "test images", "all 14,780 images are test images", folds="interleaved"),
    Choice("contiguous folds", "test images", "other folds", folds="contiguous", pairs=False),
    *(Choice(f"asked at {at}", "asked", "the post shows all", asked=at) for at in (0.1, 0.2, 0.3)),
    *(
        Choice(f"strength {strength}", "accidents", "a convention", strength=strength)
        for strength in (1, 2, 4, 5)
    ),
    *(Choice(f"without {name}", "accidents", "no list is complete", without=name) for name in ACCIDENTS),
    *(Choice(f"seed {seed}", "seed", "the post has one", seed=seed) for seed in SEEDS),
)
BY_NAME = {choice.name: choice for choice in CHOICES}


def in_files_order() -> tuple[np.ndarray, np.ndarray]:
    """All training images as MNIST's own files have them, as `images.all_digits` gives them."""
    with gzip.open(ROOT / "mnist" / "original" / "train-images-idx3-ubyte.gz") as pixels:
        pixels.read(16)  # magic number and sizes
        found = np.frombuffer(pixels.read(), np.uint8).reshape(-1, 784)
    with gzip.open(ROOT / "mnist" / "original" / "train-labels-idx1-ubyte.gz") as labels:
        labels.read(8)
        return found, np.frombuffer(labels.read(), np.uint8).astype(np.int64)


@dataclass
class Trained:
    """What a choice's training began and ended with, for inputs in pixels."""

    start: np.ndarray  # (785, S)
    weights: np.ndarray  # float32 (785, 4, S)
    means: np.ndarray | None  # of y·x over the active examples of all steps, (784, 4, S), if watched


def train(
    choices: list[Choice], images: np.ndarray, labels: np.ndarray, starts: np.ndarray, watch: bool = True
) -> dict[str, Trained]:
    """The four models by SGD under choices that see the same batches, by name; all at once.

    Args:
        choices: of one `batches`.
        images, labels: in the order chosen, unless it is "shuffled".
        starts: Glorot's, (785, S).
        watch: whether the means are wanted.
    """
    first, count = choices[0], starts.shape[1]
    images, labels = images[:: first.every], labels[:: first.every]
    shift, scale = (images.mean(dtype=float), images.std(dtype=float)) if first.standardised else (0, 1)
    begun = np.column_stack([choice.start * starts for choice in choices for _ in models.POST])
    kinds = [
        (m.epsilon, *(c.robust if m.epsilon else c.regular), c.rate) for c in choices for m in models.POST
    ]
    epsilons, rates, sums, factors = (np.repeat(column, count) for column in zip(*kinds, strict=True))
    averaged = any(choice.averaged for choice in choices)
    pushes = active = total = steps = 0

    def observe(epoch, weights, examples, falls):
        nonlocal pushes, active, total, steps
        if watch:
            pushes, active = pushes + examples[:, :-1].T @ falls, active + falls.sum(axis=0)
        if averaged and epoch == first.epochs - 1:
            total, steps = total + weights, steps + 1

    history = trainer.train(
        (images - shift) / scale if first.standardised else images,
        labels,
        begun,
        epsilons / scale,
        rates * factors,
        sums,
        first.epochs,
        batches=batches(first, len(labels)),
        observe=observe if watch or averaged else None,
    )

    def in_pixels(weights: np.ndarray) -> np.ndarray:
        """By choice, (785, 4, S): w·(x - shift) / scale + b as a function of x."""
        found = weights.astype(float) / scale
        found[-1] = weights[-1] - shift * found[:-1].sum(axis=0)
        return found.reshape(785, len(choices), len(models.POST), count).transpose(1, 0, 2, 3)

    begun, last = in_pixels(begun)[:, :, 0], in_pixels(history[-1])
    if averaged:
        means = in_pixels(total / steps)
        last = np.stack([mean if c.averaged else w for c, mean, w in zip(choices, means, last, strict=True)])
    moved = [None] * len(choices)
    if watch:
        moved = scale * pushes / np.maximum(1, active)
        moved = moved.reshape(784, len(choices), len(models.POST), count).transpose(1, 0, 2, 3)
    return {
        choice.name: Trained(start, weights.astype(np.float32), mean)
        for choice, start, weights, mean in zip(choices, begun, last, moved, strict=True)
    }


def batches(choice: Choice, count: int) -> Callable[[int], list]:
    """The places of each batch's examples, epoch by epoch."""
    end = count - count % choice.batch if choice.drop else count
    firsts = range(0, end, choice.batch)

    def of_epoch(epoch: int) -> list:
        if choice.order != "shuffled":
            return [slice(first, min(first + choice.batch, end)) for first in firsts]
        places = np.random.default_rng(epoch).permutation(count)[:end]
        return [places[first : first + choice.batch] for first in firsts]

    return of_epoch
