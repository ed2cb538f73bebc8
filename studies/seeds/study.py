"""Are the differences between the four models real, or chance in the initial weights or the test images?

The four models from 100 seeds, compared by the sign test over seeds and by McNemar's exact test over images.
"""

import itertools
from collections.abc import Collection
from pathlib import Path

import numpy as np
import shared
import style
import trainer
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from scipy.stats import binomtest

from adversarial import ATTACK_EPSILONS
from run_files import run_name

HERE = Path(__file__).parent
MODELS = tuple(map(run_name, shared.MODEL_EPSILONS))
TITLES = dict(zip(MODELS, ("regular", "ε = 0.1", "ε = 0.2", "ε = 0.3"), strict=True))
PUBLISHED_MISTAKES = dict(zip(MODELS, (2, 3, 2, 5), strict=True))  # from the post's accuracies
SIGNIFICANT = 0.05


# Statistics


def wilson(mistakes: int, images: int) -> list[float]:
    """The 95 % Wilson interval [low, high] of an accuracy."""
    interval = binomtest(images - mistakes, images).proportion_ci(0.95, method="wilson")
    return [float(interval.low), float(interval.high)]


def sign_test(first: int, second: int) -> float:
    """The exact two-sided p-value of a split `first` : `second` when either side is equally likely."""
    return float(binomtest(first, first + second).pvalue) if first + second else 1.0


def paired_test(first: Collection[int], second: Collection[int]) -> dict[str, int | float]:
    """McNemar's exact test between two models, from the images that each of them gets wrong.

    Images that both get right or both get wrong don't tell the models apart; of the others each model would
    get half if they were equally good.
    """
    only_first, only_second = len(set(first) - set(second)), len(set(second) - set(first))
    return {"only_first": only_first, "only_second": only_second, "p": sign_test(only_first, only_second)}


def smallest_p(first: int, second: int) -> float:
    """The smallest p-value of `paired_test` for these numbers of mistakes, whichever images they are."""
    return min(sign_test(first - both, second - both) for both in range(min(first, second) + 1))


def compare(first: list[list[int]], second: list[list[int]]) -> dict:
    """Two models whose misclassified images are given for each seed: both tests."""
    tests = [paired_test(a, b) for a, b in zip(first, second, strict=True)]
    more = sum(test["only_first"] > test["only_second"] for test in tests)
    fewer = sum(test["only_first"] < test["only_second"] for test in tests)
    return {
        "mean_difference": float(np.mean([test["only_second"] - test["only_first"] for test in tests])),
        "first_worse": more,
        "second_worse": fewer,
        "p_over_seeds": sign_test(more, fewer),
        "smallest_p_over_images": min(test["p"] for test in tests),
        "seeds_below_0.05_over_images": sum(test["p"] < SIGNIFICANT for test in tests),
    }


def summary(wrong: dict[str, list[list[int]]], accuracy: np.ndarray, images: int) -> dict:
    """All numbers of the study.

    Args:
        wrong: for each model and seed the indices of the test images that it gets wrong.
        accuracy: under attack, (E, 4, S).
        images: in the test set.
    """
    pairs = list(itertools.combinations(MODELS, 2))
    half = ATTACK_EPSILONS[(accuracy >= 0.5).sum(axis=0).clip(max=len(ATTACK_EPSILONS) - 1)]
    models = {}
    for number, (name, rows) in enumerate(wrong.items()):
        mistakes = [len(row) for row in rows]
        models[name] = {
            "mistakes": mistakes,
            "mean_mistakes": np.mean(mistakes),
            "median_accuracy": 1 - np.median(mistakes) / images,
            "always_wrong": sorted(set.intersection(*map(set, rows))),
            "ever_wrong": sorted(set.union(*map(set, rows))),
            "halving_epsilon": half[number],
            "least_accuracy": accuracy[:, number].min(axis=1),
            "median_attacked": np.median(accuracy[:, number], axis=1),
            "most_accuracy": accuracy[:, number].max(axis=1),
            "published_mistakes": PUBLISHED_MISTAKES[name],
            "published_wilson": wilson(PUBLISHED_MISTAKES[name], images),
        }
    regular, *robust = models.values()
    apart = regular["most_accuracy"] < np.min([model["least_accuracy"] for model in robust], axis=0)
    always_better = (accuracy[:, 1:] > accuracy[:, :1]).all(axis=(1, 2))
    medians = np.array([model["median_attacked"] for model in models.values()])
    return {
        "seeds": len(accuracy[0, 0]),
        "test_images": images,
        "epsilons": ATTACK_EPSILONS,
        "models": models,
        "pairs": {f"{a}, {b}": compare(wrong[a], wrong[b]) for a, b in pairs},
        "published_smallest_p": min(
            smallest_p(PUBLISHED_MISTAKES[a], PUBLISHED_MISTAKES[b]) for a, b in pairs
        ),
        "always_apart_from": ATTACK_EPSILONS[apart.argmax()],
        "robust_always_better": always_better,
        "halving_rises": bool((np.diff(half, axis=0) > 0).all()),
        "out_of_order": ATTACK_EPSILONS[(np.diff(medians, axis=0) < -1 / images).any(axis=0)],
    }


def said(results: dict) -> dict:
    """What the page's sentences use."""
    pairs, models, numbers = results["pairs"], results["models"], {}
    for epsilon, name in zip(("00", "01", "02", "03"), MODELS, strict=True):
        model = models[name]
        numbers |= {
            f"most_{epsilon}": max(model["mistakes"]),
            f"always_{epsilon}": len(model["always_wrong"]),
            f"ever_{epsilon}": len(model["ever_wrong"]),
            f"halving_{epsilon}": np.median(model["halving_epsilon"]),
            f"at_02_{epsilon}": 100 * model["median_attacked"][40],
        }
    for first, second in itertools.combinations(range(4), 2):
        pair = pairs[f"{MODELS[first]}, {MODELS[second]}"]
        numbers |= {
            f"worse_0{first}_0{second}": pair["second_worse"],
            f"better_0{first}_0{second}": pair["first_worse"],
            f"p_0{first}_0{second}": pair["p_over_seeds"],
        }
    return numbers | {
        "seeds": results["seeds"],
        "images": results["test_images"],
        "comparisons": len(pairs) * results["seeds"],
        "pairs": len(pairs),
        "below": sum(pair["seeds_below_0.05_over_images"] for pair in pairs.values()),
        "smallest_p": min(pair["smallest_p_over_images"] for pair in pairs.values()),
        "published_p": results["published_smallest_p"],
        "five_to_none": sign_test(5, 0),
        "six_to_none": sign_test(6, 0),
        "apart_from": results["always_apart_from"],
        "out_of_order": len(results["out_of_order"]),
        "grid": len(results["epsilons"]),
    }


# Tables and figure


def table_mistakes(results: dict) -> str:
    """Published and own mistakes of the four models."""
    lines = [
        "| | published mistakes | 95 % interval of the published accuracy | mistakes over the seeds | mean "
        "| wrong in all seeds | in any |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, model in results["models"].items():
        low, high = (f"{100 * end:.2f}" for end in model["published_wilson"])
        found = sorted(model["mistakes"])
        span = f"{found[0]} to {found[-1]}" if found[0] < found[-1] else f"{found[0]}"
        lines.append(
            f"| {TITLES[name]} | {model['published_mistakes']} | {low} to {high} % | {span} "
            f"| {model['mean_mistakes']:.2f} | {len(model['always_wrong'])} | {len(model['ever_wrong'])} |"
        )
    return "\n".join(lines)


def table_pairs(results: dict) -> str:
    """Both tests for every pair of models."""
    lines = [
        "| | second makes more mistakes | first does | equal | p over seeds | least p over images |",
        "|---|---|---|---|---|---|",
    ]
    for names, pair in results["pairs"].items():
        first, second = (TITLES[name] for name in names.split(", "))
        equal = results["seeds"] - pair["second_worse"] - pair["first_worse"]
        lines.append(
            f"| {first}, {second} | {pair['second_worse']} | {pair['first_worse']} | {equal} "
            f"| {pair['p_over_seeds']:.0e} | {pair['smallest_p_over_images']:.4f} |"
        )
    return "\n".join(lines)


def draw(results: dict) -> Figure:
    """Left: the test mistakes of every seed. Right: median and range of the accuracy under attack."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=(1, 1.25), layout="constrained")
    labels = ["Regular", *(rf"$\epsilon={epsilon:g}$" for epsilon in shared.MODEL_EPSILONS[1:])]
    rows = zip(results["models"].values(), style.MODEL_LINES, style.MODEL_FILLS, labels, strict=True)
    for row, (model, colour, fill, label) in enumerate(rows):
        counts, sizes = np.unique(model["mistakes"], return_counts=True)
        left.scatter(
            counts, np.full(len(counts), row), s=280 * sizes / results["seeds"], color=colour, linewidths=0
        )
        for count, size in zip(counts, sizes, strict=True):
            left.text(count, row - 0.24, size, ha="center", va="bottom", fontsize=8)
        left.plot(model["published_mistakes"], row + 0.3, "^", color=style.BLACK, markersize=4)
        grid = results["epsilons"]
        right.fill_between(grid, model["least_accuracy"], model["most_accuracy"], color=fill, linewidth=0)
        right.plot(grid, model["median_attacked"], color=colour, label=label, linewidth=1.2)
    left.plot([], [], "^", color=style.BLACK, markersize=4, label="published")
    left.legend(frameon=False, fontsize=9, loc="lower left")
    left.set(
        title=f"Test Mistakes of {results['seeds']} Seeds",
        xlabel=f"Mistakes of {results['test_images']:,}",
        xlim=(-0.6, None),
        ylim=(3.6, -0.6),
    )
    left.set_yticks(range(4), labels)
    left.xaxis.get_major_locator().set_params(integer=True)
    right.set(
        title="Under Attack: Median and Range", xlabel=r"Perturbation Scale ($\epsilon$)", ylabel="Accuracy"
    )
    right.margins(x=0)
    right.legend(frameon=False, fontsize=9)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


# The command


def main() -> None:
    """Train, compare, and write results.json and a figure beside this file."""
    images, labels = shared.pair("test")
    models = shared.post_models()
    columns = models.reshape(785, -1)
    wrong = (trainer.margins(columns, images, labels) <= 0).reshape(len(images), *models.shape[1:])
    indices = {
        name: [np.flatnonzero(wrong[:, number, seed]).tolist() for seed in range(models.shape[2])]
        for number, name in enumerate(MODELS)
    }
    accuracy = trainer.attacked(columns, images, labels, ATTACK_EPSILONS).reshape(-1, *models.shape[1:])
    results = shared.rounded(summary(indices, accuracy, len(images)))
    results["said"] = said(results)
    shared.write_json(HERE / "results.json", results)
    shared.write_figure(HERE / "seeds.png", draw(results))
    for name, model in results["models"].items():
        print(f"{name}: {min(model['mistakes'])} to {max(model['mistakes'])} test mistakes", flush=True)
