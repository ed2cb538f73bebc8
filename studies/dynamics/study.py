"""What does robust training wipe off, and when? Erratum 2 as a picture.

    python extensions/dynamics.py        # needs gradients.npz, which the experiments write and git ignores

Where its loss is positive ("active"), an example contributes -y xᵢ + ε sign(wᵢ) to the gradient at the weight
wᵢ. Over k active examples with the mean m of y xᵢ that is k (ε sign(wᵢ) - m): the weight is pulled to zero if
|m| < ε, however large it is, and off zero if |m| > ε, however small it is. So "weights smaller than ε are
wiped off" would be about |wᵢ|, but the rule is about |m|. Both are tried on the runs of the post.

Writes results/dynamics.json and three figures.
"""

from pathlib import Path

import numpy as np
import study
import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import run_files
from command_line import one_line_errors

# A wiped weight hovers about zero. The most that ε‖w‖₁ alone moves it in one batch of the post, at the
# largest ε, is 0.0001 · 0.3 · 100 examples; up to there a weight counts as near zero.
NEAR_ZERO = 0.003
OTHER_THRESHOLDS = (0.001, 0.01)  # to see that what is found does not hang on that one
CORNERS = (0, 27, 756, 783)  # pixels that are 0 in every image
NO_GRADIENT = 1e-6  # up to here the mean of y·xᵢ is rounding
SHOWN_EPOCHS = (0, 1, 2, 5, 10)


def active_examples(run: run_files.Run, history: np.ndarray, gradients: np.ndarray) -> tuple:
    """How many examples each batch's loss was active on, and the sum of y·x over them.

    Both follow from the gradients: that at a dark pixel is k ε sign(w), and with k the term of ε can be
    taken off at the others.

    Args:
        run: a robust run.
        history: (epochs + 1, 785), the weights before the first epoch and after each.
        gradients: (epochs, steps, 785).

    Returns:
        k (epochs, steps); Σ y·x (epochs, steps, 784); sign(w) (epochs, steps, 784) before each step.
    """
    gradients = gradients[..., :-1].astype(np.float64)
    taken = run.config["learning_rate"] * (np.cumsum(gradients, axis=1) - gradients)
    signs = np.sign(history[:-1, None, :-1] - taken)
    counts = np.round(np.abs(gradients[..., CORNERS]).max(axis=-1) / run.epsilon)
    return counts, run.epsilon * counts[..., None] * signs - gradients, signs


def balanced_accuracy(predicted: np.ndarray, true: np.ndarray) -> float:
    """The mean of the shares predicted right among the true and among the others; a coin toss has 0.5."""
    return float((predicted[true].mean() + (~predicted)[~true].mean()) / 2)


def ranking(score: np.ndarray, true: np.ndarray) -> float:
    """How often one of the true has a smaller score than one of the others (area under the ROC curve)."""
    smaller = score[true][:, None] - score[~true][None]
    return float((smaller < 0).mean() + (smaller == 0).mean() / 2)


def study_run(run: run_files.Run, history: np.ndarray, gradients: np.ndarray) -> dict:
    """Compare the two rules for one robust model.

    Pixels that are dark in all active examples are left out of the comparison: nothing but ε acts on their
    weights, and any rule gets them right.
    """
    counts, sums, signs = active_examples(run, history, gradients)
    lit = np.abs(sums).max(axis=(0, 1)) > NO_GRADIENT * counts.max()
    mean = sums.sum(axis=(0, 1)) / counts.sum()
    by_epoch = sums.sum(axis=1) / counts.sum(axis=1)[:, None]
    sizes = np.abs(history[:, :-1])
    wiped = sizes[-1] <= NEAR_ZERO

    def score(quantity: np.ndarray, wiped: np.ndarray = wiped) -> dict:
        below = quantity < run.epsilon
        return {
            "balanced_accuracy": balanced_accuracy(below[lit], wiped[lit]),
            "ranking": ranking(quantity[lit], wiped[lit]),
            "wiped_below": float(below[lit & wiped].mean()),
            "kept_above": float((~below)[lit & ~wiped].mean()),
        }

    return {
        "active_examples": counts.sum(axis=1),
        "dark_pixels": int((~lit).sum()),
        "wiped": int(wiped.sum()),
        "start_below_epsilon": float((sizes[0] < run.epsilon).mean()),
        "kept_below_epsilon_at_the_end": float((sizes[-1] < run.epsilon)[~wiped].mean()),
        "by_weight": [score(epoch) for epoch in sizes[:-1]],
        "by_mean_of_epoch": [score(np.abs(epoch)) for epoch in by_epoch],
        "by_mean": score(np.abs(mean)),
        "other_thresholds": {
            str(threshold): {
                "by_weight": [score(epoch, sizes[-1] <= threshold) for epoch in sizes[:-1]],
                "by_mean": score(np.abs(mean), sizes[-1] <= threshold),
            }
            for threshold in OTHER_THRESHOLDS
        },
        "mean": mean,
        "gradient": gradient_shares(run.epsilon, counts, sums[..., lit], signs[..., lit]),
    }


def gradient_shares(epsilon: float, counts: np.ndarray, sums: np.ndarray, signs: np.ndarray) -> dict:
    """What the robust term does to the gradient at a weight, over all batches and weights.

    Without it a gradient step moves |w| by a positive multiple of m sign(w); with it, of m sign(w) - ε.
    So the gradient shrinks if m sign(w) > ε, changes sign if 0 < m sign(w) < ε, and grows otherwise.
    """
    some = counts > 0
    push = (sums * signs)[some] / counts[some][:, None]
    return {
        "shrinks": float((push >= epsilon).mean()),
        "changes_sign": float(((push > NO_GRADIENT) & (push < epsilon)).mean()),
        "appears": float((np.abs(push) <= NO_GRADIENT).mean()),
        "grows": float((push < -NO_GRADIENT).mean()),
    }


def claim_6(models: dict) -> dict:
    """Are the weights smaller than ε wiped off?

    Rule: corrected if at every ε, and whichever threshold says what is wiped off, "mean of y·x below ε"
    foretells it better (balanced accuracy) than "weight below ε" does at the best epoch before the end;
    confirmed if it never does; else undecided.
    """
    gains = [
        scores["by_mean"]["balanced_accuracy"] - best_by_weight(scores)
        for model in models.values()
        for scores in (model, *model["other_thresholds"].values())
    ]
    better = [gain > 0 for gain in gains]
    verdict = "corrected" if all(better) else "undecided" if any(better) else "confirmed"
    return {"smallest_gain": min(gains), "verdict": verdict}


def best_by_weight(scores: dict) -> float:
    return max(epoch["balanced_accuracy"] for epoch in scores["by_weight"])


def claim_12(models: dict) -> dict:
    """Does the gradient shrink by ε or change its sign?

    Rule: confirmed if it does nothing else at any weight in any batch, corrected if it also does something
    else, refuted if it does neither of the two.
    """
    named = [model["gradient"]["shrinks"] + model["gradient"]["changes_sign"] for model in models.values()]
    verdict = "confirmed" if min(named) == 1 else "corrected" if max(named) > 0 else "refuted"
    return {"shares": named, "verdict": verdict}


def draw_rules(runs: list[run_files.Run], histories: list[np.ndarray], models: dict) -> Figure:
    """Final weights over what each rule looks at: starting weights above, means below; ε as a line."""
    figure, places = plt.subplots(2, len(runs), figsize=(8, 4.8), sharey=True, layout="constrained")
    for run, history, model, (above, below) in zip(runs, histories, models.values(), places.T, strict=True):
        final = np.abs(history[-1, :-1])
        for axes, quantity in ((above, np.abs(history[0, :-1])), (below, np.abs(model["mean"]))):
            wiped = final <= NEAR_ZERO
            for chosen, colour in ((wiped, style.MODEL_LINES[0]), (~wiped, style.GREEN)):
                axes.plot(quantity[chosen], final[chosen], ".", color=colour, markersize=3, alpha=0.6)
            axes.axvline(run.epsilon, color=style.BLACK, linewidth=0.8, linestyle=(0, (4, 4)))
            axes.set_yscale("symlog", linthresh=NEAR_ZERO)
            axes.set_xlim(0, 0.45)
            axes.spines[["top", "right"]].set_visible(False)
        above.set_title(style.model_name(run), fontsize=12)
    places[0, 1].set_xlabel(r"Weight at the Start ($|w_i|$)")
    places[1, 1].set_xlabel(r"Mean of $y\,x_i$ over the Active Examples (Absolute)")
    figure.supylabel(r"Weight at the End ($|w_i|$)", fontsize=10)
    return figure


def draw_weights(runs: list[run_files.Run], histories: list[np.ndarray], models: dict) -> Figure:
    """The weights over the epochs, and last where the mean of y·x is at least ε; one scale along a row."""
    figure, places = plt.subplots(len(runs), len(SHOWN_EPOCHS) + 1, figsize=(8, 5.7))
    figure.subplots_adjust(left=0.045, right=0.995, bottom=0.01, top=0.94, wspace=0.05, hspace=0.05)
    for run, history, row in zip(runs, histories, places, strict=True):
        row[0].set_ylabel(style.short_name(run), fontsize=11)
        for epoch, place in zip(SHOWN_EPOCHS, row[:-1], strict=True):
            study.show_weights(place, history[epoch, :-1], np.abs(history[list(SHOWN_EPOCHS), :-1]).max())
        if run.epsilon:
            mean = models[str(run.epsilon)]["mean"]
            study.show_weights(row[-1], np.where(np.abs(mean) >= run.epsilon, mean, 0))
        else:
            row[-1].set_axis_off()
    for epoch, place in zip(SHOWN_EPOCHS, places[0, :-1], strict=True):
        place.set_title(f"Epoch {epoch}" if epoch else "Start", fontsize=11)
    places[1, -1].set_title(r"Mean of $y\,x_i$," + "\n" + r"if at Least $\epsilon$", fontsize=11)
    return figure


def draw_near_zero(runs: list[run_files.Run], shares: dict) -> Figure:
    """The share of near-zero weights over the epochs."""
    figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
    for run, share, colour in zip(runs, shares.values(), style.MODEL_LINES, strict=True):
        axes.plot(share, label=style.model_name(run), color=colour, marker=".")
    axes.set_xlabel("Epoch")
    axes.set_ylabel("Share of Near-Zero Weights")
    axes.set_ylim(0, 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, reverse=True, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def run(results_dir: Path, output_dir: Path) -> None:
    """The whole study; its files are written when all is computed.

    Raises:
        UserError: a run or its gradients are missing or damaged.
    """
    runs = run_files.load_post_runs(results_dir)
    histories = [run_files.load_history(post_run.folder)["weights"] for post_run in runs]
    robust, robust_histories = runs[1:], histories[1:]
    models = {}
    for post_run, history in zip(robust, robust_histories, strict=True):
        model = study_run(post_run, history, run_files.load_gradients(post_run.folder))
        models[str(post_run.epsilon)] = model
        print(
            f"ε = {post_run.epsilon}: {model['wiped']} of 784 weights wiped off; balanced accuracy of "
            f"mean < ε {model['by_mean']['balanced_accuracy']:.3f}, of |w| < ε {best_by_weight(model):.3f}",
            flush=True,
        )
    shares = {
        str(post_run.epsilon): (np.abs(history[:, :-1]) <= NEAR_ZERO).mean(axis=1)
        for post_run, history in zip(runs, histories, strict=True)
    }
    numbers = {
        "near_zero": NEAR_ZERO,
        "near_zero_shares": shares,
        "models": models,
        "claim_6": claim_6(models),
        "claim_12": claim_12(models),
    }
    plots = output_dir / "plots"
    study.write_json("dynamics", numbers, output_dir / "results")
    study.write_figure("dynamics_rules", draw_rules(robust, robust_histories, models), plots)
    study.write_figure("dynamics_weights", draw_weights(runs, histories, models), plots)
    study.write_figure("dynamics_near_zero", draw_near_zero(runs, shares), plots)


def main() -> None:
    arguments = study.parser(__doc__).parse_args()
    with one_line_errors():
        run(arguments.results_dir, arguments.output_dir)


if __name__ == "__main__":
    main()
