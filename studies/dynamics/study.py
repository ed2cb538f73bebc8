"""What does robust training wipe off, and when?

The robust models from 100 seeds, with the active examples counted while they train. Two rules for what is
wiped off are tried: "the weight is below ε", and "the mean of y·x over the active examples is below ε".
"""

from pathlib import Path

import numpy as np
import shared
import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

HERE = Path(__file__).parent
EPOCHS = 10
# The most that ε‖w‖₁ alone moves a weight in one batch, at the largest ε: 0.0001 · 0.3 · 100 examples.
NEAR_ZERO = 0.003
OTHER_THRESHOLDS = (0.001, 0.01)  # to see that what is found does not hang on that one
NO_GRADIENT = 1e-6  # up to here a mean of y·x is rounding
SHOWN_EPOCHS = (0, 1, 2, 5, 10)
QUANTILES = (0, 0.5, 1)  # least, median, most of the seeds


class ActiveExamples:
    """An observer of `trainer.train`: how many examples were active, and the sum of y·x over them.

    Attributes:
        counts: (epochs, M).
        sums: float32 (epochs, 784, M).
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, columns: int, epochs: int):
        self.signed = images * labels[:, None]
        self.active = np.zeros((len(images), columns), np.float32)
        self.counts = np.zeros((epochs, columns))
        self.sums = np.zeros((epochs, images.shape[1], columns), np.float32)

    def __call__(self, epoch: int, batch: slice, active: np.ndarray) -> None:
        self.active[batch] = active
        if batch.stop >= len(self.signed):
            self.counts[epoch] = self.active.sum(axis=0, dtype=np.float64)
            self.sums[epoch] = self.signed.T @ self.active


# The rules


def score(quantity: np.ndarray, epsilon: float, wiped: np.ndarray) -> dict[str, float]:
    """The rule "wiped off if the quantity is below ε", at pixels (P,) of which `wiped` (P,) are."""
    below = quantity < epsilon
    shares = {
        "wiped_below": (below, wiped),
        "kept_below": (below, ~wiped),
        "below_wiped": (wiped, below),
        "above_wiped": (wiped, ~below),
    }
    return {
        "balanced_accuracy": balanced_accuracy_score(wiped, below),
        "roc_auc": roc_auc_score(wiped, -quantity),
        **{name: 100 * part[of].mean() if of.any() else 0.0 for name, (part, of) in shares.items()},
    }


def study_model(epsilon: float, history: np.ndarray, counts: np.ndarray, sums: np.ndarray) -> dict:
    """All scores of one robust model. Pixels dark in all active examples are left out: any rule is right.

    Args:
        epsilon: of its training.
        history: weights (epochs + 1, 785).
        counts: active examples (epochs,).
        sums: of y·x over them (epochs, 784).

    Returns:
        Numbers, some of them nested.
    """
    sizes = np.abs(history[:, :-1])
    mean = np.abs(sums.sum(axis=0, dtype=np.float64)) / counts.sum()
    lit = np.abs(sums).max(axis=0) > NO_GRADIENT * counts.max()
    wiped = sizes[-1] <= NEAR_ZERO
    return {
        "lit_pixels": lit.sum(),
        "wiped": 100 * wiped.mean(),
        "start_below": 100 * (sizes[0] < epsilon).mean(),
        "kept_below_at_the_end": 100 * (sizes[-1] < epsilon)[~wiped].mean(),
        "weight_at_start": score(sizes[0, lit], epsilon, wiped[lit]),
        "weight_after_one_epoch": score(sizes[1, lit], epsilon, wiped[lit]),
        "mean_of_first_epoch": score((np.abs(sums[0]) / counts[0])[lit], epsilon, wiped[lit]),
        "mean": score(mean[lit], epsilon, wiped[lit]),
        **least_and_best(epsilon, sizes[:, lit], mean[lit]),
    }


def least_and_best(epsilon: float, sizes: np.ndarray, mean: np.ndarray) -> dict:
    """The weight at its best epoch, and the mean's gain over it in balanced accuracy, at the worst threshold.

    Args:
        epsilon: of the training.
        sizes: of the weights of P pixels after each epoch, (epochs + 1, P).
        mean: of y·x over the active examples, absolute, (P,).
    """
    best, gains = {}, []
    for threshold in (NEAR_ZERO, *OTHER_THRESHOLDS):
        wiped = sizes[-1] <= threshold
        best[threshold] = max(balanced_accuracy_score(wiped, size < epsilon) for size in sizes[:-1])
        gains.append(balanced_accuracy_score(wiped, mean < epsilon) - best[threshold])
    return {"weight_best_epoch": {"balanced_accuracy": best[NEAR_ZERO]}, "least_gain": min(gains)}


def gradient_shares(
    weights: np.ndarray, epsilons: np.ndarray, images: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """What the robust term does to the gradient over all images at each weight.

    Without it a gradient step moves |w| by a positive multiple of m sign(w); with it, of m sign(w) - ε. So
    the gradient shrinks if m sign(w) ≥ ε, changes sign if 0 < m sign(w) < ε, and grows if m sign(w) < 0.

    Args:
        weights: (785, M).
        epsilons: (M,).
        images, labels: float32 (N, 784) and (N,).

    Returns:
        In %: shrinks, changes its sign, grows, appears where there was none, (4, M).
    """
    signed = np.column_stack([images, np.ones(len(images), np.float32)]) * labels[:, None]
    active = signed @ weights < 1 + epsilons * np.abs(weights[:-1]).sum(axis=0)
    push = (
        (signed.T @ active.astype(np.float32))[:-1]
        / np.maximum(1, active.sum(axis=0))
        * np.sign(weights[:-1])
    )
    some = np.abs(push) > NO_GRADIENT
    cases = (push >= epsilons, some & (push > 0) & (push < epsilons), some & (push < 0), ~some)
    return 100 * np.mean(cases, axis=1)


def quantiles(rows: list) -> dict | list:
    """Least, median and most over the seeds of every number in dicts of one form."""
    if isinstance(rows[0], dict):
        return {name: quantiles([row[name] for row in rows]) for name in rows[0]}
    return np.quantile(rows, QUANTILES).tolist()


def said(results: dict) -> dict:
    """What the page's sentences use: medians over the seeds unless the name says otherwise."""
    numbers = {"seeds": results["seeds"], "dark": results["dark_share"]}
    numbers["regular_near"] = results["near_zero"]["0.0"][-1]
    for epsilon, model in results["models"].items():
        short = epsilon.replace(".", "")
        numbers[f"near_{short}_1"], numbers[f"near_{short}_10"] = (
            results["near_zero"][epsilon][i] for i in (1, 10)
        )
        numbers[f"end_below_{short}"] = model["kept_below_at_the_end"][1]
        numbers[f"least_gain_{short}"] = model["least_gain"][0]
        for rule in ("weight_at_start", "weight_after_one_epoch", "mean_of_first_epoch", "mean"):
            numbers[f"{rule}_auc_{short}"] = model[rule]["roc_auc"][1]
            numbers[f"{rule}_wiped_below_{short}"] = model[rule]["wiped_below"][1]
            numbers[f"{rule}_kept_below_{short}"] = model[rule]["kept_below"][1]
        numbers |= {f"{name}_{short}": value[1] for name, value in model["gradient"].items()}
    numbers["start_below"] = min(model["start_below"][0] for model in results["models"].values())
    numbers["least_gain"] = min(model["least_gain"][0] for model in results["models"].values())
    return numbers


# Tables and figures


def table_rules(results: dict) -> str:
    """The share of near-zero weights and how well the rules foretell it."""
    models = results["models"]
    lines = ["| median of the seeds | ε = 0.1 | ε = 0.2 | ε = 0.3 |", "|---|---|---|---|"]
    for epoch, title in (
        (0, "near-zero weights at the start, %"),
        (1, "after one epoch, %"),
        (10, "after ten, %"),
    ):
        cells = [f"{results['near_zero'][epsilon][epoch]:.1f}" for epsilon in models]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    rules = {
        "weight_at_start": "weight at the start",
        "weight_best_epoch": "weight, at the best epoch",
        "mean_of_first_epoch": "mean of the first epoch",
        "mean": "mean of all epochs",
    }
    for rule, title in rules.items():
        cells = [f"{model[rule]['balanced_accuracy'][1]:.2f}" for model in models.values()]
        lines.append(f"| balanced accuracy of ε as the line: {title} | " + " | ".join(cells) + " |")
    for rule in ("weight_at_start", "weight_after_one_epoch", "mean_of_first_epoch", "mean"):
        title = rules.get(rule, "weight after one epoch")
        cells = [f"{model[rule]['roc_auc'][1]:.2f}" for model in models.values()]
        lines.append(f"| ROC AUC, the order alone: {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def table_shares(results: dict) -> str:
    """The shares behind the rule of the mean, both ways, and what the term does to the gradient."""
    models = results["models"]
    lines = ["| median of the seeds, % | ε = 0.1 | ε = 0.2 | ε = 0.3 |", "|---|---|---|---|"]
    shares = {
        "wiped_below": "of the wiped weights, with a mean below ε",
        "kept_below": "of the kept weights, with a mean below ε",
        "below_wiped": "of the pixels with a mean below ε, wiped off",
        "above_wiped": "of those with a larger mean, wiped off",
    }
    for name, title in shares.items():
        lines.append(
            f"| {title} | " + " | ".join(f"{m['mean'][name][1]:.1f}" for m in models.values()) + " |"
        )
    for name, title in (
        ("shrinks", "shrinks"),
        ("changes_sign", "changes its sign"),
        ("grows", "grows"),
        ("appears", "appears"),
    ):
        lines.append(
            f"| gradient {title} | "
            + " | ".join(f"{m['gradient'][name][1]:.1f}" for m in models.values())
            + " |"
        )
    return "\n".join(lines)


def draw_rules(history: np.ndarray, means: np.ndarray) -> Figure:
    """Final weights of one seed over what each rule looks at: starting weights above, means below.

    Args:
        history: of the robust models, (epochs + 1, 785, 3).
        means: of y·x over the active examples, (784, 3).
    """
    figure, places = plt.subplots(2, 3, figsize=(8, 4.8), sharey=True, layout="constrained")
    for number, (epsilon, (above, below)) in enumerate(zip(shared.MODEL_EPSILONS[1:], places.T, strict=True)):
        final = np.abs(history[-1, :-1, number])
        for axes, quantity in ((above, np.abs(history[0, :-1, number])), (below, np.abs(means[:, number]))):
            wiped = final <= NEAR_ZERO
            for chosen, mark, colour in ((wiped, ".", "0.6"), (~wiped, "x", style.BLACK)):
                axes.plot(
                    quantity[chosen], final[chosen], mark, color=colour, markersize=3, markeredgewidth=0.6
                )
            axes.axvline(epsilon, color=style.BLACK, linewidth=0.8, linestyle=(0, (4, 4)))
            axes.set_yscale("symlog", linthresh=NEAR_ZERO)
            axes.set_xlim(0, 0.45)
            axes.spines[["top", "right"]].set_visible(False)
        above.set_title(rf"Robust, $\epsilon={epsilon}$", fontsize=12)
    places[0, 1].set_xlabel(r"Weight at the Start ($|w_i|$)")
    places[1, 1].set_xlabel(r"Mean of $y\,x_i$ over the Active Examples ($|m_i|$)")
    figure.supylabel(r"Weight at the End ($|w_i|$)", fontsize=10)
    return figure


def draw_weights(history: np.ndarray, means: np.ndarray) -> Figure:
    """Weights by epoch (epochs + 1, 785, 4), and m (784, 3) where |m| ≥ ε; each row has a scale."""
    figure, places = plt.subplots(4, len(SHOWN_EPOCHS) + 1, figsize=(8, 6))
    figure.subplots_adjust(left=0.045, right=0.995, bottom=0.08, top=0.94, wspace=0.05, hspace=0.05)
    for number, (epsilon, row) in enumerate(zip(shared.MODEL_EPSILONS, places, strict=True)):
        row[0].set_ylabel(rf"$\epsilon={epsilon}$" if epsilon else "Regular", fontsize=11)
        weights = history[list(SHOWN_EPOCHS), :-1, number]
        for place, image in zip(row[:-1], weights, strict=True):
            shown = shared.show_weights(place, image, np.abs(weights).max())
        if epsilon:
            mean = means[:, number - 1]
            shared.show_weights(row[-1], np.where(np.abs(mean) >= epsilon, mean, 0))
        else:
            row[-1].set_axis_off()
    for epoch, place in zip(SHOWN_EPOCHS, places[0, :-1], strict=True):
        place.set_title(f"Epoch {epoch}" if epoch else "Start", fontsize=11)
    places[1, -1].set_title(r"Mean $m_i$," + "\n" + r"if at Least $\epsilon$", fontsize=11)
    key = figure.colorbar(shown, cax=figure.add_axes((0.3, 0.045, 0.4, 0.018)), orientation="horizontal")
    largest = shown.get_clim()[1]
    key.set_ticks([-largest, 0, largest], labels=["speaks for the zero", "0", "speaks for the one"])
    return figure


# The command


def main() -> None:
    """Train, count, and write results.json and two figures beside this file."""
    images, labels = shared.pair("train")
    count = len(shared.SEEDS)
    starts = np.stack([shared.glorot_start(seed) for seed in shared.SEEDS], axis=1)
    observer = ActiveExamples(images, labels, 4 * count, EPOCHS)
    history = shared.train_post_models(images, labels, starts, EPOCHS, observe=observer)
    counts = observer.counts.reshape(EPOCHS, 4, count)
    sums = observer.sums.reshape(EPOCHS, 784, 4, count)
    epsilons = np.repeat(shared.MODEL_EPSILONS[1:], count).astype(np.float32)
    columns = history[:-1, :, 1:].reshape(EPOCHS, 785, -1)
    shares = np.mean([gradient_shares(weights, epsilons, images, labels) for weights in columns], axis=0)
    models = {}
    for number, epsilon in enumerate(shared.MODEL_EPSILONS[1:], 1):
        rows = [
            study_model(epsilon, history[..., number, seed], counts[:, number, seed], sums[..., number, seed])
            for seed in range(count)
        ]
        gradient = shares.reshape(4, 3, count)[:, number - 1]
        names = ("shrinks", "changes_sign", "grows", "appears")
        models[str(epsilon)] = quantiles(rows) | {
            "gradient": {name: np.quantile(row, QUANTILES) for name, row in zip(names, gradient, strict=True)}
        }
        gained = models[str(epsilon)]["mean"]["balanced_accuracy"][1]
        print(f"ε = {epsilon}: balanced accuracy of the mean below ε {gained:.3f}", flush=True)
    near = 100 * np.median((np.abs(history[:, :-1]) <= NEAR_ZERO).mean(axis=1), axis=-1)
    results = {
        "seeds": count,
        "dark_share": 100 * (images == 0).mean(),
        "near_zero": {str(epsilon): near[:, n] for n, epsilon in enumerate(shared.MODEL_EPSILONS)},
        "models": models,
    }
    results["said"] = said(results)
    means = sums.sum(axis=0)[..., 1:, 0] / counts.sum(axis=0)[1:, 0]
    shared.write_json(HERE / "results.json", results)
    shared.write_figure(HERE / "dynamics_rules.png", draw_rules(history[:, :, 1:, 0], means))
    shared.write_figure(HERE / "dynamics_weights.png", draw_weights(history[..., 0], means))
