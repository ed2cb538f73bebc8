"""The post's four models: what they are called, how they look in figures, how they start and are trained."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plots import style
from studies.shared import trainer
from support.options import POST as SETTINGS

SEEDS = range(1, 101)  # of the initial weights; the post's is the first
DRIVEN = 0.01  # of a model's largest weight: a weight up to here counts as driven to zero


@dataclass(frozen=True)
class Model:
    """A kind of training; `key` is its name in every file, `title` in tables, `label` in figures."""

    key: str
    epsilon: float  # 0 for regular training
    learning_rate: float
    of_sum: bool  # a step follows the sum over the batch, or the mean
    colour: str
    fill: str

    @property
    def title(self) -> str:
        return f"ε = {self.epsilon:g}" if self.epsilon else "regular"

    @property
    def label(self) -> str:
        return rf"$\epsilon={self.epsilon:g}$" if self.epsilon else "Regular"


REGULAR = Model(
    "regular", 0.0, SETTINGS["regular"]["learning_rate"], False, style.MODEL_LINES[0], style.MODEL_FILLS[0]
)
ROBUST = tuple(
    Model(f"{epsilon:g}", epsilon, SETTINGS["robust"]["learning_rate"], True, colour, fill)
    for epsilon, colour, fill in zip(
        SETTINGS["robust"]["epsilons"], style.MODEL_LINES[1:], style.MODEL_FILLS[1:], strict=True
    )
)
POST = (REGULAR, *ROBUST)
KEYS = tuple(model.key for model in POST)


@functools.cache
def start(seed: int) -> np.ndarray:
    """The experiments' initial weights for a seed: float32 (785,), w and the bias 0."""
    import training  # and with it TensorFlow, which takes seconds
    from experiment_regular import parser

    options = parser.parse_args(["--seed", str(seed)])
    return np.append(np.ravel(training.initializer(options)((784, 1))), np.float32(0))


def starts(seeds: Sequence[int] = SEEDS) -> np.ndarray:
    """Those of several seeds: float32 (785, S)."""
    return np.stack([start(seed) for seed in seeds], axis=1)


def train(
    images: np.ndarray,
    labels: np.ndarray,
    starts: np.ndarray,
    models: Sequence[Model] = POST,
    epochs: int = trainer.EPOCHS,
    **options,
) -> np.ndarray:
    """M kinds of training from starts (785, S), by `trainer.train` with these options.

    Returns:
        float32 (epochs + 1, 785, M, S).
    """
    count = starts.shape[1]
    columns = ([getattr(model, name) for model in models] for name in ("epsilon", "learning_rate", "of_sum"))
    history = trainer.train(
        images,
        labels,
        np.tile(starts, (1, len(models))),
        *(np.repeat(values, count) for values in columns),
        epochs=epochs,
        **options,
    )
    return history.reshape(epochs + 1, 785, len(models), count)


def driven_to_zero(weights: np.ndarray) -> np.ndarray:
    """Which weights (d, ...), the bias left out, are next to zero for their model: bool of the same shape.

    SGD's last steps leave a weight that is pulled to zero on one side or the other, hardly ever at zero.
    """
    sizes = np.abs(weights)
    return sizes <= DRIVEN * sizes.max(axis=0)
