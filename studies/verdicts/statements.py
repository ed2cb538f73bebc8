"""The sentences of the post, and ours, as statements: words, a measure, the value at which it turns.

The post's sentences are named by the section (T in its theory, R in its results), a number, and a letter
where one says several things. Each statement is judged alone. What is said of mathematics (T1 to T6) is
proved or disproved in PROOFS.md. What is said of learning at large gets no verdict from linear models.

A statement is

firm   if it holds under every choice listed, single starts among them
holds  if it holds with the post's choices, but not under every choice
open   if it isn't decided whether it holds with the post's choices
fails  if it doesn't hold with the post's choices, but under some other
wrong  if it holds under no choice

With the post's choices it holds or fails as from all of ten starts on the post's test set. Where these
disagree, the five starts in cross-validation decide, which tests on seven times as many images. If they
disagree, too, it is open. One without single starts is judged by its value with the post's choices.

Limits are round, where the words would change, and ours: the post names none. Committed before any number of
their own were `unusual`, `surest_at_equal_shares` and `without_weak`, and for all statements the numbers of
cross-validation, one epoch, 5 % of the images and standardised pixels. The others' numbers were known in an
earlier form. So were nearly all numbers when the words above were defined, but not those of single starts in
cross-validation.
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
from studies.verdicts.choices import FOLD_STARTS, POST, STARTS

WEAK = 0.1  # a weight of the regular model below it is weak
SENTENCES = {  # what the post says, in our words
    "R1": "the regular model is excellent",
    "R2": "robust models are slightly worse",
    "R3": "a dot beside the digit confuses models",
    "R4": "there is no overfitting",
    "R5": "the regular model has many weak features that generalise",
    "R6a": "the regular model is brittle",
    "R6b": "its weak features make it so",
    "R7": "robust training removes weak features",
    "R8a": "robust models rely on more robust features",
    "R8b": "they rely on features that look right to us",
    "R9": "at an ε where we can still read, the regular model's accuracy is about zero",
    "R11": "robust models confuse odd digits",
    "R12": "the regular model is sure of its wrong answers, a fooled robust model isn't",
    "R13a": "robust models are more reliable, if that means under attack",
    "R13b": "robust models are more reliable, if that means after accidents",
}


@dataclass(frozen=True)
class Statement:
    """Something that a number decides.

    Attributes:
        of: the post's sentence of which it is a part; "" for one of ours.
        words: what we ask.
        holds_at: the values with which it holds: "< 50 %", "> 0 points" (both of fractions) or "> 1".
        of_what: what a value is: "right" of "12 % right".
        measure: of a Case; with `of_pairs`, of all pairs' accuracies {pair: (4,)}. NaN where the question
            doesn't arise.
        over_folds: what makes one number of those of a cross-validation's folds.
    """

    of: str
    words: str
    holds_at: str
    of_what: str
    measure: Callable
    over_folds: Callable = np.mean
    of_pairs: bool = False

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
        """By the values under the choices where it has one."""
        holds = {choice: self.holds(value) for choice, value in values.items()}
        asked = {holds[name] for name in STARTS if name in holds} or {holds[POST.name]}
        if len(asked) > 1:
            asked = {holds[name] for name in FOLD_STARTS if name in holds}
        if len(asked) != 1:
            return "open"
        if asked == {True}:
            return "firm" if all(holds.values()) else "holds"
        return "fails" if any(holds.values()) else "wrong"


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
    "R13a",
    "each robust model is right on half of the images up to a larger ε than the regular one",
    "> 0",
    "more ε",
)
def withstands_more(case):
    return median(case.halving[1:] - case.halving[0]).min()


def right_at(case: Case, epsilon: float) -> float:
    """The share of images on which the regular model is right."""
    return median((case.attacked(epsilon)[:, 0] > 0).mean(axis=0))


@statement("R6a", "at ε = 0.2 the regular model is right on less than half", "< 50 %", "right")
def brittle_at_02(case):
    return right_at(case, 0.2)


@statement("R6a", "at ε = 0.1 the regular model is right on less than half", "< 50 %", "right")
def brittle_at_01(case):
    return right_at(case, 0.1)


@statement("R9", "at ε = 0.2 the regular model is right on less than 1 %", "< 1 %", "right")
def about_zero(case):
    return right_at(case, 0.2)


@statement(
    "R11",
    "at ε = 0.2 an image that fools a robust model is odder than another in over 75 % of such couples",
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
    "at equal ε the regular model's logits on fooled images are the largest",
    "> 1",
    "times the largest robust",
)
def surest(case):
    """Its median absolute logit on fooled images over the largest robust one, the least of four ε."""
    ratios = []
    for epsilon in (0.2, 0.3, 0.4, 0.5):
        moved = case.attacked(epsilon)
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # none is fooled
            logits = median(np.nanmedian(np.where(moved <= 0, -moved, np.nan), axis=0))
        ratios.append(logits[0] / logits[1:].max())
    return np.min(ratios)  # NaN if one is


@statement(
    "R12",
    "with a quarter of images fooled, the regular model's logits, relative to clean ones, are the largest",
    "> 1",
    "times the largest robust",
)
def surest_at_equal_shares(case):
    """Logits in multiples of the clean median. NaN with valid pixels: an attack then moves margins apart."""
    if case.clipped:
        return np.nan
    ordered = np.sort(case.margins, axis=0)
    fooled = ordered[: int(np.ceil(len(ordered) / 4))]
    found = median((fooled[-1] - np.median(fooled, axis=0)) / np.median(np.abs(ordered), axis=0))
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
    "images with specks are missed significantly more often (p < 0.05 in Fisher's exact test)",
    "< 0.05",
    "= p",
    over_folds=associated,
)
def specks(case):
    return case.specks


@statement(
    "R3",
    "over half of the mistakes on images with specks vanish with the specks",
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


@statement(
    "R5",
    "with the regular model's weights below 0.1 alone a one has a larger logit than a zero in over 95 % of "
    "such couples",
    "> 95 %",
    "of couples",
)
def generalise(case):
    (images, labels), weights = case.test, case.weights[:-1, 0].astype(float)
    logits = images @ np.where(np.abs(weights) < WEAK, weights, 0)
    return median([roc_auc_score(labels > 0, of_seed) for of_seed in logits.T])


@statement(
    "R6b",
    "at ε = 0.2 dropping the regular model's weights below 0.1 closes over half its gap to the model for 0.2",
    "> 50 %",
    "of the gap",
)
def without_weak(case):
    """NaN where it is less than five points behind. At 0.2, since there models from a zero start, whose weak
    weights are all learnt, are far enough behind, too."""
    both, strong = case.weights[:, [0, 2]], case.weights[:, 0].copy()
    strong[:-1][np.abs(strong[:-1]) < WEAK] = 0
    regular, robust = case.accuracy(both.reshape(785, -1), [0.2])[0].reshape(2, -1)
    behind = np.where(robust - regular >= 0.05, robust - regular, np.nan)
    return median((case.accuracy(strong, [0.2])[0] - regular) / behind)


@statement("R7", "each robust model has most of its weights driven to zero", "> 50 %", "of the weights")
def most_to_zero(case):
    return median(models.driven_to_zero(case.weights[:-1, 1:]).mean(axis=0)).min()


@statement(
    "R8a",
    "each robust model has a larger part of its ‖w‖₁ where the mean digits differ by over 2ε",
    "> 0 points",
    "more",
)
def robust_pixels(case):
    more = []
    for place, epsilon in enumerate(OWN, 1):
        shares = median(case.sizes[np.abs(case.difference) > 2 * epsilon].sum(axis=0) / case.norms)
        more.append(shares[place] - shares[0])
    return min(more)


@statement(
    "R8b",
    "each robust model's weights are more like the difference of the mean digits (cosine)",
    "> 0",
    "more cosine",
)
def like_the_digits(case):
    pixels = case.weights[:-1].astype(float)
    along = np.tensordot(case.difference, pixels, axes=1)
    cosines = median(along / np.linalg.norm(case.difference) / np.linalg.norm(pixels, axis=0))
    return cosines[1:].min() - cosines[0]


# All pairs


@statement(
    "",
    "training for 0.3 costs the median pair of digits over ten points of clean accuracy",
    "> 10 points",
    "lost",
    of_pairs=True,
)
def price_of_03(pairs):
    return float(np.median([clean[0] - clean[3] for clean in pairs.values()]))
