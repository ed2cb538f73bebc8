"""Which of the post's sentences, and of ours, hold, and how firmly?

The statements on zeros and ones under every choice, the test images among them; those of the post on all 45
pairs; and which recipes make the post's mistakes.

A cross-validation has seven folds: of all images, training's first, each seventh is tested on by models
trained on the other six. Folds are interleaved (every seventh image) or contiguous. A statement's value is
the mean of the folds'; of specks, it is that of the counts added up.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from scipy.optimize import nnls
from scipy.spatial.distance import cdist

from compare import PUBLISHED_IMAGES
from studies.shared import accidents, attacks, files, images, models, work
from studies.verdicts import choices
from studies.verdicts.case import OWN, Case
from studies.verdicts.choices import BY_NAME, CHOICES, POST, SEEDS, Choice, Trained
from studies.verdicts.statements import SENTENCES, STATEMENTS, parts, verdict
from support.options import UserError

READS = ("training", "digits")
INPUTS = {"accidents": accidents.KINDS}
FOLDS, FOLD_SEEDS, PAIR_SEEDS = 7, 5, 3
CROSS_VALIDATED = ("cross-validation", "contiguous folds")
PUBLISHED_MISTAKES = (2, 3, 2, 5)  # of 2,115; they follow from the post's test accuracies
BOXES = ((0, 1), (7, 9))  # pairs far apart and close
NOT_SEPARABLE, HARDEST = (4, 9), 1500  # a pair, and how many of its images that a regular model finds hardest
OF_MODELS = {name: part for name, part in STATEMENTS.items() if not part.of_pairs}


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    starts = np.column_stack([models.starts(SEEDS), np.zeros(785)])
    cases = of_zeros_and_ones(train, test, starts)
    found = work.spread(measure, [(cases[choice.name], choice) for choice in CHOICES], "choices")
    by_choice = dict(zip(cases, found, strict=True))
    pairs, verdicts = of_pairs(models.starts(range(1, PAIR_SEEDS + 1)))
    for name, values in pairs.items():
        by_choice[name] |= values
    values = np.array([[of.get(name, np.nan) for of in by_choice.values()] for name in STATEMENTS])
    return {
        "statements": {name: summary(name, row) for name, row in zip(STATEMENTS, values, strict=True)},
        "sentences": {
            name: (found := judged(name, by_choice))
            | {"pairs": sum(of[name] == found["verdict"] for of in verdicts.values())}
            for name in SENTENCES
            if parts(name)
        },
        "cross_validation": {name: tested_on_all(cases[name]) for name in CROSS_VALIDATED},
        "recipes": recipes(train, test, starts[:, :-1]),
        "boxes_meet_from": {
            images.key(digits): {
                split: half_distance(*images.pair(split, digits)) for split in ("test", "train")
            }
            for digits in BOXES
        },
    }, {"values": values, "not separable": not_separable(*images.pair("train", NOT_SEPARABLE))}


def summary(name: str, values: np.ndarray) -> dict:
    """A statement's value with the post's choices, the range over all, and the choices that turn it."""
    asked = {choice: value for choice, value in zip(BY_NAME, values, strict=True) if np.isfinite(value)}
    return {
        "value": asked[POST.name],
        "cross_validated": asked.get("cross-validation"),
        "range": [min(asked.values()), max(asked.values())],
        "turned": [choice for choice, value in asked.items() if STATEMENTS[name].beyond(value) <= 0],
    }


def judged(sentence: str, by_choice: dict[str, dict[str, float]]) -> dict:
    """A sentence's verdict with the post's choices and cross-validated, and the choices with another."""
    post = by_choice[POST.name]
    found = {
        name: judge(sentence, post | {part: value for part, value in values.items() if np.isfinite(value)})
        for name, values in by_choice.items()
    }
    return {
        "verdict": found[POST.name],
        "cross_validated": found["cross-validation"],
        "otherwise": [name for name, other in found.items() if other != found[POST.name]],
    }


def judge(sentence: str, values: dict[str, float]) -> str:
    """A sentence's verdict from the values of its statements, as far as they have one."""
    known = [name for name in parts(sentence) if np.isfinite(values.get(name, np.nan))]
    return verdict([STATEMENTS[name].beyond(values[name]) > 0 for name in known])


def measure(cases: list[Case], choice: Choice) -> dict[str, float]:
    return {name: part.value(cases) for name, part in OF_MODELS.items() if part.concerns(choice)}


# Zeros and ones


def of_zeros_and_ones(train: tuple, test: tuple, starts: np.ndarray) -> dict[str, list[Case]]:
    """By choice, the case, or that of each fold. The last start is zeros."""
    orders = {"files": images.of_pair(*choices.in_files_order(), (0, 1))}
    groups = [(group, *orders.get(group[0].order, train), starts) for group in grouped(CHOICES)]
    trained = {}
    for found in work.spread(choices.train, groups, "trainings"):
        trained |= found
    trained["converged"] = converged(*train, starts.shape[1])
    weights = np.stack([found.weights[..., :-1] for found in trained.values()], axis=1)
    asked = [(weights[:, :1] if s != POST.strength else weights, *test, s) for s in accidents.STRENGTHS]
    after = dict(zip(accidents.STRENGTHS, work.spread(after_accidents, asked, "accidents"), strict=True))
    places = {name: place for place, name in enumerate(trained)}
    cases = {}
    for choice in CHOICES:
        name = choice.name if choice.name in trained else POST.name
        changed = {n: f[:, places[name]] for n, f in after[choice.strength].items() if n != choice.without}
        case = replace(case_of(trained[name], train, test, choice), accidents=changed)
        cases[choice.name] = [case.one_seed(choice.seed - 1) if choice.seed else case]
    seeds = starts[:, [*range(FOLD_SEEDS), -1]]
    for name in CROSS_VALIDATED:
        sides = folds(train, test, BY_NAME[name].folds)
        cases[name] = work.spread(fold_case, [(*both, seeds) for both in sides], name)
    return cases


def grouped(asked: Iterable[Choice]) -> list[list[Choice]]:
    """The choices with models of their own, the post's first, by the batches that they share."""
    groups: dict[tuple, list[Choice]] = {}
    for choice in asked:
        if (choice is POST or choice.own_training) and not choice.converged:
            groups.setdefault(choice.batches, []).append(choice)
    return list(groups.values())


def case_of(trained: Trained, train: tuple, test: tuple, choice: Choice = POST) -> Case:
    """The last of the starts was zeros."""
    start, weights, means = trained.start, trained.weights, trained.means
    seeds = (start[:, :-1], weights[..., :-1], weights[..., -1], means[..., :-1])
    return Case(*seeds, train, test, choice.asked, choice.clipped)


def converged(images: np.ndarray, labels: np.ndarray, count: int) -> Trained:
    """The certified optima, the same from every start; active are the examples with a loss."""
    optima = files.arrays("training")
    weights = np.column_stack([optima[f"{key} weights"] for key in models.KEYS])
    required = 1 + np.array([0, *OWN]) * np.abs(weights[:-1]).sum(axis=0)
    active = attacks.margins(weights, images, labels) < required
    means = (images * labels[:, None]).T.astype(float) @ active / np.maximum(1, active.sum(axis=0))
    same = [np.repeat(found[..., None], count, axis=2) for found in (weights, means)]
    return Trained(np.zeros((785, count)), *same)


def after_accidents(weights: np.ndarray, images: np.ndarray, labels: np.ndarray, strength: int) -> dict:
    """By accident, of weights (785, ...): accuracy, and the share wrong by 1 or more, (2, ...)."""

    def right_and_sure(after: np.ndarray) -> np.ndarray:
        margins = attacks.margins(weights.reshape(785, -1), after, labels)
        return np.stack([(margins > 0).mean(axis=0), (margins <= -1).mean(axis=0)])

    found = accidents.mean_after(right_and_sure, images, strength)
    return {name: both.reshape(2, *weights.shape[1:]) for name, both in found.items()}


def folds(train: tuple, test: tuple, kind: str) -> Iterator[tuple[tuple, tuple]]:
    """Of all images, training's first, the parts that a fold is trained and tested on."""
    pixels, labels = (np.concatenate(both) for both in zip(train, test, strict=True))
    place = np.arange(len(labels))
    fold = place % FOLDS if kind == "interleaved" else place * FOLDS // len(labels)
    for number in range(FOLDS):
        yield tuple((pixels[part], labels[part]) for part in (fold != number, fold == number))


def fold_case(train: tuple, test: tuple, starts: np.ndarray) -> Case:
    case = case_of(choices.train([POST], *train, starts)[POST.name], train, test)
    return replace(case, accidents=after_accidents(case.weights, *test, POST.strength))


def tested_on_all(cases: list[Case]) -> dict:
    """What a cross-validation says of the four models' clean mistakes, in every 2,115 images."""
    counts = sum((case.margins <= 0).sum(axis=0) for case in cases)
    images = sum(len(case.test[1]) for case in cases)
    return {
        "images": images,
        "mistakes": 2115 * counts.mean(axis=1) / images,
        "in_order_in_every_start": bool((np.diff(counts, axis=0) > 0).all()),
        "price": np.mean([case.price.mean(axis=1) for case in cases], axis=0),
        "specks": sum(case.specks for case in cases),
    }


# All pairs


def of_pairs(starts: np.ndarray) -> tuple[dict, dict]:
    """By choice, the values of the statements about all pairs; by pair, the verdicts with the post's."""
    both, optima, asked = (images.all_digits("train"), images.all_digits("test")), files.arrays("digits"), []
    for digits in images.PAIRS:
        best = np.column_stack([optima[f"{images.key(digits)} optimum {epsilon}"] for epsilon in OWN])
        asked.append((digits, *both, starts, best))
    found = dict(zip(map(images.key, images.PAIRS), work.spread(of_pair, asked, "pairs"), strict=True))
    by_choice = {}
    for name in found["0 1"][0]:
        pairs = {pair: right[name] for pair, (right, _) in found.items()}
        by_choice[name] = {n: part.measure(pairs) for n, part in STATEMENTS.items() if part.of_pairs}
    return by_choice, {pair: verdicts for pair, (_, verdicts) in found.items()}


def of_pair(
    digits: tuple[int, int], train: tuple, test: tuple, starts: np.ndarray, optima: np.ndarray
) -> tuple[dict, dict]:
    """By choice, accuracy (4, 4) without an attack and at each ε of training, of each model; verdicts.

    One start, but all of them with the post's choices. Converged are the robust models alone.
    """
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    whole = choices.train([POST], *train, np.column_stack([starts, np.zeros(785)]))[POST.name]
    trained = {}
    for group in grouped([choice for choice in CHOICES if choice.pairs]):
        trained |= choices.train(group, *train, starts[:, :1], watch=False)
    right = {name: accuracies(found.weights, test, BY_NAME[name].clipped) for name, found in trained.items()}
    weights = whole.weights[..., :-1]
    right[POST.name], right["valid pixels"] = accuracies(weights, test), accuracies(weights, test, True)
    right["converged"] = accuracies(np.column_stack([weights[:, 0, 0], optima])[..., None], test)
    folded = []
    for fitted, left_out in folds(train, test, BY_NAME["cross-validation"].folds):
        found = choices.train([POST], *fitted, starts[:, :1], watch=False)[POST.name]
        folded.append(accuracies(found.weights, left_out))
    right["cross-validation"] = np.mean(folded, axis=0)
    values = measure([case_of(whole, train, test)], POST)
    return right, {name: judge(name, values) for name in SENTENCES if parts(name)}


def accuracies(weights: np.ndarray, test: tuple, clipped: bool = False) -> np.ndarray:
    """(4, 4): without an attack and at each ε of training, of each model, in the mean over the seeds."""
    attack = attacks.clipped_accuracy if clipped else attacks.accuracy
    found = attack(weights.reshape(785, -1), *test, (0.0, *OWN))
    return found.reshape(4, *weights.shape[1:]).mean(axis=2)


# The recipe


def recipes(train: tuple, test: tuple, starts: np.ndarray) -> dict[str, list[int]]:
    """By recipe, of how many of ten starts each model makes as many mistakes as published, and those that the
    post's picture shows, which has room for the four nearest the boundary: (4,)."""
    tried = {"the post's": POST}
    tried |= {f"rates {words}": replace(POST, rate=f) for words, f in (("/ 10", 0.1), ("× 10", 10))}
    tried |= {f"{n} epoch{'s' * (n > 1)}": replace(POST, epochs=n) for n in (1, 5, 20, 30)}
    tried |= {f"batches of {size}": replace(POST, batch=size) for size in (10, 50, 200)}
    tried |= {name: BY_NAME[name] for name in ("the files' order", "reshuffled")}
    files_order = images.of_pair(*choices.in_files_order(), (0, 1))
    asked = [(c, *(files_order if c.order == "files" else train), test, starts) for c in tried.values()]
    return dict(zip(tried, work.spread(as_published, asked, "recipes"), strict=True))


def as_published(
    choice: Choice, images: np.ndarray, labels: np.ndarray, test: tuple, starts: np.ndarray
) -> list[int]:
    weights = choices.train([choice], images, labels, starts, watch=False)[choice.name].weights
    margins = attacks.margins(weights.reshape(785, -1), *test).reshape(-1, *weights.shape[1:])
    published = zip(margins.transpose(1, 2, 0), PUBLISHED_MISTAKES, PUBLISHED_IMAGES.values(), strict=True)
    return [
        sum(np.count_nonzero(seed <= 0) == count and shown(seed) == set(pictured) for seed in of_model)
        for of_model, count, pictured in published
    ]


def shown(margins: np.ndarray) -> set[int]:
    """The mistakes nearest the boundary, at most four."""
    wrong = np.flatnonzero(margins <= 0)
    return set(wrong[np.argsort(-margins[wrong])][:4].tolist())


# Mathematics


def half_distance(images: np.ndarray, labels: np.ndarray) -> float:
    """The ε from which on the boxes around two images of different digits meet: half the least distance in
    the max norm. That of the pixels which vary most bounds it from below, so few pairs are measured whole."""
    first, second = (images[labels == label] for label in (-1, 1))
    pixels = np.argsort(-images.var(axis=0), kind="stable")[:60]
    bound = cdist(first[:, pixels], second[:, pixels], "chebyshev")
    least = np.inf
    for place in np.argsort(bound.min(axis=1), kind="stable"):
        near = bound[place] < least
        if not near.any():
            break
        least = min(least, np.abs(first[place] - second[near]).max(axis=1).min())
    return round(float(least) * 255) / 510


def not_separable(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The places of images that prove that no weights separate two digits (see `proves` and PROOFS.md)."""
    zeros = np.zeros((785, 1))
    regular = models.train(pixels, labels, zeros, [models.REGULAR], epochs=30)[-1, :, 0]
    hard = np.sort(np.argsort(attacks.margins(regular, pixels, labels)[:, 0], kind="stable")[:HARDEST])
    signed = (labels[hard, None] * np.column_stack([pixels[hard], np.ones(HARDEST)])).T.astype(float)
    shares, _ = nnls(np.vstack([signed, np.ones(HARDEST)]), np.append(np.zeros(785), 1), maxiter=20 * HARDEST)
    places = hard[shares > 1e-9]
    if not proves(places, pixels, labels):
        raise UserError(f"no proof that {NOT_SEPARABLE} are not separable")
    return places


def proves(places: np.ndarray, pixels: np.ndarray, labels: np.ndarray) -> bool:
    """Whether some a > 0 have Σ a y (x, 1) = 0 exactly over the images at these places: in whole numbers.

    Float64 finds a. Rounded, it leaves a remainder r, which the exact solution of a square system B d = -r
    takes away. For whole numbers R near 2³⁶ B⁻¹ the rows of 2³⁶ - R B show that B is regular, and how large
    d can be: less than each a.
    """
    whole = np.rint(255 * np.column_stack([pixels[places], np.ones(len(places))])).astype(np.int64)
    signed = (np.sign(labels[places]).astype(np.int64)[:, None] * whole).T
    signed = signed[(signed != 0).any(axis=1)]
    square, last = signed[:, :-1], signed[:, -1]
    if square.shape[0] != square.shape[1]:
        return False
    inverse = np.linalg.inv(square.astype(float))
    a = np.append(np.rint(-(2.0**30) * inverse @ last), 2**30).astype(np.int64)
    rounded = np.rint(2.0**36 * inverse).astype(np.int64)
    off = np.abs(2**36 * np.eye(len(square), dtype=np.int64) - rounded @ square).sum(axis=1).max() / 2**36
    remainder = signed.astype(object) @ a  # Python's whole numbers, which don't overflow
    correction = max(abs(rounded.astype(object) @ remainder)) / 2**36 / (1 - off)
    return bool(np.abs(rounded).max() < 2**45 and off < 0.5 and correction < a.min())
