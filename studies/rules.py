"""What the post claims, where, and the rule that decides each claim: one for zeros and ones and all pairs.

A claim of mathematics is decided by proof. One about the post's own models has a rule: a function of a Case
that returns conditions, each true, false, or None where the measure can't tell. What is said of machine
learning or deep networks gets no verdict from linear models.

Most conditions were written by people who knew the numbers of zeros and ones from an earlier version. New to
them, when these rules were committed, were T6 and R7 with "wiped off" as a fraction of the largest weight,
R7 (2), every rule but R1, R2 and R9 on other pairs of digits, and all
of them under other choices. One rule was changed after its first number: T6 (2) and R7 (3) had the mean of
y·x over all training images; what the derivation speaks of is the mean over the active ones. And after trial
numbers of three seeds, what fails beside what can't be told became "not decided", no longer "refuted".
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studies.claims import shapes
from studies.evidence import OWN, WEAK, Case, share

Conditions = dict[str, bool | None]
MATHEMATICS, MODELS, LEARNING = "mathematics", "the post's models", "machine learning"
IN_MATHEMATICS = {"confirmed": "proved", "partly": "proved in part", "refuted": "disproved"}
FEWEST_IMAGES = 6  # that decide anything: with five, all the same way, the sign test's p is 0.06


@dataclass(frozen=True)
class Claim:
    """A sentence of the post in this project's words; `decide` only for what the post says of its models,
    `proof` (condition: whether it is proved) only for mathematics."""

    text: str
    section: str
    scope: str
    study: str  # where to read on
    decide: Callable[[Case], Conditions] | None = None
    proof: Conditions | None = None

    def verdict(self, conditions: Conditions) -> str:
        found = decided(conditions)
        return IN_MATHEMATICS[found] if self.scope == MATHEMATICS else found


def decided(conditions: Conditions) -> str:
    """All hold, none does, or some hold and some don't; otherwise something can't be told."""
    found = set(conditions.values())
    if {True, False} <= found:
        return "partly"
    return "not decided" if None in found else "confirmed" if True in found else "refuted"


def median(values: np.ndarray) -> np.ndarray:
    """Over the seeds, the last axis."""
    return np.median(values, axis=-1)


def excellent(case: Case) -> Conditions:
    """(1) The median accuracy of the regular models rounds to 99.9 % or more; (2) none makes more than nine
    mistakes."""
    return {
        "about 99.9 %": median(case.at[0.0][0]) >= 0.9985,
        "single mistakes": case.mistakes[0].max() <= 9,
    }


def slightly_worse(case: Case) -> Conditions:
    """(1) Each robust model makes more mistakes on these test images than the regular one, in the mean over
    the seeds; (2) none loses more than a point of accuracy."""
    price = case.price.mean(axis=1)
    return {"each is worse": price.min() > 0, "by at most a point": price.max() <= 0.01}


def dot(case: Case) -> Conditions:
    """Of the images with specks: (1) each model misses a larger share of them than of the others; (2) erasing
    the specks puts more than half of the mistakes right. Can't be told where fewer than six different images
    with specks are missed by any model in most seeds."""
    images, labels = case.test
    specks = shapes.with_specks(images)
    wrong = case.margins <= 0
    if ((wrong.mean(axis=2) > 0.5).any(axis=1) & specks).sum() < FEWEST_IMAGES:
        return {"missed more often": None, "because of the specks": None}
    erased = np.array([shapes.erase_specks(image) for image in images[specks]])
    right = case.margins_of((erased, labels[specks])) > 0
    missed, others = (wrong[part].mean(axis=(0, 2)) for part in (specks, ~specks))
    return {
        "missed more often": (missed > others).all(),
        "because of the specks": (wrong[specks] & right).sum() > wrong[specks].sum() / 2,
    }


def tiny_gap(case: Case) -> Conditions:
    """(1) No model's training accuracy is more than 0.4 points above its test accuracy, in the median seed:
    the largest difference in the post's own table, which it calls tiny."""
    return {"train less test": median(case.gap).max() <= 0.004}


def weak_features(case: Case) -> Conditions:
    """Of the regular models, in the median seed: (1) more than half of the pixels are needed for 90 % of
    ‖w‖₁; (2) the weights below 0.1 alone have a ROC AUC of at least 0.95; (3) subtracting the start leaves
    more than half of their sum of sizes."""
    from sklearn.metrics import roc_auc_score

    weights, start = case.weights[:-1, 0].astype(float), case.start[:-1].astype(float)
    weak = weights * (np.abs(weights) < WEAK)
    sizes = -np.sort(-np.abs(weights), axis=0)
    needed = 1 + (np.cumsum(sizes, axis=0) < 0.9 * sizes.sum(axis=0)).sum(axis=0)
    images, labels = case.test
    auc = [roc_auc_score(labels > 0, logits) for logits in (images @ weak).T]
    left = np.abs((weights - start) * (weak != 0)).sum(axis=0) / np.abs(weak).sum(axis=0)
    return {
        "a huge number": median(needed) > 392,
        "they generalise": median(auc) >= 0.95,
        "and are no left-over": median(left) > 0.5,
    }


def brittle(case: Case) -> Conditions:
    """At ε = 0.1, in the median seed: (1) the regular model is right on less than half; (2) without its
    weights below 0.1 more than half of the way to the model for 0.1 is closed; (3) without its start not."""
    weights = case.weights[:, 0].copy()
    pixels = np.arange(785)[:, None] < 784
    strong = np.where(pixels & (np.abs(weights) < WEAK), 0, weights)
    return {
        "brittle": median(case.at[0.1][0]) < 0.5,
        "without weak weights it is not": median(case.way(strong, 0.1)) > 0.5,
        "without its start it still is": median(case.way(weights - case.start, 0.1)) < 0.5,
    }


def wiped_by_weight_or_mean(case: Case) -> Conditions:
    """Two readings of "smaller than ε is wiped off", each at every ε with a balanced accuracy of at least
    0.75 in the median seed: (1) the weight at the start is smaller; (2) the mean of y·x is, over the examples
    that are active while the model is trained. Wiped off is a weight below 1 % of the model's largest."""
    by_weight = case.foretold(np.abs(case.start[:-1])[:, None])
    by_mean = case.foretold(np.abs(case.means[:, 1:]))
    return {
        "by the weight": median(by_weight).min() >= 0.75,
        "by the mean of y·x": median(by_mean).min() >= 0.75,
    }


def weak_wiped(case: Case) -> Conditions:
    """In the median seed (1) the robust models have wiped off more than half of their weights, the regular
    one less than a tenth. Of the features below ε at least nine tenths are wiped off, of the others at most a
    tenth, (2) if a feature is the regular model's weight, (3) if it is the mean of y·x."""
    wiped = case.wiped[:, 1:]
    found = {}
    for name, sizes in (
        ("by the weight", np.abs(case.weights[:-1, :1])),
        ("by the mean of y·x", np.abs(case.means[:, 1:])),
    ):
        below = np.broadcast_to(sizes, wiped.shape) < np.array(OWN)[:, None]
        lit = case.lit
        weak, strong = (median(share(wiped[lit], part[lit])) for part in (below, ~below))
        found[name] = weak.min() >= 0.9 and strong.max() <= 0.1
    most = median(case.wiped.mean(axis=0))
    return {"most weights are wiped off": most[1:].min() > 0.5 and most[0] < 0.1, **found}


def aligned(case: Case) -> Conditions:
    """In the median seed each robust model has (1) a larger share of ‖w‖₁ than the regular one on pixels
    whose means over the two digits differ by more than 2ε; (2) a larger cosine with the mean difference."""
    shares = [median(case.robust_share(epsilon))[[0, place]] for place, epsilon in enumerate(OWN, 1)]
    cosines = median(case.cosine())
    return {
        "more robust": all(robust > regular for regular, robust in shares),
        "more like the digits": cosines[1:].min() > cosines[0],
    }


def about_zero(case: Case) -> Conditions:
    """(1) At ε = 0.2 the regular model is right on at most 1 % in every seed."""
    return {"at most 1 %": case.at[0.2][0].max() <= 0.01}


def geometry(case: Case) -> Conditions:
    """Of the images that fool the robust models at ε = 0.2: (1) more than half are unusual, of each model;
    can't be told if they only are so more often than other images, for geometry is more than four numbers;
    (2) they are at least ten times as many as without an attack."""
    odd = shapes.unusual(case.train, case.test)
    fooled = case.attacked(0.2)[:, 1:] <= 0
    of_fooled = (fooled & odd[:, None, None]).sum(axis=(0, 2)) / np.maximum(1, fooled.sum(axis=(0, 2)))
    unusual = True if of_fooled.min() > 0.5 else None if of_fooled.min() > odd.mean() else False
    times = median(fooled.sum(axis=0)) >= 10 * median(case.mistakes[1:])
    return {"fooled ones are unusual": unusual, "far from ideal": times.all()}


def confident(case: Case) -> Conditions:
    """At ε = 0.2, 0.3, 0.4 and 0.5, of the fooled images' median absolute logit, in the median seed: (1) the
    regular model's is larger than each robust one's; (2) than its own on clean images; (3) that of the model
    for 0.2 is smaller than its own on clean images."""
    fooled = np.array([median(case.fooled_logits(epsilon)) for epsilon in (0.2, 0.3, 0.4, 0.5)])
    clean = median(np.median(np.abs(case.margins), axis=0))
    return {
        "the regular model is the most confident": bool((fooled[:, :1] > fooled[:, 1:]).all()),
        "more than on clean images": bool((fooled[:, 0] > clean[0]).all()),
        "the robust one less than on clean images": bool((fooled[:, 2] < clean[2]).all()),
    }


def reliable(case: Case) -> Conditions:
    """In the median seed each robust model is (1) more accurate than the regular one at ε = 0.1, 0.2 and 0.3;
    (2) less confident when fooled, as in R12; (3) at least as accurate in the mean over the ordinary
    accidents."""
    attacked = np.array([median(case.at[epsilon]) for epsilon in OWN])
    found = {
        "under attack": bool((attacked[:, 1:] > attacked[:, :1]).all()),
        "when fooled": confident(case)["the regular model is the most confident"],
    }
    if case.accidents is not None:
        after = median(np.mean(list(case.accidents.values()), axis=0))
        found["after accidents"] = bool(after[1:].min() >= after[0])
    return found


RESULTS, OVERVIEW = "Results", "Overview"
TOWARDS, CONCLUSIONS = "Towards Robust Binary Classification", "Conclusions"

CLAIMS = {
    "O1": Claim(
        "A rough approximation of a model is enough to fool it, without access to it",
        OVERVIEW,
        LEARNING,
        "attackers",
    ),
    "O2": Claim(
        "When inputs change, the average falls slightly, but by rare mistakes with full confidence",
        OVERVIEW,
        LEARNING,
        "accidents",
    ),
    "T1": Claim(
        "δ* = -y ε sign(w) is the worst perturbation within ε",
        RESULTS,
        MATHEMATICS,
        "claims",
        proof={"no perturbation within ε is worse": True},
    ),
    "T2": Claim(
        "Unlike an L1 penalty, the robust loss leaves weights alone through examples far from the boundary",
        TOWARDS,
        MATHEMATICS,
        "claims",
        proof={
            "beyond its margin the robust loss has no gradient": True,
            "there an L1 penalty has one": True,
        },
    ),
    "T3": Claim(
        "The robust loss does not penalise mistakes close to the boundary",
        TOWARDS,
        MATHEMATICS,
        "claims",
        proof={"some mistake has no loss": False, "or a smaller one than the hinge loss": False},
    ),
    "T4": Claim(
        "Robust training forces no strictly defined margin, which sometimes can not be achieved",
        TOWARDS,
        MATHEMATICS,
        "claims",
        proof={
            "the margin asked for moves with the weights": True,
            "for some weights it is smaller than regular training's": False,
            "sometimes regular training's can not be achieved": True,
        },
    ),
    "T5": Claim(
        "The gradient is diminished and, where smaller than ε, can change its sign",
        TOWARDS,
        MATHEMATICS,
        "claims",
        proof={
            "at a weight it can change its sign": True,
            "at no weight does it grow": False,
            "the gradient with respect to the image, which the figure shows, changes": False,
        },
    ),
    "T6": Claim(
        "As a result, weights smaller than ε are gently wiped off",
        TOWARDS,
        MODELS,
        "dynamics",
        wiped_by_weight_or_mean,
    ),
    "T7": Claim("Perturbations of small norm leave a digit's meaning as it is", TOWARDS, LEARNING, "claims"),
    "R1": Claim(
        "The regular model is excellent: about 99.9 %, single mistakes", RESULTS, MODELS, "seeds", excellent
    ),
    "R2": Claim("The robust models are slightly worse", RESULTS, MODELS, "seeds", slightly_worse),
    "R3": Claim("A dot beside the digit makes general confusion", RESULTS, MODELS, "claims", dot),
    "R4": Claim(
        "No overfitting: the gap between train and test is tiny", RESULTS, MODELS, "claims", tiny_gap
    ),
    "R5": Claim(
        "The regular model has a huge number of weak features that generalise well",
        RESULTS,
        MODELS,
        "initialization",
        weak_features,
    ),
    "R6": Claim("The regular model is brittle because of them", RESULTS, MODELS, "initialization", brittle),
    "R7": Claim(
        "The robust models have wiped off the weak features, those smaller than ε",
        RESULTS,
        MODELS,
        "dynamics",
        weak_wiped,
    ),
    "R8": Claim("They stick with more robust and human-aligned features", RESULTS, MODELS, "claims", aligned),
    "R9": Claim(
        "At ε = 0.2 the regular model's accuracy is about zero", RESULTS, MODELS, "seeds", about_zero
    ),
    "R11": Claim(
        "Robust models confuse digits of unusual geometry and are still far from ideal",
        RESULTS,
        MODELS,
        "claims",
        geometry,
    ),
    "R12": Claim(
        "The regular model is extremely confident when fooled, the robust one's logits stay near zero",
        RESULTS,
        MODELS,
        "claims",
        confident,
    ),
    "R13": Claim("Robust models seem to be more reliable", RESULTS, MODELS, "accidents", reliable),
    "D1": Claim(
        "Deep networks lose performance when they are forced to be robust", CONCLUSIONS, LEARNING, "networks"
    ),
}
