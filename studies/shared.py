"""What the studies share: the data, the models' starts, and how numbers and figures are written and drawn."""

import functools
import json
from pathlib import Path

import numpy as np
import style
import trainer
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

import data
import run_files
import training
from command_line import POST_DIGITS, UserError
from experiment_regular import parser
from run_files import TRAINING_EPSILONS

HERE = Path(__file__).resolve().parent
# In the order in which they build on one another; the benchmark is a command of its own.
STUDIES = ("initialization", "seeds", "optimum", "dynamics", "digits", "accidents", "attackers", "claims")
MODEL_EPSILONS = (0.0, *TRAINING_EPSILONS)  # of the post's four models
SEEDS = range(1, 101)  # of the initial weights
DIGITS = 10
SIGNED = LinearSegmentedColormap.from_list("signed", [style.GREEN, "white", style.BLACK])


# Data and models


@functools.lru_cache(maxsize=4)  # all 45 pairs would take gigabytes
def pair(split: str, digits: tuple[int, int] = POST_DIGITS) -> tuple[np.ndarray, np.ndarray]:
    """Images float32 (N, 784) and labels float32 (N,) of two digits, as the experiments see them."""
    if digits == POST_DIGITS:
        return data.to_arrays(data.binary_mnist(split))
    images, labels = all_digits(split)
    chosen = np.isin(labels, digits)
    return images[chosen] / np.float32(255), np.where(labels[chosen] == digits[1], 1, -1).astype(np.float32)


@functools.cache
def all_digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """All of MNIST in TFDS's order: images uint8 (N, 784) and digits int64 (N,)."""
    dataset = data.prepared_mnist().as_dataset(split=split, shuffle_files=False, batch_size=-1)
    return dataset["image"].numpy().reshape(-1, 784), dataset["label"].numpy()


@functools.cache
def glorot_start(seed: int) -> np.ndarray:
    """The experiments' initial weights for a seed: float32 (785,), w and the bias 0."""
    options = parser.parse_args(["--seed", str(seed)])
    return np.append(np.ravel(training.initializer(options)((784, 1))), np.float32(0))


def train_post_models(
    images: np.ndarray, labels: np.ndarray, starts: np.ndarray, epochs: int = 10, **options
) -> np.ndarray:
    """The post's four trainings (regular, ε = 0.1, 0.2, 0.3) from each start.

    Args:
        images, labels: as `trainer.train` wants them.
        starts: (785, S).
        options: other arguments of `trainer.train`.

    Returns:
        float32 (epochs + 1, 785, 4, S).
    """
    count = starts.shape[1]
    rates, sums = zip(trainer.REGULAR, *[trainer.ROBUST] * 3, strict=True)
    history = trainer.train(
        images,
        labels,
        np.tile(starts, (1, len(MODEL_EPSILONS))),
        *(np.repeat(values, count) for values in (MODEL_EPSILONS, rates, sums)),
        epochs=epochs,
        **options,
    )
    return history.reshape(epochs + 1, 785, len(MODEL_EPSILONS), count)


@functools.cache
def post_models(seeds: range = SEEDS) -> np.ndarray:
    """The post's four models of zeros and ones after ten epochs, from each seed: float32 (785, 4, S)."""
    starts = np.stack([glorot_start(seed) for seed in seeds], axis=1)
    return train_post_models(*pair("train"), starts)[-1]


# Files


def write_json(path: Path, results: dict) -> None:
    """Write a study's numbers, rounded to ten significant digits; arrays become lists."""
    text = json.dumps(rounded(results), indent=1, ensure_ascii=False, allow_nan=False)
    with run_files.replacing(path) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def rounded(value):
    """The same with lists in the place of arrays and with ten significant digits."""
    if isinstance(value, dict):
        return {str(key): rounded(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


def read_json(name: str) -> dict:
    """Another study's numbers.

    Raises:
        UserError: they are missing or damaged; the message names the command that makes them.
    """
    path = HERE / name / "results.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UserError(f"{path} is missing or damaged: make it with `python studies {name}`") from None


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    with run_files.replacing(path) as partial:
        run_files.write_arrays(partial, **arrays)


# Figures


def show_weights(axes: Axes, weights: np.ndarray, largest: float | None = None):
    """Draw weights (784,) as an image: black speaks for the second digit, green for the first.

    Full black and full green stand for the absolute weight `largest`; without it, for that of this image.
    """
    largest = largest or np.abs(weights).max() or 1
    shown = axes.imshow(weights.reshape(28, 28), cmap=SIGNED, vmin=-largest, vmax=largest)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_linewidth(0.4)
    return shown


def write_figure(path: Path, figure: Figure) -> None:
    style.write(figure, path)
