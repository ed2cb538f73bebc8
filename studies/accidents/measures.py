"""What an accident does to a linear model: mistakes, confident ones, and the harm to the margin, all exact.

Weights are (785, M), w then b; images (N, 784); labels (N,), each -1 or +1.
"""

import numpy as np
import trainer

ROUNDING = 1e-6  # of float32 pixels, where a change is compared with ε
BOXES = (0.1, 0.2, 0.3)
SEEDS_AGREE = 0.95  # the share of the seeds in which a model is more accurate, to count as better


def confident(clean: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Which margins (N, M) are mistakes with at least the median absolute logit of the clean ones (n, M)."""
    return (margins <= 0) & (np.abs(margins) >= np.median(np.abs(clean), axis=0))


def measure(before: np.ndarray, after: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> dict:
    """What happens to each model between the images before and after an accident.

    Returns:
        (M,): `accuracy`; share of images with `confident` mistakes; mean `harm` and mean `worst` that the
        same largest pixel could do, in median clean absolute logits; the mean share of it that is `used`;
        share of images `covered` by the robust radius; number covered and yet wrong, `contradictions`.
        (N,): the change's `largest` pixel and its `one_norm`.
    """
    clean, margins = (trainer.margins(weights, images, labels) for images in (before, after))
    change = np.abs(after.astype(np.float64) - before)
    largest = change.max(axis=1)
    norms = np.abs(weights[:-1].astype(np.float64)).sum(axis=0)
    harm, typical = clean - margins, np.median(np.abs(clean), axis=0)
    changed = largest > 0
    covered = largest[:, None] * norms < clean
    return {
        "accuracy": (margins > 0).mean(axis=0),
        "mistakes": (margins <= 0).mean(axis=0),
        "confident": confident(clean, margins).mean(axis=0),
        "harm": harm.mean(axis=0) / typical,
        "worst": largest.mean() * norms / typical,
        "used": (harm[changed] / largest[changed, None]).mean(axis=0) / norms,
        "covered": covered.mean(axis=0),
        "contradictions": (covered & (margins <= 0)).sum(axis=0),
        "largest": largest,
        "one_norm": change.sum(axis=1),
    }


def compare(ours: np.ndarray, theirs: np.ndarray) -> dict:
    """Accuracies (S,) of two models from the same seeds.

    Returns:
        Their differences, 5 %, 50 % and 95 %; in how many seeds
    the first is `better` or `worse`; and the `verdict`, 1 or -1 where enough seeds agree, else 0."""
    difference = ours - theirs
    better, worse = int((difference > ROUNDING).sum()), int((difference < -ROUNDING).sum())
    least = SEEDS_AGREE * len(difference)
    return {
        "difference": np.quantile(difference, (0.05, 0.5, 0.95)).round(9) + 0.0,  # neither -1e-17 nor -0
        "better": better,
        "worse": worse,
        "verdict": int(better >= least) - int(worse >= least),
    }
