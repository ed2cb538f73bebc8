"""The choices that others would make, and models trained by them.

A range "over the choices listed" is over this list; it is no range over all that one could do. What a choice
doesn't name is the post's.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studies.shared import models, trainer
from support.options import ROOT

SEEDS = range(1, 11)
MEAN, SUM = False, True


@dataclass(frozen=True)
class Choice:
    """One way to train, attack, test and ask."""

    name: str
    meaning: str = ""  # what differs from the post's
    reason: str = ""  # why others would
    order: str = "TFDS"  # of the training images; or "files", or "shuffled", anew in every epoch
    batch: int = trainer.BATCH_SIZE
    drop: bool = False  # an incomplete last batch
    first: int | None = None  # only so many of the training images
    every: int = 1  # of them one of so many
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
    seed: int | None = None  # one start in place of the median of all
    pairs: bool = False  # whether the price of all pairs is asked under it, too, which costs more

    @property
    def own_training(self) -> bool:
        """Whether its models are trained by SGD in another way than the post's, on its training set."""
        return not (self.clipped or self.folds or self.asked or self.seed or self.converged)

    @property
    def batches(self) -> tuple:
        """Choices that agree in it see the same numbers in the same steps."""
        return self.order, self.batch, self.drop, self.first, self.every, self.standardised, self.epochs


POST = Choice("the post's", "its recipe and its test set, the median or mean of ten starts", pairs=True)
FIXED, EQUAL = "nothing fixes it", "the two kinds then differ in their loss alone"
CHOICES = (
    POST,
    Choice("the files' order", "images come as in MNIST's own files", "it is as natural", order="files"),
    Choice("reshuffled", "another order in every epoch", "textbooks do it", order="shuffled", pairs=True),
    Choice("last batch dropped", "only full batches", "common, to keep batches equal", drop=True),
    Choice(
        "last batch by its size",
        "regular steps follow the sum, too, so that a smaller batch makes a smaller step",
        "each image counts the same",
        regular=(0.001, SUM),
    ),
    Choice(
        "last batch as a full one",
        "robust steps follow the mean, too, so that each batch makes a full step",
        "usual, as losses are means",
        robust=(0.01, MEAN),
        pairs=True,
    ),
    Choice("batches of 10", "in place of 100", "as common", batch=10),
    Choice("rates / 10", "both learning rates", FIXED, rate=0.1, pairs=True),
    Choice("rates × 10", "both learning rates", FIXED, rate=10, pairs=True),
    Choice("small steps for both", "the regular rate is the robust one", EQUAL, regular=(0.01, MEAN)),
    Choice("large steps for both", "the robust rate is the regular one", EQUAL, robust=(0.001, SUM)),
    Choice("1 epoch", "in place of ten", "a first look", epochs=1, pairs=True),
    Choice("30 epochs", "in place of ten", "the loss still falls after ten", epochs=30),
    Choice("100 epochs", "in place of ten", "the loss still falls after ten", epochs=100),
    Choice(
        "converged",
        "the certified optima; of the regular loss, which has many, the one of least ‖w‖₁",
        "it is what training looks for",
        converged=True,
        pairs=True,
    ),
    Choice("half the start", "random weights half as large", "rules for starts differ so", start=0.5),
    Choice("start at zero", "no random weights", "a linear model needs none", start=0, pairs=True),
    Choice("averaged", "the mean of the last epoch's weights", "averaged SGD is steadier", averaged=True),
    Choice(
        "5 % of the images",
        "every twentieth training image",
        "often there are no more",
        every=20,
        pairs=True,
    ),
    Choice(
        "standardised pixels",
        "less their mean, over their deviation, one number each; ε is divided alike",
        "tutorials do it",
        standardised=True,
        pairs=True,
    ),
    Choice("valid pixels", "attacked pixels stay between white and black", "no ink is beyond", clipped=True),
    Choice(
        "cross-validation",
        "seven folds, every seventh image tested; five starts",
        "all 14,780 images are test images",
        folds="interleaved",
        pairs=True,
    ),
    Choice("contiguous folds", "the same with folds one after the other", "as usual", folds="contiguous"),
    *(Choice(f"asked at {at}", "R6, in place of 0.1", "the post shows all", asked=at) for at in (0.2, 0.3)),
    *(Choice(f"start {seed}", "it alone", "the post has one", seed=seed) for seed in SEEDS),
)
BY_NAME = {choice.name: choice for choice in CHOICES}
RECIPES = (  # tried besides, to find the mistakes that the post shows
    *(Choice(f"rates {words}", rate=factor) for words, factor in (("/ 2", 0.5), ("× 2", 2))),
    *(Choice(f"{number} epochs", epochs=number) for number in (5, 8, 12, 20)),
    *(Choice(f"batches of {size}", batch=size) for size in (50, 64, 128, 200)),
    Choice("first 5/6 of the images", first=10554),  # as where 10,000 of 60,000 are held out
)


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
    one, count = choices[0], starts.shape[1]
    images, labels = (part[: one.first : one.every] for part in (images, labels))
    shift, scale = (images.mean(dtype=float), images.std(dtype=float)) if one.standardised else (0, 1)
    begun = np.column_stack([choice.start * starts for choice in choices for _ in models.POST])
    kinds = [
        (m.epsilon, *(c.robust if m.epsilon else c.regular), c.rate) for c in choices for m in models.POST
    ]
    epsilons, rates, sums, factors = (np.repeat(column, count) for column in zip(*kinds, strict=True))
    averaged, mean = any(choice.averaged for choice in choices), trainer.Average(one.epochs - 1)
    pushes = active = 0

    def observe(epoch, weights, examples, falls):
        nonlocal pushes, active
        if watch:
            pushes, active = pushes + examples[:, :-1].T @ falls, active + falls.sum(axis=0)
        mean(epoch, weights)

    history = trainer.train(
        (images - shift) / scale if one.standardised else images,
        labels,
        begun,
        epsilons / scale,
        rates * factors,
        sums,
        one.epochs,
        batches=batches(one, len(labels)),
        observe=observe if watch or averaged else None,
    )

    def in_pixels(weights: np.ndarray) -> np.ndarray:
        """By choice, (785, 4, S): w·(x - shift) / scale + b as a function of x."""
        found = weights.astype(float) / scale
        found[-1] = weights[-1] - shift * found[:-1].sum(axis=0)
        return found.reshape(785, len(choices), len(models.POST), count).transpose(1, 0, 2, 3)

    begun, last = in_pixels(begun)[:, :, 0], in_pixels(history[-1])
    if averaged:
        means = in_pixels(mean.total / mean.count)
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
