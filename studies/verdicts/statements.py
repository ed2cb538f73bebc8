"""The sentences of the post, and ours, as statements: words, a scope, a measure, the value at which it turns.

The post's sentences are named by the section (Overview, Towards Robust Binary Classification, Results, and
Deep networks in the conclusions) and a number; one that says several things has several statements. What is
said of mathematics is proved or disproved in PROOFS.md. What is said of the models has a measure, a number of
a Case, and holds on one side of a value. What is said of deep networks gets no verdict from linear models; a
measure shows what these do.

Values are round, where the words would change. Committed before any number of their own were `added`,
`unusual`, `surest_at_equal_shares`, `each_larger`, `attacked_gap` and `rough_copy`, and for all statements
the numbers of cross-validation, one epoch, 5 % of the images and standardised pixels. The others' numbers
under the other choices were known in an earlier form.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import fisher_exact
from sklearn.metrics import roc_auc_score

from studies.verdicts import shapes
from studies.verdicts.case import OWN, WEAK, Case
from studies.verdicts.choices import OF_SOME, Choice

MATHEMATICS, MODELS, LEARNING = "mathematics", "the post's models", "learning at large"
SENTENCES = {  # of the post, in our words: what it speaks of, the chapter to read on
    "T1": ("-yε sign(w) is the worst change within ε", MATHEMATICS, ""),
    "T2": ("unlike an L1 penalty, the robust loss doesn't pull on weights for far examples", MATHEMATICS, ""),
    "T3": ("mistakes near the boundary cost nothing", MATHEMATICS, ""),
    "T4": ("no strict margin is asked for, which sometimes can't be had", MATHEMATICS, ""),
    "T5": ("the gradient shrinks and can change its sign", MATHEMATICS, ""),
    "T6": ("weights smaller than ε are wiped off", MODELS, "training"),
    "R1": ("the regular model is excellent", MODELS, ""),
    "R2": ("the robust models are slightly worse", MODELS, ""),
    "R3": ("a dot beside the digit confuses", MODELS, ""),
    "R4": ("there is no overfitting", MODELS, ""),
    "R5": ("the regular model has many weak features that generalise", MODELS, "training"),
    "R6": ("it is brittle because of them", MODELS, "training"),
    "R7": ("robust models have wiped weak features off", MODELS, "training"),
    "R8": ("they stick with more robust, human-aligned features", MODELS, ""),
    "R9": ("the regular model's accuracy is about zero at ε = 0.2", MODELS, ""),
    "R11": ("unusual digits confuse robust models, which are far from ideal", MODELS, ""),
    "R12": ("fooled, the regular model is confident and a robust one isn't", MODELS, ""),
    "R13": ("robust models are more reliable", MODELS, "accidents"),
    "O1": ("a rough copy is enough to fool a model", LEARNING, "attackers"),
    "O2": ("changed inputs cost little, by rare and confident mistakes", LEARNING, "accidents"),
    "T7": ("small changes leave a digit's meaning", LEARNING, ""),
    "D1": ("deep networks lose performance when forced to be robust", LEARNING, "networks"),
}
PROOFS = {  # what the sentences of mathematics say, and whether it is proved
    "T1": {"no change within ε is worse": True},
    "T2": {"far examples give no gradient": True, "with an L1 penalty there is one": True},
    "T3": {"some mistakes cost nothing": False, "some cost less than in regular training": False},
    "T4": {
        "the margin that is asked for moves": True,
        "sometimes the regular one can't be had": True,
        "the robust one can be smaller": False,
    },
    "T5": {"a weight's gradient can change its sign": True, "it never grows": False},
}


@dataclass(frozen=True)
class Statement:
    """Something that a number decides.

    Attributes:
        of: the post's sentences of which it is a part, "R12 R13"; "" for one of ours.
        words: what holds.
        holds_at: the values with which it does: "< 50 %", "> 0 points" (both of fractions) or "> 1".
        measure: of a Case; with `of_pairs`, of the pairs' accuracies {pair: (4, 4)}, clean and at each ε, of
            each model. NaN where the question doesn't arise.
        over_folds: what makes one number of those of a cross-validation's folds.
        about: groups of choices besides those of training, attack and test images that concern it.
    """

    of: str
    words: str
    holds_at: str
    measure: Callable
    over_folds: Callable = np.mean
    about: str = "seed"
    of_pairs: bool = False

    @property
    def unit(self) -> str:
        return self.holds_at.split(" ", 2)[2] if self.holds_at.count(" ") > 1 else ""

    @property
    def turns_at(self) -> float:
        return float(self.holds_at.split()[1]) / (100 if self.unit else 1)

    def beyond(self, value: float | np.ndarray) -> float | np.ndarray:
        """How far values are from where it turns; above 0 it holds."""
        return (1 if self.holds_at.startswith(">") else -1) * (value - self.turns_at)

    def concerns(self, choice: Choice) -> bool:
        return choice.pairs if self.of_pairs else choice.group not in OF_SOME or choice.group in self.about

    def value(self, cases: list[Case]) -> float:
        """One number of the cases of a choice: one, or one for each fold."""
        return float(self.over_folds([self.measure(case) for case in cases]))


STATEMENTS: dict[str, Statement] = {}


def statement(of: str, words: str, holds_at: str, **more) -> Callable:
    """Put a measure among STATEMENTS, by its name."""

    def put(measure: Callable) -> Callable:
        STATEMENTS[measure.__name__] = Statement(of, words, holds_at, measure, **more)
        return measure

    return put


def parts(sentence: str) -> list[str]:
    """The names of a sentence's statements."""
    return [name for name, statement in STATEMENTS.items() if sentence in statement.of.split()]


def verdict(holding: list[bool]) -> str:
    return "confirmed" if all(holding) else "partly" if any(holding) else "refuted"


def median(values: np.ndarray) -> np.ndarray:
    """Over the seeds, the last axis."""
    return np.median(values, axis=-1)


# Clean images


@statement("R1", "the regular model is right on 99.9 %, rounded", "> 99.85 %")
def excellent(case):
    return median(case.at[0.0][0])


@statement("R1", "it makes fewer than ten mistakes in 2,115", "< 9.5")
def single_mistakes(case):
    return median(case.mistakes[0])


@statement("R2", "each robust model makes more mistakes than the regular one", "> 0")
def each_worse(case):
    return (case.mistakes[1:].mean(axis=1) - case.mistakes[0].mean()).min()


@statement("R2", "none loses a point of accuracy", "< 1 points")
def slightly(case):
    return case.price.mean(axis=1).max()


@statement("", "each larger ε of training makes more mistakes", "> 0")
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


@statement("R3", "over half of these mistakes vanish with the specks", "> 50 %", over_folds=vanished)
def erased(case):
    return case.specks


@statement("R3", "specks put on other images double the mistakes", "> 2", over_folds=as_many)
def added(case):
    return case.specks


@statement("R4", "training is ahead of test accuracy by less than 0.4 points", "< 0.4 points")
def gap(case):
    return median(case.gap(0)).max()


@statement("", "under the attack trained for the gap is less than a point, too", "< 1 points")
def attacked_gap(case):
    return max(median(case.gap(epsilon))[place] for place, epsilon in enumerate(OWN, 1))


# Weights


def weak(case: Case) -> np.ndarray:
    """The regular models' weak weights, the others 0: (784, S)."""
    weights = case.weights[:-1, 0].astype(float)
    return weights * (np.abs(weights) < WEAK)


@statement("R5", "over half of the pixels share 90 % of the regular ‖w‖₁", "> 50 %")
def many(case):
    sizes = -np.sort(-np.abs(case.weights[:-1, 0].astype(float)), axis=0)
    return median((1 + (np.cumsum(sizes, axis=0) < 0.9 * sizes.sum(axis=0)).sum(axis=0)) / 784)


@statement("R5", "its weights below 0.1 alone reach a ROC AUC of 0.95", "> 0.95")
def generalise(case):
    images, labels = case.test
    return median([roc_auc_score(labels > 0, logits) for logits in (images @ weak(case)).T])


@statement("R5", "over half of those weights is learnt, not left over from the start", "> 50 %")
def learnt(case):
    left = np.abs((case.weights[:-1, 0] - case.start[:-1]) * (weak(case) != 0)).sum(axis=0)
    return median(left / np.abs(weak(case)).sum(axis=0))


@statement("R6", "at ε = 0.1 the regular model is right on less than half", "< 50 %", about="seed asked")
def brittle(case):
    return median(case.at[case.asked or 0.1][0])


@statement("R6", "without its weak weights over half of that loss is undone", "> 50 %", about="seed asked")
def without_weak(case):
    strong = case.weights[:, 0].copy()
    strong[:-1][np.abs(strong[:-1]) < WEAK] = 0
    return median(case.way(strong, case.asked or 0.1))


@statement("R6", "over half of that loss stays without the start", "> 50 %", about="seed asked")
def without_start(case):
    learnt = case.weights[:, 0] - case.start
    return 1 - median(case.way(learnt, case.asked or 0.1)) if case.start.any() else np.nan


@statement("", "trained from zeros, over half of the loss at 0.1 is undone", "> 50 %", about="seed asked")
def left_over(case):
    others = case.from_zeros[:, :1].repeat(case.start.shape[1], axis=1)
    return median(case.way(others, case.asked or 0.1)) if case.start.any() else np.nan


@statement("T6 R7", "starting weights below ε foretell what goes to zero", "> 75 %")
def by_weight(case):
    return median(case.foretold(np.abs(case.start[:-1])[:, None])).max()


@statement("T6 R7", "means of y·x below ε foretell what goes to zero", "> 75 %")
def by_mean(case):
    return median(case.foretold(np.abs(case.means[:, 1:]))).min()


@statement("R7", "most weights of each robust model go to zero", "> 50 %")
def most_to_zero(case):
    return median(case.zero[:, 1:].mean(axis=0)).min()


@statement("R8", "more of their weight lies where the digits differ by over 2ε", "> 0 points")
def robust_pixels(case):
    sizes, more = np.abs(case.weights[:-1].astype(float)), []
    for place, epsilon in enumerate(OWN, 1):
        shares = median(sizes[np.abs(case.difference) > 2 * epsilon].sum(axis=0) / case.norms)
        more.append(shares[place] - shares[0])
    return min(more)


@statement("R8", "each is closer to the difference of the mean digits (cosine)", "> 0")
def like_the_digits(case):
    cosines = median(case.cosine())
    return cosines[1:].min() - cosines[0]


# Under attack


@statement("R9", "at ε = 0.2 the regular model is right on less than 1 %", "< 1 %")
def about_zero(case):
    return median(case.at[0.2][0])


@statement("", "trained for 0.2, a model is right on over 90 % at 0.2", "> 90 %")
def robust_at_02(case):
    return median(case.at[0.2][2])


@statement("R13", "at 0.1, 0.2 and 0.3 each robust model is ahead", "> 0 points")
def ahead_under_attack(case):
    return min((median(case.at[epsilon][1:]) - median(case.at[epsilon][0])).min() for epsilon in OWN)


@statement("", "each robust model is halved at a larger ε than the regular one", "> 0")
def withstands_more(case):
    return median(case.halving[1:] - case.halving[0]).min()


@statement("", "larger ε of training, larger halving ε", "> 0")
def in_order(case):
    return median(np.diff(case.halving[1:], axis=0)).min()


@statement("R11", "of a fooled and another image the odder is fooled in three of four cases", "> 0.75")
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


@statement("R12 R13", "fooled at equal ε, the regular model is the surest", "> 1")
def surest(case):
    fooled, _ = logits(case)
    return (fooled[:, 0] / fooled[:, 1:].max(axis=1)).min()


@statement("R12", "fooled equally often, on a quarter, the regular model is the surest, too", "> 1")
def surest_at_equal_shares(case):
    """In multiples of the clean median. NaN with valid pixels: then an attack doesn't move margins alike."""
    found = median(at_shares(case, np.array([0.25]))[0])
    return np.nan if case.clipped else found[0] / found[1:].max()


def at_shares(case: Case, shares: np.ndarray) -> np.ndarray:
    """Where shares of the images are fooled, their median logit in multiples of the clean one: (K, 4, S)."""
    ordered = np.sort(case.margins, axis=0)
    counts = np.ceil(shares * len(ordered)).astype(int)
    fooled = [ordered[count - 1] - np.median(ordered[:count], axis=0) for count in counts]
    return np.array(fooled) / np.median(np.abs(case.margins), axis=0)


@statement("R12", "fooled, the regular model is surer than on clean images", "> 1")
def surer_than_clean(case):
    fooled, clean = logits(case)
    return fooled[:, 0].min() / clean[0]


@statement("R12", "fooled, the model for 0.2 is less sure than on clean images", "< 1")
def robust_less_sure(case):
    fooled, clean = logits(case)
    return fooled[:, 2].max() / clean[2]


def fooled_by(case: Case, target: np.ndarray, signs: np.ndarray) -> float:
    """The median share of images that attacks along signs (784, M) take from models (785, M)."""
    return median(1 - case.accuracy(target, [case.asked or 0.2], signs)[0])


@statement(
    "O1",
    "an attack made for one from zeros fools the regular model on over half",
    "> 50 %",
    about="seed asked",
)
def rough_copy(case):
    signs = np.sign(case.from_zeros[:-1, :1]).repeat(case.start.shape[1], axis=1)
    return fooled_by(case, case.weights[:, 0], signs) if case.start.any() else np.nan


@statement("", "another seed's attack fools the regular model on less than half", "< 50 %", about="asked")
def transfer(case):
    regular = case.weights[:, 0]
    target, source = np.nonzero(~np.eye(regular.shape[1], dtype=bool))
    return fooled_by(case, regular[:, target], np.sign(regular[:-1, source])) if case.start.any() else np.nan


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


# After accidents


def gained(case: Case, accident: str = "") -> np.ndarray:
    """How much more accurate robust models are after an accident, or in the mean after all, (3,)."""
    if not case.accidents or (accident and accident not in case.accidents):
        return np.full(3, np.nan)
    chosen = [accident] if accident else case.accidents
    after = median(np.mean([case.accidents[name][0] for name in chosen], axis=0))
    return after[1:] - after[0]


@statement(
    "R13", "in the mean after accidents each robust model is ahead", "> 0 points", about="seed accidents"
)
def ahead_after_accidents(case):
    return gained(case).min()


@statement("", "turned digits: each robust model is ahead", "> 0 points", about="seed accidents")
def turned(case):
    return gained(case, "turned").min()


@statement("", "blurred digits: each robust model is behind", "< 0 points", about="seed accidents")
def blurred(case):
    return gained(case, "blurred").max()


@statement("O2", "accidents cost the regular model less than 5 points", "< 5 points", about="seed accidents")
def little(case):
    if not case.accidents:
        return np.nan
    return median(case.at[0.0][0] - np.mean([found[0, 0] for found in case.accidents.values()], axis=0))


@statement(
    "O2",
    "over half of its mistakes after accidents lie outside the soft margin",
    "> 50 %",
    about="seed accidents",
)
def confident(case):
    if not case.accidents:
        return np.nan
    accuracy, sure = np.mean([found[:, 0] for found in case.accidents.values()], axis=0)
    return median(sure / (1 - accuracy))


# All pairs


def median_price(pairs: dict, place: int) -> float:
    return float(np.median([found[0, 0] - found[0, place] for found in pairs.values()]))


@statement("", "for the median pair 0.1 costs over one point", "> 1 points", of_pairs=True)
def price_of_01(pairs):
    return median_price(pairs, 1)


@statement("", "for the median pair 0.2 costs over three points", "> 3 points", of_pairs=True)
def price_of_02(pairs):
    return median_price(pairs, 2)


@statement("", "for the median pair 0.3 costs over ten points", "> 10 points", of_pairs=True)
def price_of_03(pairs):
    return median_price(pairs, 3)


@statement("", "no pair is more often right at its ε than zeros and ones", "< 0.5", of_pairs=True)
def easiest_pair(pairs):
    """How many are, at the ε where they are most."""
    right = np.array([found.diagonal()[1:] for found in pairs.values()])
    return (right > pairs["0 1"].diagonal()[1:]).sum(axis=0).max()
