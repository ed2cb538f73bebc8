"""The global optimum of the robust hinge objective beside SGD: 10 and 100 epochs, slow and fast steps."""

from pathlib import Path

import joblib
import numpy as np
import shared
import solver
import style
import trainer
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from scipy.stats import binomtest
from solver import Solution

from adversarial import ATTACK_EPSILONS

HERE = Path(__file__).resolve().parent
SEEDS = range(1, 101)
# Learning rate and mean-or-sum. The regular model's own steps are the fast ones, the robust models' the slow
# ones; for whole batches they are 0.001 and 0.0001 for the sum.
STEPS = {
    "slow": {"regular": (0.01, False), "robust": trainer.ROBUST},
    "fast": {"regular": trainer.REGULAR, "robust": (0.001, True)},
}
EPOCHS = (10, 100)
SHOWN_EPOCHS = (1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 45, 70, 100)
BOOTSTRAPS = 10_000
AGREEING = 0.95  # of the seeds, for a verdict on an ε
NAMES = {(steps, epochs): f"{steps}, {epochs} epochs" for steps in STEPS for epochs in EPOCHS}


def own_steps(epsilon: float) -> str:
    """Which of the two the post's model for this ε was trained with."""
    return "slow" if epsilon else "fast"


# Numbers


def attacked_share(ideal: np.ndarray, trained: np.ndarray) -> dict:
    """How much of a trained model's mistakes under attack is left at the optimum, and what that decides.

    Rule: the objective is to blame if more than half is left and training if less than half, in both cases
    only if the 95 % interval of the share (bootstrap over the test images) keeps clear of a half.

    Args:
        ideal: bool (N,), the images on which the optimum is fooled.
        trained: bool (N,), the same of the trained model.
    """
    outcomes = [ideal & trained, ideal & ~trained, ~ideal & trained, ~ideal & ~trained]
    counts = np.array([outcome.sum() for outcome in outcomes])
    samples = np.random.default_rng(1).multinomial(counts.sum(), counts / counts.sum(), BOOTSTRAPS)
    both, only_ideal, only_trained, _ = samples.T
    shares = (both + only_ideal) / np.maximum(1, both + only_trained)
    low, high = np.percentile(shares, [2.5, 97.5])
    verdict = "objective" if low > 0.5 else "training" if high < 0.5 else "undecided"
    return {"share": ideal.sum() / trained.sum(), "verdict": verdict}


def shares_of_seeds(ideal: np.ndarray, trained: np.ndarray) -> dict:
    """`attacked_share` for each column of `trained` (N, S), and what so many of them agree on."""
    found = [attacked_share(ideal, column) for column in trained.T]
    verdicts = [one["verdict"] for one in found]
    counts = {verdict: verdicts.count(verdict) for verdict in ("objective", "training", "undecided")}
    (most, count) = max(counts.items(), key=lambda item: item[1])
    return {
        "share": spread([one["share"] for one in found]),
        "seeds": counts,
        "verdict": most if count >= AGREEING * len(found) else "undecided",
    }


def spread(values: np.ndarray) -> list[float]:
    """Least, median and largest."""
    return [np.min(values), np.median(values), np.max(values)]


def fooled(weights: np.ndarray, epsilon: float, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """On which images each model of (785, S) is wrong under the worst perturbation: bool (N, S)."""
    norms = np.abs(weights[:-1].astype(np.float64)).sum(axis=0)
    return trainer.margins(weights, images, labels) <= epsilon * norms


def optimum_numbers(solution: Solution, epsilon: float, train: tuple, test: tuple) -> dict:
    """The optimum with its certificate, what its weights are like, and what it withstands."""
    upper, lower = solver.certify(solution, epsilon, *train)
    sizes = np.abs(solution.weights)
    nonzero, negative = sizes > solver.ZERO * sizes.max(), solution.weights < 0
    model = np.append(solution.weights, solution.bias)[:, None]
    return {
        "objective": upper,
        "lower_bound": lower,
        "duality_gap": upper - lower,
        "nonzero_weights": nonzero.sum(),
        "negative_weights": (nonzero & negative).sum(),
        "negative_share": sizes[negative].sum() / sizes.sum(),
        "two_largest_share": np.sort(sizes)[-2:].sum() / sizes.sum(),
        "largest_share": sizes.max() / sizes.sum(),
        "l1_norm": sizes.sum(),
        "mistakes": fooled(model, 0, *test).sum(),
        "own_mistakes": fooled(model, epsilon, *test).sum(),
        "accuracy": trainer.attacked(model, *test, ATTACK_EPSILONS)[:, 0],
    }


def sgd_numbers(weights: np.ndarray, solution: Solution, epsilon: float, train: tuple, test: tuple) -> dict:
    """Models (785, S) of all seeds beside the optimum: spreads (least, median, largest) over the seeds."""
    ideal = np.append(solution.weights, solution.bias)[:, None]
    clean, clean_ideal = fooled(weights, 0, *test), fooled(ideal, 0, *test)
    worse, better = (clean_ideal & ~clean).sum(axis=0), (~clean_ideal & clean).sum(axis=0)
    p = [binomtest(a, a + b).pvalue if a + b else 1.0 for a, b in zip(worse, better, strict=True)]
    own = fooled(weights, epsilon, *test)
    sizes = np.abs(weights[:-1])
    numbers = {
        "objective": spread(solver.objective(weights[:-1].T, weights[-1], epsilon, *train)),
        "nonzero_weights": spread((sizes > solver.ZERO * sizes.max(axis=0)).sum(axis=0)),
        "l1_norm": spread(sizes.sum(axis=0, dtype=np.float64)),
        "mistakes": spread(clean.sum(axis=0)),
        "own_mistakes": spread(own.sum(axis=0)),
        "optimum_worse_on_clean": ((np.array(p) < 0.05) & (worse > better)).sum(),
        "accuracy": np.transpose(
            np.percentile(trainer.attacked(weights, *test, ATTACK_EPSILONS), [0, 50, 100], axis=1)
        ),
    }
    if epsilon:
        numbers["share_left"] = shares_of_seeds(fooled(ideal, epsilon, *test)[:, 0], own)
    return numbers


def other_optimum(solution: Solution, start: np.ndarray, train: tuple, test: tuple) -> dict:
    """Another optimum at ε = 0: the same but for pixels that no training image lights.

    They get the weights (785,) from which the post's training starts; no training example can tell.
    """
    unlit = train[0].max(axis=0) == 0
    model = np.append(np.where(unlit, start[:-1], solution.weights), solution.bias)
    return {
        "objective": solver.objective(model[:-1], model[-1], 0, *train),
        "l1_norm": np.abs(model[:-1]).sum(),
        "accuracy": trainer.attacked(model[:, None], *test, ATTACK_EPSILONS)[:, 0],
    }


def compute() -> tuple[dict, dict[float, Solution], dict]:
    """The numbers, the optima by ε, and the weights (785,) of the first seed by ε, steps and epochs."""
    train, test = shared.pair("train"), shared.pair("test")
    starts = np.column_stack([shared.glorot_start(seed) for seed in SEEDS])
    parallel = joblib.Parallel(n_jobs=-1)
    solved = parallel(joblib.delayed(solver.solve)(*train, epsilon) for epsilon in shared.MODEL_EPSILONS)
    kinds = [(epsilon, steps) for epsilon in shared.MODEL_EPSILONS for steps in STEPS]
    histories = dict(zip(kinds, parallel(training(*train, starts, *kind) for kind in kinds), strict=True))

    models, solutions, first = {}, {}, {}
    for epsilon, solution in zip(shared.MODEL_EPSILONS, solved, strict=True):
        extra = {}
        if not epsilon:
            extra["norm_lower_bound"] = solver.norm_lower_bound(solution.alpha, *train)
            solution = Solution(solution.weights, solution.bias, np.zeros_like(solution.alpha))
            extra["other_optimum"] = other_optimum(solution, starts[:, 0], train, test)
        else:
            extra["uniqueness"] = solver.uniqueness(solution, epsilon, *train)
        solutions[epsilon] = solution
        found = models[str(epsilon)] = {"optimum": optimum_numbers(solution, epsilon, train, test), **extra}
        for steps in STEPS:
            history = histories[epsilon, steps]
            curve = [
                solver.objective(weights[:-1].T, weights[-1], epsilon, *train)
                for weights in history[list(SHOWN_EPOCHS)]
            ]
            found[steps] = {"median_objective": np.median(curve, axis=1)}
            for epochs in EPOCHS:
                found[steps][str(epochs)] = sgd_numbers(history[epochs], solution, epsilon, train, test)
                first[epsilon, steps, epochs] = history[epochs, :, 0]
    results = {"seeds": len(SEEDS), "shown_epochs": SHOWN_EPOCHS, "models": models}
    return {**results, "said": said(models)}, solutions, first


def training(images: np.ndarray, labels: np.ndarray, starts: np.ndarray, epsilon: float, steps: str):
    """The task of training one kind of model from every start, for joblib."""
    rate, of_the_sum = STEPS[steps]["robust" if epsilon else "regular"]
    columns = (np.full(starts.shape[1], value) for value in (epsilon, rate, of_the_sum))
    return joblib.delayed(trainer.train)(images, labels, starts, *columns, epochs=max(EPOCHS))


def said(models: dict) -> dict:
    """What the page's sentences say: by the place of the ε, 0 to 3; percents; medians over the seeds."""
    numbers = {}
    for place, (epsilon, found) in enumerate(models.items()):
        optimum, row = found["optimum"], row_at(float(epsilon))
        numbers |= {
            f"pixels_{place}": optimum["nonzero_weights"],
            f"negative_{place}": optimum["negative_weights"],
            f"negative_share_{place}": 100 * optimum["negative_share"],
            f"two_largest_share_{place}": 100 * optimum["two_largest_share"],
            f"largest_share_{place}": 100 * optimum["largest_share"],
            f"mistakes_{place}": optimum["mistakes"],
            f"own_accuracy_{place}": 100 * optimum["accuracy"][row],
        }
        for steps in STEPS:
            for epochs in EPOCHS:
                sgd, name = found[steps][str(epochs)], f"{steps}_{epochs}_{place}"
                numbers[f"clean_{name}"] = sgd["mistakes"][1]
                numbers[f"worse_{name}"] = sgd["optimum_worse_on_clean"]
                numbers[f"own_accuracy_{name}"] = 100 * sgd["accuracy"][row, 1]
                if float(epsilon):
                    numbers[f"times_{name}"] = sgd["objective"][1] / optimum["objective"]
                    numbers[f"share_{name}"] = 100 * sgd["share_left"]["share"][1]
                    numbers[f"verdict_{name}"] = sgd["share_left"]["verdict"]
                    numbers[f"blame_{name}"] = sgd["share_left"]["seeds"]["objective"]
        if float(epsilon):
            numbers[f"tight_{place}"] = found["uniqueness"]["free_weights"] - 1
            numbers[f"singular_{place}"] = found["uniqueness"]["least_singular_value"]
    optima = [found["optimum"] for found in models.values()]
    proofs = [found["uniqueness"] for found in models.values() if "uniqueness" in found]
    regular, row = models["0.0"], row_at(0.1)
    below = models["0.1"]["slow"]["10"]["accuracy"][:, 1] - optima[1]["accuracy"]
    (visibly,) = np.nonzero(below > 0.01)
    return numbers | {
        "gap_millionths": 1e6 * max(optimum["duality_gap"] for optimum in optima),
        "norm": optima[0]["l1_norm"],
        "norm_bound": regular["norm_lower_bound"],
        "separable_below": 1 / optima[0]["l1_norm"],
        "attacked_optimum": 100 * optima[0]["accuracy"][row],
        "attacked_other": 100 * regular["other_optimum"]["accuracy"][row],
        "attacked_sgd": 100 * regular["fast"]["10"]["accuracy"][row, 1],
        "attacked_sgd_slow": 100 * regular["slow"]["10"]["accuracy"][row, 1],
        "least_slack": min(proof["least_slack"] for proof in proofs),
        "least_distance": min(proof["least_distance"] for proof in proofs),
        "below_from": ATTACK_EPSILONS[visibly[0]],
        "below_to": ATTACK_EPSILONS[visibly[-1]],
        "below_most": 100 * below.max(),
    }


def row_at(epsilon: float) -> int:
    """Of the grid of attacks."""
    return int(np.argmin(np.abs(ATTACK_EPSILONS - epsilon)))


# Tables


def table_objective(results: dict) -> str:
    """The objective, SGD's as medians over the seeds."""
    return table(
        results, lambda sgd: f"{sgd['objective'][1]:.4f}", lambda optimum: f"{optimum['objective']:.4f}"
    )


def table_mistakes(results: dict) -> str:
    """Test mistakes under attack at the ε of training / on clean images, SGD's as medians over the seeds."""
    return table(
        results,
        lambda sgd: f"{sgd['own_mistakes'][1]:g} / {sgd['mistakes'][1]:g}",
        lambda optimum: f"{optimum['own_mistakes']} / {optimum['mistakes']}",
    )


def table_shares(results: dict) -> str:
    """The share left, and how many seeds find the objective to blame, the training, and neither."""

    def cell(sgd: dict) -> str:
        left = sgd["share_left"]
        seeds = " / ".join(map(str, left["seeds"].values()))
        return f"{100 * left['share'][1]:.0f} %: {left['verdict']} ({seeds})"

    robust = {epsilon: found for epsilon, found in results["models"].items() if float(epsilon)}
    return table({"models": robust}, cell)


def table(results: dict, cell, last=None) -> str:
    """A row for each training and, if there is `last`, one for the optimum; a column for each ε."""
    names = [f"ε = {epsilon}" if float(epsilon) else "regular" for epsilon in results["models"]]
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for (steps, epochs), name in NAMES.items():
        cells = [cell(found[steps][str(epochs)]) for found in results["models"].values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if last:
        cells = [last(found["optimum"]) for found in results["models"].values()]
        lines.append(f"| optimum | {' | '.join(cells)} |")
    return "\n".join(lines)


# Figures


def draw_weights(first: dict, solutions: dict[float, Solution]) -> Figure:
    """Weights as images, each on a scale of its own: SGD's of the first seed, and the optimum's."""
    rows = {NAMES[kind].replace(", ", ",\n").capitalize(): kind for kind in NAMES if kind != ("slow", 100)}
    figure, places = plt.subplots(len(rows) + 1, len(solutions), figsize=(6, 5.2))
    figure.subplots_adjust(left=0.1, right=0.85, bottom=0.01, top=0.94, wspace=0.05, hspace=0.05)
    for name, row in zip([*rows, "Optimum"], places, strict=True):
        row[0].set_ylabel(name, fontsize=11)
        for (epsilon, solution), place in zip(solutions.items(), row, strict=True):
            weights = first[(epsilon, *rows[name])][:-1] if name in rows else solution.weights
            shown = shared.show_weights(place, weights)
            if not row[0].get_subplotspec().rowspan.start:
                place.set_title(rf"$\epsilon={epsilon:g}$" if epsilon else "Regular", fontsize=12)
    key = figure.colorbar(shown, cax=figure.add_axes((0.87, 0.25, 0.015, 0.45)))
    low, high = shown.get_clim()
    key.set_ticks([low, 0, high], labels=["for zero", "neither", "for one"], fontsize=11)
    return figure


def draw_accuracy(results: dict) -> Figure:
    """Accuracy under attack of SGD's models, trained with their own steps, and of the optimum."""
    figure, places = plt.subplots(2, 2, figsize=(7, 5), sharex=True, sharey=True, layout="constrained")
    for (epsilon, found), axes in zip(results["models"].items(), places.flat, strict=True):
        sgd = found[own_steps(float(epsilon))]
        for epochs, line in zip(EPOCHS, (":", "--"), strict=True):
            low, median, high = np.transpose(sgd[str(epochs)]["accuracy"])
            axes.fill_between(ATTACK_EPSILONS, low, high, color=style.BLACK, alpha=0.12, linewidth=0)
            axes.plot(ATTACK_EPSILONS, median, line, color=style.BLACK, label=f"{epochs} epochs")
        axes.plot(ATTACK_EPSILONS, found["optimum"]["accuracy"], color=style.BLACK, label="Optimum")
        if float(epsilon):
            axes.axvline(float(epsilon), color=style.BLACK, linewidth=0.5)
        axes.set_title(name_of(float(epsilon)), fontsize=12)
        axes.spines[["top", "right"]].set_visible(False)
    places[0, 1].legend(frameon=False)
    figure.supxlabel(r"Perturbation Scale ($\epsilon$)", fontsize=11)
    figure.supylabel("Accuracy", fontsize=11)
    return figure


def draw_excess(results: dict) -> Figure:
    """The objective of SGD's median model above the optimum, over the epochs."""
    figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
    for (epsilon, found), colour in zip(results["models"].items(), style.MODEL_LINES, strict=True):
        for steps, line in zip(STEPS, ("-", "--"), strict=True):
            excess = np.array(found[steps]["median_objective"]) - found["optimum"]["objective"]
            label = f"{name_of(float(epsilon))}, {steps}"
            axes.loglog(results["shown_epochs"], excess, line, label=label, color=colour)
    axes.set_xlabel("Epoch")
    axes.set_ylabel("Objective above the Optimum")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, reverse=True, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def name_of(epsilon: float) -> str:
    return rf"Robust ($\epsilon={epsilon:g}$)" if epsilon else "Regular"


def main() -> None:
    results, solutions, first = compute()
    for epsilon, solution in solutions.items():
        arrays = {"w": solution.weights, "b": solution.bias, "alpha": solution.alpha}
        shared.write_arrays(HERE / f"optimum_{epsilon}.npz", **arrays)
    shared.write_json(HERE / "results.json", results)
    results = shared.rounded(results)
    shared.write_figure(HERE / "weights.png", draw_weights(first, solutions))
    shared.write_figure(HERE / "accuracy.png", draw_accuracy(results))
    shared.write_figure(HERE / "excess.png", draw_excess(results))
    for epsilon, found in results["models"].items():
        optimum = found["optimum"]
        print(f"ε = {epsilon}: optimum {optimum['objective']:.9f}, duality gap {optimum['duality_gap']:.1e}")
