"""What the page of the claims measures itself, on the four models from 100 seeds: arrays in, numbers out.

Models are weights (785, 4, S), named as in MODELS; margins, y times the logit, are (N, 4, S).
"""

import numpy as np
import shared
import style
import trainer
from matplotlib import pyplot as plt
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from scipy import ndimage
from scipy.spatial.distance import cdist

MODELS = tuple(map(str, shared.MODEL_EPSILONS))
FOOLED_AT = (0.2, 0.3, 0.4, 0.5)  # ε of the attack
FOOLED_SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)  # of the test images
UNUSUAL = 0.95  # quantile of the training images' distances
SHOWN_IN = 0.05  # of a model's seeds, for a misclassified image to be in the figure of specks


def norms(weights: np.ndarray) -> np.ndarray:
    return np.abs(weights[:-1].astype(np.float64)).sum(axis=0)


def by_model(rows: np.ndarray) -> dict:
    return dict(zip(MODELS, rows, strict=True))


# R3: specks


def connected_pieces(image: np.ndarray) -> tuple[np.ndarray, int]:
    """An image's ink (784,) in pieces that don't touch, not even at a corner: numbers (28, 28), count."""
    return ndimage.label(image.reshape(28, 28) > 0, structure=np.ones((3, 3)))


def pieces(image: np.ndarray) -> int:
    return connected_pieces(image)[1]


def erase_specks(image: np.ndarray) -> np.ndarray:
    """The image (784,) with only its largest piece, by number of pixels; the first of several largest."""
    numbers, count = connected_pieces(image)
    if count < 2:
        return image
    largest = 1 + np.argmax(np.bincount(numbers.ravel())[1:])
    return np.where(numbers.ravel() == largest, image, 0).astype(image.dtype)


def specks(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> dict:
    """Mistakes on images with and without specks, and what erasing them puts right, over all seeds."""
    columns = weights.reshape(785, -1)
    wrong = trainer.margins(columns, images, labels) <= 0
    erased = np.array([erase_specks(image) for image in images])
    right_without = trainer.margins(columns, erased, labels) > 0
    wrong, right_without = (array.reshape(-1, *weights.shape[1:]) for array in (wrong, right_without))
    with_specks = np.array([pieces(image) > 1 for image in images])
    put_right = wrong & right_without
    return {
        "images": with_specks.sum(),
        "mistakes": by_model(wrong.sum(axis=(0, 2))),
        "mistakes_with": by_model(wrong[with_specks].sum(axis=(0, 2))),
        "put_right": by_model(put_right.sum(axis=(0, 2))),
        "missed_with": by_model(100 * wrong[with_specks].mean(axis=(0, 2))),
        "missed_without": by_model(100 * wrong[~with_specks].mean(axis=(0, 2))),
    }


def draw_specks(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> Figure:
    """The misclassified images, what is erased in green; below, each model's median logit before and
    after."""
    columns = weights.reshape(785, -1)
    wrong = (trainer.margins(columns, images, labels) <= 0).reshape(-1, *weights.shape[1:]).mean(axis=2)
    shown = np.flatnonzero((wrong >= SHOWN_IN).any(axis=1))
    figure, panels = plt.subplots(1, len(shown), figsize=(9, 3.3), squeeze=False)
    figure.subplots_adjust(left=0.1, right=0.99, top=0.95, bottom=0.42, wspace=0.12)
    for index, axes in zip(shown, panels[0], strict=True):
        kept = erase_specks(images[index])
        style.show_image(axes, kept.reshape(28, 28))
        erased = np.ma.masked_equal((images[index] - kept).reshape(28, 28), 0)
        axes.imshow(erased > 0, cmap=ListedColormap([style.GREEN]), interpolation="none")
        axes.set_title(f"{'one' if labels[index] > 0 else 'zero'}, no. {index}", fontsize=9)
        logits = np.median(
            np.einsum("ip,pms->ims", [images[index], kept], weights[:-1]) + weights[-1], axis=2
        )
        for number, (before, after) in enumerate(logits.T):
            share = wrong[index, number]
            text = f"${before:+.2f}$" if erased.mask.all() else rf"${before:+.2f} \to {{{after:+.2f}}}$"
            axes.text(
                0.5,
                -0.16 - 0.25 * number,
                f"{text}\nwrong in {100 * share:.0f} %",
                transform=axes.transAxes,
                ha="center",
                va="center",
                fontsize=8,
                color=style.BLACK if share >= 0.5 else "0.5",
                bbox={
                    "facecolor": style.PALE_GREEN if share >= 0.5 else "none",
                    "edgecolor": "none",
                    "pad": 1.5,
                },
            )
    for number, epsilon in enumerate(shared.MODEL_EPSILONS):
        name = rf"$\epsilon={epsilon}$" if epsilon else "Regular"
        panels[0, 0].text(
            -0.08, -0.16 - 0.25 * number, name, transform=panels[0, 0].transAxes, ha="right", va="center"
        )
    return figure


# R4: train and test


def gaps(train_margins: np.ndarray, test_margins: np.ndarray, weights: np.ndarray) -> dict:
    """Training less test accuracy, clean and at the ε of training, in points, and the hinge losses' ratio."""
    drops = np.array(shared.MODEL_EPSILONS)[:, None] * norms(weights)
    rows = {"train": train_margins, "test": test_margins}
    accuracy = {name: 100 * (margins > 0).mean(axis=0) for name, margins in rows.items()}
    attacked = {name: 100 * (margins > drops).mean(axis=0) for name, margins in rows.items()}
    loss = {name: np.maximum(0, 1 - margins).mean(axis=0) for name, margins in rows.items()}
    found = {
        "accuracy": accuracy["train"] - accuracy["test"],
        "attacked": attacked["train"] - attacked["test"],
        "loss_ratio": loss["test"] / loss["train"],
        "train_accuracy": accuracy["train"],
        "test_accuracy": accuracy["test"],
    }
    return {name: by_model(np.median(values, axis=-1)) for name, values in found.items()}


# R12: confidence


def fooled_logits(margins: np.ndarray, drops: np.ndarray) -> np.ndarray:
    """The median absolute logit of the images that a drop of their margin fools.

    Args:
        margins: of one model, sorted, (N,).
        drops: (E,).

    Returns:
        (E,), NaN where no image is fooled.
    """
    counts = np.searchsorted(margins, drops, side="right")
    return np.array(
        [
            drop - np.median(margins[:count]) if count else np.nan
            for drop, count in zip(drops, counts, strict=True)
        ]
    )


def confidence(margins: np.ndarray, weights: np.ndarray, epsilons: np.ndarray, shares: np.ndarray) -> dict:
    """`fooled_logits` of all models: at each ε, raw; and where each share is fooled, over the clean median.

    Returns:
        `at_epsilon` (E, 4, S), `at_share` (K, 4, S) and `clean`, the median absolute clean logit, (4, S).
    """
    count = len(margins)
    ordered = np.sort(margins, axis=0)
    clean = np.median(np.abs(margins), axis=0)
    at_epsilon = np.empty((len(epsilons), *clean.shape))
    at_share = np.empty((len(shares), *clean.shape))
    for place in np.ndindex(clean.shape):
        column = ordered[(slice(None), *place)]
        at_epsilon[(slice(None), *place)] = fooled_logits(column, epsilons * norms(weights)[place])
        drops = column[np.ceil(np.multiply(shares, count)).astype(int) - 1]
        at_share[(slice(None), *place)] = fooled_logits(column, drops) / clean[place]
    return {"at_epsilon": at_epsilon, "at_share": at_share, "clean": clean}


def summary_of_confidence(margins: np.ndarray, weights: np.ndarray) -> dict:
    """Medians over the seeds, the conditions that ask for every seed, and clean mistakes (claim O2)."""
    found = confidence(margins, weights, np.array(FOOLED_AT), np.array(FOOLED_SHARES))
    raw, relative = found["at_epsilon"], found["at_epsilon"] / found["clean"]
    wrong = margins <= 0
    sure = np.abs(margins) >= found["clean"]
    return {
        "raw": {str(e): by_model(np.median(row, axis=1)) for e, row in zip(FOOLED_AT, raw, strict=True)},
        "relative": {
            str(e): by_model(np.median(row, axis=1)) for e, row in zip(FOOLED_AT, relative, strict=True)
        },
        "relative_at_share": {
            str(share): by_model(np.median(row, axis=1))
            for share, row in zip(FOOLED_SHARES, found["at_share"], strict=True)
        },
        "regular_above_each_robust": (raw[:, :1] > raw[:, 1:]).all(),
        "regular_above_clean": (relative[:, 0] > 1).all(),
        "robust_02_below_clean": (relative[:, MODELS.index("0.2")] < 1).all(),
        "clean_mistakes": by_model(wrong.sum(axis=(0, 2))),
        "sure_clean_mistakes": by_model((wrong & sure).sum(axis=(0, 2))),
    }


def draw_confidence(margins: np.ndarray, weights: np.ndarray) -> Figure:
    """Left: confidence over ε, raw. Right: relative, over the share of fooled images. Median and range."""
    epsilons, shares = np.linspace(0.005, 0.5, 100), np.linspace(0.02, 0.98, 97)
    found = confidence(margins, weights, epsilons, shares)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for number, epsilon in enumerate(shared.MODEL_EPSILONS):
        name = rf"Robust, $\epsilon={epsilon}$" if epsilon else "Regular"
        for axes, where, rows in (
            (left, epsilons, found["at_epsilon"][:, number]),
            (right, 100 * shares, found["at_share"][:, number]),
        ):
            low, middle, high = np.nanquantile(rows, (0, 0.5, 1), axis=1)
            axes.fill_between(where, low, high, color=style.MODEL_FILLS[number], linewidth=0)
            axes.plot(where, middle, color=style.MODEL_LINES[number], linewidth=1.2, label=name)
    left.set(
        title="Same Perturbation",
        xlabel=r"Perturbation Scale ($\epsilon$)",
        ylabel="Median absolute logit of the fooled",
        xlim=(0, 0.5),
    )
    right.set(
        title="Same Share of Fooled Images",
        xlabel="Fooled, %",
        ylabel="The same over the clean median",
        xlim=(0, 100),
    )
    left.legend(frameon=False, fontsize=9)
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


# R11: geometry


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


def unusual(train: tuple, test: tuple) -> np.ndarray:
    """Which test images are farther from their digit's mean geometry than 95 % of its training images,
    (N,)."""
    found = np.zeros(len(test[1]), bool)
    for label in (-1, 1):
        known, asked = (geometry(images[labels == label]) for images, labels in (train, test))
        inverse = np.linalg.inv(np.cov(known.T))
        known, asked = (rows - known.mean(axis=0) for rows in (known, asked))
        known, asked = (np.einsum("nf,fg,ng->n", rows, inverse, rows) for rows in (known, asked))
        found[test[1] == label] = asked > np.quantile(known, UNUSUAL)
    return found


def summary_of_geometry(margins: np.ndarray, weights: np.ndarray, odd: np.ndarray) -> dict:
    """Mistakes on unusual images, clean and at ε = 0.2, and how many times more the attack makes."""
    clean = margins <= 0
    attacked = margins <= 0.2 * norms(weights)
    return {
        "unusual": 100 * odd.mean(),
        "mistakes": by_model(clean.sum(axis=(0, 2))),
        "mistakes_on_unusual": by_model(clean[odd].sum(axis=(0, 2))),
        "attacked_on_unusual": by_model(100 * attacked[odd].sum(axis=(0, 2)) / attacked.sum(axis=(0, 2))),
        "clean_median": by_model(np.median(clean.sum(axis=0), axis=1)),
        "attacked_median": by_model(np.median(attacked.sum(axis=0), axis=1)),
    }


# R8: features


def features(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> dict:
    """Per model and seed: the share (%) of ‖w‖₁ on pixels robust at each ε, (3, 4, S), and the cosine with
    the mean difference of the training images, (4, S)."""
    difference = images[labels > 0].mean(axis=0, dtype=np.float64) - images[labels < 0].mean(
        axis=0, dtype=np.float64
    )
    pixels = weights[:-1].astype(np.float64)
    robust = np.abs(difference) > 2 * np.array(shared.MODEL_EPSILONS[1:])[:, None]
    shares = 100 * np.tensordot(robust, np.abs(pixels), axes=1) / norms(weights)
    cosines = (
        np.tensordot(difference, pixels, axes=1) / np.linalg.norm(difference) / np.linalg.norm(pixels, axis=0)
    )
    return {"robust_pixels": robust.sum(axis=1), "shares": shares, "cosines": cosines}


def summary_of_features(weights: np.ndarray, from_zeros: np.ndarray, train: tuple) -> dict:
    """Medians over the seeds, in how many of them the robust model is ahead, and the models from zeros."""
    found, zeros = features(weights, *train), features(from_zeros, *train)
    shares, cosines = found["shares"], found["cosines"]
    own = {str(e): shares[n] for n, e in enumerate(shared.MODEL_EPSILONS[1:])}
    return {
        "robust_pixels": dict(zip(own, found["robust_pixels"], strict=True)),
        "share": {e: by_model(np.median(rows, axis=1)) for e, rows in own.items()},
        "cosine": by_model(np.median(cosines, axis=1)),
        "share_larger": {e: (rows[n] > rows[0]).sum() for n, (e, rows) in enumerate(own.items(), 1)},
        "cosine_larger": {e: (cosines[n] > cosines[0]).sum() for n, e in enumerate(own, 1)},
        "share_from_zeros": {e: by_model(zeros["shares"][n, :, 0]) for n, e in enumerate(own)},
        "cosine_from_zeros": by_model(zeros["cosines"][:, 0]),
    }


# T7: meaning


def least_distance(images: np.ndarray, labels: np.ndarray) -> float:
    """The least largest difference of a pixel between a zero and a one."""
    return cdist(images[labels < 0], images[labels > 0], "chebyshev").min()


# All


def measure(weights: np.ndarray, train: tuple, test: tuple) -> dict:
    """All numbers. `weights` are (785, 4, S); `train` and `test` are images and labels."""
    columns = weights.reshape(785, -1)
    margins = {
        name: trainer.margins(columns, *part).reshape(-1, *weights.shape[1:])
        for name, part in (("train", train), ("test", test))
    }
    from_zeros = shared.train_post_models(*train, np.zeros((785, 1)))[-1]
    return {
        "specks": specks(weights, *test),
        "gaps": gaps(margins["train"], margins["test"], weights),
        "confidence": summary_of_confidence(margins["test"], weights),
        "geometry": summary_of_geometry(margins["test"], weights, unusual(train, test)),
        "features": summary_of_features(weights, from_zeros, train),
        "least_distance": least_distance(*test),
    }
