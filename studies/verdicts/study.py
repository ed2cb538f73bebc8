"""Which of the post's sentences, and of ours, hold, and how firmly?

Every statement on zeros and ones under every choice, and on the other pairs with the post's; the price of
robustness on all pairs under some; and which recipes make the post's mistakes.

A cross-validation has seven folds: of all images, training's first, each seventh is tested on by models
trained on the other six. Folds are interleaved (every seventh image) or contiguous. A statement's value is
the mean of the folds'; of specks, it is that of the counts added up.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.optimize import nnls

from compare import PUBLISHED_IMAGES
from studies.shared import attacks, files, images, models, work
from studies.verdicts import choices
from studies.verdicts.case import OWN, Case
from studies.verdicts.choices import BY_NAME, CHOICES, POST, RECIPES, SEEDS, Choice, Trained
from studies.verdicts.statements import STATEMENTS
from support.options import UserError

READS = ("training", "digits")
FOLDS, FOLD_STARTS = 7, 5
PUBLISHED_MISTAKES = (2, 3, 2, 5)  # of 2,115; they follow from the post's test accuracies
CROSS_VALIDATED = tuple(choice for choice in CHOICES if choice.folds)
NOT_SEPARABLE, HARDEST = (4, 9), 1500  # a pair, and how many of its images that a regular model finds hardest


def compute() -> tuple[dict, dict]:
    train, test, starts = images.pair("train"), images.pair("test"), models.starts(SEEDS)
    trained = trainings(train, starts)
    cases = {choice.name: case(trained, train, test, choice) for choice in CHOICES if not choice.folds}
    for choice in CROSS_VALIDATED:
        sides = [(*both, starts[:, :FOLD_STARTS]) for both in folds(train, test, choice.folds)]
        cases[choice.name] = work.spread(fold_case, sides, choice.name)
    found = work.spread(measure, [(cases[choice.name], choice) for choice in CHOICES], "choices")
    by_choice = dict(zip(BY_NAME, found, strict=True))
    prices, of_pairs = pairs(starts[:, :1])
    for name, clean in prices.items():
        by_choice[name] |= {n: part.measure(clean) for n, part in STATEMENTS.items() if part.of_pairs}
    values = np.array([[of.get(name, np.nan) for of in by_choice.values()] for name in STATEMENTS])
    return {
        "statements": {
            name: summary(name, row, [of.get(name, np.nan) for of in of_pairs])
            for name, row in zip(STATEMENTS, values, strict=True)
        },
        "cross_validation": {choice.name: tested_on_all(cases[choice.name]) for choice in CROSS_VALIDATED},
        "recipes": {name: as_published(of.weights, test) for name, of in trained.items()},
    }, {"values": values, "not separable": not_separable(*images.pair("train", NOT_SEPARABLE))}


def summary(name: str, values: np.ndarray, of_pairs: list[float]) -> dict:
    """A statement's verdict, its value with the post's choices, its range over all, and where it fails."""
    part = STATEMENTS[name]
    asked = {choice: value for choice, value in zip(BY_NAME, values, strict=True) if np.isfinite(value)}
    known = [value for value in of_pairs if np.isfinite(value)]
    return {
        "verdict": part.verdict(asked),
        "value": asked[POST.name],
        "cross_validated": asked.get("cross-validation"),
        "range": [min(asked.values()), max(asked.values())],
        "fails": [choice for choice, value in asked.items() if not part.holds(value)],
        "pairs": [sum(bool(part.holds(value)) for value in known), len(known)],
    }


def measure(cases: Case | list[Case], choice: Choice) -> dict[str, float]:
    cases = cases if isinstance(cases, list) else [cases]
    asked = {name: part for name, part in STATEMENTS.items() if part.concerns(choice) and not part.of_pairs}
    return {name: part.value(cases) for name, part in asked.items()}


# Zeros and ones


def trainings(train: tuple, starts: np.ndarray) -> dict[str, Trained]:
    """By choice and recipe, the models."""
    files_order = images.of_pair(*choices.in_files_order(), (0, 1))
    groups = grouped([*CHOICES, *RECIPES])
    asked = [(group, *(files_order if group[0].order == "files" else train), starts) for group in groups]
    found = {"converged": converged(*train, starts.shape[1])}
    for trained in work.spread(choices.train, asked, "trainings"):
        found |= trained
    return found


def grouped(asked: Iterable[Choice]) -> list[list[Choice]]:
    """The choices with models of their own by the batches that they share."""
    groups: dict[tuple, list[Choice]] = {}
    for choice in asked:
        if choice.own_training:
            groups.setdefault(choice.batches, []).append(choice)
    return list(groups.values())


def case(trained: dict[str, Trained], train: tuple, test: tuple, choice: Choice = POST) -> Case:
    of = trained.get(choice.name, trained[POST.name])
    found = Case(of.start, of.weights, of.means, train, test, choice.asked, choice.clipped)
    return found.one_start(choice.seed - 1) if choice.seed else found


def converged(images: np.ndarray, labels: np.ndarray, count: int) -> Trained:
    """The certified optima, the same from every start; active are the examples with a loss."""
    optima = files.arrays("training")
    weights = np.column_stack([optima[f"{key} weights"] for key in models.KEYS])
    required = 1 + np.array([0, *OWN]) * np.abs(weights[:-1]).sum(axis=0)
    active = attacks.margins(weights, images, labels) < required
    means = (images * labels[:, None]).T.astype(float) @ active / np.maximum(1, active.sum(axis=0))
    same = [np.repeat(found[..., None], count, axis=2) for found in (weights, means)]
    return Trained(np.zeros((785, count)), *same)


def folds(train: tuple, test: tuple, kind: str) -> Iterator[tuple[tuple, tuple]]:
    """Of all images, training's first, the parts that a fold is trained and tested on."""
    pixels, labels = (np.concatenate(both) for both in zip(train, test, strict=True))
    place = np.arange(len(labels))
    fold = place % FOLDS if kind == "interleaved" else place * FOLDS // len(labels)
    for number in range(FOLDS):
        yield tuple((pixels[part], labels[part]) for part in (fold != number, fold == number))


def fold_case(train: tuple, test: tuple, starts: np.ndarray) -> Case:
    return case(choices.train([POST], *train, starts), train, test)


def tested_on_all(cases: list[Case]) -> dict:
    """What a cross-validation says of the four models' clean mistakes, in every 2,115 images."""
    counts = sum((case.margins <= 0).sum(axis=0) for case in cases)
    images = sum(len(case.test[1]) for case in cases)
    return {
        "images": images,
        "mistakes": 2115 * counts.mean(axis=1) / images,
        "in_order_from_every_start": bool((np.diff(counts, axis=0) > 0).all()),
        "price": np.mean([case.price.mean(axis=1) for case in cases], axis=0),
        "specks": sum(case.specks for case in cases),
    }


# All pairs


def pairs(start: np.ndarray) -> tuple[dict[str, dict], list[dict[str, float]]]:
    """By choice, clean accuracy (4,) of each pair; by pair, the statements' values with the post's choices.

    From one start, but the post's accuracies, of five, are those of the chapter on digits. Of converged
    training the regular model is that of ten epochs.
    """
    both, stored = (images.all_digits("train"), images.all_digits("test")), files.arrays("digits")
    asked = []
    for digits in images.PAIRS:
        name = images.key(digits)
        trained = np.column_stack([stored[f"{name} {key}"] for key in models.KEYS])
        best = np.column_stack([trained[:, 0], *(stored[f"{name} optimum {epsilon:g}"] for epsilon in OWN)])
        asked.append((digits, *both, start, trained, best))
    prices, values = zip(*work.spread(of_pair, asked, "pairs"), strict=True)
    keys = [images.key(digits) for digits in images.PAIRS]
    by_choice = {name: dict(zip(keys, [of[name] for of in prices], strict=True)) for name in prices[0]}
    of_digits = files.numbers("digits").pairs
    by_choice[POST.name] = {pair: [of_digits[pair].clean[key] for key in models.KEYS] for pair in keys}
    return by_choice, list(values)


def of_pair(
    digits: tuple[int, int],
    train: tuple,
    test: tuple,
    start: np.ndarray,
    weights: np.ndarray,
    best: np.ndarray,
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """A pair's part of `pairs`.

    Args:
        digits: of the pair.
        train, test: of all digits.
        start: (785, 1).
        weights, best: of the post's and of converged training, (785, 4).
    """
    train, test = images.of_pair(*train, digits), images.of_pair(*test, digits)
    trained, clean = {}, {"converged": attacks.accuracy(best, *test, [0])[0]}
    for group in grouped([choice for choice in CHOICES if choice.pairs and choice is not POST]):
        trained |= choices.train(group, *train, start, watch=False)
    for name, of in trained.items():
        clean[name] = attacks.accuracy(of.weights[..., 0], *test, [0])[0]
    folded = []
    for fitted, left_out in folds(train, test, BY_NAME["cross-validation"].folds):
        of = choices.train([POST], *fitted, start, watch=False)[POST.name]
        folded.append(attacks.accuracy(of.weights[..., 0], *left_out, [0])[0])
    clean["cross-validation"] = np.mean(folded, axis=0)
    one = measure(Case(start, weights[..., None], None, train, test), BY_NAME["start 1"])
    return clean, one


# The recipe


def as_published(weights: np.ndarray, test: tuple) -> list[int]:
    """From how many starts each of the four models, and all of them, (785, 4, S), make as many mistakes as
    published, and those that the post's picture shows, which has room for the four nearest the boundary."""
    margins = attacks.margins(weights.reshape(785, -1), *test).reshape(-1, *weights.shape[1:])
    found = np.array(
        [
            [np.count_nonzero(start <= 0) == count and shown(start) == set(pictured) for start in of_model.T]
            for of_model, count, pictured in zip(
                margins.transpose(1, 0, 2), PUBLISHED_MISTAKES, PUBLISHED_IMAGES.values(), strict=True
            )
        ]
    )
    return [*found.sum(axis=1), found.all(axis=0).sum()]


def shown(margins: np.ndarray) -> set[int]:
    """The mistakes nearest the boundary, at most four."""
    wrong = np.flatnonzero(margins <= 0)
    return set(wrong[np.argsort(-margins[wrong])][:4].tolist())


# Mathematics


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
