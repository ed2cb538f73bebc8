"""Ordinary accidents that happen to images of digits: each a name, five strengths and what it does.

Images are float arrays (N, 28, 28), 0 for paper and 1 for ink; so are the results, cut off at 0 and 1. What
lies beyond the frame is paper. Many names are those of MNIST-C (Mu and Gilmer 2019, arXiv:1906.02337), whose
accidents are the same in meaning, not in every detail.

ACCIDENTS  by name: what its number means, five of them, and its variants; the study and the explorer read it
happen()   an accident at a strength to images, by variant

To add an accident, add an entry. Chance is drawn image after image from a seed of the accident's name and the
strength: the first images of a longer array suffer the same, and no accident depends on the others.
"""

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import ndimage

SIDE = 28
MIDDLE = (SIDE - 1) / 2
STRENGTHS = (1, 2, 3, 4, 5)
MIDDLE_STRENGTH = 3
FOG_WIDTH = 4  # pixels: standard deviation of the blur that makes fog of noise
DOT = 2  # columns: of a dotted line's dots, and of the gaps between them

# Functions of the images, the amount and a source of chance
Happen = Callable[[np.ndarray, float, Generator], np.ndarray]


@dataclass(frozen=True)
class Accident:
    """What happens to an image, by how much."""

    label: str  # how figures and the explorer call it
    words: str  # what the amounts are
    amounts: tuple[float, ...]  # at strengths 1 to 5
    neutral: float  # the amount at which nothing happens
    variants: dict[str, Happen]
    in_mnist_c: bool = False


def happen(name: str, images: np.ndarray, strength: int, draw: int = 0) -> dict[str, np.ndarray]:
    """The images after the accident, for each of its variants.

    Args:
        name: one of ACCIDENTS.
        images: (N, 28, 28), between 0 and 1.
        strength: 1 to 5.
        draw: of chance; the study's is 0.
    """
    accident = ACCIDENTS[name]
    seed = [zlib.crc32(name.encode()), strength, draw]
    return {
        variant: changed(change, images, accident.amounts[strength - 1], np.random.default_rng(seed))
        for variant, change in accident.variants.items()
    }


def changed(change: Happen, images: np.ndarray, amount: float, chance: Generator) -> np.ndarray:
    """What a variant makes of images, cut off at paper and ink."""
    return np.clip(change(images, amount, chance), 0, 1).astype(images.dtype)


# Geometry


def translate(down: int, right: int) -> Happen:
    return lambda images, pixels, _: ndimage.shift(images, (0, down * pixels, right * pixels), order=0)


def look_up(images: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Each pixel's ink is that found (bilinearly) at `matrix` times its place, seen from the middle."""
    places = np.eye(3)
    places[1:, 1:] = matrix
    middle = np.array([0, MIDDLE, MIDDLE])
    offset = middle - places @ middle
    return ndimage.affine_transform(images, places, offset, order=1, mode="grid-constant")


def rotate(sign: int) -> Happen:
    """Clockwise (sign 1) or counterclockwise."""

    def turned(images, degrees, _):
        cos, sin = np.cos(np.radians(degrees)), sign * np.sin(np.radians(degrees))
        return look_up(images, np.array([[cos, -sin], [sin, cos]]))

    return turned


def smaller(images, factor, _):
    return look_up(images, np.eye(2) / factor)


def larger(images, factor, _):
    return look_up(images, np.eye(2) / (2 - factor))


def shear(sign: int) -> Happen:
    """Rows above the middle move to the right (sign 1) or to the left."""
    return lambda images, slope, _: look_up(images, np.array([[1, 0], [sign * slope, 1]]))


# Light


def brightness(images, added, _):
    return images + added


def contrast(images, factor, _):
    mean = images.mean(axis=(1, 2), keepdims=True)
    return mean + factor * (images - mean)


def fog(images, share, rng):
    noise = ndimage.gaussian_filter(rng.normal(size=images.shape), (0, FOG_WIDTH, FOG_WIDTH), mode="wrap")
    low, high = noise.min(axis=(1, 2), keepdims=True), noise.max(axis=(1, 2), keepdims=True)
    return (1 - share) * images + share * (noise - low) / (high - low)


# Noise


def gaussian_noise(images, deviation, rng):
    return images + rng.normal(scale=deviation, size=images.shape)


def shot_noise(images, photons, rng):
    return rng.poisson(images * photons) / photons if math.isfinite(photons) else images


def impulse_noise(images, share, rng):
    drawn = rng.random(images.shape)
    return np.where(drawn < share, drawn < share / 2, images)


# Blur


def gaussian_blur(images, deviation, _):
    return ndimage.gaussian_filter(images, (0, deviation, deviation), mode="constant")


def motion_blur(axis: int) -> Happen:
    return lambda images, length, _: ndimage.uniform_filter1d(images, length, axis, mode="constant")


# Ink that is added or lost


def stripe(images, width, _):
    changed = images.copy()
    for side in (np.s_[:, :, :width], np.s_[:, :, SIDE - width :]):
        changed[side] = 1 - changed[side]
    return changed


def dotted_line(images, lines, rng):
    ends = rng.uniform(0, SIDE - 1, size=(len(images), lines, 2, 1, 1))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for line in range(lines):
        left, right = ends[:, line, 0], ends[:, line, 1]
        distance = np.abs(rows - left - (right - left) * columns / (SIDE - 1))
        ink = np.clip(1.5 - distance, 0, 1) * (columns // DOT % 2)  # a pen two pixels wide, with soft edges
        images = np.maximum(images, ink)
    return images


def speck(images, side, rng):
    first = rng.integers(0, SIDE - side, size=(len(images), 2, 1, 1), endpoint=True)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    inside = [
        (first[:, i] <= place) & (place < first[:, i] + side) for i, place in enumerate((rows, columns))
    ]
    return np.where(inside[0] & inside[1], 1, images)


def occlusion(images, side, _):
    changed = images.copy()
    hidden = slice((SIDE - side) // 2, (SIDE + side) // 2)
    changed[:, hidden, hidden] = 0
    return changed


def move_edges(change: Callable) -> Happen:
    """Edges of strokes move by so many pixels; a fraction mixes the two whole numbers next to it."""

    def moved(images, pixels, _):
        whole = int(pixels)
        near, far = (change(images, (1, 2 * k + 1, 2 * k + 1), mode="nearest") for k in (whole, whole + 1))
        return near + (pixels - whole) * (far - near)

    return moved


ACCIDENTS = {
    "translate": Accident(
        "translate",
        "pixels by which the digit moves",
        (1, 2, 3, 4, 5),
        0,
        {"up": translate(-1, 0), "down": translate(1, 0), "left": translate(0, -1), "right": translate(0, 1)},
        True,
    ),
    "rotate": Accident(
        "rotate",
        "degrees by which the image turns",
        (6, 12, 18, 24, 30),
        0,
        {"clockwise": rotate(1), "counterclockwise": rotate(-1)},
        True,
    ),
    "scale": Accident(
        "scale",
        "factor of size; in the other variant, two less the factor",
        (0.9, 0.8, 0.7, 0.6, 0.5),
        1,
        {"smaller": smaller, "larger": larger},
        True,
    ),
    "shear": Accident(
        "shear",
        "columns that a row moves for each row above the middle",
        (0.1, 0.2, 0.3, 0.4, 0.5),
        0,
        {"right": shear(1), "left": shear(-1)},
        True,
    ),
    "brightness": Accident(
        "more ink", "added to each pixel", (0.1, 0.2, 0.3, 0.4, 0.5), 0, {"": brightness}, True
    ),
    "contrast": Accident(
        "contrast", "factor of the distance to the image's mean", (0.8, 0.6, 0.4, 0.2, 0.1), 1, {"": contrast}
    ),
    "fog": Accident("fog", "share of fog mixed in", (0.15, 0.3, 0.45, 0.6, 0.75), 0, {"": fog}, True),
    "gaussian_noise": Accident(
        "Gaussian noise",
        "standard deviation of the normal number added to each pixel",
        (0.08, 0.12, 0.18, 0.26, 0.38),
        0,
        {"": gaussian_noise},
    ),
    "shot_noise": Accident(
        "shot noise",
        "photons (Poisson) that make full ink",
        (60, 25, 12, 5, 3),
        math.inf,
        {"": shot_noise},
        True,
    ),
    "impulse_noise": Accident(
        "impulse noise",
        "share of pixels drawn; half of them turn black, half white",
        (0.03, 0.06, 0.09, 0.17, 0.27),
        0,
        {"": impulse_noise},
        True,
    ),
    "gaussian_blur": Accident(
        "Gaussian blur",
        "standard deviation of the blur in pixels",
        (0.5, 1, 1.5, 2, 2.5),
        0,
        {"": gaussian_blur},
    ),
    "motion_blur": Accident(
        "motion blur",
        "pixels of a line, centred, of which each pixel becomes the mean",
        (3, 5, 7, 9, 11),
        1,
        {"horizontal": motion_blur(2), "vertical": motion_blur(1)},
        True,
    ),
    "stripe": Accident(
        "stripe",
        "columns at each side in which ink and paper are exchanged",
        (3, 4, 5, 6, 7),
        0,
        {"": stripe},
        True,
    ),
    "dotted_line": Accident(
        "dotted line",
        "lines from a place at the left to one at the right",
        (1, 2, 3, 4, 5),
        0,
        {"": dotted_line},
        True,
    ),
    "speck": Accident("speck", "side in pixels of a black square anywhere", (1, 2, 3, 4, 5), 0, {"": speck}),
    "occlusion": Accident(
        "hide the middle",
        "side in pixels of a blank square in the middle",
        (4, 6, 8, 10, 12),
        0,
        {"": occlusion},
    ),
    "thicker": Accident(
        "thicker",
        "pixels by which all edges move outwards",
        (0.4, 0.8, 1.2, 1.6, 2.0),
        0,
        {"": move_edges(ndimage.grey_dilation)},
    ),
    "thinner": Accident(
        "thinner",
        "pixels by which all edges move inwards",
        (0.2, 0.4, 0.6, 0.8, 1.0),
        0,
        {"": move_edges(ndimage.grey_erosion)},
    ),
}
