"""Which findings survive the choices that are as good as the post's?

Every choice trains the four models of zeros and ones from ten seeds and from zeros, and those of all pairs
from one; then every finding's measure is taken, and every claim's rule asked.
"""

from dataclasses import replace

import numpy as np

from studies import files, images, margins, models, rules, work
from studies.accidents.kinds import ACCIDENTS, SIDE, happen
from studies.choices import choices
from studies.choices.choices import CHOICES, POST, SEEDS, Choice
from studies.choices.findings import FINDINGS, OF_PAIRS, OF_ZEROS_AND_ONES
from studies.evidence import OWN, Case

PAIR_SEED = 1


def compute() -> tuple[dict, dict]:
    values = {name: [None] * len(CHOICES) for name in FINDINGS}
    verdicts = {name: [None] * len(CHOICES) for name, claim in rules.CLAIMS.items() if claim.decide}
    for place, (measured, decided) in enumerate(of_zeros_and_ones()):
        for name, value in measured.items():
            values[name][place] = value
        for name, verdict in decided.items():
            verdicts[name][place] = verdict
    for name, of_choices in of_pairs().items():
        for place, value in of_choices.items():
            values[name][place] = value
    return {
        "seeds": len(SEEDS),
        "choices": [choice.name for choice in CHOICES],
        "findings": {name: summarise(name, found) for name, found in values.items()},
        "verdicts": verdicts,
    }, {}


def summarise(name: str, values: list) -> dict:
    """A finding's values by choice, their range, and the choices that turn it."""
    known = [value for value in values if value is not None]
    turned = [
        choice.name
        for choice, value in zip(CHOICES, values, strict=True)
        if value is not None and not FINDINGS[name].holds(value)
    ]
    return {
        "values": values,
        "range": [min(known), max(known)],
        "tried": len(known),
        "turned": turned,
    }


# Zeros and ones


def of_zeros_and_ones() -> list[tuple[dict, dict]]:
    """For each choice the findings' measures and the claims' verdicts."""
    train, test = images.pair("train"), images.pair("test")
    orders = {"TFDS": train, "files": images.of_pair(*choices.in_files_order(), (0, 1))}
    starts = np.column_stack([models.starts(SEEDS), np.zeros(785)])
    trained = [choice for choice in CHOICES if choice is POST or choice.own_training]
    weights = work.spread(
        train_choice, [(choice, *orders.get(choice.order, train), starts) for choice in trained], "trainings"
    )
    means = {choice.name: found for choice, (_, found) in zip(trained, weights, strict=True)}
    weights = {choice.name: found for choice, (found, _) in zip(trained, weights, strict=True)}
    middle = np.stack(list(weights.values()), axis=1)[..., :-1]  # (785, C, 4, S)
    asked = [(name, strength) for strength in (POST.strength, 1, 2, 4, 5) for name in ACCIDENTS]
    after = work.spread(
        after_accident,
        [(*test, middle if s == POST.strength else middle[:, :1], name, s) for name, s in asked],
        "accidents",
    )
    after = dict(zip(asked, after, strict=True))
    cases = []
    for choice in CHOICES:
        found = weights.get(choice.name, weights[POST.name])
        place = list(weights).index(choice.name) if choice.name in weights else 0
        case = Case(
            0 * starts[:, :-1] if choice.finished else choice.start * starts[:, :-1],
            found[..., :-1],
            found[..., -1],
            means.get(choice.name, means[POST.name])[..., :-1],
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
    optima = files.arrays("optimum")
    weights = np.column_stack([optima[f"{key} weights"] for key in models.KEYS])
    epsilons = np.array([model.epsilon for model in models.POST])
    required = 1 + epsilons * np.abs(weights[:-1]).sum(axis=0)
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
        name: claim.verdict(claim.decide(case))
        for name, claim in rules.CLAIMS.items()
        if claim.decide and (choice.group not in ("asked", "accidents", "seed"))
    }
    return {name: value for name, value in values.items() if np.isfinite(value)}, verdicts


# All pairs


def of_pairs() -> dict[str, dict[int, float]]:
    """The measures of the findings about all pairs, by the place of the choice."""
    asked = {
        place: choice
        for place, choice in enumerate(CHOICES)
        if choice is POST or choice.clipped or (choice.own_training and choice.group != "crossed")
    }
    both, test = (images.all_digits("train"), choices.in_files_order()), images.all_digits("test")
    start = models.starts([PAIR_SEED])
    optima = files.arrays("digits")
    found = work.spread(
        pair_under_choices,
        [
            (
                digits,
                *both,
                test,
                start,
                np.column_stack([optima[f"{images.key(digits)} optimum {epsilon}"] for epsilon in OWN]),
                list(asked.values()),
            )
            for digits in images.PAIRS
        ],
        "pairs",
    )
    by_pair = dict(zip(map(images.key, images.PAIRS), found, strict=True))
    return {
        name: {
            place: float(finding.measure({pair: rows[row] for pair, rows in by_pair.items()}))
            for row, place in enumerate(asked)
        }
        for name, finding in OF_PAIRS.items()
    }


def pair_under_choices(
    digits: tuple[int, int],
    tfds: tuple,
    files_order: tuple,
    test: tuple,
    start: np.ndarray,
    optima: np.ndarray,
    asked: list[Choice],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each choice, clean accuracy (4, 1) and that at the ε of training (4, 1).

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
        own = np.stack([case.at[epsilon][place] for place, epsilon in enumerate((0.0, *OWN))])
        found.append((case.at[0.0], own))
    return found
