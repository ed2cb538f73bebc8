"""How much of the regular model's brittleness is left over from its random start?

The four models from 100 seeds, the regular one from zeros and without parts of its start, and all with the
other's step size, under the worst case in the box and in the box clipped to [0, 1].
"""

from dataclasses import replace

import numpy as np
from sklearn.metrics import roc_auc_score

from adversarial import ATTACK_EPSILONS
from studies.shared import attacks as margins
from studies.shared import images, models

CLIPPED_EPSILONS = ATTACK_EPSILONS[::2]  # the clipped worst case takes a product of matrices for each
WEAK = 0.1


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    unlit = train[0].max(axis=0) == 0
    starts, trained = models.starts(), models.zeros_and_ones()
    zeros = models.train(*train, np.zeros((785, 1)))[-1]
    other_step = models.train(*train, starts, other_steps())[-1]
    regular = variants(trained[:, 0], starts, unlit) | {"from_zeros": zeros[:, 0]}
    weights = {
        key: {"trained": trained[:, place], "other_step": other_step[:, place]}
        for place, key in enumerate(models.KEYS)
    }
    weights["regular"] |= regular
    curves = {
        key: {name: attack(found, *test) for name, found in of_model.items()}
        for key, of_model in weights.items()
    }
    medians = np.transpose([np.median(curves[model.key]["trained"][0], axis=1) for model in models.ROBUST])
    robust_from_zeros = margins.accuracy(zeros[:, 1:, 0], *test, ATTACK_EPSILONS)
    share = unlit_share(trained[:, 0], unlit)
    return {
        "seeds": len(models.SEEDS),
        "unlit_pixels": unlit.sum(),
        "models": {
            key: {name: measure(found, test, *curves[key][name]) for name, found in of_model.items()}
            for key, of_model in weights.items()
        },
        "unlit_share": (share.min(), share.max()),
        "robust_from_zeros_differ": np.abs(medians - robust_from_zeros).max(),
        "weak": weak_features(trained[:, 0], starts, *test),
    }, arrays_to_draw(curves, {"start": starts} | regular)


def variants(trained: np.ndarray, starts: np.ndarray, unlit: np.ndarray) -> dict[str, np.ndarray]:
    """What training has never seen: models without parts of their start.

    Args:
        trained, starts: weights after and before training, (785, S).
        unlit: bool (784,), the pixels that no training image lights.

    Returns:
        Weights (785, S) by name. The bias stays: it starts at 0.
    """
    dark = np.append(unlit, False)[:, None]
    return {
        "trained": trained,
        "unlit_at_zero": np.where(dark, 0, trained),
        "start_subtracted": trained - starts,
    }


def other_steps() -> list[models.Model]:
    """The post's models with ten times smaller steps for the regular one, ten times larger for the robust."""
    return [
        replace(model, learning_rate=model.learning_rate * (10 if model.epsilon else 0.1))
        for model in models.POST
    ]


def attack(weights: np.ndarray, *test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy of weights (785, S) under attack as in the post, (101, S), and clipped, (51, S)."""
    return (
        margins.accuracy(weights, *test, ATTACK_EPSILONS),
        margins.clipped_accuracy(weights, *test, CLIPPED_EPSILONS),
    )


def measure(weights: np.ndarray, test: tuple, free: np.ndarray, clipped: np.ndarray) -> dict:
    """Medians over the seeds of what a model (785, S) does, from what `attack` returned."""

    def at(curve: np.ndarray, grid: np.ndarray) -> dict:
        return {str(e): np.median(curve[np.argmin(np.abs(grid - e))]) for e in (0.1, 0.2, 0.3)}

    return {
        "mistakes": np.median((margins.margins(weights, *test) <= 0).sum(axis=0)),
        "attacked": at(free, ATTACK_EPSILONS),
        "halving": np.median(margins.halving_epsilon(free)),
        "clipped": at(clipped, CLIPPED_EPSILONS),
    }


def unlit_share(weights: np.ndarray, unlit: np.ndarray) -> np.ndarray:
    """Of ‖w‖₁ of weights (785, S), on pixels that no training image lights: (S,)."""
    sizes = np.abs(weights[:-1].astype(np.float64))
    return sizes[unlit].sum(axis=0) / sizes.sum(axis=0)


def weak_features(weights: np.ndarray, starts: np.ndarray, images: np.ndarray, labels: np.ndarray) -> dict:
    """The weak weights of the regular models (785, S) on their own: medians over the seeds.

    Returns:
        The share of ‖w‖₁ that they hold; how large they still are without the start, as a share; ROC AUC of
        their sum over the images, with the start and without it.
    """
    weights, starts = weights[:-1].astype(np.float64), starts[:-1].astype(np.float64)
    weak = np.abs(weights) < WEAK
    whole, learnt = weights * weak, (weights - starts) * weak
    size = np.abs(whole).sum(axis=0)
    found = {
        "share_of_norm": size / np.abs(weights).sum(axis=0),
        "left_without_start": np.abs(learnt).sum(axis=0) / size,
        "auc": [roc_auc_score(labels, score) for score in (images @ whole).T],
        "auc_without_start": [roc_auc_score(labels, score) for score in (images @ learnt).T],
    }
    return {name: np.median(values) for name, values in found.items()}


def arrays_to_draw(curves: dict, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Curves: least, median and most of the seeds. Pictures: the first seed's weights (784,)."""
    arrays = {}
    for place, kind in enumerate(("free", "clipped")):
        for key, found in curves.items():
            arrays[f"{key} {kind}"] = np.quantile(found["trained"][place], (0, 0.5, 1), axis=1)
        for name in ("unlit_at_zero", "start_subtracted", "from_zeros"):
            arrays[f"{name} {kind}"] = np.median(curves["regular"][name][place], axis=1)
    pictures = {f"picture {name}": found[:-1, 0].astype(np.float32) for name, found in weights.items()}
    return arrays | pictures
