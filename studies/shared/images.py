"""The digits as arrays, and the 45 pairs. Only what reads images imports TensorFlow, which takes seconds."""

import functools
from itertools import combinations

import numpy as np

from support.options import POST_DIGITS

DIGITS = range(10)
PAIRS = tuple(combinations(DIGITS, 2))


def key(digits: tuple[int, int]) -> str:
    """How results.json calls a pair: "0 1"."""
    return f"{digits[0]} {digits[1]}"


@functools.cache
def all_digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """All of MNIST in TFDS's order: images uint8 (N, 784) and digits int64 (N,)."""
    import data

    dataset = data.prepared_mnist().as_dataset(split=split, shuffle_files=False, batch_size=-1)
    return dataset["image"].numpy().reshape(-1, 784), dataset["label"].numpy()


def of_pair(images: np.ndarray, digits: np.ndarray, pair: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Two digits of `all_digits` as the experiments see them.

    Returns:
        Images float32 (N, 784) in [0, 1] and labels float32 (N,): -1 for the first digit, +1 for the second.
    """
    chosen = np.isin(digits, pair)
    labels = np.where(digits[chosen] == pair[1], 1, -1).astype(np.float32)
    return images[chosen] / np.float32(255), labels


@functools.cache
def zeros_and_ones(split: str) -> tuple[np.ndarray, np.ndarray]:
    """The post's pair from the repository's own data set, as `of_pair` gives it."""
    import data

    return data.to_arrays(data.binary_mnist(split))


def pair(split: str, digits: tuple[int, int] = POST_DIGITS) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of two digits as `of_pair` gives them."""
    return zeros_and_ones(split) if digits == POST_DIGITS else of_pair(*all_digits(split), digits)
