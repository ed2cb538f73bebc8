"""Attackers limited in other norms: the worst case in closed form, and within [0, 1].

A perturbation δ with ‖δ‖ₚ ≤ ε lowers a margin y (w·x + b) by at most ε‖w‖_q, 1/p + 1/q = 1 (Hölder).

worst_perturbation()   a δ that does it
clipped_loss()         the most that a margin can lose if every pixel stays in [0, 1]
half_distances()       half the distance of the two classes' means in each norm: what a budget is a share of
study()                models trained against each norm, attacked in each norm
"""

import numpy as np
import shared
import trainer

from run_files import TRAINING_EPSILONS

NORMS = (np.inf, 2, 1)
DUAL = {np.inf: 1, 2: 2, 1: np.inf}
SEEDS = range(1, 21)
ENOUGH_SEEDS = 19  # of 20, to call a model better
FINER, FINER_SEEDS = 10, range(1, 6)  # steps so many times finer, to tell training from objective
SHARES = np.linspace(0, 1, 51)  # of the figure
MODELS = ("regular", *map(str, NORMS))  # what the models of a share were trained against


def worst_perturbation(weights: np.ndarray, labels: np.ndarray, epsilon: float, norm: float) -> np.ndarray:
    """The δ (N, d) with ‖δ‖ ≤ ε that lowers each margin most.

    Args:
        weights: (d,).
        labels: (N,), each -1 or +1.
        norm: np.inf, 2 or 1.
    """
    if norm == np.inf:
        direction = np.sign(weights)
    elif norm == 2:
        direction = weights / np.linalg.norm(weights)
    else:
        direction = np.sign(weights) * (np.arange(len(weights)) == np.argmax(np.abs(weights)))
    return np.outer(-labels, epsilon * direction)


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
        order = np.argsort(-size)
        spent = np.minimum(np.cumsum(room[:, order], axis=1), epsilon)
        return np.diff(spent, axis=1, prepend=0) @ size[order]
    full_at = room / size
    order = np.argsort(full_at, axis=1)
    of_full = np.cumsum(np.take_along_axis(room, order, axis=1) ** 2, axis=1)  # a, with 1, 2, ... pixels full
    of_rest = np.cumsum((size**2)[order[:, ::-1]], axis=1)[:, ::-1]  # b, with 0, 1, ... pixels full
    of_full, of_rest = np.pad(of_full, ((0, 0), (1, 0))), np.pad(of_rest, ((0, 0), (0, 1)))
    reached = of_full[:, 1:] + np.take_along_axis(full_at, order, axis=1) ** 2 * of_rest[:, 1:]
    count = (reached <= epsilon**2).sum(axis=1, keepdims=True)
    left = epsilon**2 - np.take_along_axis(of_full, count, axis=1)
    rest = np.take_along_axis(of_rest, count, axis=1)
    scale = np.sqrt(np.divide(left, rest, out=np.full_like(left, np.inf), where=rest > 0))
    return np.minimum(scale * size, room) @ size


def half_distances(images: np.ndarray, labels: np.ndarray) -> dict[float, float]:
    """½‖μ₁ - μ₀‖ of the two classes' mean images in each norm."""
    images = images.astype(np.float64)
    difference = images[labels > 0].mean(axis=0) - images[labels < 0].mean(axis=0)
    return {norm: float(np.linalg.norm(difference, norm)) / 2 for norm in NORMS}


def train_all(
    images: np.ndarray, labels: np.ndarray, budgets: dict[float, list[float]], seeds: range, finer: int = 1
) -> np.ndarray:
    """Trained against each norm at each budget, as the post's robust training: (785, 3 norms, 3, S).

    With steps so many times finer, and as many times more epochs.
    """
    starts = np.stack([shared.glorot_start(seed) for seed in seeds], axis=1)
    rate, of_sum = trainer.ROBUST
    models = []
    for norm, epsilons in budgets.items():
        count = len(epsilons) * len(seeds)
        history = trainer.train(
            images,
            labels,
            np.tile(starts, (1, len(epsilons))),
            np.repeat(epsilons, len(seeds)),
            np.full(count, rate / finer),
            np.full(count, of_sum),
            epochs=10 * finer,
            norm=DUAL[norm],
        )
        models.append(history[-1].reshape(785, len(epsilons), len(seeds)))
    return np.stack(models, axis=1)


def study() -> tuple[dict, np.ndarray]:
    """The numbers of the page's part on norms, and the first seed's models of the middle share (785, 4)."""
    train, test = shared.pair("train"), shared.pair("test")
    half = half_distances(*train)
    shares = np.array(TRAINING_EPSILONS) / half[np.inf]
    budgets = {norm: (shares * half[norm]).tolist() for norm in NORMS}
    robust = train_all(*train, budgets, SEEDS)
    regular = shared.post_models()[:, 0, : len(SEEDS)]
    by_share = [np.stack([regular, *robust[:, :, i].swapaxes(0, 1)], axis=1) for i in range(len(shares))]
    measured = [measure(models, test, half, share) for models, share in zip(by_share, shares, strict=True)]
    found = {
        "seeds": len(SEEDS),
        "half_distances": {str(norm): half[norm] for norm in NORMS},
        "shares": shares,
        "budgets": {str(norm): budgets[norm] for norm in NORMS},
        "curve_shares": SHARES,
        "by_share": measured,
        "conditions": conditions(measured),
        "finer": {
            name: own_norm(models, budgets, train, test)
            for name, models in (
                ("post", robust[..., : len(FINER_SEEDS)]),
                ("finer", train_all(*train, budgets, FINER_SEEDS, FINER)),
            )
        },
    }
    return found, by_share[1][..., 0]


def own_norm(models: np.ndarray, budgets: dict[float, list[float]], train: tuple, test: tuple) -> dict:
    """Of models (785, 3 norms, 3, S) under what each was trained against, medians: for each norm and share
    the training objective and the test accuracy."""
    found = {"objective": {}, "accuracy": {}}
    for number, (norm, epsilons) in enumerate(budgets.items()):
        of_norm = models[:, number].reshape(785, -1)
        each = np.repeat(epsilons, models.shape[-1])
        drops = each * np.linalg.norm(of_norm[:-1].astype(np.float64), DUAL[norm], axis=0)
        objective = np.maximum(0, 1 + drops - trainer.margins(of_norm, *train)).mean(axis=0)
        accuracy = (trainer.margins(of_norm, *test) > drops).mean(axis=0)
        for name, values in (("objective", objective), ("accuracy", accuracy)):
            found[name][str(norm)] = np.median(values.reshape(len(epsilons), -1), axis=1)
    return found


def measure(models: np.ndarray, test: tuple, half: dict[float, float], share: float) -> dict:
    """The models of a share (785, 4, S) under each norm at that share, and over all shares.

    Returns:
        For each model and norm (also `clean`): median and range over the seeds; in how many seeds it is
        better than the regular one; the clipped worst case of the first seed; median curves.
    """
    images, labels = test
    columns = models.reshape(785, -1)
    count = models.shape[2]
    result = {name: {} for name in MODELS}
    for norm in NORMS:
        grid = np.append(SHARES, share) * half[norm]
        accuracy = trainer.attacked(columns, images, labels, grid, DUAL[norm]).reshape(len(grid), -1, count)
        margins = trainer.margins(models[:, :, 0], images, labels)
        for number, name in enumerate(MODELS):
            at_share = accuracy[-1, number]
            loss = clipped_loss(models[:-1, number, 0], images, labels, share * half[norm], norm)
            result[name][str(norm)] = {
                "median": np.median(at_share),
                "range": [at_share.min(), at_share.max()],
                "better_than_regular": (at_share > accuracy[-1, 0]).sum(),
                "first_seed_clipped": (margins[:, number] > loss).mean(),
                "curve": np.median(accuracy[:-1, number], axis=1),
                "norm_of_w": np.median(np.linalg.norm(models[:-1, number], DUAL[norm], axis=0)),
            }
            result[name]["clean"] = np.median(accuracy[0, number])
    return result


def conditions(by_share: list[dict]) -> dict[str, list[bool]]:
    """The three conditions of the page, for each share and norm: own norm, specialists, it carries."""
    names = [str(norm) for norm in NORMS]
    found = {"own": [], "specialists": [], "carries": []}
    for models in by_share:
        for name in names:
            medians = {model: models[model][name]["median"] for model in MODELS}
            found["own"].append(models[name][name]["better_than_regular"] >= ENOUGH_SEEDS)
            found["specialists"].append(medians[name] > max(medians[m] for m in MODELS if m != name))
            found["carries"].append(
                all(models[name][o]["better_than_regular"] >= ENOUGH_SEEDS for o in names if o != name)
            )
    return found
