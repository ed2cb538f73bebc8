"""Ordinary accidents on the test images: who is right, who is confidently wrong, and why.

Writes results.json and the figures. A minute or two on two cores.
"""

from itertools import combinations
from pathlib import Path

import numpy as np
import shared
import solver
import trainer
from accidents import figures, verdicts
from accidents.kinds import ACCIDENTS, MIDDLE_STRENGTH, SIDE, STRENGTHS, happen
from accidents.measures import BOXES, ROUNDING, compare, measure
from accidents.verdicts import table_definitions, table_models, table_pairs, table_sizes
from joblib import Parallel, delayed

from run_files import TRAINING_EPSILONS

__all__ = ["main", "table_definitions", "table_models", "table_pairs", "table_sizes"]

HERE = Path(__file__).resolve().parent
PAIRS = tuple(combinations(range(shared.DIGITS), 2))
PAIR_SEEDS = range(1, 6)
MODELS = tuple(map(str, shared.MODEL_EPSILONS))
ROBUST = tuple(map(str, TRAINING_EPSILONS))
FEW_CORES = {"n_jobs": 2, "prefer": "threads"}  # threads share the images, and need no second TensorFlow


# Zeros against ones


def post_weights(train: tuple) -> np.ndarray:
    """The models (785, M): the post's four from each seed, the four from zeros, the three optima."""
    seeds = shared.post_models().reshape(785, -1)
    zeros = shared.train_post_models(*train, np.zeros((785, 1)))[-1, ..., 0]
    solutions = Parallel(**FEW_CORES)(delayed(solver.solve)(*train, epsilon) for epsilon in TRAINING_EPSILONS)
    for solution, epsilon in zip(solutions, TRAINING_EPSILONS, strict=True):
        solver.certify(solution, epsilon, *train)
    optima = [np.append(solution.weights, solution.bias) for solution in solutions]
    return np.column_stack([seeds, zeros, *optima])


def by_model(values: np.ndarray) -> dict[str, dict]:
    """Numbers (M,) of `post_weights`: arrays over the seeds, and single ones."""
    seeds, zeros, optima = np.split(values, [-len(MODELS) - len(ROBUST), -len(ROBUST)])
    return {
        "seeds": dict(zip(MODELS, seeds.reshape(len(MODELS), -1), strict=True)),
        "zeros": dict(zip(MODELS, zeros, strict=True)),
        "optimum": dict(zip(ROBUST, optima, strict=True)),
    }


def quantiles(values: np.ndarray) -> dict:
    """The same with the 5 %, 50 % and 95 % quantiles over the seeds."""
    found = by_model(values)
    found["seeds"] = {model: np.quantile(seeds, (0.05, 0.5, 0.95)) for model, seeds in found["seeds"].items()}
    return found


def study_accident(name: str, strength: int, images: np.ndarray, labels: np.ndarray, weights: np.ndarray):
    """What `measure` finds for each variant of an accident."""
    after = happen(name, images.reshape(-1, SIDE, SIDE), strength)
    return {
        variant: measure(images, changed.reshape(images.shape), labels, weights)
        for variant, changed in after.items()
    }


def medians(values: np.ndarray) -> dict:
    """The same with the median over the seeds."""
    found = by_model(values)
    found["seeds"] = {model: np.median(seeds) for model, seeds in found["seeds"].items()}
    return found


def standing(accuracy: np.ndarray, clean: np.ndarray) -> dict:
    """Accuracies (M,): over the seeds, what they lost of the clean ones, and robust beside regular."""
    seeds = by_model(accuracy)["seeds"]
    return {
        "accuracy": quantiles(accuracy),
        "cost": medians(clean - accuracy)["seeds"],
        "against_regular": {model: compare(seeds[model], seeds[MODELS[0]]) for model in ROBUST},
    }


def summarise(measured: dict[str, dict], clean: np.ndarray) -> dict:
    """An accident at a strength, over its variants; `clean` are the accuracies (M,) without it."""
    largest = np.concatenate([variant["largest"] for variant in measured.values()])
    mean = {
        name: np.mean([variant[name] for variant in measured.values()], axis=0)
        for name in ("accuracy", "confident", "harm", "worst", "used", "covered")
    }
    return {
        **standing(mean.pop("accuracy"), clean),
        "confident": medians(mean.pop("confident")),
        **{name: medians(values)["seeds"] for name, values in mean.items()},
        "variants": {variant: medians(found["accuracy"])["seeds"] for variant, found in measured.items()},
        "largest": [np.median(largest), largest.max()],
        "one_norm": np.mean([variant["one_norm"] for variant in measured.values()]),
        "inside": {str(box): (largest <= box + ROUNDING).mean() for box in BOXES},
        "contradictions": sum(variant["contradictions"].sum() for variant in measured.values()),
    }


def confident_share(measured: list[dict[str, dict]]) -> dict:
    """Of the mistakes under all these accidents together, the share that is confident."""
    mistakes, sure = (
        sum(np.mean([variant[name] for variant in found.values()], axis=0) for found in measured)
        for name in ("mistakes", "confident")
    )
    return quantiles(sure / mistakes)


# All pairs


def train_pair(digits: tuple[int, int], starts: np.ndarray) -> np.ndarray:
    """The post's four models of a pair, (785, 4, S), from starts (785, S)."""
    train = shared.pair.__wrapped__("train", digits)  # not kept: all pairs would be gigabytes
    return shared.train_post_models(*train, starts)[-1]


def pair_accuracies(name: str | None, weights: list[np.ndarray]) -> np.ndarray:
    """Accuracy (45, 4, S) under an accident of middle strength (None: none), the mean over its variants."""
    images, digits = shared.all_digits("test")
    images = (images / np.float32(255)).reshape(-1, SIDE, SIDE)
    variants = happen(name, images, MIDDLE_STRENGTH).values() if name else [images]
    means = np.zeros((len(PAIRS), *weights[0].shape[1:]))
    for after in variants:
        for row, (pair, models) in enumerate(zip(PAIRS, weights, strict=True)):
            chosen = np.isin(digits, pair)
            labels = np.where(digits[chosen] == pair[1], 1.0, -1.0)
            margins = trainer.margins(models.reshape(785, -1), after[chosen].reshape(-1, 784), labels)
            means[row] += (margins > 0).mean(axis=0).reshape(means[row].shape) / len(variants)
    return means


def summarise_pair(accuracies: np.ndarray) -> dict:
    """A pair under one accident, from (4, S)."""
    found = {model: compare(ours, accuracies[0]) for model, ours in zip(ROBUST, accuracies[1:], strict=True)}
    return {
        "accuracy": accuracies.mean(axis=1).round(6),
        "verdict": [numbers["verdict"] for numbers in found.values()],
    }


def study_pairs() -> dict:
    shared.all_digits("train"), shared.all_digits("test")  # once, before there are two threads
    starts = np.stack([shared.glorot_start(seed) for seed in PAIR_SEEDS], axis=1)
    weights = Parallel(**FEW_CORES)(delayed(train_pair)(digits, starts) for digits in PAIRS)
    names = [None, *ACCIDENTS]
    accuracies = Parallel(**FEW_CORES)(delayed(pair_accuracies)(name, weights) for name in names)
    return {
        f"{a} {b}": {
            name or "clean": summarise_pair(found[row]) for name, found in zip(names, accuracies, strict=True)
        }
        for row, (a, b) in enumerate(PAIRS)
    }


def study_zero_one() -> dict:
    train, test = shared.pair("train"), shared.pair("test")
    weights = post_weights(train)
    cases = [(name, strength) for name in ACCIDENTS for strength in STRENGTHS]
    found = Parallel(**FEW_CORES)(delayed(study_accident)(*case, *test, weights) for case in cases)
    measured = dict(zip(cases, found, strict=True))
    clean, *attacked = trainer.attacked(weights, *test, [0, *BOXES])
    return {
        "clean": standing(clean, clean),
        "attacked": {str(box): standing(lost, clean) for box, lost in zip(BOXES, attacked, strict=True)},
        "accidents": {
            name: [summarise(measured[name, strength], clean) for strength in STRENGTHS] for name in ACCIDENTS
        },
        "confident_share": [
            confident_share([measured[name, strength] for name in ACCIDENTS]) for strength in STRENGTHS
        ],
    }


def main() -> None:
    results = shared.rounded(study_zero_one() | {"pairs": study_pairs()})
    shared.write_json(HERE / "results.json", {"said": verdicts.said(results), **results})
    shared.write_figure(HERE / "gallery.png", figures.draw_gallery(*shared.pair("test")))
    for name, draw in figures.FIGURES.items():
        shared.write_figure(HERE / f"{name}.png", draw(results))
