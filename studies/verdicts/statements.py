"""The sentences of the post, and ours, as statements: words, a measure, the value at which it turns.

The post's sentences are named by the section (Overview, Towards Robust Binary Classification, Results, and
Deep networks in the conclusions) and a number; one that says several things has several statements, and each
is judged alone. What is said of mathematics (T1 to T5) is proved or disproved in PROOFS.md. What is said of
learning at large (O1, O2, T7, D1) gets no verdict from linear models; attackers, accidents and networks ask.

A statement is

firm         if it holds under every choice listed, single starts among them
conditional  if it holds with the post's choices from each start, but not under every choice
open         if, with the post's choices, it holds from some of ten starts and not from others, or on the
             post's test set and not in cross-validation, or the other way round
wrong        if it holds neither there, from any of the starts, nor in cross-validation

One without a value from single starts is judged by its value with the post's choices in their place.

Values are round, where the words would change, and ours: the post names none. Committed before any number of
their own were `added`, `unusual`, `surest_at_equal_shares`, `each_larger`, `attacked_gap` and `by_start`, and
for all statements the numbers of cross-validation, one epoch, 5 % of the images and standardised pixels. The
others' numbers were known in an earlier form, and so were all numbers when the four words above were defined.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact
from sklearn.metrics import roc_auc_score

from studies.verdicts import shapes
from studies.verdicts.case import OWN, WEAK, Case, share
from studies.verdicts.choices import BY_NAME, POST, Choice

STARTS = [choice.name for choice in BY_NAME.values() if choice.seed]


@dataclass(frozen=True)
class Statement:
    """Something that a number decides.

    Attributes:
        of: the post's sentences of which it is a part, "R12 R13"; "" for one of ours.
        words: what it says.
        holds_at: the values with which it holds: "< 50 %", "> 0 points" (both of fractions) or "> 1".
        measure: of a Case; with `of_pairs`, of all pairs' accuracies {pair: (4,)}. NaN where the question
            doesn't arise.
        instead: what is true where it is wrong.
        over_folds: what makes one number of those of a cross-validation's folds.
        free_epsilon: whether it is asked at other ε, too.
        of_starts: whether it has a value for a single start.
    """

    of: str
    words: str
    holds_at: str
    measure: Callable
    instead: str = ""
    over_folds: Callable = np.mean
    free_epsilon: bool = False
    of_starts: bool = True
    of_pairs: bool = False

    @property
    def unit(self) -> str:
        return self.holds_at.split(" ", 2)[2] if self.holds_at.count(" ") > 1 else ""

    @property
    def turns_at(self) -> float:
        return float(self.holds_at.split()[1]) / (100 if self.unit else 1)

    def holds(self, value: float | np.ndarray) -> bool | np.ndarray:
        return value > self.turns_at if self.holds_at.startswith(">") else value < self.turns_at

    def concerns(self, choice: Choice) -> bool:
        if self.of_pairs:
            return choice.pairs
        return self.free_epsilon or not choice.asked if not choice.seed else self.of_starts

    def value(self, cases: list[Case]) -> float:
        """One number of the cases of a choice: one, or one for each fold."""
        return float(self.over_folds([self.measure(case) for case in cases]))

    def verdict(self, values: dict[str, float]) -> str:
        """By the values under the choices where it has one."""
        holds = {choice: bool(self.holds(value)) for choice, value in values.items()}
        asked = [holds[name] for name in STARTS if name in holds] or [holds[POST.name]]
        asked += [holds["cross-validation"]] if "cross-validation" in holds else []
        if any(asked) and not all(asked):
            return "open"
        return "wrong" if not any(asked) else "firm" if all(holds.values()) else "conditional"


STATEMENTS: dict[str, Statement] = {}


def statement(of: str, words: str, holds_at: str, instead: str = "", **more) -> Callable:
    """Put a measure among STATEMENTS, by its name."""

    def put(measure: Callable) -> Callable:
        STATEMENTS[measure.__name__] = Statement(of, words, holds_at, measure, instead, **more)
        return measure

    return put


def median(values: np.ndarray) -> np.ndarray:
    """Over the seeds, the last axis."""
    return np.median(values, axis=-1)


# Clean images


@statement("R1", "the regular model makes fewer than ten mistakes in 2,115 images", "< 9.5")
def single_mistakes(case):
    return median(case.mistakes[0])


@statement("R2", "in the mean each robust model makes more mistakes than the regular one", "> 0")
def each_worse(case):
    return (case.mistakes[1:].mean(axis=1) - case.mistakes[0].mean()).min()


@statement("R2", "no robust model loses a point of clean accuracy", "< 1 points")
def slightly(case):
    return case.price.mean(axis=1).max()


@statement("", "in the mean each larger ε of training makes more mistakes", "> 0")
def each_larger(case):
    return np.diff(case.mistakes.mean(axis=1)).min()


def associated(counts: list[np.ndarray]) -> float:
    """Fisher's exact p that images with specks are missed no more often by some model than others."""
    return fisher_exact(sum(counts)[:4].reshape(2, 2), "greater").pvalue


def vanished(counts: list[np.ndarray]) -> float:
    """Which share of the mistakes on images with specks; NaN for none."""
    total = sum(counts)
    return 1 - total[5] / total[4] if total[4] else np.nan


def as_many(counts: list[np.ndarray]) -> float:
    """How many times the mistakes on images without specks, when these get some; NaN for none."""
    total = sum(counts)
    return total[7] / total[6] if total[6] else np.nan


@statement("R3", "images with specks are missed more often (Fisher's p)", "< 0.05", over_folds=associated)
def specks(case):
    return case.specks


@statement(
    "R3",
    "over half of the mistakes on images with specks vanish with the specks",
    "> 50 %",
    "nearly all remain if the specks are erased",
    over_folds=vanished,
)
def erased(case):
    return case.specks


@statement(
    "R3",
    "specks put on other images double their mistakes",
    "> 2",
    "they cause hardly any",
    over_folds=as_many,
)
def added(case):
    return case.specks


@statement("R4", "training accuracy is ahead of test accuracy by less than 0.4 points", "< 0.4 points")
def gap(case):
    return median(case.gap(0)).max()


@statement(
    "", "under the attack that a model was trained for, training is ahead by less than a point", "< 1 points"
)
def attacked_gap(case):
    return max(median(case.gap(epsilon))[place] for place, epsilon in enumerate(OWN, 1))


# Weights


def weak(case: Case) -> np.ndarray:
    """The regular models' weak weights, the others 0: (784, S)."""
    weights = case.weights[:-1, 0].astype(float)
    return weights * (np.abs(weights) < WEAK)


@statement("R5", "90 % of the regular model's ‖w‖₁ needs over half of the pixels", "> 50 %")
def many(case):
    sizes = -np.sort(-np.abs(case.weights[:-1, 0].astype(float)), axis=0)
    return median((1 + (np.cumsum(sizes, axis=0) < 0.9 * sizes.sum(axis=0)).sum(axis=0)) / 784)


@statement(
    "R5", "the regular model's weights below 0.1 alone rank a one above a zero in 95 % (ROC AUC)", "> 0.95"
)
def generalise(case):
    images, labels = case.test
    return median([roc_auc_score(labels > 0, logits) for logits in (images @ weak(case)).T])


@statement(
    "R5",
    "training moved the regular model's weights below 0.1 by over half of their sum",
    "> 50 %",
    "most of it is left over from the start",
)
def learnt(case):
    """Over 100 % where training undid more of the start than is left."""
    left = np.abs((case.weights[:-1, 0] - case.start[:-1]) * (weak(case) != 0)).sum(axis=0)
    return median(left / np.abs(weak(case)).sum(axis=0))


@statement("R6", "at ε = 0.1 the regular model is right on less than half", "< 50 %", free_epsilon=True)
def brittle(case):
    return median(case.at[case.asked or 0.1][0])


@statement(
    "R6",
    "without its weights below 0.1 it makes up over half of its distance to the model for 0.1",
    "> 50 %",
    free_epsilon=True,
)
def without_weak(case):
    strong = case.weights[:, 0].copy()
    strong[:-1][np.abs(strong[:-1]) < WEAK] = 0
    return median(case.way(strong, case.asked or 0.1))


@statement(
    "R6",
    "over half of its distance to the model for 0.1 is left without its random start",
    "> 50 %",
    "hardly any is left",
    free_epsilon=True,
)
def without_start(case):
    learnt = case.weights[:, 0] - case.start
    return 1 - median(case.way(learnt, case.asked or 0.1)) if case.start.any() else np.nan


@statement(
    "T6",
    "of the weights that start below ε over 95 % are driven to zero",
    "> 95 %",
    "every weight starts below 0.1, and many stay",
)
def by_start(case):
    below = np.abs(case.start[:-1])[:, None] < np.array(OWN)[:, None]
    return median(share(below, case.zero[:, 1:])).min()


@statement("", "means of y·x below ε tell which weights are driven to zero (balanced accuracy)", "> 75 %")
def by_mean(case):
    return np.nan if case.means is None else median(case.foretold()).min()


@statement("R7", "each robust model has most of its weights driven to zero", "> 50 %")
def most_to_zero(case):
    return median(case.zero[:, 1:].mean(axis=0)).min()


@statement(
    "R8", "robust models have more of their weight where the mean digits differ by over 2ε", "> 0 points"
)
def robust_pixels(case):
    sizes, more = np.abs(case.weights[:-1].astype(float)), []
    for place, epsilon in enumerate(OWN, 1):
        shares = median(sizes[np.abs(case.difference) > 2 * epsilon].sum(axis=0) / case.norms)
        more.append(shares[place] - shares[0])
    return min(more)


@statement(
    "R8",
    "each robust model looks more like the difference of the mean digits (cosine)",
    "> 0",
    "some robust model looks less like it",
)
def like_the_digits(case):
    cosines = median(case.cosine())
    return cosines[1:].min() - cosines[0]


# Under attack


@statement("R9", "at ε = 0.2 the regular model is right on less than 1 %", "< 1 %")
def about_zero(case):
    return median(case.at[0.2][0])


@statement("", "at ε = 0.2 the model trained for it is right on over 90 %", "> 90 %")
def robust_at_02(case):
    return median(case.at[0.2][2])


@statement(
    "R13", "at ε = 0.1, 0.2 and 0.3 each robust model is right more often than the regular one", "> 0 points"
)
def ahead_under_attack(case):
    return min((median(case.at[epsilon][1:]) - median(case.at[epsilon][0])).min() for epsilon in OWN)


@statement("", "each robust model falls below one half at a larger ε than the regular one", "> 0")
def withstands_more(case):
    return median(case.halving[1:] - case.halving[0]).min()


@statement("", "the larger the ε of training, the larger the ε at which a model falls below one half", "> 0")
def in_order(case):
    return median(np.diff(case.halving[1:], axis=0)).min()


@statement(
    "R11",
    "of an image that fools a robust model and another, the first is odder in three of four cases",
    "> 0.75",
)
def unusual(case):
    """ROC AUC at ε = 0.2 of the robust model for which it is least."""
    odd, fooled = shapes.unusualness(case.train, case.test), case.attacked(0.2)[:, 1:] <= 0
    if (fooled.all(axis=0) | ~fooled.any(axis=0)).any():
        return np.nan
    return min(median([roc_auc_score(one, odd) for one in of.T]) for of in fooled.transpose(1, 0, 2))


@statement("R11", "at ε = 0.2 robust models err over ten times as often as on clean images", "> 10")
def far_from_ideal(case):
    clean = np.maximum(median(1 - case.at[0.0][1:]), 1 / len(case.test[1]))
    return (median(1 - case.at[0.2][1:]) / clean).min()


def logits(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The median absolute logits of the images fooled at four ε, (4, 4), and of clean ones, (4,)."""
    fooled = np.array([median(case.fooled_logits(epsilon)) for epsilon in (0.2, 0.3, 0.4, 0.5)])
    return fooled, median(np.median(np.abs(case.margins), axis=0))


@statement("R12", "of models fooled at equal ε, the regular one has the largest logits", "> 1")
def surest(case):
    fooled, _ = logits(case)
    return (fooled[:, 0] / fooled[:, 1:].max(axis=1)).min()


@statement(
    "R12",
    "of models fooled on a quarter of the images each, the regular one has the largest logits",
    "> 1",
    "relative to its clean logits a robust one has",
)
def surest_at_equal_shares(case):
    """Logits in multiples of the clean median. NaN with valid pixels: an attack then moves margins apart."""
    if case.clipped:
        return np.nan
    ordered = np.sort(case.margins, axis=0)
    fooled = ordered[: int(np.ceil(len(ordered) / 4))]
    found = median((fooled[-1] - np.median(fooled, axis=0)) / np.median(np.abs(ordered), axis=0))
    return found[0] / found[1:].max()


@statement("R12", "the fooled regular model has larger logits than on clean images", "> 1")
def surer_than_clean(case):
    fooled, clean = logits(case)
    return fooled[:, 0].min() / clean[0]


@statement("R12", "the fooled model for 0.2 has smaller logits than on clean images", "< 1")
def robust_less_sure(case):
    fooled, clean = logits(case)
    return fooled[:, 2].max() / clean[2]


@statement(
    "", "another start's attack fools the regular model on less than half at 0.2", "< 50 %", of_starts=False
)
def transfer(case):
    """In the median of the pairs of starts."""
    if not case.start.any():
        return np.nan
    target, source = np.nonzero(~np.eye(case.start.shape[1], dtype=bool))
    signs = np.sign(case.weights[:-1, 0, source])
    return median(1 - case.accuracy(case.weights[:, 0, target], [0.2], signs)[0])


@statement("", "ten images of each digit do nine tenths of an attack on a robust model", "> 0.9")
def ten_images(case):
    """The attack along the difference of their means, in the median of ten draws, on the least open model.
    NaN with valid pixels: no one number says it."""
    if case.clipped:
        return np.nan
    images, labels = case.train
    random, places = np.random.default_rng(1), [np.flatnonzero(labels == label) for label in (1, -1)]
    means = [[images[random.choice(of, 10, replace=False)].mean(axis=0) for of in places] for _ in range(10)]
    signs = np.sign([ones - zeros for ones, zeros in means])
    reached = np.tensordot(signs, case.weights[:-1, 1:].astype(float), axes=1) / case.norms[1:]
    return np.median(reached, axis=(0, 2)).min()


# All pairs


@statement(
    "",
    "training for 0.3 costs the median pair of digits over ten points",
    "> 10 points",
    of_starts=False,
    of_pairs=True,
)
def price_of_03(pairs):
    return float(np.median([clean[0] - clean[3] for clean in pairs.values()]))
