"""Which of the post's claims hold, and how far do they carry?

The rules of rules.py on the post's four models from 100 seeds, and on those of all 45 pairs from five; what
they say under other choices is the study of choices'. Beside them what only this page needs.
"""

from collections import Counter

import numpy as np
from scipy.optimize import nnls
from scipy.spatial.distance import cdist

from compare import PUBLISHED_IMAGES
from studies.choices import choices
from studies.choices.choices import CHOICES, POST
from studies.choices.study import after_accident
from studies.shared import attacks as margins
from studies.shared import images, models, work
from studies.shared.accidents import ACCIDENTS
from studies.verdicts import rules, shapes
from studies.verdicts.evidence import Case

PAIR_SEEDS = range(1, 6)
NOT_SEPARABLE = (4, 9)
HARDEST = 1500  # of its images, those that a regular model finds hardest
SHARES = np.linspace(0.02, 0.98, 97)  # of the test images, fooled
EPSILONS = np.linspace(0.01, 0.5, 50)
ORDERS = ("the post's", "the files' order", "reshuffled")


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    starts = np.column_stack([models.starts(), np.zeros(785)])
    case = post_case(train, test, starts)
    of_pairs = pairs()
    claims = {}
    for name, claim in rules.CLAIMS.items():
        conditions = claim.decide(case) if claim.decide else claim.proof
        if conditions:
            told = {text: None if holds is None else bool(holds) for text, holds in conditions.items()}
            claims[name] = {"conditions": told, "verdict": claim.verdict(conditions)}
    at_a_quarter, drawn = confidence(case)
    proof = common_point(*images.pair("train", NOT_SEPARABLE), starts[:, :1])
    return {
        "seeds": len(models.SEEDS),
        "claims": claims,
        "pairs": {name: Counter(verdicts[name] for verdicts in of_pairs) for name in rules.DECIDED},
        "published_images": same_images(train, test, starts),
        "specks": specks(case),
        "fooled_logits_at_a_quarter": at_a_quarter,
        "geometry": unusual_share(case),
        "cosine": rules.median(case.cosine()),
        "least_distance": cdist(*(test[0][test[1] == label] for label in (-1, 1)), "chebyshev").min(),
    }, drawn | proof


def post_case(train: tuple, test: tuple, starts: np.ndarray) -> Case:
    """The four models by the post's choices, and their accuracy after accidents; the last start is zeros."""
    weights, means = choices.train(POST, *train, starts)
    seeds = weights[..., :-1]
    after = {name: after_accident(*test, seeds[:, None], name, POST.strength)[0] for name in ACCIDENTS}
    return Case(starts[:, :-1], seeds, weights[..., -1], means[..., :-1], train, test, accidents=after)


# All pairs


def pairs() -> list[dict[str, str]]:
    """Each claim's verdict for each pair."""
    both = images.all_digits("train"), images.all_digits("test")
    starts = np.column_stack([models.starts(PAIR_SEEDS), np.zeros(785)])
    return work.spread(pair_verdicts, [(digits, *both, starts) for digits in images.PAIRS], "pairs")


def pair_verdicts(digits: tuple[int, int], train: tuple, test: tuple, starts: np.ndarray) -> dict[str, str]:
    case = post_case(images.of_pair(*train, digits), images.of_pair(*test, digits), starts)
    return {name: claim.verdict(claim.decide(case)) for name, claim in rules.DECIDED.items()}


# What the page says besides


def same_images(train: tuple, test: tuple, starts: np.ndarray) -> dict[str, list[int]]:
    """With each order of the images, of how many of ten seeds each model makes the post's mistakes, as far as
    its picture shows them: the (up to four) nearest the boundary, in any order."""
    orders = {"files": images.of_pair(*choices.in_files_order(), (0, 1))}
    found = {}
    for choice in CHOICES:
        if choice.name not in ORDERS:
            continue
        ordered = orders.get(choice.order, train)
        weights, _ = choices.train(choice, *ordered, starts[:, :10], watch=False)
        logits = Case(starts, weights, None, None, ordered, test).margins
        found[choice.name] = [
            sum(shown(logits[:, place, seed]) == set(published) for seed in range(10))
            for place, published in enumerate(PUBLISHED_IMAGES.values())
        ]
    return found


def shown(margins: np.ndarray) -> set[int]:
    """The mistakes nearest the boundary, at most four."""
    wrong = np.flatnonzero(margins <= 0)
    return set(wrong[np.argsort(-margins[wrong])][:4].tolist())


def specks(case: Case) -> dict[str, int]:
    """How many images have specks, and how many of them some model misses in most seeds."""
    with_specks = shapes.with_specks(case.test[0])
    missed = ((case.margins <= 0).mean(axis=2) > 0.5).any(axis=1)
    return {"images": with_specks.sum(), "missed": (with_specks & missed).sum()}


def confidence(case: Case) -> tuple[np.ndarray, dict]:
    """The fooled images' median absolute logit: over ε, and, as a multiple of the clean median, over the
    share of fooled images.

    Returns:
        The latter where a quarter is fooled, (4,), and quantiles over the seeds for the figure.
    """
    ordered = np.sort(case.margins, axis=0)
    clean = np.median(np.abs(case.margins), axis=0)
    at_epsilon = np.array([case.fooled_logits(epsilon) for epsilon in EPSILONS])
    counts = np.ceil(SHARES * len(ordered)).astype(int)
    at_share = np.array([ordered[n - 1] - np.median(ordered[:n], axis=0) for n in counts]) / clean
    quarter = rules.median(at_share[np.argmin(np.abs(SHARES - 0.25))])
    quantiles = {
        name: np.nanquantile(values, (0, 0.5, 1), axis=-1)
        for name, values in (("over epsilon", at_epsilon), ("over share", at_share))
    }
    return quarter, {**quantiles, "epsilons": EPSILONS, "shares": SHARES}


def common_point(train_images: np.ndarray, labels: np.ndarray, start: np.ndarray) -> dict[str, np.ndarray]:
    """A proof that no linear model separates the two digits: weights α ≥ 0, of sum 1/2 for either, with which
    both have the same mean image. For a separating (w, b), Σ α y (w·x + b) would be 0 and positive.

    Returns:
        The images' `places` and their `alpha`.
    """
    start = models.train(train_images, labels, start, [models.REGULAR], epochs=30)[-1, :, 0]
    hard = np.sort(np.argsort(margins.margins(start, train_images, labels)[:, 0])[:HARDEST])
    signed = labels[hard, None] * np.column_stack([train_images[hard], np.ones(HARDEST)]).astype(float)
    wanted = np.append(np.zeros(785), 1)
    alpha, _ = nnls(np.vstack([signed.T, np.ones(HARDEST)]), wanted, maxiter=20 * HARDEST)
    used = alpha > 0
    return {"places": hard[used], "alpha": alpha[used]}


def unusual_share(case: Case) -> np.ndarray:
    """Of the images that fool each robust model at ε = 0.2, the share that is of unusual geometry: (3,)."""
    odd = shapes.unusual(case.train, case.test)
    fooled = case.attacked(0.2)[:, 1:] <= 0
    return fooled[odd].sum(axis=(0, 2)) / fooled.sum(axis=(0, 2))
