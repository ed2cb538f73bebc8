"""Specks beside a digit, and digits of unusual geometry."""

import numpy as np
from scipy import ndimage


def erase_specks(image: np.ndarray) -> np.ndarray:
    """The image (784,) with only its largest piece of ink, by number of pixels; the first of several largest.

    Pieces are apart if they don't touch, not even at a corner; all but the largest are specks,
    a piece of a broken stroke among them. A limit for their size doesn't help: of the post's own two dots the
    pieces have 16 and 18 pixels.
    """
    numbers, count = ndimage.label(image.reshape(28, 28) > 0, structure=np.ones((3, 3)))
    if count < 2:
        return image
    largest = 1 + np.argmax(np.bincount(numbers.ravel())[1:])
    return np.where(numbers.ravel() == largest, image, 0).astype(image.dtype)


def geometry(images: np.ndarray) -> np.ndarray:
    """Height and width (standard deviations), slant (their correlation) and amount of ink: (N, 4)."""
    ink = images.reshape(-1, 28, 28).astype(np.float64)
    amount = ink.sum(axis=(1, 2))
    at = np.arange(28)
    rows, columns = ink.sum(axis=2) / amount[:, None], ink.sum(axis=1) / amount[:, None]
    y, x = rows @ at, columns @ at
    height, width = np.sqrt(rows @ at**2 - y**2), np.sqrt(columns @ at**2 - x**2)
    mixed = np.einsum("nyx,y,x->n", ink, at, at) / amount - y * x
    return np.column_stack([height, width, mixed / (height * width), amount])


def unusualness(train: tuple, test: tuple) -> np.ndarray:
    """The share of its digit's training images whose geometry is nearer to the digit's mean than that of a
    test image, (N,). Distances are Mahalanobis's."""
    found = np.zeros(len(test[1]))
    for label in (-1, 1):
        known, asked = (geometry(images[labels == label]) for images, labels in (train, test))
        mean, inverse = known.mean(axis=0), np.linalg.inv(np.cov(known.T))
        known, asked = (
            np.einsum("nf,fg,ng->n", rows - mean, inverse, rows - mean) for rows in (known, asked)
        )
        found[test[1] == label] = np.searchsorted(np.sort(known), asked) / len(known)
    return found
