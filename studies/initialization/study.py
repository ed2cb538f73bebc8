"""How much of the regular model's brittleness is left over from its random start?

The four models from 100 seeds and from zeros, variants of them, and the same with the other's step size, each
under the exact worst case of the box and of the box clipped to [0, 1]. The page beside this file defines all.
"""

from pathlib import Path

import numpy as np
import shared
import style
import trainer
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score

from adversarial import ATTACK_EPSILONS

HERE = Path(__file__).parent
SHOWN_EPSILONS = (0.1, 0.2, 0.3)  # in the numbers
WEAK = 0.1
QUANTILES = (0, 0.5, 1)  # least, median, most of the seeds
VARIANTS = ("trained", "unlit_at_zero", "start_subtracted", "weak_at_zero", "from_zeros")
NAMES = ("regular", "ε = 0.1", "ε = 0.2", "ε = 0.3")


# Models


def variants(models: np.ndarray, starts: np.ndarray, unlit: np.ndarray) -> dict[str, np.ndarray]:
    """The thought experiments.

    Args:
        models: trained weights (785, 4, S).
        starts: what they started from, (785, S).
        unlit: bool (784,), the pixels that no training image lights.

    Returns:
        For each of VARIANTS but the last, weights (785, 4, S). The bias stays: it starts at 0.
    """
    pixel = np.arange(785)[:, None, None] < 784
    dark = np.append(unlit, False)[:, None, None]
    return {
        "trained": models,
        "unlit_at_zero": np.where(dark, 0, models),
        "start_subtracted": models - starts[:, None],
        "weak_at_zero": np.where(pixel & (np.abs(models) < WEAK), 0, models),
    }


def other_steps(images: np.ndarray, labels: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The four models with ten times smaller steps for the regular one, ten times larger for the robust.

    Returns:
        (785, 4, S).
    """
    count = starts.shape[1]
    (regular, of_sum), (robust, of_sums) = trainer.REGULAR, trainer.ROBUST
    columns = shared.MODEL_EPSILONS, [regular / 10] + [10 * robust] * 3, [of_sum] + [of_sums] * 3
    weights = trainer.train(images, labels, np.tile(starts, 4), *(np.repeat(row, count) for row in columns))[
        -1
    ]
    return weights.reshape(785, 4, count)


# Measures


def clipped(weights: np.ndarray, images: np.ndarray, labels: np.ndarray, epsilons: np.ndarray) -> np.ndarray:
    """Accuracy (E, M) of weights (785, M) under the exact worst case within ε and within [0, 1].

    Each pixel goes to its own worst value: where y w > 0 it falls by min(ε, x), elsewhere it rises by
    min(ε, 1 - x).
    """
    weights = weights.astype(np.float64)
    right = np.zeros((len(epsilons), weights.shape[1]))
    for label in (-1, 1):
        of_label = images[labels == label].astype(np.float64)
        signed = label * weights
        margins = of_label @ signed[:-1] + signed[-1]
        falls, rises = np.maximum(signed[:-1], 0), np.maximum(-signed[:-1], 0)
        for row, epsilon in enumerate(epsilons):
            drops = np.minimum(epsilon, of_label) @ falls + np.minimum(epsilon, 1 - of_label) @ rises
            right[row] += (margins > drops).sum(axis=0)
    return right / len(labels)


ATTACKS = {"box": trainer.attacked, "clipped": clipped}
# The clipped worst case takes a product of matrices for each ε, so it gets every second one.
GRIDS = {"box": ATTACK_EPSILONS, "clipped": ATTACK_EPSILONS[::2]}


def halving(epsilons: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """The smallest ε of the grid at which the accuracy (E, M) is below a half, (M,); 0.5 where none is."""
    below = accuracy < 0.5
    return np.where(below.any(axis=0), epsilons[below.argmax(axis=0)], epsilons[-1])


def at(epsilon: float, epsilons: np.ndarray) -> int:
    return int(np.argmin(np.abs(epsilons - epsilon)))


def measure(
    weights: np.ndarray, test: tuple, unlit: np.ndarray, kinds=("box", "clipped")
) -> tuple[dict, dict]:
    """What a model does under attack and where its ‖w‖₁ sits, over the seeds.

    Args:
        weights: (785, S).
        test: images (N, 784) and labels (N,).
        unlit: bool (784,).
        kinds: of attack, of ATTACKS.

    Returns:
        Quantiles over the seeds (QUANTILES), and for each kind the curves (E, S).
    """
    sizes = -np.sort(-np.abs(weights[:-1].astype(np.float64)), axis=0)
    norms = sizes.sum(axis=0)
    curves = {kind: ATTACKS[kind](weights, *test, GRIDS[kind]) for kind in kinds}
    found = {
        "mistakes": (trainer.margins(weights, *test) <= 0).sum(axis=0),
        "l1_norm": norms,
        "unlit_share": 100 * np.abs(weights[:-1][unlit].astype(np.float64)).sum(axis=0) / norms,
        "pixels_for_90_percent": 1 + (np.cumsum(sizes, axis=0) < 0.9 * norms).sum(axis=0),
    }
    for name, curve in curves.items():
        found[f"{name}_halving"] = halving(GRIDS[name], curve)
        for epsilon in SHOWN_EPSILONS:
            found[f"{name}_{epsilon}"] = 100 * curve[at(epsilon, GRIDS[name])]
    return {name: np.quantile(values, QUANTILES) for name, values in found.items()}, curves


def weak_features(weights: np.ndarray, starts: np.ndarray, images: np.ndarray, labels: np.ndarray) -> dict:
    """The weak weights of the regular models (785, S) on their own: quantiles over the seeds.

    Returns:
        The share of weights that are weak and of ‖w‖₁ that they hold, in %; of that, what is left without the
        start, in %; ROC AUC of their sum over the images: of all of it, of the start and of what was learned.
    """
    weights, starts = weights[:-1].astype(np.float64), starts[:-1].astype(np.float64)
    weak = np.abs(weights) < WEAK
    parts = {"auc": weights, "auc_of_start": starts, "auc_of_learned": weights - starts}
    size = np.abs(weights * weak).sum(axis=0)
    found = {
        "share": 100 * weak.mean(axis=0),
        "share_of_norm": 100 * size / np.abs(weights).sum(axis=0),
        "left_without_start": 100 * np.abs((weights - starts) * weak).sum(axis=0) / size,
    }
    for name, part in parts.items():
        found[name] = [
            roc_auc_score(labels, score) for score in (images.astype(np.float64) @ (part * weak)).T
        ]
    return {name: np.quantile(values, QUANTILES) for name, values in found.items()}


def part_of_the_way(models: dict, variant: str, kind: str, robust: str) -> float:
    """Which part (%) of the distance in halving ε from the regular to a robust model a variant closes."""
    halves = [
        found[f"{kind}_halving"][1]
        for found in (models["0.0"]["trained"], models["0.0"][variant], models[robust]["trained"])
    ]
    return 100 * (halves[1] - halves[0]) / (halves[2] - halves[0])


def said(results: dict) -> dict:
    """What the page's sentences use: medians over the seeds unless the name says otherwise."""
    models = results["models"]
    regular = models["0.0"]
    numbers = {"seeds": results["seeds"], "unlit": results["unlit_pixels"]}
    for variant in VARIANTS:
        for key in ("mistakes", "box_0.1", "box_0.2", "box_halving", "clipped_0.1", "clipped_0.2"):
            numbers[f"{variant}_{key}".replace(".", "")] = regular[variant][key][1]
    for variant in ("start_subtracted", "from_zeros"):
        for kind in ("box", "clipped"):
            for robust in shared.MODEL_EPSILONS[1:]:
                name = f"{variant}_way_{kind}_{robust}".replace(".", "")
                numbers[name] = part_of_the_way(models, variant, kind, str(robust))
    for epsilon, found in models.items():
        for key in ("mistakes", "box_0.1", "box_0.2", "box_0.3", "box_halving"):
            short = f"{epsilon}_{key}".replace(".", "")
            numbers[f"m{short}"] = found["trained"][key][1]
            numbers[f"other_{short}"] = found["other_step"][key][1]
        numbers[f"pixels_{epsilon}".replace(".", "")] = found["from_zeros"]["pixels_for_90_percent"][1]
    shares = [models[str(e)]["trained"]["unlit_share"] for e in shared.MODEL_EPSILONS]
    numbers |= {
        "unlit_share_least": shares[0][0],
        "unlit_share_most": shares[0][2],
        "robust_unlit_share_most": max(share[2] for share in shares[1:]),
        "regular_box_02_most": regular["trained"]["box_0.2"][2],
        "pixels_trained": regular["trained"]["pixels_for_90_percent"][1],
        "zeros_differ": max(results["from_zeros_differ"][1:]),
    }
    return numbers | {f"weak_{name}": values[1] for name, values in results["weak"].items()}


# Tables and figures


def span(values: list, decimals: int) -> str:
    """Median, and the range where there is one."""
    least, median, most = (f"{value:.{decimals}f}" for value in values)
    return median if least == most else f"{median} ({least} to {most})"


def table_regular(results: dict) -> str:
    """The regular model, its variants, and a robust one to compare with."""
    titles = ("as trained", "unlit at zero", "start subtracted", "weak at zero", "trained from zeros")
    rows = [(title, results["models"]["0.0"][name]) for title, name in zip(titles, VARIANTS, strict=True)]
    rows += [(f"robust, {name}", results["models"][name[4:]]["trained"]) for name in NAMES[1:]]
    lines = [
        "| accuracy, % | test mistakes | ε = 0.1 | ε = 0.2 | halving ε | clipped, ε = 0.1 | clipped, ε = 0.2 "
        "| clipped, halving ε |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for title, found in rows:
        cells = [span(found["mistakes"], 0)]
        for kind in ("box", "clipped"):
            cells += [f"{found[f'{kind}_{epsilon}'][1]:.1f}" for epsilon in (0.1, 0.2)]
            cells.append(
                f"{found[f'{kind}_halving'][1]:.3f}"
                if kind == "box"
                else f"{found['clipped_halving'][1]:.2f}"
            )
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def table_steps(results: dict) -> str:
    """The four models with both step sizes."""
    lines = [
        "| | step, on the mean | test mistakes | ε = 0.1 | ε = 0.2 | ε = 0.3 | halving ε | on unlit pixels |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, (epsilon, found) in zip(NAMES, results["models"].items(), strict=True):
        steps = (
            ("trained", 0.01 if float(epsilon) else 0.1),
            ("other_step", 0.1 if float(epsilon) else 0.01),
        )
        for kind, step in steps:
            row = found[kind]
            cells = [span(row["mistakes"], 0)] + [f"{row[f'box_{e}'][1]:.1f}" for e in SHOWN_EPSILONS]
            cells += [f"{row['box_halving'][1]:.3f}", f"{row['unlit_share'][1]:.1f} %"]
            mark = " (the post's)" if kind == "trained" else ""
            lines.append(f"| {name} | {step:g}{mark} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw_accuracy(curves: dict) -> Figure:
    """Accuracy under attack, of the box and clipped: median and range of the seeds.

    Args:
        curves: by model ("0.0" …) and variant, what `measure` returns.
    """
    figure, places = plt.subplots(1, 2, figsize=(8, 3.9), sharey=True, layout="constrained")
    lines = {"unlit_at_zero": (":", "unlit at zero"), "start_subtracted": ("--", "start subtracted")}
    lines["from_zeros"] = ("-", "from zeros")
    for axes, (kind, grid) in zip(places, GRIDS.items(), strict=True):
        for number, models in enumerate(curves.values()):
            curve = models["trained"][kind]
            label = "Robust, " + rf"$\epsilon={SHOWN_EPSILONS[number - 1]}$" if number else "Regular"
            axes.fill_between(
                grid, curve.min(axis=1), curve.max(axis=1), color=style.MODEL_FILLS[number], linewidth=0
            )
            axes.plot(grid, np.median(curve, axis=1), color=style.MODEL_LINES[number], label=label)
        for variant, (line, name) in lines.items():
            curve = np.median(curves["0.0"][variant][kind], axis=1)
            axes.plot(grid, curve, color=style.BLACK, linestyle=line, linewidth=1.1, label=f"Regular, {name}")
        axes.set(xlabel=r"Perturbation Scale ($\epsilon$)", xlim=(0, 0.5))
        axes.spines[["top", "right"]].set_visible(False)
    places[0].set(title="As in the Post", ylabel="Accuracy")
    places[1].set(title="Pixels Kept in [0, 1]")
    figure.legend(
        *places[0].get_legend_handles_labels(), frameon=False, ncols=4, loc="outside lower center", fontsize=9
    )
    return figure


def draw_weights(pictures: dict[str, np.ndarray]) -> Figure:
    """A row for each model, a column for each of `pictures`, (785, 4); one scale along a row, and a key."""
    figure, places = plt.subplots(4, len(pictures), figsize=(7, 6.2))
    figure.subplots_adjust(left=0.05, right=0.995, bottom=0.085, top=0.95, wspace=0.05, hspace=0.05)
    largest = np.max([np.abs(weights[:-1]).max(axis=0) for weights in pictures.values()], axis=0)
    for column, (name, weights) in enumerate(pictures.items()):
        places[0, column].set_title(name, fontsize=11)
        for row in range(4):
            shown = shared.show_weights(places[row, column], weights[:-1, row], largest[row])
    for name, place in zip(NAMES, places[:, 0], strict=True):
        place.set_ylabel(name.replace("ε = ", r"$\epsilon=$").capitalize(), fontsize=11)
    key = figure.colorbar(shown, cax=figure.add_axes((0.3, 0.045, 0.4, 0.018)), orientation="horizontal")
    key.set_ticks([-largest[-1], 0, largest[-1]], labels=["speaks for the zero", "0", "speaks for the one"])
    return figure


# The command


def main() -> None:
    """Train, measure, and write results.json and two figures beside this file."""
    train, test = shared.pair("train"), shared.pair("test")
    unlit = train[0].max(axis=0) == 0
    starts = np.stack([shared.glorot_start(seed) for seed in shared.SEEDS], axis=1)
    trained = shared.post_models()
    weights = variants(trained, starts, unlit)
    weights["from_zeros"] = shared.train_post_models(*train, np.zeros((785, 1)))[-1]
    weights["other_step"] = other_steps(*train, starts)
    models, curves = {}, {}
    for number, epsilon in enumerate(shared.MODEL_EPSILONS):
        chosen = weights if not epsilon else ("trained", "from_zeros", "other_step")
        kinds = {"other_step": ("box",)}
        pairs = {
            name: measure(weights[name][:, number], test, unlit, kinds.get(name, tuple(GRIDS)))
            for name in chosen
        }
        models[str(epsilon)] = {name: found for name, (found, _) in pairs.items()}
        curves[str(epsilon)] = {name: curve for name, (_, curve) in pairs.items()}
    results = {
        "seeds": len(shared.SEEDS),
        "unlit_pixels": unlit.sum(),
        "models": models,
        "from_zeros_differ": [  # the four models, at most, from the seeds' median accuracy, in points
            100 * np.abs(np.median(found["trained"]["box"], axis=1) - found["from_zeros"]["box"][:, 0]).max()
            for found in curves.values()
        ],
        "weak": weak_features(trained[:, 0], starts, *test),
    }
    results["said"] = said(results)
    shared.write_json(HERE / "results.json", results)
    shared.write_figure(HERE / "initialization_accuracy.png", draw_accuracy(curves))
    first = {
        "Start": np.tile(starts[:, :1], 4),
        "Trained": trained[..., 0],
        "Unlit at Zero": weights["unlit_at_zero"][..., 0],
        "Trained - Start": weights["start_subtracted"][..., 0],
        "From Zeros": weights["from_zeros"][..., 0],
    }
    shared.write_figure(HERE / "initialization_weights.png", draw_weights(first))
    print(
        f"from zeros the regular model keeps {models['0.0']['from_zeros']['box_0.1'][1]:.1f} % at ε = 0.1",
        flush=True,
    )
