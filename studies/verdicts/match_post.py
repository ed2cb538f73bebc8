"""Which test images does the post's picture of misclassified examples show?

    python -m studies.verdicts.match_post PICTURE

Cuts the framed images out of a picture such as the post's plots/misclassified_regular.png and finds for each
the nearest test image, with its distance (the root of the mean squared difference of a pixel) and that of the
next best.
"""

from pathlib import Path

import numpy as np
from matplotlib import image as pictures
from scipy import ndimage

from support.options import Parser, UserError, one_line_errors

SIDE = 28
LEAST_SHARE = 0.08  # of the picture's width, for a dark frame to be that of an image and no letter


def framed(picture: np.ndarray) -> list[list[np.ndarray]]:
    """The images in a grey picture (height, width), 0 for black, row by row: each (784,), 1 for ink.

    Raises:
        UserError: no frames are found.
    """
    dark, _ = ndimage.label(picture < 0.5)
    rows: dict[int, list] = {}
    for down, right in ndimage.find_objects(dark):
        height, width = down.stop - down.start, right.stop - right.start
        if width > LEAST_SHARE * picture.shape[1] and abs(height - width) <= 2:
            rows.setdefault(round(down.start / height), []).append((right.start, down, right))
    if not rows:
        raise UserError("no framed images found in the picture")
    return [
        [read(picture[down, right]) for _, down, right in sorted(row, key=lambda place: place[0])]
        for _, row in sorted(rows.items())
    ]


def read(frame: np.ndarray) -> np.ndarray:
    """The image inside a frame: ink in the middle of each of its 28 × 28 cells, the outermost blank."""
    line = max(1, np.argmax(frame[len(frame) // 2] > 0.5))  # its thickness
    inside = frame[line // 2 : len(frame) - line // 2, line // 2 : frame.shape[1] - line // 2]
    places = [((np.arange(1, SIDE - 1) + 0.5) * length / SIDE).astype(int) for length in inside.shape]
    return np.pad(1 - inside[np.ix_(*places)], 1).ravel()  # the frame covers part of the outermost cells


def nearest(image: np.ndarray, images: np.ndarray) -> tuple[int, float, float]:
    """The place of the nearest of the images (N, 784), its distance, and the next best one's."""
    distances = np.sqrt(((images - image) ** 2).mean(axis=1))
    best, second = np.argsort(distances)[:2]
    return int(best), float(distances[best]), float(distances[second])


def match(path: Path, images: np.ndarray) -> list[list[tuple[int, float, float]]]:
    """`nearest` for every image in the picture, row by row."""
    try:
        picture = pictures.imread(path)
    except (OSError, SyntaxError) as error:
        raise UserError(f"{path} can't be read as a picture: {error}") from None
    picture = picture / 255 if picture.dtype == np.uint8 else picture
    grey = picture[..., :3].mean(axis=2) if picture.ndim == 3 else picture
    return [[nearest(image, images) for image in row] for row in framed(grey)]


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    with one_line_errors():
        from studies.shared import images  # and with it TensorFlow, which takes seconds

        rows = match(arguments.picture, images.pair("test")[0])
    for number, row in enumerate(rows, 1):
        for place, distance, next_best in row:
            print(f"row {number}: no. {place:4}, distance {distance:.3f}, next best {next_best:.3f}")


if __name__ == "__main__":
    main()
