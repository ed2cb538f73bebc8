"""How much of the regular model's brittleness is left over from its random start?

The four models from 100 seeds and from zeros, variants of them, and the same with the other's step size, each
under the exact worst case of the box and of the box clipped to [0, 1]. The page beside this file defines all.
"""

from dataclasses import replace

import numpy as np
from sklearn.metrics import roc_auc_score

from adversarial import ATTACK_EPSILONS
from studies import images, margins, models

SHOWN_EPSILONS = (0.1, 0.2, 0.3)  # in the numbers
CLIPPED_EPSILONS = ATTACK_EPSILONS[::2]  # the clipped worst case takes a product of matrices for each
WEAK = 0.1


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    unlit = train[0].max(axis=0) == 0
    starts, trained = models.starts(), models.zeros_and_ones()
    weights = variants(trained, starts, unlit) | {
        "from_zeros": models.train(*train, np.zeros((785, 1)))[-1],
        "other_step": models.train(*train, starts, other_steps())[-1],
    }
    numbers, curves = {}, {}
    for place, key in enumerate(models.KEYS):
        chosen = weights if key == "regular" else ("trained", "from_zeros", "other_step")
        found = {name: attack(weights[name][:, place], test) for name in chosen}
        numbers[key] = {
            name: measure(weights[name][:, place], test, *curve)
            for name, curve in found.items()
            if key == "regular" or name != "from_zeros"
        }
        for name in ("trained", "other_step"):
            numbers[key][name]["unlit_share"] = unlit_share(weights[name][:, place], unlit)
        del numbers[key]["other_step"]["clipped"], numbers[key]["other_step"]["clipped_halving"]
        curves[key] = found
    ways = {
        variant: {kind: way(numbers, variant, kind) for kind in ("halving", "clipped_halving")}
        for variant in ("start_subtracted", "from_zeros")
    }
    return {
        "seeds": len(models.SEEDS),
        "unlit_pixels": unlit.sum(),
        "models": numbers,
        "way_to_robust": ways,
        "from_zeros_differ": {  # at most, from the seeds' median accuracy
            key: np.abs(np.median(found["trained"][0], axis=1) - found["from_zeros"][0][:, 0]).max()
            for key, found in curves.items()
        },
        "weak": weak_features(trained[:, 0], starts, *test),
    }, arrays_to_draw(curves, weights, starts)


def variants(trained: np.ndarray, starts: np.ndarray, unlit: np.ndarray) -> dict[str, np.ndarray]:
    """The thought experiments.

    Args:
        trained: weights (785, 4, S).
        starts: what they started from, (785, S).
        unlit: bool (784,), the pixels that no training image lights.

    Returns:
        Weights (785, 4, S) by name. The bias stays: it starts at 0.
    """
    pixel = np.arange(785)[:, None, None] < 784
    dark = np.append(unlit, False)[:, None, None]
    return {
        "trained": trained,
        "unlit_at_zero": np.where(dark, 0, trained),
        "start_subtracted": trained - starts[:, None],
        "weak_at_zero": np.where(pixel & (np.abs(trained) < WEAK), 0, trained),
    }


def other_steps() -> list[models.Model]:
    """The post's models with ten times smaller steps for the regular one, ten times larger for the robust."""
    return [
        replace(model, learning_rate=model.learning_rate * (10 if model.epsilon else 0.1))
        for model in models.POST
    ]


def attack(weights: np.ndarray, test: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy of weights (785, S) under attack as in the post, (101, S), and clipped, (51, S)."""
    return (
        margins.accuracy(weights, *test, ATTACK_EPSILONS),
        margins.clipped_accuracy(weights, *test, CLIPPED_EPSILONS),
    )


def measure(weights: np.ndarray, test: tuple, free: np.ndarray, clipped: np.ndarray) -> dict:
    """What a model does under attack: medians over the seeds; of the mistakes the range, too.

    Args:
        weights: (785, S).
        test: images (N, 784) and labels (N,).
        free, clipped: what `attack` returns.
    """
    mistakes = (margins.margins(weights, *test) <= 0).sum(axis=0)

    def shown(curve: np.ndarray, grid: np.ndarray) -> dict:
        return {str(e): np.median(curve[np.argmin(np.abs(grid - e))]) for e in SHOWN_EPSILONS}

    return {
        "mistakes": [np.median(mistakes), mistakes.min(), mistakes.max()],
        "attacked": shown(free, ATTACK_EPSILONS),
        "halving": np.median(margins.halving_epsilon(free)),
        "clipped": shown(clipped, CLIPPED_EPSILONS),
        "clipped_halving": np.median(margins.halving_epsilon(clipped, CLIPPED_EPSILONS)),
    }


def unlit_share(weights: np.ndarray, unlit: np.ndarray) -> list[float]:
    """Of ‖w‖₁ of weights (785, S), on pixels that no training image lights: median, least, most."""
    sizes = np.abs(weights[:-1].astype(np.float64))
    share = sizes[unlit].sum(axis=0) / sizes.sum(axis=0)
    return [np.median(share), share.min(), share.max()]


def way(numbers: dict, variant: str, kind: str) -> dict:
    """Which part of the distance in halving ε from the regular to each robust model a variant closes."""
    first, reached = (numbers["regular"][name][kind] for name in ("trained", variant))
    return {
        model.key: (reached - first) / (numbers[model.key]["trained"][kind] - first)
        for model in models.ROBUST
    }


def weak_features(weights: np.ndarray, starts: np.ndarray, images: np.ndarray, labels: np.ndarray) -> dict:
    """The weak weights of the regular models (785, S) on their own: medians over the seeds.

    Returns:
        The share of weights that are weak and of ‖w‖₁ that they hold; how large they still are without the
        start, as a share; ROC AUC of their sum over the images: of all of it, of the start, of what was
        learned.
    """
    weights, starts = weights[:-1].astype(np.float64), starts[:-1].astype(np.float64)
    weak = np.abs(weights) < WEAK
    size = np.abs(weights * weak).sum(axis=0)
    parts = {"auc": weights, "auc_of_start": starts, "auc_of_learned": weights - starts}
    aucs = {
        name: [roc_auc_score(labels, score) for score in (images.astype(np.float64) @ (part * weak)).T]
        for name, part in parts.items()
    }
    found = aucs | {
        "share": weak.mean(axis=0),
        "share_of_norm": size / np.abs(weights).sum(axis=0),
        "left_without_start": np.abs((weights - starts) * weak).sum(axis=0) / size,
    }
    return {name: np.median(values) for name, values in found.items()}


def arrays_to_draw(curves: dict, weights: dict, starts: np.ndarray) -> dict[str, np.ndarray]:
    """Curves: least, median and most of the seeds. Pictures: the first seed's weights (5, 785, 4)."""
    arrays = {
        f"{key} {kind}": np.quantile(found["trained"][place], (0, 0.5, 1), axis=1)
        for key, found in curves.items()
        for place, kind in enumerate(("free", "clipped"))
    }
    for variant in ("unlit_at_zero", "start_subtracted", "from_zeros"):
        for place, kind in enumerate(("free", "clipped")):
            arrays[f"{variant} {kind}"] = np.median(curves["regular"][variant][place], axis=1)
    names = ("trained", "unlit_at_zero", "start_subtracted", "from_zeros")
    pictures = [np.tile(starts[:, :1], 4), *(weights[name][..., 0] for name in names)]
    return arrays | {"pictures": np.array(pictures, np.float32)}
