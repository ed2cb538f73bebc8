"""Which findings survive the choices that are as good as the post's?

Every choice trains the four models of zeros and ones from ten seeds and from zeros, and those of all pairs
from one; then every finding's measure is taken, and every claim's rule asked.
"""

from dataclasses import replace

import numpy as np

from studies.choices import choices
from studies.choices.choices import CHOICES, POST, SEEDS, Choice
from studies.choices.findings import FINDINGS, OF_PAIRS, OF_ZEROS_AND_ONES
from studies.shared import attacks as margins
from studies.shared import files, images, models, work
from studies.shared.accidents import ACCIDENTS, MIDDLE_STRENGTH, SIDE, STRENGTHS, happen
from studies.verdicts import rules
from studies.verdicts.evidence import OWN, Case

PAIR_SEED = 1


def compute() -> tuple[dict, dict]:
    """Each finding by choice, and the choices under which each claim's verdict differs from the post's."""
    measured = of_zeros_and_ones()
    values = {name: [of_choice.get(name) for of_choice, _ in measured] for name in OF_ZEROS_AND_ONES}
    posts = measured[0][1]
    decided = {
        name: [
            choice.name
            for choice, (_, verdicts) in zip(CHOICES, measured, strict=True)
            if verdicts.get(name, verdict) != verdict
        ]
        for name, verdict in posts.items()
    }
    return {
        "seeds": len(SEEDS),
        "choices": [choice.name for choice in CHOICES],
        "findings": {name: summarise(name, found) for name, found in (values | of_pairs()).items()},
        "otherwise_decided": decided,
    }, {}


def summarise(name: str, values: list) -> dict:
    """A finding's values by choice, their range, and the choices that turn it."""
    known = {choice.name: value for choice, value in zip(CHOICES, values, strict=True) if value is not None}
    return {
        "values": values,
        "range": [min(known.values()), max(known.values())],
        "turned": [choice for choice, value in known.items() if FINDINGS[name].distance(value) <= 0],
    }


# Zeros and ones


def of_zeros_and_ones() -> list[tuple[dict, dict]]:
    """For each choice the findings' measures and the claims' verdicts."""
    train, test = images.pair("train"), images.pair("test")
    orders = {"files": images.of_pair(*choices.in_files_order(), (0, 1))}
    starts = np.column_stack([models.starts(SEEDS), np.zeros(785)])
    own = [choice for choice in CHOICES if choice is POST or choice.own_training]
    trainings = [(choice, *orders.get(choice.order, train), starts) for choice in own]
    trained = dict(
        zip([choice.name for choice in own], work.spread(train_choice, trainings, "trainings"), strict=True)
    )
    weights = np.stack([found for found, _ in trained.values()], axis=1)[..., :-1]  # (785, C, 4, S)
    asked = [(name, strength) for strength in STRENGTHS for name in ACCIDENTS]
    after = work.spread(
        after_accident,
        [(*test, weights if s == MIDDLE_STRENGTH else weights[:, :1], name, s) for name, s in asked],
        "accidents",
    )
    after = dict(zip(asked, after, strict=True))
    cases = []
    for choice in CHOICES:
        name = choice.name if choice.name in trained else POST.name
        found, means = trained[name]
        place = list(trained).index(name)
        case = Case(
            (0 if choice.finished else choice.start) * starts[:, :-1],
            found[..., :-1],
            found[..., -1],
            means[..., :-1],
            train,
            test,
            choice.asked,
            choice.clipped,
            {n: after[n, choice.strength][place] for n in ACCIDENTS if n != choice.without},
        )
        cases.append((one_seed(case, choice.seed - 1) if choice.seed else case, choice))
    return work.spread(measure, cases, "choices")


def train_choice(
    choice: Choice, images: np.ndarray, labels: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(785, 4, S + 1) and (784, 4, S + 1), as `choices.train` gives them.

    The finished ones are the certified optima, the same for every seed; active are the examples with a loss.
    """
    if not choice.finished:
        return choices.train(choice, images, labels, starts)
    optima = files.arrays("training")
    weights = np.column_stack([optima[f"{key} weights"] for key in models.KEYS])
    required = 1 + np.array([0, *OWN]) * np.abs(weights[:-1]).sum(axis=0)
    active = margins.margins(weights, images, labels) < required
    sums = (images * labels[:, None]).T.astype(float) @ active
    means = sums / np.maximum(1, active.sum(axis=0))
    return tuple(np.repeat(found[..., None], starts.shape[1], axis=2) for found in (weights, means))


def after_accident(
    images: np.ndarray, labels: np.ndarray, weights: np.ndarray, name: str, strength: int
) -> np.ndarray:
    """Accuracy (C, 4, S) of weights (785, C, 4, S), the mean over the accident's variants."""
    variants = happen(name, images.reshape(-1, SIDE, SIDE), strength).values()
    right = [
        (margins.margins(weights.reshape(785, -1), changed.reshape(images.shape), labels) > 0).mean(axis=0)
        for changed in variants
    ]
    return np.mean(right, axis=0).reshape(weights.shape[1:])


def one_seed(case: Case, place: int) -> Case:
    part = slice(place, place + 1)
    return replace(
        case,
        start=case.start[:, part],
        weights=case.weights[..., part],
        means=case.means[..., part],
        accidents={name: found[:, part] for name, found in case.accidents.items()},
    )


def measure(case: Case, choice: Choice) -> tuple[dict, dict]:
    """The findings' measures, where the choice concerns them and they have one, and the claims' verdicts."""
    values = {n: float(f.measure(case)) for n, f in OF_ZEROS_AND_ONES.items() if f.concerns(choice)}
    verdicts = {
        name: claim.verdict(claim.decide(case)) for name, claim in rules.DECIDED.items() if choice.asks_claims
    }
    return {name: value for name, value in values.items() if np.isfinite(value)}, verdicts


# All pairs


def of_pairs() -> dict[str, list]:
    """The measures of the findings about all pairs by choice; None where it was not asked."""
    asked = [choice for choice in CHOICES if choice.asks_claims and choice.group != "crossed"]
    both, test = (images.all_digits("train"), choices.in_files_order()), images.all_digits("test")
    start = models.starts([PAIR_SEED])
    optima = files.arrays("digits")
    pairs = []
    for digits in images.PAIRS:
        finished = np.column_stack([optima[f"{images.key(digits)} optimum {epsilon}"] for epsilon in OWN])
        pairs.append((digits, *both, test, start, finished, asked))
    found = work.spread(pair_under_choices, pairs, "pairs")
    measured = {}
    for place, choice in enumerate(asked):
        by_pair = {images.key(digits): rows[place] for digits, rows in zip(images.PAIRS, found, strict=True)}
        measured[choice.name] = {name: float(f.measure(by_pair)) for name, f in OF_PAIRS.items()}
    return {name: [measured.get(choice.name, {}).get(name) for choice in CHOICES] for name in OF_PAIRS}


def pair_under_choices(
    digits: tuple[int, int],
    tfds: tuple,
    files_order: tuple,
    test: tuple,
    start: np.ndarray,
    optima: np.ndarray,
    asked: list[Choice],
) -> list[np.ndarray]:
    """For each choice, accuracy (4, 4) without an attack and at each ε of training, of each model.

    Finished are the certified optima, beside the regular model after 100 epochs: it has no single optimum.
    """
    orders = {"TFDS": images.of_pair(*tfds, digits), "files": images.of_pair(*files_order, digits)}
    test = images.of_pair(*test, digits)
    weights, found = {}, []
    for choice in asked:
        train = orders.get(choice.order, orders["TFDS"])
        if choice.finished:
            trained = np.column_stack([weights["100 epochs"][:, 0], optima])[..., None]
        elif choice.clipped:
            trained = weights[POST.name]
        else:
            trained, _ = choices.train(choice, *train, start, watch=False)
        weights[choice.name] = trained
        case = Case(start, trained, trained[..., 0], None, train, test, clipped=choice.clipped)
        found.append(np.stack(list(case.at.values()))[..., 0])
    return found
