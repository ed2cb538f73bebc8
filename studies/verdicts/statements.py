"""The sentences of the post as statements: words, a measure, the value at which it turns.

What the post says of mathematics is proved or disproved in PROOFS.md. What is said of learning at large gets
no verdict from linear models. A statement is

firm     if it holds under every choice listed and from every single start
wrong    if it holds under none
depends  otherwise

Limits are round, where the words would change, and ours: the post names none. The words above were defined
when nearly all numbers were known, most limits when an earlier form was. Committed before their numbers were
that logits are divided by the clean median also at equal ε, and that of mistakes with specks the cured are
counted, whatever new ones there are without the specks.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact
from sklearn.metrics import roc_auc_score

from studies.shared import models
from studies.verdicts import shapes
from studies.verdicts.case import TESTED, Case


@dataclass(frozen=True)
class Statement:
    """Something that a number decides.

    Attributes:
        says: what the post says, in our words.
        asked: what we ask.
        holds_at: the values with which it holds: "> 0.5".
        shown: how a range of values is put in a table; of "%" and "points" the values are fractions.
        measure: of a Case. NaN where the question doesn't arise.
        over_folds: what makes one number of those of a cross-validation's folds.
    """

    says: str
    asked: str
    holds_at: str
    shown: str
    measure: Callable
    over_folds: Callable = np.mean

    def holds(self, value: float) -> bool:
        sign, limit = self.holds_at.split()
        return bool(value > float(limit) if sign == ">" else value < float(limit))

    def value(self, cases: list[Case]) -> float:
        """One number of the cases of a choice: one, or one for each fold."""
        return float(self.over_folds([self.measure(case) for case in cases]))

    def verdict(self, values: dict[str, float]) -> str:
        """By the values under all choices, single starts among them."""
        holds = [self.holds(value) for value in values.values()]
        return "firm" if all(holds) else "depends" if any(holds) else "wrong"


STATEMENTS: dict[str, Statement] = {}


def statement(says: str, asked: str, holds_at: str, shown: str, **more) -> Callable:
    """Put a measure among STATEMENTS, by its name."""

    def put(measure: Callable) -> Callable:
        STATEMENTS[measure.__name__] = Statement(says, asked, holds_at, shown, measure, **more)
        return measure

    return put


def median(values: np.ndarray) -> np.ndarray:
    """Over the seeds, the last axis."""
    return np.median(values, axis=-1)


# Under attack


@statement(
    "robust models are more reliable",
    "under attack each is right on half of the images up to a larger ε than the regular model",
    "> 0",
    "{} to {} more",
)
def withstands_more(case):
    return median(case.halving[1:] - case.halving[0]).min()


BRITTLE = "the regular model is brittle"


@statement(BRITTLE, "at ε = 0.2 it is right on less than half", "< 0.5", "{} to {} % right")
def brittle_at_02(case):
    return right_at(case, 0.2)


@statement(BRITTLE, "at ε = 0.1 it is right on less than half", "< 0.5", "{} to {} % right")
def brittle_at_01(case):
    return right_at(case, 0.1)


def right_at(case: Case, epsilon: float) -> float:
    """The share of images on which the regular model is right."""
    return median((case.attacked[epsilon][:, 0] > 0).mean(axis=0))


@statement(
    "robust models confuse odd digits",
    "at ε = 0.2, of an image that fools a robust model and one that doesn't, the first is odder in over 75 % "
    "of such pairs of images",
    "> 0.75",
    "{} to {} %",
)
def unusual(case):
    """ROC AUC of the robust model for which it is least."""
    odd, fooled = shapes.unusualness(case.train, case.test), case.attacked[0.2][:, 1:] <= 0
    if (fooled.all(axis=0) | ~fooled.any(axis=0)).any():
        return np.nan
    return min(median([roc_auc_score(one, odd) for one in of.T]) for of in fooled.transpose(1, 0, 2))


SURE = "the regular model is sure of its wrong answers, a fooled robust model isn't"


@statement(
    SURE,
    "at equal ε the regular model's logits on fooled images, divided by its clean ones, are the largest",
    "> 1",
    "{} to {} times the largest robust",
)
def surest(case):
    """Its median logit on fooled images over the largest robust one, the least of four ε. Logits are in
    multiples of the model's median on clean images, since the scale of a model says nothing."""
    ratios = []
    for epsilon in (0.2, 0.3, 0.4, 0.5):
        moved = case.attacked[epsilon]
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # none is fooled
            logits = median(np.nanmedian(np.where(moved <= 0, -moved, np.nan), axis=0) / case.clean_logits)
        ratios.append(logits[0] / logits[1:].max())
    return np.min(ratios)  # NaN if one is


@statement(
    SURE,
    "where each model is fooled on a quarter of the images, the regular one's logits on them, divided by its "
    "clean ones, are the largest",
    "> 1",
    "{} to {} times the largest robust",
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

WORSE = "robust models are slightly worse"


@statement(WORSE, "no robust model loses a point of clean accuracy", "< 0.01", "{} to {} points lost")
def slightly(case):
    return lost(case).max() / TESTED


@statement(WORSE, "each robust model makes more mistakes than the regular one", "> 0", "{} to {} more")
def each_worse(case):
    return lost(case).min()


def lost(case: Case) -> np.ndarray:
    """How many mistakes more than the regular model the robust ones make on average, (3,)."""
    return (case.mistakes[1:] - case.mistakes[0]).mean(axis=1)


DOT = "a dot beside the digit confuses models"


def associated(counts: list[np.ndarray]) -> float:
    """Fisher's exact p that images with specks are missed no more often by some model than others."""
    return fisher_exact(sum(counts)[:4].reshape(2, 2), "greater").pvalue


def cured(counts: list[np.ndarray]) -> float:
    """The share of the mistakes on images with specks; NaN for none."""
    *_, made, without, _ = sum(counts)
    return without / made if made else np.nan


@statement(
    DOT,
    "images with specks are missed by some model significantly more often than others (p < 0.05 in Fisher's "
    "exact test)",
    "< 0.05",
    "p = {} to {}",
    over_folds=associated,
)
def specks(case):
    return case.specks


@statement(
    DOT,
    "of the mistakes on images with specks over half are cured if the specks are erased",
    "> 0.5",
    "{} to {} % cured",
    over_folds=cured,
)
def erased(case):
    return case.specks


# Weights


@statement(
    "robust training removes weak features",
    "each robust model has most of its weights driven to zero",
    "> 0.5",
    "{} to {} % of them",
)
def most_to_zero(case):
    return median(models.driven_to_zero(case.weights[:-1, 1:]).mean(axis=0)).min()
