"""Attackers limited in other norms: the worst case in closed form, and within [0, 1].

A perturbation δ with ‖δ‖ₚ ≤ ε lowers a margin y (w·x + b) by at most ε‖w‖_q, 1/p + 1/q = 1 (Hölder).
"""

import numpy as np

from run_files import TRAINING_EPSILONS
from studies import margins, models, trainer
from studies.margins import DUAL

NORMS = {"max norm": np.inf, "2-norm": 2, "1-norm": 1}
SEEDS = range(1, 21)
ENOUGH_SEEDS = 19  # of 20, to call a model better
FINER, FINER_SEEDS = 10, 5  # steps so many times finer, to tell training from objective
SHARES = tuple(np.linspace(0, 1, 51))  # of the figure
MODELS = ("regular", *NORMS)  # what the models of a share were trained against


def compute(train: tuple, test: tuple) -> tuple[dict, dict]:
    half = half_distances(*train)
    shares = np.array(TRAINING_EPSILONS) / half["max norm"]
    budgets = {name: shares * half[name] for name in NORMS}
    starts = models.starts(SEEDS)
    robust = train_all(*train, budgets, starts)
    finer = train_all(*train, budgets, starts[:, :FINER_SEEDS], FINER)
    regular = models.zeros_and_ones()[:, 0, : len(SEEDS)]
    by_share = [np.stack([regular, *robust[:, :, i].swapaxes(0, 1)], axis=1) for i in range(len(shares))]
    measured = [
        measure(trained, test, {name: budgets[name][i] for name in NORMS})
        for i, trained in enumerate(by_share)
    ]
    held = conditions(measured)
    for of_model in (one for share in measured for one in share.values()):
        del of_model["better"]
    middle = by_share[1]
    curves = {
        f"{trained} under {attacked}": np.median(
            margins.accuracy(middle[:, i], *test, np.array(SHARES) * half[attacked], norm=NORMS[attacked]),
            axis=1,
        )
        for i, trained in enumerate(MODELS)
        for attacked in NORMS
    }
    own = {
        name: [
            {
                "post": np.median([measured[i][name]["attacked"][name]]),
                "finer": np.median(margins.accuracy(of, *test, [budgets[name][i]], norm=NORMS[name])[0]),
            }
            for i, of in enumerate(finer[:, place].swapaxes(0, 1))
        ]
        for place, name in enumerate(NORMS)
    }
    return {
        "seeds": len(SEEDS),
        "half_distances": half,
        "budgets": budgets,
        "by_share": measured,
        "conditions": held,
        "finer": own,
    }, curves | {"models": middle[..., 0]}


def half_distances(images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """½‖μ₁ - μ₀‖ of the two classes' mean images in each norm."""
    images = images.astype(np.float64)
    difference = images[labels > 0].mean(axis=0) - images[labels < 0].mean(axis=0)
    return {name: float(np.linalg.norm(difference, norm)) / 2 for name, norm in NORMS.items()}


def train_all(
    images: np.ndarray, labels: np.ndarray, budgets: dict[str, np.ndarray], starts: np.ndarray, finer: int = 1
) -> np.ndarray:
    """Trained against each norm at each budget, as the post's robust training: (785, 3 norms, 3, S).

    With steps so many times finer, and as many times more epochs.
    """
    rate, trained = models.ROBUST[0].learning_rate, []
    for name, epsilons in budgets.items():
        seeds = starts.shape[1]
        history = trainer.train(
            images,
            labels,
            np.tile(starts, len(epsilons)),
            np.repeat(epsilons, seeds),
            np.full(len(epsilons) * seeds, rate / finer),
            np.ones(len(epsilons) * seeds, bool),
            epochs=10 * finer,
            norm=DUAL[NORMS[name]],
        )
        trained.append(history[-1].reshape(785, len(epsilons), seeds))
    return np.stack(trained, axis=1)


def measure(trained: np.ndarray, test: tuple, budgets: dict[str, float]) -> dict:
    """The models of a share (785, 4, S) under each norm's budget: medians over the seeds, in how many seeds
    each is better than the regular one, and the clipped worst case of the first seed."""
    accuracy = {
        norm: margins.accuracy(trained.reshape(785, -1), *test, [epsilon], norm=NORMS[norm])[0].reshape(
            trained.shape[1:]
        )
        for norm, epsilon in budgets.items()
    }
    first = margins.margins(trained[..., 0], *test)
    clean = (margins.margins(trained.reshape(785, -1), *test) > 0).mean(axis=0).reshape(trained.shape[1:])
    return {
        name: {
            "clean": np.median(clean[i]),
            "attacked": {norm: np.median(values[i]) for norm, values in accuracy.items()},
            "better": {norm: (values[i] > values[0]).sum() for norm, values in accuracy.items()},
            "clipped": {
                norm: (first[:, i] > clipped_loss(trained[:-1, i, 0], *test, epsilon, NORMS[norm])).mean()
                for norm, epsilon in budgets.items()
            },
        }
        for i, name in enumerate(MODELS)
    }


def conditions(by_share: list[dict]) -> dict[str, int]:
    """In how many of the nine cases (share and norm) the page's three conditions hold."""
    found = dict.fromkeys(("own", "specialists", "carries"), 0)
    for models_ in by_share:
        for name in NORMS:
            ours = models_[name]
            found["own"] += bool(ours["better"][name] >= ENOUGH_SEEDS)
            rivals = [models_[other]["attacked"][name] for other in MODELS if other != name]
            found["specialists"] += bool(ours["attacked"][name] > max(rivals))
            found["carries"] += all(ours["better"][o] >= ENOUGH_SEEDS for o in NORMS if o != name)
    return found


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
    full_at = room / size
    order = np.argsort(full_at, axis=1, kind="stable")
    of_full = np.cumsum(np.take_along_axis(room, order, axis=1) ** 2, axis=1)  # a, with 1, 2, ... pixels full
    of_rest = np.cumsum((size**2)[order[:, ::-1]], axis=1)[:, ::-1]  # b, with 0, 1, ... pixels full
    of_full, of_rest = np.pad(of_full, ((0, 0), (1, 0))), np.pad(of_rest, ((0, 0), (0, 1)))
    reached = of_full[:, 1:] + np.take_along_axis(full_at, order, axis=1) ** 2 * of_rest[:, 1:]
    count = (reached <= epsilon**2).sum(axis=1, keepdims=True)
    left = epsilon**2 - np.take_along_axis(of_full, count, axis=1)
    rest = np.take_along_axis(of_rest, count, axis=1)
    scale = np.sqrt(np.divide(left, rest, out=np.full_like(left, np.inf), where=rest > 0))
    return np.minimum(scale * size, room) @ size
