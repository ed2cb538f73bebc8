"""Which of the post's claims hold, and how far? One scheme for all.

A claim is a function. Its docstring is the rule, in numbered conditions about the post's own models; it
returns which of them hold, and in one line how far the claim carries beyond those models. All conditions
hold: confirmed; none: refuted; else corrected. The numbers come from the other studies' results.json and from
measured.py, the conditions of mathematics from proofs (see the page) and their tests.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import shared
import trainer
from claims import measured

HERE = Path(__file__).parent
ROBUST = measured.MODELS[1:]
Found = tuple[dict[str, bool], str]  # the conditions, and how far the claim carries
CLAIMS: dict[str, tuple[str, str, Callable]] = {}  # name: text, the study to read on in, rule


class Evidence:
    """What the rules are given: the other studies' numbers, and this one's."""

    def __init__(self, own: dict):
        self.own = own

    def results(self, study: str) -> dict:
        return shared.read_json(study)

    def said(self, study: str) -> dict:
        return self.results(study)["said"]


def claim(name: str, text: str, study: str) -> Callable:
    """Put a rule into CLAIMS."""

    def put(rule: Callable[[Evidence], Found]) -> Callable:
        CLAIMS[name] = (text, study, rule)
        return rule

    return put


def verdict(conditions: dict[str, bool]) -> str:
    """Confirmed if all conditions hold, refuted if none does, otherwise corrected."""
    holding = list(conditions.values())
    return "confirmed" if all(holding) else "corrected" if any(holding) else "refuted"


def listed(values, decimals: int = 0) -> str:
    """Numbers as words join them."""
    *first, last = (f"{value:.{decimals}f}" for value in values)
    return f"{', '.join(first)} and {last}" if first else last


# Overview


@claim(
    "O2",
    "When inputs change, accuracy falls slightly, but by rare mistakes with full confidence",
    "accidents",
)
def rare_confident_mistakes(e: Evidence) -> Found:
    """Of the regular model under ordinary accidents of middle strength: (1) the median accident costs at most
    one point of accuracy; (2) of the mistakes, at least half have an absolute logit of at least the median
    clean one."""
    accidents, own = e.said("accidents"), e.own["confidence"]
    cost, sure = accidents["o2_cost"], accidents["o2_confident_share"]
    conditions = {
        "the median accident costs at most a point": cost <= 1,
        "at least half of the mistakes are confident": sure >= 50,
    }
    carries = (
        f"The median accident costs {cost:.2f} points, {sure:.1f} % of all mistakes are confident. Of the "
        f"{sum(own['clean_mistakes'].values())} clean mistakes of all models, "
        f"{sum(own['sure_clean_mistakes'].values())} are"
    )
    return conditions, carries


@claim("O1", "A rough approximation of a model is enough to fool it, without access to it", "attackers")
def black_box(e: Evidence) -> Found:
    """At ε = 0.2, in the median over draws, more than half of the images fool the regular model (1) by an
    attack made with another seed's regular model; (2) by one made with the mean difference of ten images of
    each digit."""
    said = e.said("attackers")
    conditions = {
        "another seed's model fools most": said["fooled_seed"] > 50,
        "the mean difference of ten images does": said["fooled_ten"] > 50,
    }
    carries = (
        f"True of {said['pairs_both']} of {said['pairs']} pairs; zeros and ones, where the random start is "
        "kept best, are the only one with neither. At ε = 0.2 ten images of each digit leave the robust "
        f"model for 0.2 {said['ten_accuracy_02']:.1f} %, knowing its weights {said['white_02']:.1f} %"
    )
    return conditions, carries


# Theory


@claim("T1", "δ* = -y ε sign(w) is the worst perturbation within ε", "claims")
def worst_perturbation(e: Evidence) -> Found:
    """(1) No perturbation within ε is worse. By proof."""
    said = e.said("initialization")
    carries = (
        "Every linear model; three libraries find nothing worse. With pixels kept in [0, 1], which the post "
        f"leaves out, the worst case is weaker: at ε = 0.1 the regular model keeps "
        f"{said['trained_clipped_01']:.1f} % in place of {said['trained_box_01']:.1f} %"
    )
    return {"no perturbation within ε is worse": True}, carries


@claim(
    "T2",
    "Unlike an L1 penalty, the robust loss leaves weights alone through examples far from the boundary",
    "claims",
)
def no_far_pull(e: Evidence) -> Found:
    """(1) The robust loss has no pull there; (2) the penalty has. By proof."""
    conditions = {
        "beyond its margin the robust loss has no gradient": True,
        "there an L1 penalty has one": True,
    }
    return conditions, "Every linear model. Far is a margin beyond 1 + ε‖w‖₁, not beyond 1"


@claim("T3", "The robust loss does not penalise mistakes close to the boundary", "claims")
def tolerated_mistakes(e: Evidence) -> Found:
    """(1) There is a mistake without loss; (2) there is one with a smaller loss than the hinge loss. By
    proof."""
    conditions = {
        "some mistake has no loss": False,
        "some mistake has a smaller loss than the hinge loss": False,
    }
    return conditions, "Every linear model: a mistake costs ε‖w‖₁ more than under the hinge loss"


@claim(
    "T4", "Robust training forces no strictly defined margin, which sometimes can not be achieved", "optimum"
)
def no_strict_margin(e: Evidence) -> Found:
    """(1) The margin asked for is not a constant; (2) it is smaller than that of regular training for some
    weights; (3) regular training's margin can't be achieved on these training images. The first two by
    proof."""
    optimum = e.results("optimum")
    conditions = {
        "the margin asked for is not a constant": True,
        "for some weights it is smaller than regular training's": False,
        "regular training's margin can't be achieved on the training images": (
            optimum["models"]["0.0"]["optimum"]["objective"] > 1e-6
        ),
    }
    carries = (
        "It is the larger margin, 1 + ε‖w‖₁, that can't be had: on zeros and ones for no ε from "
        f"{optimum['said']['separable_below']:.4f} on"
    )
    return conditions, carries


@claim("T5", "The gradient is diminished and, where smaller than ε, can change its sign", "dynamics")
def diminished_gradient(e: Evidence) -> Found:
    """Of the gradient over all training images, when an epoch begins: (1) at a weight it does change its sign
    somewhere; (2) at no weight is it enlarged; (3) the gradient with respect to the image, which the post's
    figure shows, changes too. The last by proof."""
    shares = {
        name: [row["gradient"][name][1] for row in e.results("dynamics")["models"].values()]
        for name in ("changes_sign", "grows")
    }
    conditions = {
        "at a weight it does change its sign somewhere": min(shares["changes_sign"]) > 0,
        "at no weight is it enlarged": max(shares["grows"]) == 0,
        "the gradient with respect to the image changes too": False,
    }
    return (
        conditions,
        f"In every seed; it grows at {listed(shares['grows'])} % of the weights (ε = 0.1, 0.2, 0.3)",
    )


@claim("T6", "As a result, weights smaller than ε are gently wiped off", "dynamics")
def small_weights_wiped(e: Evidence) -> Found:
    """At each ε, in the median seed: (1) below ε at the start foretells it with a balanced accuracy of 0.75;
    (2) so does below ε after the best epoch; (3) at most a tenth of the kept weights end below ε."""
    models = e.results("dynamics")["models"].values()
    start, best = (
        [model[rule]["balanced_accuracy"][1] for model in models]
        for rule in ("weight_at_start", "weight_best_epoch")
    )
    kept = [model["kept_below_at_the_end"][1] for model in models]
    conditions = {
        "below ε at the start foretells what is wiped off": min(start) >= 0.75,
        "below ε after the best epoch does": min(best) >= 0.75,
        "at most a tenth of the kept weights end below ε": max(kept) <= 10,
    }
    carries = (
        f"At the start all weights are below ε. Of those kept, {listed(kept)} % end below it. "
        "Not the weight has to be small, but the mean of y x over the active examples (R7)"
    )
    return conditions, carries


@claim("T7", "Perturbations of small norm leave a digit's meaning as it is", "claims")
def kept_meaning(e: Evidence) -> Found:
    """No box around a test zero meets one around a test one (1) at ε = 0.1; (2) at 0.2; (3) at 0.3."""
    distance = e.own["least_distance"]
    conditions = {f"boxes of ε = {epsilon} don't meet": distance > 2 * float(epsilon) for epsilon in ROBUST}
    carries = (
        f"Boxes around a zero and a one meet from ε = {distance / 2:.3f} on, and at 0.5 plain grey lies in "
        "all of them. Whether people still read the images, nobody was asked"
    )
    return conditions, carries


# Results


@claim("R1", "The regular model is excellent: about 99.9 %, single mistakes", "seeds")
def excellent(e: Evidence) -> Found:
    """(1) The regular model's median accuracy lies in the 95 % interval of the published one; (2) no seed
    makes more than nine mistakes."""
    regular = e.results("seeds")["models"]["regular"]
    low, high = regular["published_wilson"]
    conditions = {
        "median accuracy within the published one's interval": low <= regular["median_accuracy"] <= high,
        "no seed makes more than nine mistakes": max(regular["mistakes"]) <= 9,
    }
    digits = e.said("digits")
    carries = (
        f"{min(regular['mistakes'])} to {max(regular['mistakes'])} mistakes over the seeds; "
        f"of the {digits['pairs']} pairs of digits it holds for {digits['excellent_holds']}"
    )
    return conditions, carries


@claim("R2", "The robust models are slightly worse", "seeds")
def slightly_worse(e: Evidence) -> Found:
    """For each of the three: (1) it makes more mistakes than the regular one in more seeds than chance
    explains (sign test, p < 0.05); (2) in the median seed at most a point more."""
    results, digits = e.results("seeds"), e.said("digits")
    names = list(results["models"])
    pairs = [results["pairs"][f"regular, {name}"] for name in names[1:]]
    medians = [np.median(results["models"][name]["mistakes"]) for name in names]
    conditions = {
        "each makes more mistakes, beyond chance over seeds": all(
            pair["p_over_seeds"] < 0.05 and pair["second_worse"] > pair["first_worse"] for pair in pairs
        ),
        "none by more than a point": max(medians) - medians[0] <= 0.01 * results["test_images"],
    }
    slight = listed([digits[f"price_slight_{short}"] for short in ("01", "02", "03")])
    steps = e.said("initialization")
    carries = (
        "These test images only: for others, p < 0.05 was out of reach. "
        "With the regular model's step size, "
        f"{steps['other_02_mistakes']:.1f} and {steps['other_03_mistakes']:.0f} mistakes at ε = 0.2 "
        f"and 0.3. Of {digits['pairs']} pairs of digits, at most a point in {slight} (ε = 0.1, 0.2, 0.3)"
    )
    return conditions, carries


@claim("R3", "A dot beside the digit makes general confusion", "claims")
def dot(e: Evidence) -> Found:
    """(1) Each of the four models misses a larger share of the images with specks than of those without; (2)
    erasing them puts right more than half of the mistakes on such images."""
    found = e.own["specks"]
    right, mistakes = found["put_right"], found["mistakes_with"]
    put_right, on_specks = sum(right.values()), sum(mistakes.values())
    conditions = {
        "images with specks are missed more often": all(
            found["missed_with"][name] > found["missed_without"][name] for name in measured.MODELS
        ),
        "erasing them puts most right": put_right > on_specks / 2,
    }
    carries = (
        f"Erasing puts {right['0.0']} of the regular models' {mistakes['0.0']} such mistakes right, "
        f"{put_right - right['0.0']} of the robust models' {on_specks - mistakes['0.0']}"
    )
    return conditions, carries


@claim("R4", "No overfitting: the gap between train and test is tiny", "claims")
def no_overfitting(e: Evidence) -> Found:
    """Each of the four in the median seed: (1) training accuracy is at most 0.1 points above test accuracy;
    (2) the same under attack at the ε of training; (3) the test images' hinge loss is at most 1.1 times the
    training images'."""
    gaps, digits = e.own["gaps"], e.said("digits")
    conditions = {
        "accuracy: a gap of at most 0.1 points": max(gaps["accuracy"].values()) <= 0.1,
        "accuracy under attack: the same": max(gaps["attacked"].values()) <= 0.1,
        "hinge loss: at most 1.1 times": max(gaps["loss_ratio"].values()) <= 1.1,
    }
    carries = (
        "The test zeros and ones are the easier ones. Of "
        f"{digits['pairs']} pairs of digits, at most half a point in {digits['not_overfitted_holds']}"
    )
    return conditions, carries


@claim("R5", "The regular model has a huge number of weak features that generalise well", "initialization")
def weak_features(e: Evidence) -> Found:
    """(1) In every seed, more than half of the pixels are needed for 90 % of ‖w‖₁; (2) in the median seed,
    the weak weights alone have a ROC AUC of at least 0.95; (3) they are features and no left-over:
    subtracting the start leaves more than half of their sum of absolute values."""
    results = e.results("initialization")
    said, weak = results["said"], results["weak"]
    conditions = {
        "a huge number": results["models"]["0.0"]["trained"]["pixels_for_90_percent"][0] > 784 / 2,
        "on their own they generalise": weak["auc"][1] >= 0.95,
        "more than half of them is left without the start": weak["left_without_start"][1] > 50,
    }
    carries = (
        f"Subtracting the random start leaves {said['weak_left_without_start']:.0f} % of them. From zeros, "
        f"{said['pixels_00']:.0f} pixels hold 90 % of ‖w‖₁, in place of {said['pixels_trained']:.0f}"
    )
    return conditions, carries


@claim("R6", "The regular model is brittle because of them", "initialization")
def brittle(e: Evidence) -> Found:
    """(1) At ε = 0.1 the regular model is right on less than half, each robust one on more than 90 %
    (medians); (2) setting the weak weights to zero closes more than half of the distance to the model for ε =
    0.1, there; (3) subtracting the start, which leaves all features, closes less than half of it."""
    models, said = (e.results("initialization")[name] for name in ("models", "said"))
    regular = {name: found["box_0.1"][1] for name, found in models["0.0"].items()}
    robust = [models[name]["trained"]["box_0.1"][1] for name in ROBUST]
    distance = robust[0] - regular["trained"]
    conditions = {
        "it is brittle": regular["trained"] < 50 and min(robust) > 90,
        "without its weak weights it is not": regular["weak_at_zero"] - regular["trained"] > distance / 2,
        "without its start it is still brittle": regular["start_subtracted"] - regular["trained"]
        < distance / 2,
    }
    ways = [said[f"start_subtracted_way_box_{short}"] for short in ("01", "02", "03")]
    digits = e.said("digits")
    carries = (
        f"At ε = 0.1 most of it is the start ({regular['trained']:.0f} % with it, "
        f"{regular['start_subtracted']:.0f} % without); by the ε that halves the accuracy {min(ways):.0f} to "
        f"{max(ways):.0f} % of the way to the robust models. Of {digits['pairs']} pairs of digits the start "
        f"is most of it in {digits['left_over_holds']}, by some measures in {digits['left_over_partly']}"
    )
    return conditions, carries


@claim("R7", "The robust models have wiped off the weak features, those smaller than ε", "dynamics")
def weak_wiped(e: Evidence) -> Found:
    """At each ε, in the median seed: (1) more than half of the weights are wiped off, of the regular model
    less than a tenth; (2) of the pixels whose mean m is below ε at least nine tenths are; (3) of the others
    at most a tenth is."""
    results = e.results("dynamics")
    models = results["models"].values()
    conditions = {
        "most weights are wiped off": min(model["wiped"][1] for model in models) > 50
        and results["near_zero"]["0.0"][-1] < 10,
        "nine tenths of the weak features are": min(model["mean"]["below_wiped"][1] for model in models)
        >= 90,
        "at most a tenth of the others is": max(model["mean"]["above_wiped"][1] for model in models) <= 10,
    }
    kept = listed([model["mean"]["kept_below"][1] for model in models])
    return (
        conditions,
        f"True of the feature's mean, not of its weight (T6). Of the kept, {kept} % are weak, too",
    )


@claim("R8", "They stick with more robust and human-aligned features", "claims")
def aligned(e: Evidence) -> Found:
    """For each ε in every seed the robust model has (1) a larger share of ‖w‖₁ on pixels robust at that ε
    than the regular one, and (2) a larger cosine with the mean difference."""
    found, seeds = e.own["features"], e.own["seeds"]
    conditions = {
        "more of ‖w‖₁ on robust pixels": min(found["share_larger"].values()) == seeds,
        "more like the mean one less the mean zero": min(found["cosine_larger"].values()) == seeds,
    }
    zeros, optimum = found["cosine_from_zeros"]["0.0"], e.said("optimum")
    carries = (
        f"Cosines {listed(found['cosine'].values(), 2)} (regular, ε = 0.1, 0.2, 0.3); the regular model from "
        f"zeros has {zeros:.2f}. The optimum at ε = 0.3 looks at {optimum['pixels_3']} pixels"
    )
    return conditions, carries


@claim("R9", "At ε = 0.2 the regular model's accuracy is about zero", "seeds")
def about_zero(e: Evidence) -> Found:
    """(1) At most 1 % in every seed."""
    results, digits, start = e.results("seeds"), e.said("digits"), e.said("initialization")
    most = results["models"]["regular"]["most_accuracy"][at(results["epsilons"], 0.2)]
    carries = (
        f"Trained from zeros, {start['from_zeros_box_02']:.1f} %; with pixels kept in [0, 1], "
        f"{start['trained_clipped_02']:.1f} %. Of {digits['pairs']} pairs of digits it holds for "
        f"{digits['zero_at_02_holds']}"
    )
    return {"at most 1 % in every seed": most <= 0.01}, carries


@claim("R10", "The robust models withstand more, the more the larger their ε", "seeds")
def withstands(e: Evidence) -> Found:
    """In every seed: (1) at attack ε = 0.1, 0.2, 0.3 and 0.4 each robust model is more accurate than the
    regular one; (2) the halving ε rises from model to model."""
    results, digits = e.results("seeds"), e.said("digits")
    better = [results["robust_always_better"][at(results["epsilons"], x)] for x in (0.1, 0.2, 0.3, 0.4)]
    conditions = {
        "each withstands more than the regular one": all(better),
        "the halving ε rises from model to model": results["halving_rises"],
    }
    carries = (
        "The curves cross, as published: at "
        f"{len(results['out_of_order'])} of {len(results['epsilons'])} ε some model is behind one for a "
        f"smaller ε. Of {digits['pairs']} pairs of digits, {digits['in_order_holds']} are in order"
    )
    return conditions, carries


@claim("R11", "Robust models confuse digits of unusual geometry and are still far from ideal", "claims")
def geometry(e: Evidence) -> Found:
    """(1) More than half of all their clean mistakes are on unusual images; (2) at ε = 0.2 each makes at
    least ten times its clean mistakes (medians)."""
    found = e.own["geometry"]
    unusual, all_of_them = (
        sum(found[name][m] for m in ROBUST) for name in ("mistakes_on_unusual", "mistakes")
    )
    conditions = {
        "most mistakes are on unusual images": unusual > all_of_them / 2,
        "ten times the mistakes at ε = 0.2": all(
            found["attacked_median"][name] >= 10 * found["clean_median"][name] for name in ROBUST
        ),
    }
    carries = (
        f"On the {found['unusual']:.0f} % unusual images fall {100 * unusual / all_of_them:.0f} % of the "
        f"clean mistakes, at ε = 0.2 {listed([found['attacked_on_unusual'][name] for name in ROBUST])} %"
    )
    return conditions, carries


@claim(
    "R12",
    "The regular model is extremely confident when fooled, the robust one's logits stay near zero",
    "claims",
)
def confident(e: Evidence) -> Found:
    """At ε = 0.2, 0.3, 0.4 and 0.5, in every seed: (1) the fooled images' median absolute logit is larger for
    the regular model; (2) for the regular model it is above the median clean one; (3) for ε = 0.2 below."""
    found = e.own["confidence"]
    conditions = {
        "the regular model is the most confident": found["regular_above_each_robust"],
        "more than on clean images": found["regular_above_clean"],
        "the one for ε = 0.2 less than on clean images": found["robust_02_below_clean"],
    }
    first, half = (
        {name: rows[name] for name in measured.MODELS}
        for rows in (found["relative_at_share"]["0.25"], found["relative_at_share"]["0.5"])
    )
    carries = (
        "At the same ε. Where all are fooled equally often it is the least confident at a quarter "
        f"({first['0.0']:.2f} of the clean median; the others {min(first[n] for n in ROBUST):.2f} to "
        f"{max(first[n] for n in ROBUST):.2f}), hardly the most at a half ({half['0.0']:.2f}; "
        f"{min(half[n] for n in ROBUST):.2f} to {max(half[n] for n in ROBUST):.2f})"
    )
    return conditions, carries


@claim("R13", "Robust models seem more reliable, safer and more stable", "accidents")
def reliable(e: Evidence) -> Found:
    """(1) In every seed and at attack ε = 0.1, 0.2 and 0.3, each is more accurate than the regular one; (2)
    when fooled at ε = 0.2 to 0.5, each is less confident in every seed; (3) under more than half of the
    ordinary accidents of middle strength, each is at least as accurate as the regular one in the median
    seed."""
    seeds, accidents = e.results("seeds"), e.said("accidents")
    better = [seeds["robust_always_better"][at(seeds["epsilons"], float(name))] for name in ROBUST]
    ahead = [accidents[f"at_least_{short}"] for short in ("01", "02", "03")]
    conditions = {
        "each is more accurate under attack": all(better),
        "each is less confident when fooled": e.own["confidence"]["regular_above_each_robust"],
        "each is at least as accurate under most accidents": min(ahead) > accidents["accidents"] / 2,
    }
    carries = (
        f"Under attack, not by accident: of {accidents['accidents']} ordinary accidents of middle strength "
        f"they are at least as accurate under {listed(ahead)} (ε = 0.1, 0.2, 0.3)"
    )
    return conditions, carries


def at(epsilons: list, epsilon: float) -> int:
    return int(np.argmin(np.abs(np.subtract(epsilons, epsilon))))


# Results and tables


def decide(own: dict) -> dict:
    """All claims in the page's order: text, study, rule, conditions, verdict and how far it carries."""
    evidence, decided = Evidence(own), {}
    for name in sorted(CLAIMS, key=lambda name: ("OTR".index(name[0]), int(name[1:]))):
        text, study, rule = CLAIMS[name]
        conditions, carries = rule(evidence)
        decided[name] = {
            "claim": text,
            "study": study,
            "rule": " ".join(rule.__doc__.split()),
            "conditions": {condition: bool(holds) for condition, holds in conditions.items()},
            "verdict": verdict(conditions),
            "carries": carries,
        }
    return decided


def said(results: dict) -> dict:
    """What the page's sentences use."""
    found = results["measured"]
    specks, features, confidence = found["specks"], found["features"], found["confidence"]
    geometry, gaps = found["geometry"], found["gaps"]
    numbers = {
        outcome: sum(row["verdict"] == outcome for row in results["claims"].values())
        for outcome in ("confirmed", "corrected", "refuted")
    }
    numbers |= {
        "claims": len(results["claims"]),
        "seeds": found["seeds"],
        "specks_images": specks["images"],
        "specks_mistakes": sum(specks["mistakes"].values()),
        "specks_with": sum(specks["mistakes_with"].values()),
        "specks_with_regular": specks["mistakes_with"]["0.0"],
        "specks_put_right": sum(specks["put_right"].values()),
        "specks_put_right_regular": specks["put_right"]["0.0"],
        "clean_mistakes": sum(confidence["clean_mistakes"].values()),
        "sure_clean_mistakes": sum(confidence["sure_clean_mistakes"].values()),
        "unusual": geometry["unusual"],
        "distance": found["least_distance"],
    }
    for name in measured.MODELS:
        short = name.replace(".", "")
        numbers |= {
            f"gap_{short}": -gaps["accuracy"][name],
            f"attacked_gap_{short}": -gaps["attacked"][name],
            f"loss_ratio_{short}": gaps["loss_ratio"][name],
            f"missed_with_{short}": specks["missed_with"][name],
            f"missed_without_{short}": specks["missed_without"][name],
            f"raw_05_{short}": confidence["raw"]["0.5"][name],
            f"relative_05_{short}": confidence["relative"]["0.5"][name],
            f"share_25_{short}": confidence["relative_at_share"]["0.25"][name],
            f"share_50_{short}": confidence["relative_at_share"]["0.5"][name],
            f"cosine_{short}": features["cosine"][name],
            f"zeros_cosine_{short}": features["cosine_from_zeros"][name],
            f"geometry_{short}": geometry["attacked_on_unusual"][name],
        }
    robust = [geometry["mistakes_on_unusual"][name] for name in ROBUST]
    numbers["geometry_clean"] = 100 * sum(robust) / sum(geometry["mistakes"][name] for name in ROBUST)
    return numbers


def table_verdicts(results: dict) -> str:
    """One line for each claim, for studies/README.md: of the post's own models, how far it carries, where to
    read."""
    lines = ["| | claim of the post | of its own models | how far it carries | |", "|---|---|---|---|---|"]
    for name, row in results["claims"].items():
        link = f"[{row['study']}]({row['study']}/README.md)"
        lines.append(f"| {name} | {row['claim']} | {row['verdict']} | {row['carries']}. | {link} |")
    return "\n".join(lines)


def table_rules(results: dict) -> str:
    """The rules in their own words, a list."""
    return "\n".join(f"- **{name}** {row['claim']}. {row['rule']}" for name, row in results["claims"].items())


def table_conditions(results: dict) -> str:
    """The conditions of each claim and which of them hold."""
    lines = ["| | holds | does not hold | verdict |", "|---|---|---|---|"]
    for name, row in results["claims"].items():
        cells = [
            "; ".join(condition for condition, holds in row["conditions"].items() if holds is wanted)
            for wanted in (True, False)
        ]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} | {row['verdict']} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, decide, and write results.json and two figures beside this file."""
    weights, train, test = shared.post_models(), shared.pair("train"), shared.pair("test")
    own = shared.rounded({"seeds": weights.shape[-1], **measured.measure(weights, train, test)})
    results = {"claims": decide(own), "measured": own}
    results["said"] = said(results)
    shared.write_json(HERE / "results.json", results)
    margins = trainer.margins(weights.reshape(785, -1), *test).reshape(-1, *weights.shape[1:])
    shared.write_figure(HERE / "specks.png", measured.draw_specks(weights, *test))
    shared.write_figure(HERE / "confidence.png", measured.draw_confidence(margins, weights))
    outcomes = ", ".join(f"{results['said'][name]} {name}" for name in ("confirmed", "corrected", "refuted"))
    print(f"{outcomes}", flush=True)
