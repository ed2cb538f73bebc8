"""Attackers limited in other norms: the worst case in closed form, and within [0, 1].

A perturbation δ with ‖δ‖ₚ ≤ ε lowers a margin y (w·x + b) by at most ε‖w‖_q, 1/p + 1/q = 1 (Hölder).
"""

import numpy as np

from studies.shared import attacks as margins
from studies.shared import models, trainer
from studies.shared.attacks import DUAL
from support.runs import TRAINING_EPSILONS

NORMS = {"max norm": np.inf, "2-norm": 2, "1-norm": 1}
MODELS = ("regular", *NORMS)  # what the models of a share were trained against
SEEDS = range(1, 21)
ENOUGH = 19  # of these seeds, to call a model better
FINER, FINER_SEEDS = 10, 5  # steps so many times finer, to tell training from objective
SHARES = np.linspace(0, 1, 51)  # of the figure
MIDDLE = 1  # share, of the figures


def compute(train: tuple, test: tuple) -> tuple[dict, dict]:
    half = half_distances(*train)
    budgets = np.outer(TRAINING_EPSILONS, [half[name] / half["max norm"] for name in NORMS])
    starts = models.starts(SEEDS)
    regular = models.zeros_and_ones()[:, 0, : len(SEEDS)]
    robust = train_all(*train, budgets, starts)
    trained = np.concatenate(
        [np.broadcast_to(regular[:, None, None], (785, 3, 1, len(SEEDS))), robust], axis=2
    )
    finer = train_all(*train, budgets, starts[:, :FINER_SEEDS], FINER)
    right = np.array([attacked(trained[:, share], test, budgets[share]) for share in range(3)])
    by_share = [
        {
            name: {
                "attacked": dict(zip(NORMS, np.median(right[share, place], axis=-1), strict=True)),
                "clipped": clipped(trained[:, share, place, 0], test, budgets[share]),
            }
            for place, name in enumerate(MODELS)
        }
        for share in range(3)
    ]
    curves = {
        f"{model} under {name}": np.median(
            margins.accuracy(trained[:, MIDDLE, place], *test, SHARES * half[name], norm=norm), axis=1
        )
        for place, model in enumerate(MODELS)
        for name, norm in NORMS.items()
    }
    own = [attacked(finer[:, share], test, budgets[share]) for share in range(3)]
    return {
        "seeds": len(SEEDS),
        "half_distances": half,
        "budgets": dict(zip(NORMS, budgets.T, strict=True)),
        "by_share": by_share,
        "conditions": conditions(right),
        "finer": {name: [np.median(values[i, i]) for values in own] for i, name in enumerate(NORMS)},
    }, curves | {"shares": SHARES}


def half_distances(images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """½‖μ₁ - μ₀‖ of the two classes' mean images in each norm."""
    images = images.astype(np.float64)
    difference = images[labels > 0].mean(axis=0) - images[labels < 0].mean(axis=0)
    return {name: float(np.linalg.norm(difference, norm)) / 2 for name, norm in NORMS.items()}


def train_all(
    images: np.ndarray, labels: np.ndarray, budgets: np.ndarray, starts: np.ndarray, finer: int = 1
) -> np.ndarray:
    """Trained against each norm with each budget (shares, norms), as the post's robust training.

    With steps so many times finer, and as many times more epochs: (785, shares, norms, S).
    """
    (shares, _), seeds = budgets.shape, starts.shape[1]
    count, rate = shares * seeds, models.ROBUST[0].learning_rate / finer
    trained = [
        trainer.train(
            images,
            labels,
            np.tile(starts, shares),
            np.repeat(epsilons, seeds),
            np.full(count, rate),
            np.ones(count, bool),
            epochs=10 * finer,
            norm=DUAL[norm],
        )[-1].reshape(785, shares, seeds)
        for epsilons, norm in zip(budgets.T, NORMS.values(), strict=True)
    ]
    return np.stack(trained, axis=2)


def attacked(trained: np.ndarray, test: tuple, budgets: np.ndarray) -> np.ndarray:
    """Accuracy of models (785, M, S) under the attack in each norm with its budget: (M, norms, S)."""
    flat = trained.reshape(785, -1)
    right = [
        margins.accuracy(flat, *test, [epsilon], norm=norm)
        for epsilon, norm in zip(budgets, NORMS.values(), strict=True)
    ]
    return np.reshape(right, (len(NORMS), *trained.shape[1:])).swapaxes(0, 1)


def clipped(weights: np.ndarray, test: tuple, budgets: np.ndarray) -> dict[str, float]:
    """Accuracy of a model (785,) when attacked images stay in [0, 1]."""
    margin = margins.margins(weights[:, None], *test)[:, 0]
    return {
        name: (margin > clipped_loss(weights[:-1], *test, epsilon, norm)).mean()
        for (name, norm), epsilon in zip(NORMS.items(), budgets, strict=True)
    }


def conditions(right: np.ndarray) -> dict[str, int]:
    """In how many of nine cases (share and norm) a model is better under the attack it was trained against
    than the regular one (`own`) or all others (`specialists`), or under `both_others` than the regular one.

    Args:
        right: accuracies (shares, 4 models, norms, S).
    """
    better = (right[:, 1:] > right[:, :1]).sum(axis=-1) >= ENOUGH  # shares, trained against, attacked in
    medians = np.median(right, axis=-1)
    same = np.eye(len(NORMS), dtype=bool)
    rivals = np.array([np.delete(medians[:, :, i], 1 + i, axis=1).max(axis=1) for i in range(len(NORMS))]).T
    return {
        "own": better[:, same].sum(),
        "specialists": (medians[:, 1:][:, same] > rivals).sum(),
        "both_others": (better | same).all(axis=2).sum(),
    }


def clipped_loss(
    weights: np.ndarray, images: np.ndarray, labels: np.ndarray, epsilon: float, norm: float
) -> np.ndarray:
    """What each margin (N,) loses to the worst δ with ‖δ‖ ≤ ε and x + δ in [0, 1].

    Pixel i can go no further than its room r_i in the harmful direction. In the max norm it goes to
    min(ε, r_i). In the 1-norm pixels are filled in the order of |w_i| until ε is spent (a knapsack).
    In the 2-norm it goes to min(λ|w_i|, r_i) with the λ that spends ε, by Lagrange: pixels run full in the
    order of r_i / |w_i|, and between two of these λ the square of the norm is a + bλ².
    """
    used = weights != 0
    size = np.abs(weights[used].astype(np.float64))
    room = np.where(np.outer(labels, weights) > 0, images, 1 - images)[:, used].astype(np.float64)
    if norm == np.inf:
        return np.minimum(room, epsilon) @ size
    if norm == 1:
        order = np.argsort(-size, kind="stable")
        spent = np.minimum(np.cumsum(room[:, order], axis=1), epsilon)
        return np.diff(spent, axis=1, prepend=0) @ size[order]
    full_at = np.sort(room / size, axis=1)
    order = np.argsort(room / size, axis=1, kind="stable")
    of_full = np.cumsum(np.take_along_axis(room, order, axis=1) ** 2, axis=1)  # a, with 1, 2, ... pixels full
    of_rest = np.cumsum((size**2)[order[:, ::-1]], axis=1)[:, ::-1]  # b, with 0, 1, ... pixels full
    of_full, of_rest = np.pad(of_full, ((0, 0), (1, 0))), np.pad(of_rest, ((0, 0), (0, 1)))
    reached = of_full[:, 1:] + full_at**2 * of_rest[:, 1:]
    count = (reached <= epsilon**2).sum(axis=1, keepdims=True)
    left = epsilon**2 - np.take_along_axis(of_full, count, axis=1)
    rest = np.take_along_axis(of_rest, count, axis=1)
    scale = np.sqrt(np.divide(left, rest, out=np.full_like(left, np.inf), where=rest > 0))
    return np.minimum(scale * size, room) @ size
