"""Build explorer.html: one page, opened from disk, in which the reader fools models of any two digits.

    python -m explorer.build

The page is explorer.template.html with three things put in: explorer.css, the scripts and the data, which are
the models of all 45 pairs of digits (most in half precision), the mean images and some test images. The same
inputs give the same bytes: nothing is compressed that another zlib would compress differently.
"""

import base64
import json
from itertools import groupby
from pathlib import Path

import numpy as np

import run_files
from adversarial import ATTACK_EPSILONS
from command_line import POST_DIGITS, Parser, UserError, one_line_errors, short
from studies import files, images, models
from studies import margins as of_margins
from studies.accidents.kinds import ACCIDENTS

HERE = Path(__file__).resolve().parent
PAGE = HERE / "explorer.html"
SCRIPTS = ("data", "state", "mathematics", "accidents", "strokes", "drawing", "controls")
LARGEST_PAGE = 1_000_000  # bytes
OPTIMA = tuple(f"optimum {model.key}" for model in models.ROBUST)
IDS = (*models.KEYS, *OPTIMA, "optimum 0")  # the last for the post's pair
NO_WEIGHT = 1e-6  # what the solver leaves of an optimum's weight that is 0
IMAGES_PER_DIGIT = 8
WRONG_PER_DIGIT = 4  # of these, at most so many that some model gets wrong
OPENING = 7258  # in MNIST's test set: the zero that the page opens on, fooled within the range of pixels
# The accidents that the page offers, and how far their sliders go beyond the study's strengths
SLIDERS = {
    "rotate": (-45, 45, 1),
    "scale": (0.5, 1.5, 0.01),
    "brightness": (-0.5, 0.5, 0.01),
    "contrast": (0, 1.5, 0.01),
    "gaussian_noise": (0, 0.4, 0.01),
    "occlusion": (0, 16, 1),
    "speck": (0, 5, 1),
}


def build(output: Path = PAGE) -> None:
    """Write the page whole or not at all.

    Raises:
        UserError: models are missing or damaged, the page got too large or can't be written.
    """
    parts = {
        "explorer.css": (HERE / "explorer.css").read_text(encoding="utf-8"),
        "scripts": "\n\n".join((HERE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS),
        "data": json.dumps(page_data(load_models()), indent=0, separators=(",", ":")),
    }
    page = (HERE / "explorer.template.html").read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace("{{" + name + "}}", text)
    write(page.encode("utf-8"), output)


def write(content: bytes, output: Path) -> None:
    if len(content) > LARGEST_PAGE:
        raise UserError(f"the page would take {len(content):,} bytes, more than {LARGEST_PAGE:,}")
    with run_files.replacing(output) as partial:
        partial.write_bytes(content)


def load_models() -> dict[tuple[int, int], np.ndarray]:
    """Of each pair the models of IDS: float32 (7 or 8, 785). The post's own are those of results/."""
    stored = files.arrays("digits")
    if not stored:
        raise UserError("the digits' models are missing: make them with `python -m studies digits`")
    found = {
        pair: np.array([stored[f"{images.key(pair)} {name}"] for name in IDS[:-1]], np.float32)
        for pair in images.PAIRS
    }
    post = [np.append(run.weights, run.bias) for run in run_files.load_post_models()]
    optima = [*found[POST_DIGITS][len(post) :], files.arrays("optimum")["regular weights"]]
    found[POST_DIGITS] = np.array([*post, *optima], np.float32)
    return found


# What the page shows


def page_data(models: dict[tuple[int, int], np.ndarray]) -> dict:
    """What the page's scripts read; see the head of data.js for the fields."""
    pixels, digits = images.all_digits("test")
    thresholds = files.numbers("digits").pairs
    pairs = {pair: pair_data(pair, models[pair], pixels, digits) for pair in images.PAIRS}
    pool = {index for pair in pairs.values() for index in pair["images"]}
    return {
        "largestEpsilon": ATTACK_EPSILONS[-1],
        "means": [base64_of(mean_image(digit).astype("<f4")) for digit in images.DIGITS],
        "images": [[i, int(digits[i]), base64_of(without_runs(pixels[i]))] for i in sorted(pool)],
        "opening": OPENING,
        "accidents": [
            {
                "name": name,
                "label": ACCIDENTS[name].label,
                "neutral": ACCIDENTS[name].neutral,
                "range": limits,
            }
            for name, limits in SLIDERS.items()
        ],
        "pairs": [
            {**found, "constantFrom": round(thresholds[images.key(pair)].threshold, 4)}
            for pair, found in pairs.items()
        ],
    }


def pair_data(pair: tuple[int, int], weights: np.ndarray, images: np.ndarray, digits: np.ndarray) -> dict:
    """A pair's test images, and its models (M, 785) with their accuracies at each ε of the grid."""
    (places,) = np.nonzero(np.isin(digits, pair))
    pixels, labels = images[places] / np.float32(255), np.where(digits[places] == pair[1], 1, -1)
    right, radii = withstand(weights, pixels, labels)
    curves = right.sum(axis=1)
    says_second = ((labels > 0)[:, None] == right[0]).sum(axis=0)
    learned = says_second % len(labels) > 0  # else it says the same of all images
    smallest = radii[:, learned].min(axis=1)
    shown = as_shown(weights)
    # An image on which half precision changes a verdict somewhere isn't shown
    smallest[(right != withstand(shown, pixels, labels)[0]).any(axis=(0, 2))] = np.nan
    wanted = np.flatnonzero(places == OPENING) if pair == POST_DIGITS else []
    while True:
        chosen = choose(smallest, labels, wanted)
        verdicts = [
            withstand_clipped(of_model, pixels[chosen], labels[chosen]) for of_model in (weights, shown)
        ]
        changed = (verdicts[0] != verdicts[1]).any(axis=(0, 2))
        if not changed.any():
            break
        smallest[np.array(chosen)[changed]] = np.nan
    return {
        "digits": pair,
        "testImages": [int((labels == label).sum()) for label in (-1, 1)],
        "images": places[chosen].tolist(),
        "models": [
            {
                "id": name,
                **packed(model),
                "lost": [int(curve[0]), *(-np.diff(curve)).tolist()],
                "saysSecond": int(second),
            }
            for name, model, curve, second in zip(IDS, weights, curves.T, says_second, strict=False)
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


def withstand_clipped(weights: np.ndarray, pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether each model is right on each image at each ε with pixels kept in [0, 1]: bool (E, N, M)."""
    return np.array(
        [
            of_margins.clipped_accuracy(weights.T, pixels[i : i + 1], labels[i : i + 1], ATTACK_EPSILONS) > 0
            for i in range(len(pixels))
        ]
    ).swapaxes(0, 1)


def choose(smallest: np.ndarray, labels: np.ndarray, wanted: list[int]) -> list[int]:
    """Which test images of a pair the page shows: of each digit eight, from the most mistaken to the safest.

    Args:
        smallest: (N,), the smallest ε that fools any model; at most 0 where one is mistaken anyway; NaN for
            images that must not be shown.
        labels: (N,), each -1 or +1.
        wanted: images that must be among them.

    Returns:
        Indices of eight images of each label: at most four that some model gets wrong, and others, both
        spread evenly.
    """
    chosen = []
    for label in (-1, 1):
        (candidates,) = np.nonzero((labels == label) & ~np.isnan(smallest))
        candidates = candidates[np.argsort(smallest[candidates], kind="stable")]
        wrong, others = np.split(candidates, [int((smallest[candidates] <= 0).sum())])
        taken = spread(wrong, min(WRONG_PER_DIGIT, len(wrong)))
        taken += [i for i in wanted if labels[i] == label]
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


def is_sparse(model: np.ndarray) -> bool:
    """Whether most weights of (785,) are 0, as an optimum's are."""
    return np.count_nonzero(np.abs(model[:-1]) >= NO_WEIGHT) < len(model) / 2


def packed(model: np.ndarray) -> dict[str, str]:
    """Weights (785,) in half precision; sparse ones as places (uint16) and values (float32), and b."""
    if not is_sparse(model):
        return {"weights": base64_of(model.astype("<f2"))}
    (places,) = np.nonzero(np.abs(model[:-1]) >= NO_WEIGHT)
    values = np.append(model[places], model[-1])
    return {"places": base64_of(places.astype("<u2")), "values": base64_of(values.astype("<f4"))}


def as_shown(weights: np.ndarray) -> np.ndarray:
    """Models (M, 785) as the page has them, float32."""
    shown = weights.copy()
    for model in shown:
        if is_sparse(model):
            model[:-1][np.abs(model[:-1]) < NO_WEIGHT] = 0
        else:
            model[:] = model.astype(np.float16)
    return shown


def without_runs(pixels: np.ndarray) -> np.ndarray:
    """Bytes (784,) in which a run of 0s became a 0 and its length, at most 255."""
    parts = []
    for value, run in groupby(pixels.tolist()):
        length = len(list(run))
        if value:
            parts += [value] * length
        while not value and length:
            parts += [0, min(length, 255)]
            length -= parts[-1]
    return np.array(parts, np.uint8)


def base64_of(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write")
    output = parser.parse_args().output
    with one_line_errors():
        build(output)
        print(f"{short(output)} ({output.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
