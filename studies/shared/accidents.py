"""Ordinary accidents that happen to images of digits: each a function whose words suffice to write it anew.

ACCIDENTS  by name: label, five amounts, the amount that changes nothing, variants
happen()   an accident at a strength to images, by variant

Images are float arrays (N, 28, 28), 0 for paper and 1 for ink; results are cut off at 0 and 1. Beyond the
frame is paper, where nothing else is said. Row 0 is at the top, column 0 at the left; the middle, at
(13.5, 13.5), lies between pixels. An accident with variants counts as their mean. Many names are those of
MNIST-C (Mu and Gilmer 2019, arXiv:1906.02337), whose accidents are the same in meaning, not in every detail.

Chance is NumPy's default generator, seeded anew for every variant with the CRC-32 of the accident's name, the
strength and the draw, 0 in the study. It gives one array for all images, the image first: (N, 28, 28) where
nothing else is said. So no accident depends on the others, and the first images of a longer array suffer the
same.

To add an accident, write its function: its name is the accident's, and its first words say what amounts are.
"""

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator
from scipy import ndimage

SIDE = 28
STRENGTHS = (1, 2, 3, 4, 5)
MIDDLE_STRENGTH = 3

# Functions of the images, the amount and a source of chance
Happen = Callable[[np.ndarray, float, Generator], np.ndarray]


@dataclass(frozen=True)
class Accident:
    """What happens to an image, by how much."""

    label: str  # how figures and the explorer call it
    amounts: tuple[float, ...]  # at strengths 1 to 5
    neutral: float  # the amount at which nothing happens
    variants: dict[str, Happen]


ACCIDENTS: dict[str, Accident] = {}


def accident(label: str, *amounts: float, neutral: float = 0, **variants) -> Callable:
    """Put a function of (images, amount, chance) among ACCIDENTS, by its name. With variants it has a fourth
    argument, `which`: the value of the variant."""

    def put(change: Callable) -> Callable:
        changes = {variant: partial(change, which=which) for variant, which in variants.items()}
        ACCIDENTS[change.__name__] = Accident(label, amounts, neutral, changes or {"": change})
        return change

    return put


def happen(name: str, images: np.ndarray, strength: int, draw: int = 0) -> dict[str, np.ndarray]:
    """The images after the accident, for each of its variants.

    Args:
        name: one of ACCIDENTS.
        images: (N, 28, 28), between 0 and 1.
        strength: 1 to 5.
        draw: of chance; the study's is 0.
    """
    kind = ACCIDENTS[name]
    seed = [zlib.crc32(name.encode()), strength, draw]
    return {
        variant: changed(change, images, kind.amounts[strength - 1], np.random.default_rng(seed))
        for variant, change in kind.variants.items()
    }


def changed(change: Happen, images: np.ndarray, amount: float, chance: Generator) -> np.ndarray:
    """What a variant makes of images, cut off at paper and ink."""
    return np.clip(change(images, amount, chance), 0, 1).astype(images.dtype)


# Geometry


@accident("translate", 1, 2, 3, 4, 5, up=(-1, 0), down=(1, 0), left=(0, -1), right=(0, 1))
def translate(images, pixels, _, which):
    """Pixels by which the digit moves."""
    return ndimage.shift(images, (0, *(pixels * step for step in which)), order=0)


def look_up(images: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Each pixel takes the ink found where it came from: at `matrix` times its (row, column), both seen from
    the middle; between four pixels interpolated bilinearly, paper beyond the frame among them."""
    places = np.eye(3)
    places[1:, 1:] = matrix
    middle = np.array([0, (SIDE - 1) / 2, (SIDE - 1) / 2])
    offset = middle - places @ middle
    return ndimage.affine_transform(images, places, offset, order=1, mode="grid-constant")


@accident("rotate", 6, 12, 18, 24, 30, clockwise=1, counterclockwise=-1)
def rotate(images, degrees, _, which):
    """Degrees by which the image turns about its middle, with the ink of `look_up`."""
    cos, sin = np.cos(np.radians(degrees)), which * np.sin(np.radians(degrees))
    return look_up(images, np.array([[cos, -sin], [sin, cos]]))


@accident("scale", 0.9, 0.8, 0.7, 0.6, 0.5, neutral=1, smaller=True, larger=False)
def scale(images, factor, _, which):
    """Factor by which both sides shrink towards the middle, with the ink of `look_up`; in the other variant
    they grow by two less the factor."""
    return look_up(images, np.eye(2) / (factor if which else 2 - factor))


@accident("shear", 0.1, 0.2, 0.3, 0.4, 0.5, right=1, left=-1)
def shear(images, slope, _, which):
    """Columns that a row moves to the right (or left) for each row that it lies above the middle, and the
    other way below, with the ink of `look_up`."""
    return look_up(images, np.array([[1, 0], [which * slope, 1]]))


# Light


@accident("more ink", 0.1, 0.2, 0.3, 0.4, 0.5)
def brightness(images, added, _):
    """What is added to each pixel."""
    return images + added


@accident("contrast", 0.8, 0.6, 0.4, 0.2, 0.1, neutral=1)
def contrast(images, factor, _):
    """Factor of each pixel's distance to the mean of the whole image."""
    mean = images.mean(axis=(1, 2), keepdims=True)
    return mean + factor * (images - mean)


@accident("fog", 0.15, 0.3, 0.45, 0.6, 0.75)
def fog(images, share, chance):
    """Share of fog that is mixed in: share times fog plus (1 - share) times image. Fog is a standard normal
    number per pixel, blurred in both directions by a Gaussian with a standard deviation of 4 pixels, cut off
    after 16 and of sum 1, that wraps around at the frame; then stretched to run from 0 to 1 in each image."""
    noise = ndimage.gaussian_filter(chance.normal(size=images.shape), (0, 4, 4), mode="wrap")
    low, high = noise.min(axis=(1, 2), keepdims=True), noise.max(axis=(1, 2), keepdims=True)
    return (1 - share) * images + share * (noise - low) / (high - low)


# Noise


@accident("Gaussian noise", 0.08, 0.12, 0.18, 0.26, 0.38)
def gaussian_noise(images, deviation, chance):
    """Standard deviation of the normal number, of mean 0, that is added to each pixel."""
    return images + chance.normal(scale=deviation, size=images.shape)


@accident("shot noise", 60, 25, 12, 5, 3, neutral=math.inf)
def shot_noise(images, photons, chance):
    """Photons that make full ink: a pixel of ink x becomes a Poisson number of mean x · photons, divided by
    photons."""
    return chance.poisson(images * photons) / photons if math.isfinite(photons) else images


@accident("impulse noise", 0.03, 0.06, 0.09, 0.17, 0.27)
def impulse_noise(images, share, chance):
    """Share of pixels that turn black or white: of a number per pixel, uniform in [0, 1), black where it is
    below half the share, white where it is not, but below the share."""
    drawn = chance.random(images.shape)
    return np.where(drawn < share, drawn < share / 2, images)


# Blur


@accident("Gaussian blur", 0.5, 1, 1.5, 2, 2.5)
def gaussian_blur(images, deviation, _):
    """Standard deviation in pixels of the Gaussian, cut off after four of them and of sum 1, by which the
    image is blurred in both directions."""
    return ndimage.gaussian_filter(images, (0, deviation, deviation), mode="constant")


@accident("motion blur", 3, 5, 7, 9, 11, neutral=1, horizontal=2, vertical=1)
def motion_blur(images, length, _, which):
    """Pixels of a line, centred on each pixel, of which that pixel becomes the mean."""
    return ndimage.uniform_filter1d(images, length, which, mode="constant")


# Ink that is added or lost


@accident("stripe", 3, 4, 5, 6, 7)
def stripe(images, width, _):
    """Columns at each side, left and right, in which ink and paper are exchanged: x becomes 1 - x."""
    columns = np.arange(SIDE)
    return np.where((columns < width) | (columns >= SIDE - width), 1 - images, images)


@accident("dotted line", 1, 2, 3, 4, 5)
def dotted_line(images, lines, chance):
    """Lines across: each straight from a height in column 0 to another in column 27, two numbers that are
    uniform in [0, 27), drawn as (N, lines, 2). A pixel's ink is 1.5 less its vertical distance from the line,
    at least 0 and at most 1, in columns 2, 3, 6, 7 and so on, none in 0, 1, 4, 5; the darkest of lines and
    image counts."""
    ends = chance.uniform(0, SIDE - 1, size=(len(images), lines, 2, 1, 1))
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for line in range(lines):
        left, right = ends[:, line, 0], ends[:, line, 1]
        distance = np.abs(rows - left - (right - left) * columns / (SIDE - 1))
        ink = np.clip(1.5 - distance, 0, 1) * (columns // 2 % 2)
        images = np.maximum(images, ink)
    return images


@accident("speck", 1, 2, 3, 4, 5)
def speck(images, side, chance):
    """Side in pixels of a black square within the frame: row and column of its upper left pixel, drawn as
    (N, 2), are uniform among the whole numbers from 0 to 28 - side."""
    first = chance.integers(0, SIDE - side, size=(len(images), 2, 1, 1), endpoint=True)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    down, right = rows - first[:, 0], columns - first[:, 1]
    inside = (down >= 0) & (down < side) & (right >= 0) & (right < side)
    return np.where(inside, 1, images)


@accident("hide the middle", 4, 6, 8, 10, 12)
def occlusion(images, side, _):
    """Side in pixels, even, of the square in the middle that becomes paper."""
    changed = images.copy()
    hidden = slice((SIDE - side) // 2, (SIDE + side) // 2)
    changed[:, hidden, hidden] = 0
    return changed


def extreme(images: np.ndarray, pixels: float, of: Callable) -> np.ndarray:
    """The extreme ink within k rows and k columns of each pixel, a square of side 2k + 1; beyond the frame
    the edge pixels are repeated. Between two whole k the two results are mixed linearly."""
    whole = int(pixels)
    near, far = (of(images, (1, 2 * k + 1, 2 * k + 1), mode="nearest") for k in (whole, whole + 1))
    return near + (pixels - whole) * (far - near)


@accident("thicker", 0.4, 0.8, 1.2, 1.6, 2.0)
def thicker(images, pixels, _):
    """Pixels k by which all edges move outwards: the largest ink within k, as `extreme` has it."""
    return extreme(images, pixels, ndimage.grey_dilation)


@accident("thinner", 0.2, 0.4, 0.6, 0.8, 1.0)
def thinner(images, pixels, _):
    """Pixels k by which all edges move inwards: the smallest ink within k, as `extreme` has it."""
    return extreme(images, pixels, ndimage.grey_erosion)
