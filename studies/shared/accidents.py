"""Ordinary accidents that happen to images of digits, each a function whose words suffice to write it anew.

Images are float, (N, 28, 28) or (N, 784), 0 for paper and 1 for ink; results are cut off at 0 and 1. Beyond
the frame is paper, where nothing else is said. Row 0 is at the top, column 0 at the left; the middle, at
(13.5, 13.5), lies between pixels. Some are those of MNIST-C (Mu and Gilmer 2019, arXiv:1906.02337), the same
in meaning, not in every detail.

Chance is NumPy's default generator, seeded anew for every variant with the CRC-32 of the accident's name, the
strength and 0. It gives one array for all images, the image first, so no accident depends on the
others, and the first images of a longer array suffer the same.

To add an accident, write its function here: its name is the accident's, its words say what the amount does.
ANEW in tests/studies/test_accidents.py writes it again from these words.
"""

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

# Functions of the images (N, 28, 28), the amount and a source of chance
Happen = Callable[[np.ndarray, float, Generator], np.ndarray]


@dataclass(frozen=True)
class Accident:
    """What happens to an image, by how much."""

    titles: tuple[str, ...]  # at strengths 1 to 5, in tables
    amounts: tuple[float, ...]
    variants: dict[str, Happen]


ACCIDENTS: dict[str, Accident] = {}


def accident(title: str, *amounts: float, **variants) -> Callable:
    """Put a function of (images, amount, chance) among ACCIDENTS, by its name.

    Args:
        title: of a row in a table; {} stands for the amount.
        amounts: at strengths 1 to 5.
        variants: by name; each is handed to the function as a fourth argument, `which`.
    """

    def put(change: Callable) -> Callable:
        changes = {variant: partial(change, which=which) for variant, which in variants.items()}
        titles = tuple(map(title.format, amounts))
        ACCIDENTS[change.__name__.replace("_", " ")] = Accident(titles, amounts, changes or {"": change})
        return change

    return put


def happen(name: str, images: np.ndarray, strength: int) -> dict[str, np.ndarray]:
    """The images after the accident, for each of its variants, in the shape in which they came.

    Args:
        name: one of ACCIDENTS.
        images: (N, 28, 28) or (N, 784), between 0 and 1.
        strength: 1 to 5.
    """
    kind, pictures = ACCIDENTS[name], images.reshape(-1, SIDE, SIDE)
    seed = [zlib.crc32(name.encode()), strength, 0]
    after = {}
    for variant, change in kind.variants.items():
        found = change(pictures, kind.amounts[strength - 1], np.random.default_rng(seed))
        after[variant] = np.clip(found, 0, 1).astype(images.dtype).reshape(images.shape)
    return after


@accident("moved by {} pixels", 1, 2, 3, 4, 5, up=(-1, 0), down=(1, 0), left=(0, -1), right=(0, 1))
def moved(images, pixels, _, which):
    """Pixels by which the digit moves."""
    return ndimage.shift(images, (0, *(pixels * step for step in which)), order=0)


@accident("turned by {} degrees", 6, 12, 18, 24, 30, clockwise=1, counterclockwise=-1)
def turned(images, degrees, _, which):
    """Degrees by which the image turns about its middle. Each pixel takes the ink found where it came from,
    between four pixels interpolated bilinearly, paper beyond the frame among them."""
    cos, sin = np.cos(np.radians(degrees)), which * np.sin(np.radians(degrees))
    came_from = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])  # of (image, row, column)
    middle = np.array([0, (SIDE - 1) / 2, (SIDE - 1) / 2])
    offset = middle - came_from @ middle
    return ndimage.affine_transform(images, came_from, offset, order=1, mode="grid-constant")


@accident(
    "thicker by {} pixels or thinner by half of that", 0.4, 0.8, 1.2, 1.6, 2.0, thicker=True, thinner=False
)
def thicker_or_thinner(images, pixels, _, which):
    """Pixels k by which all edges move outwards, or twice those by which they move inwards: each pixel takes
    the largest ink within k rows and k columns, or the smallest within k/2; beyond the frame the edge pixels
    are repeated. Between two whole numbers of pixels the two results are mixed linearly."""
    reach, extreme = (pixels, ndimage.grey_dilation) if which else (pixels / 2, ndimage.grey_erosion)
    whole = int(reach)
    near, far = (extreme(images, (1, 2 * k + 1, 2 * k + 1), mode="nearest") for k in (whole, whole + 1))
    return near + (reach - whole) * (far - near)


@accident("blurred by {} pixels", 0.5, 1, 1.5, 2, 2.5)
def blurred(images, deviation, _):
    """Standard deviation in pixels of the Gaussian, cut off after four of them and of sum 1, by which the
    image is blurred in both directions."""
    return ndimage.gaussian_filter(images, (0, deviation, deviation), mode="constant")


@accident("fog, a share of {}", 0.15, 0.3, 0.45, 0.6, 0.75)
def fog(images, share, chance):
    """Share of fog that is mixed in: share times fog plus (1 - share) times image. Fog is a standard normal
    number per pixel, blurred in both directions by a Gaussian with a standard deviation of 4 pixels, cut off
    after 16 and of sum 1, that wraps around at the frame; then stretched to run from 0 to 1 in each image."""
    clouds = ndimage.gaussian_filter(chance.normal(size=images.shape), (0, 4, 4), mode="wrap")
    low, high = clouds.min(axis=(1, 2), keepdims=True), clouds.max(axis=(1, 2), keepdims=True)
    return (1 - share) * images + share * (clouds - low) / (high - low)


@accident("more ink, {} in each pixel", 0.1, 0.2, 0.3, 0.4, 0.5)
def more_ink(images, added, _):
    """What is added to each pixel."""
    return images + added


@accident("noise with a deviation of {}", 0.08, 0.12, 0.18, 0.26, 0.38)
def noise(images, deviation, chance):
    """Standard deviation of the normal number, of mean 0, that is added to each pixel."""
    return images + chance.normal(scale=deviation, size=images.shape)


@accident("hidden middle, {0} × {0} pixels", 4, 6, 8, 10, 12)
def hidden_middle(images, side, _):
    """Side in pixels, even, of the square in the middle that becomes paper."""
    changed = images.copy()
    hidden = slice((SIDE - side) // 2, (SIDE + side) // 2)
    changed[:, hidden, hidden] = 0
    return changed
