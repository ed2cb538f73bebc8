"""Build explorer.html: one page, opened from disk, in which the reader fools models of any two digits.

    python -m explorer.build

The page is explorer.template.html with three things put in: explorer.css, the scripts and the data, which are
the models of all 45 pairs of digits, the mean images and some test images. The same inputs give the same
bytes: nothing is compressed that another zlib would compress differently.
"""

import base64
from itertools import groupby
from pathlib import Path

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks as of_margins
from studies.shared import files, images, models
from support import runs
from support.disk import replacing
from support.options import POST_DIGITS, Parser, UserError, one_line_errors, short

HERE = Path(__file__).resolve().parent
PAGE = HERE / "explorer.html"
SCRIPTS = ("data", "state", "mathematics", "strokes", "drawing", "controls")
OPTIMA = tuple(f"optimum {model.key}" for model in models.ROBUST)
IDS = (*models.KEYS, *OPTIMA, "optimum 0")  # the last for the post's pair
IMAGES_PER_DIGIT = 8
WRONG_PER_DIGIT = 4  # of these, at most so many that some model gets wrong
OPENING = 7258  # in MNIST's test set: the zero that the page opens on, fooled within the range of pixels


def build(output: Path = PAGE) -> None:
    """Write the page whole or not at all.

    Raises:
        UserError: models are missing or damaged, or the page can't be written.
    """
    parts = {
        "explorer.css": (HERE / "explorer.css").read_text(encoding="utf-8"),
        "scripts": "\n\n".join((HERE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS),
        "data": files.as_json(page_data(load_models())),
    }
    page = (HERE / "explorer.template.html").read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace("{{" + name + "}}", text)
    with replacing(output) as partial:
        partial.write_bytes(page.encode("utf-8"))


def load_models() -> dict[tuple[int, int], np.ndarray]:
    """Of each pair the models of IDS: float32 (7 or 8, 785). The post's own are those of results/."""
    stored = files.arrays("digits")
    if not stored:
        raise UserError("the digits' models are missing: make them with `python -m studies digits`")
    found = {
        pair: np.array([stored[f"{images.key(pair)} {name}"] for name in IDS[:-1]], np.float32)
        for pair in images.PAIRS
    }
    post = [np.append(run.weights, run.bias) for run in runs.load_models()]
    optima = [*found[POST_DIGITS][len(post) :], files.arrays("training")["regular weights"]]
    found[POST_DIGITS] = np.array([*post, *optima], np.float32)
    return found


# What the page shows


def page_data(weights: dict[tuple[int, int], np.ndarray]) -> dict:
    """What the page's scripts read; see the head of data.js for the fields."""
    pixels, digits = images.all_digits("test")
    pairs = [pair_data(pair, weights[pair], pixels, digits) for pair in images.PAIRS]
    pool = {index for pair in pairs for index in pair["images"]}
    return {
        "largestEpsilon": ATTACK_EPSILONS[-1],
        "means": [packed(mean_image(digit).astype("<f4")) for digit in images.DIGITS],
        "images": [[index, int(digits[index]), packed(pixels[index])] for index in sorted(pool)],
        "opening": OPENING,
        "pairs": pairs,
    }


def pair_data(pair: tuple[int, int], weights: np.ndarray, pixels: np.ndarray, digits: np.ndarray) -> dict:
    """A pair's test images, and its models (M, 785) with their accuracies at each ε of the grid."""
    (places,) = np.nonzero(np.isin(digits, pair))
    pixels, labels = pixels[places] / 255, np.where(digits[places] == pair[1], 1, -1)  # as the page has them
    right, radii = withstand(weights, pixels, labels)
    says_second = ((labels > 0)[:, None] == right[0]).sum(axis=0)
    learned = says_second % len(labels) > 0  # else it says the same of all images
    wanted = np.flatnonzero(places == OPENING) if pair == POST_DIGITS else []
    chosen = choose(radii[:, learned].min(axis=1), labels, wanted)
    curves = right.sum(axis=1).T
    return {
        "digits": pair,
        "testImages": [int((labels == label).sum()) for label in (-1, 1)],
        "constantFrom": round(files.numbers("digits").pairs[images.key(pair)].threshold, 4),
        "images": places[chosen].tolist(),
        "models": [
            {
                "id": name,
                "weights": packed(model.astype("<f4")),
                "right": curve.tolist(),
                "saysSecond": int(second),
            }
            for name, model, curve, second in zip(IDS, weights, curves, says_second, strict=False)
        ],
    }


def withstand(weights: np.ndarray, pixels: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What models (M, 785) make of images (N, 784) in the worst case, not clipped.

    Returns:
        Whether a model is right on an image at each ε of the grid, bool (E, N, M); and the smallest ε that
        fools it, (N, M), at most 0 where it is wrong anyway.
    """
    found = of_margins.margins(weights.T, pixels, labels)
    norms = np.abs(weights[:, :-1].astype(np.float64)).sum(axis=1)
    return found > ATTACK_EPSILONS[:, None, None] * norms, found / np.where(norms, norms, 1)


def choose(smallest: np.ndarray, labels: np.ndarray, wanted: list[int]) -> list[int]:
    """Which test images of a pair the page shows: of each digit eight, from the most mistaken to the safest.

    Args:
        smallest: (N,), the smallest ε that fools any model; at most 0 where one is mistaken anyway.
        labels: (N,), each -1 or +1.
        wanted: images to be among them.

    Returns:
        Indices of eight images of each label: at most four that some model gets wrong, and others, both
        spread evenly.
    """
    chosen = []
    for label in (-1, 1):
        (candidates,) = np.nonzero(labels == label)
        candidates = candidates[np.argsort(smallest[candidates], kind="stable")]
        wrong, others = np.split(candidates, [int((smallest[candidates] <= 0).sum())])
        taken = spread(wrong, min(WRONG_PER_DIGIT, len(wrong)))
        taken += [i for i in wanted if i in candidates]
        taken += spread(others[~np.isin(others, wanted)], IMAGES_PER_DIGIT - len(taken))
        chosen += sorted(taken, key=lambda i: smallest[i])
    return chosen


def spread(items: np.ndarray, count: int) -> list[int]:
    """So many items, evenly from the first to the last."""
    return items[np.linspace(0, len(items) - 1, count).round().astype(int)].tolist()


def mean_image(digit: int) -> np.ndarray:
    """The mean (784,) of a digit's training images, between 0 and 1; in float64, from an exact sum."""
    pixels, digits = images.all_digits("train")
    chosen = pixels[digits == digit]
    return chosen.sum(axis=0, dtype=np.int64) / (255 * len(chosen))


# How numbers become text


def packed(array: np.ndarray) -> str:
    """Its bytes in base64, after a run of 0s became a 0 and its length, at most 255."""
    parts = []
    for value, run in groupby(array.tobytes()):
        length = len(list(run))
        if value:
            parts += [value] * length
        while not value and length:
            parts += [0, min(length, 255)]
            length -= parts[-1]
    return base64.b64encode(bytes(parts)).decode("ascii")


def main() -> None:
    Parser(__doc__).parse_args()
    with one_line_errors():
        build()
        print(f"{short(PAGE)} ({PAGE.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
