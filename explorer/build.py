"""Build explorer.html: one page, opened from disk, in which the reader fools models of any two digits.

    python -m explorer.build

The page is explorer.template.html with three things put in: explorer.css, the scripts and the data, which are
the models of all 45 pairs of digits, the mean images and some test images.
"""

import base64
from pathlib import Path

import numpy as np

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks, files, images, models
from support import runs
from support.disk import replacing
from support.options import POST_DIGITS, Parser, one_line_errors, short

HERE = Path(__file__).resolve().parent
PAGE = HERE / "explorer.html"
SCRIPTS = ("data", "state", "mathematics", "strokes", "drawing", "controls")
OPTIMA = tuple(f"optimum {model.key}" for model in models.ROBUST)
IDS = (*models.KEYS, *OPTIMA, "optimum 0")  # the last for the post's pair
IMAGES_PER_DIGIT = 8
WRONG_PER_DIGIT = 4  # of these, at most so many that some model gets wrong


def build() -> None:
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
    with replacing(PAGE) as partial:
        partial.write_bytes(page.encode("utf-8"))


def load_models() -> dict[tuple[int, int], np.ndarray]:
    """Of each pair the models of IDS: float32 (7 or 8, 785). The post's own are those of results/."""
    stored = files.arrays("digits")
    found = {
        pair: np.array([stored[f"{images.key(pair)} {name}"] for name in IDS[:-1]], np.float32)
        for pair in images.PAIRS
    }
    post = [np.append(run.weights, run.bias) for run in runs.load_models()]
    optima = [*found[POST_DIGITS][len(post) :], files.arrays("training")["regular weights"]]
    found[POST_DIGITS] = np.array([*post, *optima], np.float32)
    return found


def page_data(weights: dict[tuple[int, int], np.ndarray]) -> dict:
    """What the page's scripts read; see the head of data.js for the fields."""
    pixels, digits = images.all_digits("test")
    pairs = [pair_data(pair, weights[pair], pixels, digits) for pair in images.PAIRS]
    pool = {index for pair in pairs for index in pair["images"]}
    return {
        "largestEpsilon": ATTACK_EPSILONS[-1],
        "means": [as_text(mean_image(digit).astype("<f4")) for digit in images.DIGITS],
        "images": [[index, int(digits[index]), as_text(pixels[index])] for index in sorted(pool)],
        "pairs": pairs,
    }


def pair_data(pair: tuple[int, int], weights: np.ndarray, pixels: np.ndarray, digits: np.ndarray) -> dict:
    """A pair's test images, and its models (M, 785) with how many they get right at each ε of the grid."""
    (places,) = np.nonzero(np.isin(digits, pair))
    pixels, labels = pixels[places] / 255, np.where(digits[places] == pair[1], 1, -1)  # as the page has them
    radii = attacks.radii(weights.T, pixels, labels)
    says = np.where(radii > 0, labels[:, None], -labels[:, None])
    constant = (says == says[0]).all(axis=0)
    accuracy = attacks.accuracy(weights.T, pixels, labels, ATTACK_EPSILONS)
    return {
        "digits": pair,
        "testImages": len(labels),
        "constantFrom": round(files.numbers("digits").pairs[images.key(pair)].threshold, 4),
        "images": places[choose(radii[:, ~constant].min(axis=1), labels)].tolist(),
        "models": [
            {
                "id": name,
                "weights": as_text(weights[m].astype("<f4")),
                "right": (accuracy[:, m] * len(labels)).round().astype(int).tolist(),
                "always": int(says[0, m]) if constant[m] else None,
            }
            for m, name in enumerate(IDS[: len(weights)])
        ],
    }


def choose(smallest: np.ndarray, labels: np.ndarray) -> list[int]:
    """Which test images of a pair the page shows: of each digit eight, from the most mistaken to the safest.

    Args:
        smallest: (N,), the smallest ε that fools any model; at most 0 where one is mistaken anyway.
        labels: (N,), each -1 or +1.

    Returns:
        Indices of eight images of each label: at most four on which some model is mistaken, and others, both
        spread evenly.
    """
    chosen = []
    for label in (-1, 1):
        (candidates,) = np.nonzero(labels == label)
        candidates = candidates[np.argsort(smallest[candidates], kind="stable")]
        wrong, others = np.split(candidates, [int((smallest[candidates] <= 0).sum())])
        mistaken = spread(wrong, min(WRONG_PER_DIGIT, len(wrong)))
        chosen += mistaken + spread(others, IMAGES_PER_DIGIT - len(mistaken))
    return chosen


def spread(items: np.ndarray, count: int) -> list[int]:
    """So many items, evenly from the first to the last."""
    return items[np.linspace(0, len(items) - 1, count).round().astype(int)].tolist()


def mean_image(digit: int) -> np.ndarray:
    """The mean (784,) of a digit's training images, between 0 and 1."""
    pixels, digits = images.all_digits("train")
    return pixels[digits == digit].mean(axis=0) / 255


def as_text(array: np.ndarray) -> str:
    """Its bytes in base64."""
    return base64.b64encode(array.tobytes()).decode("ascii")


def main() -> None:
    Parser(__doc__).parse_args()
    with one_line_errors():
        build()
        print(f"{short(PAGE)} ({PAGE.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
