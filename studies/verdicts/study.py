"""Which of the post's sentences hold, and how firmly?

Every statement on zeros and ones under every choice, and on all pairs with the post's choices; and which
recipes make the post's mistakes.

A cross-validation has seven folds: of all images, training's first, each seventh is tested on by models
trained on the other six. A statement's value is the mean of the folds'; of specks, it is that of the counts
added up.
"""

from collections.abc import Iterator

import numpy as np

from compare import PUBLISHED_IMAGES
from studies.shared import attacks, files, images, models, work
from studies.verdicts import choices
from studies.verdicts.case import TESTED, Case
from studies.verdicts.choices import (
    BY_NAME,
    CHOICES,
    FOLD_SEEDS,
    FOLDED,
    OPTIMUM,
    POST,
    RECIPES,
    SEEDS,
    STARTS,
    Choice,
)
from studies.verdicts.statements import STATEMENTS, lost

READS = ("training", "digits")
PUBLISHED_MISTAKES = (2, 3, 2, 5)  # of 2,115; they follow from the post's test accuracies
COMPARED = (POST, *RECIPES, BY_NAME["reshuffled"])  # recipes with the post's


def compute() -> tuple[dict, dict]:
    train, test, starts = images.pair("train"), images.pair("test"), models.starts(SEEDS)
    trained = trainings(train, starts)
    cases = {choice.name: [case(trained, train, test, choice)] for choice in CHOICES if not choice.folds}
    sides = [(*both, starts[:, : len(FOLD_SEEDS)]) for both in folds(train, test)]
    cases[FOLDED.name] = work.spread(fold_case, sides, FOLDED.name)
    by_choice = work.spread(measure, [(cases[name],) for name in BY_NAME], "choices")
    of_pairs = pairs()
    values = np.array([[of[name] for of in by_choice] for name in STATEMENTS])
    return {
        "statements": {
            name: summary(name, row, [of[name] for of in of_pairs])
            for name, row in zip(STATEMENTS, values, strict=True)
        },
        "cross_validation": {FOLDED.name: tested_on_all(cases[FOLDED.name])},
        "models": {name: weighed(*cases[name]) for name in BY_NAME if name in trained},
        "recipes": {choice.name: as_published(trained[choice.name], test) for choice in COMPARED},
    }, {"values": values}


def summary(name: str, values: np.ndarray, of_pairs: list[float]) -> dict:
    """A statement's verdict, its value with the post's choices, its range, and where it holds: under which
    choices, from how many single starts, and on how many pairs."""
    part = STATEMENTS[name]
    asked = {choice: value for choice, value in zip(BY_NAME, values, strict=True) if np.isfinite(value)}
    holds = {choice: part.holds(value) for choice, value in asked.items()}
    known = [part.holds(value) for value in of_pairs if np.isfinite(value)]
    alone = [holds.pop(one) for one in STARTS if one in holds]
    return {
        "verdict": part.verdict(asked),
        "value": asked[POST.name],
        "range": [min(asked.values()), max(asked.values())],
        "holds": [choice for choice, yes in holds.items() if yes],
        "fails": [choice for choice, yes in holds.items() if not yes],
        "starts": [sum(alone), len(alone)],
        "pairs": [sum(known), len(known)],
    }


def measure(cases: list[Case]) -> dict[str, float]:
    return {name: part.value(cases) for name, part in STATEMENTS.items()}


# Zeros and ones


def trainings(train: tuple, starts: np.ndarray) -> dict[str, np.ndarray]:
    """By choice and recipe, the four models' weights (785, 4, S); of the optima S is 1."""
    asked = [choice for choice in (*CHOICES, *RECIPES) if choice.own_training]
    found = work.spread(choices.train, [(choice, *train, starts) for choice in asked], "trainings")
    stored = files.arrays("training")
    optima = np.stack([stored[f"{key} weights"] for key in models.KEYS], axis=1)
    names = [choice.name for choice in asked]
    return {**dict(zip(names, found, strict=True)), OPTIMUM.name: optima[..., None]}


def case(trained: dict[str, np.ndarray], train: tuple, test: tuple, choice: Choice = POST) -> Case:
    found = Case(trained.get(choice.name, trained[POST.name]), train, test, choice.clipped)
    return found.one_start(choice.seed - 1) if choice.seed else found


def folds(train: tuple, test: tuple) -> Iterator[tuple[tuple, tuple]]:
    """Of all images, training's first, the parts that a fold is trained and tested on."""
    pixels, labels = (np.concatenate(both) for both in zip(train, test, strict=True))
    fold = np.arange(len(labels)) % FOLDED.folds
    for number in range(FOLDED.folds):
        yield tuple((pixels[part], labels[part]) for part in (fold != number, fold == number))


def fold_case(train: tuple, test: tuple, starts: np.ndarray) -> Case:
    return Case(choices.train(POST, *train, starts), train, test)


def tested_on_all(cases: list[Case]) -> dict:
    """What a cross-validation says of the four models' clean mistakes, in every 2,115 images."""
    counts = sum((case.margins <= 0).sum(axis=0) for case in cases)
    images = sum(len(case.test[1]) for case in cases)
    return {
        "images": images,
        "mistakes": TESTED * counts.mean(axis=1) / images,
        "in_order_from_every_start": bool((np.diff(counts, axis=0) > 0).all()),
        "price": np.mean([lost(case) / TESTED for case in cases], axis=0),
        "specks": sum(case.specks for case in cases),
    }


def weighed(case: Case) -> dict[str, np.ndarray]:
    """‖w‖₁ and the median margin on test images of the four models, the median of the starts."""
    norms = np.abs(case.weights[:-1].astype(float)).sum(axis=0)
    margins = np.median(case.margins, axis=0)
    return {"norms": np.median(norms, axis=1), "margins": np.median(margins, axis=1)}


# All pairs


def pairs() -> list[dict[str, float]]:
    """The statements' values on each pair, with the post's choices from one start."""
    both, stored = (images.all_digits("train"), images.all_digits("test")), files.arrays("digits")
    asked = []
    for digits in images.PAIRS:
        weights = [stored[f"{images.key(digits)} {key}"] for key in models.KEYS]
        asked.append((digits, *both, np.stack(weights, axis=1)[..., None]))
    return work.spread(of_pair, asked, "pairs")


def of_pair(digits: tuple[int, int], train: tuple, test: tuple, weights: np.ndarray) -> dict[str, float]:
    """A pair's part of `pairs`: of train and test with all digits, and weights (785, 4, 1)."""
    return measure([Case(weights, images.of_pair(*train, digits), images.of_pair(*test, digits))])


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
