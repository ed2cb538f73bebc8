"""The global optimum of the robust hinge objective, with a certificate, against SGD after 10 and 100 epochs.

    python extensions/optimum.py

For every ε of the post the mean over the training examples of max(0, 1 - y (w·x + b) + ε‖w‖₁) is minimised
exactly. It is a linear program; this is its dual:

    maximise Σᵢ αᵢ  subject to  0 ≤ αᵢ ≤ 1/n,  Σᵢ αᵢ yᵢ = 0,  |Σᵢ αᵢ yᵢ xᵢⱼ| ≤ ε Σᵢ αᵢ for every pixel j

Every feasible α bounds the optimum from below by Σα, every (w, b) bounds it from above by its objective.

solve()      HiGHS on few examples and pixels, joined by those that the solution violates until none does
certify()    both bounds in NumPy over all examples and pixels, or UserError: it trusts no solver
uniqueness() whether complementary slackness leaves only one optimum
run()        the study: results/optimum.json, results/optimum_<ε>.npz and the figures
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import study
import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import adversarial
import run_files
from command_line import UserError, one_line_errors

EPSILONS = (0.0, *run_files.POST_EPSILONS)
MORE_EPOCHS = 100
LARGEST_GAP = 1e-6  # between the bounds, for a solution to count as optimal
ROUNDING = 1e-12  # what float64 may leave of Σαy, which is 0
BOOTSTRAPS = 10_000
ZERO = 1e-6  # a weight below this fraction of the largest one counts as zero

FIRST_EXAMPLES, MORE_EXAMPLES = 1000, 2000  # in the restricted program, and to join it in one round
FIRST_PIXELS, MORE_PIXELS = 60, 60
NORM_WEIGHT = 1e-6  # of ‖w‖₁ at ε = 0: too small to be worth any loss, it picks the smallest separator
SHRINK = 1e-8  # relative, of ε in the program: so rounding can't push α over the constraints of ε itself
TOLERANCE = 1e-9  # HiGHS's, for its constraints; here for the loss of an example left out


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
    return {
        "share_left": float(ideal.sum() / trained.sum()),
        "interval": [float(low), float(high)],
        "verdict": "objective" if low > 0.5 else "training" if high < 0.5 else "undecided",
    }


def study_epsilon(run: run_files.Run, train: tuple, test: tuple) -> tuple[dict, Solution, np.ndarray]:
    """Solve for the ε of a run of the post and compare: the numbers, the solution, SGD's final weights."""
    epsilon = run.epsilon
    start = time.perf_counter()
    solution = solve(*train, epsilon)
    extra = {}
    if not epsilon:
        extra["l1_norm_lower_bound"] = smallest_norm(solution.alpha, *train)
        solution = Solution(solution.weights, solution.bias, np.zeros_like(solution.alpha))
    upper, lower = certify(solution, epsilon, *train)
    seconds = time.perf_counter() - start

    longer, history = study.train(epsilon, epochs=MORE_EPOCHS)
    attack = adversarial.evaluate(solution.weights.astype(np.float32), np.float32(solution.bias), *test)
    fooled = {
        "optimum": attack["logits"] * test[1] <= 0,
        "sgd_10_epochs": run.logits * test[1] <= 0,
        "sgd_100_epochs": longer.logits * test[1] <= 0,
    }
    own = int(np.argmin(np.abs(adversarial.EPSILONS - epsilon)))  # the row of the ε of training
    if epsilon:
        extra["uniqueness"] = uniqueness(solution, epsilon, *train)
        extra["attacked"] = attacked_share(fooled["optimum"][own], fooled["sgd_10_epochs"][own])
    else:
        extra["uniqueness"] = {"unique": False}
        extra["other_optimum"] = other_optimum(solution, run, train, test)
    numbers = {
        "objective": upper,
        "lower_bound": lower,
        "gap": upper - lower,
        "nonzero_weights": int((np.abs(solution.weights) > ZERO * np.abs(solution.weights).max()).sum()),
        "l1_norm": float(np.abs(solution.weights).sum()),
        "largest_weight_share": float(np.abs(solution.weights).max() / np.abs(solution.weights).sum()),
        "mistakes": {name: int(rows[0].sum()) for name, rows in fooled.items()},
        "mistakes_at_own_epsilon": {name: int(rows[own].sum()) for name, rows in fooled.items()},
        **extra,
        **figures(attack["accuracy"]),
        "sgd_10_epochs": sgd_figures(run, train),
        "sgd_100_epochs": sgd_figures(longer, train),
        "sgd_objective_by_epoch": objective(history[:, :-1], history[:, -1], epsilon, *train),
        "seconds": round(seconds, 2),
    }
    return numbers, solution, longer.weights


def figures(accuracy: np.ndarray) -> dict:
    return {"test_accuracy": float(accuracy[0]), "accuracy": accuracy}


def sgd_figures(run: run_files.Run, train: tuple) -> dict:
    return {
        "objective": float(objective(run.weights, run.bias, run.epsilon, *train)),
        "nonzero_weights": int((np.abs(run.weights) > ZERO * np.abs(run.weights).max()).sum()),
        "l1_norm": float(np.abs(run.weights.astype(np.float64)).sum()),
        **figures(run.accuracy),
    }


def other_optimum(solution: Solution, run: run_files.Run, train: tuple, test: tuple) -> dict:
    """Another optimum at ε = 0: the same but for pixels that no training image lights.

    They get the weights from which the post's training starts; no training example can tell.
    """
    start = run_files.load_history(run.folder)["weights"][0, :-1]
    unlit = train[0].max(axis=0) == 0
    weights = np.where(unlit, start, solution.weights).astype(np.float64)
    attack = adversarial.evaluate(weights.astype(np.float32), np.float32(solution.bias), *test)
    return {
        "objective": float(objective(weights, solution.bias, 0, *train)),
        "l1_norm": float(np.abs(weights).sum()),
        **figures(attack["accuracy"]),
    }


def draw_weights(models: list[tuple[str, list[np.ndarray]]]) -> Figure:
    """A row of images for each (name, weights of the four ε)."""
    figure, places = plt.subplots(len(models), len(EPSILONS), figsize=(6, 4.35))
    figure.subplots_adjust(left=0.06, right=0.995, bottom=0.01, top=0.93, wspace=0.05, hspace=0.05)
    for (name, rows), row in zip(models, places, strict=True):
        row[0].set_ylabel(name, fontsize=12)
        for weights, place in zip(rows, row, strict=True):
            study.show_weights(place, weights)
    for epsilon, place in zip(EPSILONS, places[0], strict=True):
        place.set_title(name_of(epsilon), fontsize=12)
    return figure


def draw_accuracy(numbers: dict) -> Figure:
    """Accuracy under attack of SGD's models and of the optimum, a panel for each ε of training."""
    figure, places = plt.subplots(2, 2, figsize=(7, 5), sharex=True, sharey=True, layout="constrained")
    for (epsilon, found), axes in zip(numbers.items(), places.flat, strict=True):
        for curve, name, colour in (
            (found["sgd_10_epochs"], "10 epochs", style.MODEL_LINES[0]),
            (found["sgd_100_epochs"], f"{MORE_EPOCHS} epochs", style.MODEL_LINES[1]),
            (found, "Optimum", style.MODEL_LINES[3]),
        ):
            axes.plot(adversarial.EPSILONS, curve["accuracy"], label=name, color=colour)
        if float(epsilon):
            axes.axvline(float(epsilon), color=style.BLACK, linewidth=0.6, linestyle=(0, (4, 4)))
        axes.set_title(name_of(float(epsilon)), fontsize=12)
        axes.spines[["top", "right"]].set_visible(False)
    places[0, 1].legend(frameon=False)
    figure.supxlabel(r"Perturbation Scale ($\epsilon$)", fontsize=11)
    figure.supylabel("Accuracy", fontsize=11)
    return figure


def draw_gap(numbers: dict) -> Figure:
    """SGD's objective above the optimum, over the epochs."""
    figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for (epsilon, found), colour in zip(numbers.items(), style.MODEL_LINES, strict=True):
        gaps = np.array(found["sgd_objective_by_epoch"]) - found["objective"]
        axes.loglog(np.arange(1, len(gaps)), gaps[1:], label=name_of(float(epsilon)), color=colour)
    axes.axvline(10, color=style.BLACK, linewidth=0.6, linestyle=(0, (4, 4)))
    axes.set_xlabel("Epoch")
    axes.set_ylabel("Objective above the Optimum")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, reverse=True, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def name_of(epsilon: float) -> str:
    return rf"Robust ($\epsilon={epsilon:g}$)" if epsilon else "Regular"


def run(results_dir: Path, output_dir: Path) -> None:
    """The whole study; its files are written when all is computed.

    Raises:
        UserError: a run is missing, a library is missing, or the solver fails.
    """
    with study.extra_libraries():
        import scipy  # noqa: F401  before minutes are spent on what needs it in the end
    runs = run_files.load_post_runs(results_dir)
    train, test = study.load_images("train"), study.load_images("test")
    numbers, solutions, longer = {}, [], []
    for post_run in runs:
        found, solution, weights = study_epsilon(post_run, train, test)
        numbers[str(post_run.epsilon)] = found
        solutions.append(solution)
        longer.append(weights)
        print(
            f"ε = {post_run.epsilon}: objective {found['objective']:.9f}, gap {found['gap']:.1e}, "
            f"{found['nonzero_weights']} weights, {found['seconds']} s; "
            f"after 10 epochs {found['sgd_10_epochs']['objective']:.4f}, "
            f"after {MORE_EPOCHS} {found['sgd_100_epochs']['objective']:.4f}",
            flush=True,
        )

    results, plots = output_dir / "results", output_dir / "plots"
    for epsilon, solution in zip(numbers, solutions, strict=True):
        study.write_arrays(
            f"optimum_{epsilon}", results, w=solution.weights, b=solution.bias, alpha=solution.alpha
        )
    study.write_json("optimum", numbers, results)
    models = [
        ("10 Epochs", [post_run.weights for post_run in runs]),
        (f"{MORE_EPOCHS} Epochs", longer),
        ("Optimum", [solution.weights for solution in solutions]),
    ]
    study.write_figure("optimum_weights", draw_weights(models), plots)
    study.write_figure("optimum_accuracy", draw_accuracy(numbers), plots)
    study.write_figure("optimum_gap", draw_gap(numbers), plots)


def main() -> None:
    arguments = study.parser(__doc__).parse_args()
    with one_line_errors():
        run(arguments.results_dir, arguments.output_dir)


if __name__ == "__main__":
    main()
