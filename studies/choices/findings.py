"""The findings that pages state: the measure of each, where its sentence would turn, and who says it.

Committed before the numbers under other choices; those of the post's own choice were known for all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studies.choices.choices import Choice
from studies.verdicts.evidence import Case
from studies.verdicts.rules import median


@dataclass(frozen=True)
class Finding:
    """A sentence, and the measure that decides it.

    Attributes:
        text: the finding in a few words, for tables and the figure.
        holds_at: the values with which it holds: "< 50 %", "> 0 points" (both of fractions) or "> 1".
        measure: of a Case, or of the pairs' accuracies {pair: (4, 4)}: clean and at each ε, of each model.
            NaN where the question doesn't arise.
        about: the groups of choices besides those of training and attack that concern it.
    """

    text: str
    holds_at: str
    measure: Callable
    about: str = "seed"

    @property
    def unit(self) -> str:
        return self.holds_at.split(" ", 2)[2] if self.holds_at.count(" ") > 1 else ""

    def distance(self, value: float | np.ndarray) -> float | np.ndarray:
        """How far values are from where the sentence turns: above 0 it holds."""
        sign, threshold = self.holds_at.split()[:2]
        beyond = value - float(threshold) / (100 if self.unit else 1)
        return beyond if sign == ">" else -beyond

    def concerns(self, choice: Choice) -> bool:
        return choice.asks_claims or choice.group in self.about.split()


def own(place: int, epsilon: float) -> Callable[[Case], float]:
    return lambda case: median(case.at[epsilon][place])


def halving_beyond_regular(case: Case) -> float:
    return median(case.halving[1:] - case.halving[0]).min()


def halving_in_order(case: Case) -> float:
    return median(np.diff(case.halving[1:], axis=0)).min()


def more_mistakes(case: Case) -> np.ndarray:
    """Of each robust model, in the mean over the seeds."""
    return case.mistakes[1:].mean(axis=1) - case.mistakes[0].mean()


def in_the_mean(place: int) -> Callable[[Case], float]:
    """By how much a robust model is more accurate after all accidents."""

    def measure(case: Case) -> float:
        after = median(np.mean(list(case.accidents.values()), axis=0))
        return after[place] - after[0]

    return measure


def after(accident: str, extreme: Callable) -> Callable[[Case], float]:
    """The same after one accident, of the least or most helped robust model."""

    def measure(case: Case) -> float:
        accuracy = case.accidents.get(accident)
        return np.nan if accuracy is None else extreme(median(accuracy[1:] - accuracy[0]))

    return measure


def ratio_of_logits(case: Case) -> float:
    fooled = median(case.fooled_logits(case.asked or 0.2))
    return fooled[0] / fooled[1:].max()


def left_over(case: Case) -> float:
    """Of the way to the robust model, what starting from zeros closes; NaN where there is no random start."""
    if not case.start.any():
        return np.nan
    from_zeros = case.from_zeros[:, :1].repeat(case.start.shape[1], axis=1)
    return float(np.median(case.way(from_zeros, case.asked or 0.1)))


def transfer(case: Case) -> float:
    """NaN where all seeds end in the same model."""
    return float(np.median(case.fooled_by_other_seeds())) if case.start.any() else np.nan


def ten_images(case: Case) -> float:
    """The transfer to the least open robust model of the mean of ten ones less that of ten zeros: the median
    of ten draws. NaN where pixels are clipped, for then no one number says it."""
    if case.clipped:
        return np.nan
    images, labels = case.train
    random, places = np.random.default_rng(1), [np.flatnonzero(labels == label) for label in (1, -1)]
    means = [[images[random.choice(of, 10, replace=False)].mean(axis=0) for of in places] for _ in range(10)]
    signs = np.sign([ones - zeros for ones, zeros in means])
    reached = np.tensordot(signs, case.weights[:-1, 1:].astype(float), axes=1) / case.norms[1:]
    return np.median(reached, axis=(0, 2)).min()


def foretold_by_mean(case: Case) -> float:
    return median(case.foretold(np.abs(case.means[:, 1:]))).min()


def foretold_by_weight(case: Case) -> float:
    return median(case.foretold(np.abs(case.start[:-1])[:, None])).max()


def median_price(place: int) -> Callable[[dict], float]:
    return lambda pairs: float(np.median([at[0, 0] - at[0, place] for at in pairs.values()]))


def ahead_of_zeros_and_ones(pairs: dict) -> int:
    """How many pairs keep more at the ε of training, at the ε where they are most."""
    kept = {pair: at.diagonal()[1:] for pair, at in pairs.items()}
    return int(max(sum(np.array(list(kept.values())) > kept["0 1"])))


ACCIDENTS = "seed accidents"
OF_ZEROS_AND_ONES = {
    "brittle at 0.1": Finding("at ε = 0.1 the regular model keeps less than half", "< 50 %", own(0, 0.1)),
    "brittle at 0.2": Finding("at ε = 0.2 the regular model keeps less than half", "< 50 %", own(0, 0.2)),
    "keeps at 0.1": Finding("trained for 0.1, a model keeps over 90 %", "> 90 %", own(1, 0.1)),
    "keeps at 0.2": Finding("trained for 0.2, a model keeps over 90 %", "> 90 %", own(2, 0.2)),
    "keeps at 0.3": Finding("trained for 0.3, a model keeps over 80 %", "> 80 %", own(3, 0.3)),
    "withstands more": Finding(
        "each robust model's halving ε is above the regular one's", "> 0", halving_beyond_regular
    ),
    "in order": Finding("larger ε of training, larger halving ε", "> 0", halving_in_order),
    "nearly free": Finding(
        "zeros and ones pay less than half a point",
        "< 0.5 points",
        lambda case: case.price.mean(axis=1).max(),
    ),
    "each worse": Finding(
        "each robust model makes more mistakes",
        "> 0",
        lambda case: more_mistakes(case).min(),
    ),
    "0.3 worse": Finding(
        "the model for 0.3 makes more mistakes",
        "> 0",
        lambda case: more_mistakes(case)[2],
    ),
    "no gap": Finding(
        "no gap from training to test of 0.4 points",
        "< 0.4 points",
        lambda case: median(case.gap).max(),
    ),
    "left over": Finding(
        "most brittleness is left over from the start",
        "> 50 %",
        left_over,
        "seed asked",
    ),
    "transfer": Finding("another seed's attack fools less than half", "< 50 %", transfer, "asked"),
    "ten images": Finding("ten images of each digit do nine tenths of an attack", "> 0.9", ten_images),
    "confident": Finding(
        "fooled, the regular model's logits are the largest",
        "> 1",
        ratio_of_logits,
        "seed asked",
    ),
    "mean foretells": Finding("means of y·x below ε foretell what is wiped off", "> 75 %", foretold_by_mean),
    "weight does not": Finding(
        "starts below ε do not foretell what is wiped off", "< 75 %", foretold_by_weight
    ),
    "accidents, 0.1": Finding(
        "after accidents 0.1 is no better in the mean", "< 0 points", in_the_mean(1), ACCIDENTS
    ),
    "accidents, 0.3": Finding(
        "after accidents 0.3 is worse in the mean", "< 0 points", in_the_mean(3), ACCIDENTS
    ),
    "turned": Finding(
        "turned digits: robust models are better", "> 0 points", after("rotate", min), ACCIDENTS
    ),
    "hidden": Finding(
        "middle hidden: robust models are worse", "< 0 points", after("occlusion", max), ACCIDENTS
    ),
    "blurred": Finding(
        "blurred digits: robust models are worse", "< 0 points", after("gaussian_blur", max), ACCIDENTS
    ),
}
OF_PAIRS = {
    "price at 0.1": Finding("for the median pair, 0.1 costs over one point", "> 1 points", median_price(1)),
    "price at 0.2": Finding(
        "for the median pair, 0.2 costs over three points", "> 3 points", median_price(2)
    ),
    "price at 0.3": Finding("for the median pair, 0.3 costs over ten points", "> 10 points", median_price(3)),
    "easiest pair": Finding("no pair keeps more than zeros and ones", "< 0.5", ahead_of_zeros_and_ones),
}
FINDINGS = OF_ZEROS_AND_ONES | OF_PAIRS

# Where pages state findings: the page, words of the sentence, and, if some choice turns the finding, words of
# the same paragraph or bullet that name the condition. A test holds this.
README, STUDIES, DIGITS = "README.md", "studies/README.md", "studies/digits/README.md"
SAID = (
    ("brittle at 0.2", README, "At ε = 0.2 the regular model keeps", "0.0 to 62.7 %"),
    ("keeps at 0.2", README, "the one trained for it", ""),
    ("price at 0.3", README, "costs the median of all 45 pairs", ""),
    ("brittle at 0.1", README, "the regular model collapses", "With the post's training"),
    ("in order", README, "the order in these runs is that of the training", "in these runs"),
    ("transfer", README, "an attack made for another seed's model", "with batches of ten"),
    ("left over", README, "much of its noise is the initial draw", "at 0.1"),
    ("accidents, 0.3", README, "In the mean over eighteen accidents", ""),
    ("turned", README, "it helps zeros and ones against turning", "at middle strength"),
    ("hidden", README, "hurts where the middle is hidden", "at middle strength"),
    ("blurred", README, "the image is blurred", "at middle strength"),
    ("ten images", README, "Ten images of each digit do", "81 to 100 %"),
    ("no gap", README, "measured at the end it exceeds test accuracy by at most", ""),
    ("left over", STUDIES, "most of it at ε = 0.1", "With the post's training"),
    ("ten images", STUDIES, "With ten images of each digit", "nearly"),
    ("mean foretells", STUDIES, "the mean of y·x over the images", "With the post's steps"),
    ("0.3 worse", STUDIES, "Over the random start yes", ""),
    ("accidents, 0.3", STUDIES, "and 0.3 costs", ""),
    ("easiest pair", DIGITS, "zeros and ones are the easiest of all 45 pairs", "With the post's training"),
    ("nearly free", DIGITS, "robustness is nearly free", "With the post's training"),
)
