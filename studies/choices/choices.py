"""The choices that are as good as the post's, and models trained by them."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from studies.shared import models, trainer
from studies.shared.accidents import ACCIDENTS
from support.options import ROOT

SEEDS = range(1, 11)
MEAN, SUM = False, True


@dataclass(frozen=True)
class Choice:
    """One way to train, attack and ask; what isn't named is the post's."""

    name: str
    group: str  # what is chosen
    reason: str = ""  # why it is as good as the post's
    order: str = "TFDS"  # of the training images; or "files", or "shuffled", anew in every epoch
    batch: int = trainer.BATCH_SIZE
    drop: bool = False  # an incomplete last batch
    regular: tuple[float, bool] = (0.1, MEAN)  # learning rate, and what of the batch a step follows
    robust: tuple[float, bool] = (0.0001, SUM)
    rate: float = 1  # factor of both learning rates
    epochs: int = 10
    finished: bool = False  # the certified optima in place of SGD
    start: float = 1  # factor of Glorot's random weights
    averaged: bool = False  # the mean of the last epoch's weights in place of the last ones
    clipped: bool = False  # attacked pixels stay in [0, 1]
    asked: float | None = None  # the ε at which a question with a free ε is asked
    strength: int = 3  # of the accidents
    without: str | None = None  # an accident
    seed: int | None = None  # one in place of the median of all

    @property
    def own_training(self) -> bool:
        """Whether its models differ from the post's."""
        return self.group not in ("attack", "asked", "accidents", "seed", "")

    @property
    def asks_claims(self) -> bool:
        """Whether every claim and every pair is asked anew under it."""
        return self.group not in ("asked", "accidents", "seed")


POST = Choice("the post's", "")
WEIGHED, RATE = "each image counts the same in regular training too", "nothing in the post fixes it"
EQUAL, LOSS = "the two kinds differ in their loss alone", "the loss still falls after ten"
SINGLE = (
    Choice("the files' order", "order", "MNIST itself comes in it", order="files"),
    Choice("reshuffled", "order", "textbooks shuffle before every epoch", order="shuffled"),
    Choice("last batch dropped", "last batch", "common, to keep batches equal", drop=True),
    Choice("last batch by its size", "last batch", WEIGHED, regular=(0.001, SUM)),
    Choice("last batch as a full one", "last batch", "robust training by the mean too", robust=(0.01, MEAN)),
    Choice("batch 10", "batch", "as common as 100", batch=10),
    Choice("rate / 10", "rate", RATE, rate=0.1),
    Choice("rate × 10", "rate", RATE, rate=10),
    Choice("equal steps, slow", "rate", EQUAL, regular=(0.01, MEAN)),
    Choice("equal steps, fast", "rate", EQUAL, robust=(0.001, SUM)),
    Choice("30 epochs", "epochs", LOSS, epochs=30),
    Choice("100 epochs", "epochs", LOSS, epochs=100),
    Choice("finished", "epochs", "the minimum that training looks for", finished=True),
    Choice("half the start", "start", "rules for starts differ by such factors", start=0.5),
    Choice("start at zero", "start", "a linear model needs no random start", start=0),
    Choice("mean of the last epoch", "weights", "averaged SGD is steadier", averaged=True),
    Choice("valid pixels", "attack", "no ink is beyond black and white", clipped=True),
    *(Choice(f"asked at {at}", "asked", "the post shows all", asked=at) for at in (0.1, 0.2, 0.3)),
    *(
        Choice(f"strength {strength}", "accidents", "which one is middle is a convention", strength=strength)
        for strength in (1, 2, 4, 5)
    ),
    *(Choice(f"without {name}", "accidents", "no list is complete", without=name) for name in ACCIDENTS),
    *(Choice(f"seed {seed}", "seed", "the post has one", seed=seed) for seed in SEEDS),
)
CROSSED = (
    *(
        Choice(
            f"{epochs} epochs, rate × {rate:g}, batch {batch}",
            "crossed",
            "where effects add up",
            epochs=epochs,
            rate=rate,
            batch=batch,
        )
        for epochs in (10, 30)
        for rate in (0.1, 1, 10)
        for batch in (10, 100)
        if (epochs != 10) + (rate != 1) + (batch != 100) > 1
    ),
    Choice("start at zero, valid pixels", "crossed", "where effects add up", start=0, clipped=True),
)
CHOICES = (POST, *SINGLE, *CROSSED)


def in_files_order() -> tuple[np.ndarray, np.ndarray]:
    """All training images as MNIST's own files have them, as `images.all_digits` gives them."""
    with gzip.open(ROOT / "mnist" / "original" / "train-images-idx3-ubyte.gz") as pixels:
        pixels.read(16)  # magic number and sizes
        found = np.frombuffer(pixels.read(), np.uint8).reshape(-1, 784)
    with gzip.open(ROOT / "mnist" / "original" / "train-labels-idx1-ubyte.gz") as labels:
        labels.read(8)
        return found, np.frombuffer(labels.read(), np.uint8).astype(np.int64)


def train(
    choice: Choice, images: np.ndarray, labels: np.ndarray, starts: np.ndarray, watch: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """The four models by SGD: float32 (785, 4, S), and, if watched, the means of y·x over the examples that
    were active (784, 4, S).

    Args:
        images, labels: in the order chosen, unless it is "shuffled".
        starts: Glorot's, (785, S).
    """
    kinds = [
        replace(model, learning_rate=choice.rate * rate, of_sum=of_sum)
        for model in models.POST
        for rate, of_sum in [choice.robust if model.epsilon else choice.regular]
    ]
    total = steps = sums = count = 0

    def observe(epoch, weights, examples, active):
        nonlocal total, steps, sums, count
        if watch:
            sums, count = sums + examples[:, :-1].T @ active, count + active.sum(axis=0)
        if choice.averaged and epoch == choice.epochs - 1:
            total, steps = total + weights, steps + 1

    history = models.train(
        images,
        labels,
        choice.start * starts,
        kinds,
        choice.epochs,
        batches=batches(choice, len(labels)),
        observe=observe if watch or choice.averaged else None,
    )
    last = history[-1]
    if choice.averaged:
        last = (total / steps).astype(np.float32).reshape(last.shape)
    means = (sums / np.maximum(1, count)).reshape(784, *last.shape[1:]) if watch else None
    return last, means


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
