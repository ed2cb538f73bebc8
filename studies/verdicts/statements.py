"""The sentences of the post, and ours, as statements: words, a measure, the value at which it turns.

The post's sentences are named by the section (T in its theory, R in its results), a number, and a letter
where one says several things. Each statement is judged alone. What is said of mathematics (T1 to T6) is
proved or disproved in PROOFS.md. What is said of learning at large gets no verdict from linear models.

A statement is

firm     if it holds under every choice listed and from every single start
wrong    if it holds under none
depends  otherwise

Limits are round, where the words would change, and ours: the post names none. The words above were defined
when nearly all numbers were known, most limits when an earlier form was. New in this form, and committed
before its numbers, is that logits are divided by the clean median also at equal ε.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact
from sklearn.metrics import roc_auc_score

from studies.shared import models
from studies.verdicts import shapes
from studies.verdicts.case import OWN, Case

SENTENCES = {  # what the post says, in our words
    "R1": "the regular model is excellent",
    "R2": "robust models are slightly worse",
    "R3": "a dot beside the digit confuses models",
    "R4": "there is no overfitting",
    "R6": "the regular model is brittle",
    "R7": "robust training removes weak features",
    "R8": "robust models rely on more robust features",
    "R9": "at an ε where we can still read, the regular model's accuracy is about zero",
    "R11": "robust models confuse odd digits",
    "R12": "the regular model is sure of its wrong answers, a fooled robust model isn't",
    "R13": "robust models are more reliable",
}


@dataclass(frozen=True)
class Statement:
    """Something that a number decides.

    Attributes:
        of: the post's sentence of which it is a part.
        words: what we ask.
        holds_at: the values with which it holds: "< 50 %", "> 0 points" (both of fractions) or "> 1".
        of_what: what a value is: "right" of "12 % right".
        measure: of a Case. NaN where the question doesn't arise.
        over_folds: what makes one number of those of a cross-validation's folds.
    """

    of: str
    words: str
    holds_at: str
    of_what: str
    measure: Callable
    over_folds: Callable = np.mean

    @property
    def unit(self) -> str:
        return self.holds_at.split(" ", 2)[2] if self.holds_at.count(" ") > 1 else ""

    @property
    def turns_at(self) -> float:
        return float(self.holds_at.split()[1]) / (100 if self.unit else 1)

    def holds(self, value: float) -> bool:
        return bool(value > self.turns_at if self.holds_at.startswith(">") else value < self.turns_at)

    def value(self, cases: list[Case]) -> float:
        """One number of the cases of a choice: one, or one for each fold."""
        return float(self.over_folds([self.measure(case) for case in cases]))

    def verdict(self, values: dict[str, float]) -> str:
        """By the values under all choices, single starts among them."""
        holds = [self.holds(value) for value in values.values()]
        return "firm" if all(holds) else "depends" if any(holds) else "wrong"


STATEMENTS: dict[str, Statement] = {}


def statement(of: str, words: str, holds_at: str, of_what: str, **more) -> Callable:
    """Put a measure among STATEMENTS, by its name."""

    def put(measure: Callable) -> Callable:
        STATEMENTS[measure.__name__] = Statement(of, words, holds_at, of_what, measure, **more)
        return measure

    return put


def median(values: np.ndarray) -> np.ndarray:
    """Over the seeds, the last axis."""
    return np.median(values, axis=-1)


# Under attack


@statement(
    "R13",
    "under attack each robust model is right on half of the images up to a larger ε than the regular one",
    "> 0",
    "more ε",
)
def withstands_more(case):
    return median(case.halving[1:] - case.halving[0]).min()


def right_at(case: Case, epsilon: float) -> float:
    """The share of images on which the regular model is right."""
    return median((case.attacked(epsilon)[:, 0] > 0).mean(axis=0))


@statement("R6", "at ε = 0.2 the regular model is right on less than half", "< 50 %", "right")
def brittle_at_02(case):
    return right_at(case, 0.2)


@statement("R6", "at ε = 0.1 the regular model is right on less than half", "< 50 %", "right")
def brittle_at_01(case):
    return right_at(case, 0.1)


@statement("R9", "at ε = 0.2 the regular model is right on less than 1 %", "< 1 %", "right")
def about_zero(case):
    return right_at(case, 0.2)


@statement(
    "R11",
    "at ε = 0.2, of an image that fools a robust model and one that doesn't, the first is odder in over 75 % "
    "of such couples",
    "> 75 %",
    "of couples",
)
def unusual(case):
    """ROC AUC of the robust model for which it is least."""
    odd, fooled = shapes.unusualness(case.train, case.test), case.attacked(0.2)[:, 1:] <= 0
    if (fooled.all(axis=0) | ~fooled.any(axis=0)).any():
        return np.nan
    return min(median([roc_auc_score(one, odd) for one in of.T]) for of in fooled.transpose(1, 0, 2))


@statement(
    "R12",
    "at equal ε the regular model's logits on fooled images, divided by its clean ones, are the largest",
    "> 1",
    "times the largest robust",
)
def surest(case):
    """Its median logit on fooled images over the largest robust one, the least of four ε. Logits are in
    multiples of the model's median on clean images, since the scale of a model says nothing."""
    ratios = []
    for epsilon in (0.2, 0.3, 0.4, 0.5):
        moved = case.attacked(epsilon)
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # none is fooled
            logits = median(np.nanmedian(np.where(moved <= 0, -moved, np.nan), axis=0) / case.clean_logits)
        ratios.append(logits[0] / logits[1:].max())
    return np.min(ratios)  # NaN if one is


@statement(
    "R12",
    "where each model is fooled on a quarter of the images, the regular one's logits on them, divided by its "
    "clean ones, are the largest",
    "> 1",
    "times the largest robust",
)
def surest_at_equal_shares(case):
    """NaN with valid pixels, where each model's ε would have to be searched for."""
    if case.clipped:
        return np.nan
    ordered = np.sort(case.margins, axis=0)
    fooled = ordered[: int(np.ceil(len(ordered) / 4))]
    found = median((fooled[-1] - np.median(fooled, axis=0)) / case.clean_logits)
    return found[0] / found[1:].max()


# Clean images


@statement("R1", "the regular model makes fewer than ten mistakes in 2,115 images", "< 9.5", "mistakes")
def single_mistakes(case):
    return median(case.mistakes[0])


@statement("R2", "each robust model makes more mistakes than the regular one", "> 0", "more in 2,115")
def each_worse(case):
    return (case.mistakes[1:].mean(axis=1) - case.mistakes[0].mean()).min()


@statement("R2", "no robust model loses a point of clean accuracy", "< 1 points", "lost")
def slightly(case):
    return case.price.mean(axis=1).max()


def associated(counts: list[np.ndarray]) -> float:
    """Fisher's exact p that images with specks are missed no more often by some model than others."""
    return fisher_exact(sum(counts)[:4].reshape(2, 2), "greater").pvalue


def vanished(counts: list[np.ndarray]) -> float:
    """Which share of the mistakes on images with specks; NaN for none."""
    total = sum(counts)
    return 1 - total[5] / total[4] if total[4] else np.nan


@statement(
    "R3",
    "images with specks are missed significantly more often than others (p < 0.05 in Fisher's exact test)",
    "< 0.05",
    "(p)",
    over_folds=associated,
)
def specks(case):
    return case.specks


@statement(
    "R3",
    "over half of the mistakes on images with specks vanish if the specks are erased",
    "> 50 %",
    "vanish",
    over_folds=vanished,
)
def erased(case):
    return case.specks


@statement(
    "R4", "training accuracy is ahead of test accuracy by less than 0.4 points", "< 0.4 points", "ahead"
)
def gap(case):
    trained, asked = ((case.margins_of(*part) > 0).mean(axis=0) for part in (case.train, case.test))
    return median(trained - asked).max()


# Weights


@statement("R7", "each robust model has most of its weights driven to zero", "> 50 %", "of the weights")
def most_to_zero(case):
    return median(models.driven_to_zero(case.weights[:-1, 1:]).mean(axis=0)).min()


@statement(
    "R8",
    "where the mean digits differ by over twice its ε, each robust model has a larger part of its ‖w‖₁ than "
    "the regular one",
    "> 0 points",
    "more",
)
def robust_pixels(case):
    more = []
    for place, epsilon in enumerate(OWN, 1):
        shares = median(case.sizes[np.abs(case.difference) > 2 * epsilon].sum(axis=0) / case.norms)
        more.append(shares[place] - shares[0])
    return min(more)
