"""How much of the regular model's brittleness is left over from its random initial weights?

    python extensions/initialization.py

The gradient of the hinge loss at a pixel that no training image lights is zero, so regular training leaves
its random weight as it was, and an attack uses it all the same. Each model is trained from Glorot-uniform
weights with some seeds, and from zeros (no seed matters then: the order of the data is fixed). Of those that
start from Glorot weights two variants are attacked as well:

without_unlit   the weights of the pixels that no training image lights, set to zero
without_start   the initial weights subtracted from all weights, which leaves what training has added

Writes results/initialization.json and two figures.
"""

from pathlib import Path

import numpy as np
import study
import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import adversarial
import run_files
from command_line import one_line_errors

EPSILONS = (0.0, *run_files.POST_EPSILONS)
SEEDS = (1, 2, 3, 4, 5)
AT = {0.1: 20, 0.2: 40}  # rows of adversarial.EPSILONS at which the claims are decided
NEARLY_ZERO = 0.01  # accuracy
SAME_MISTAKES = 2  # of the test set: no difference that one could tell
MUCH = 0.5  # of accuracy


def measure(weights: np.ndarray, bias: np.ndarray, test: tuple, unlit: np.ndarray) -> dict:
    """What a model does under attack and where its ‖w‖₁ sits.

    Args:
        weights: float32 (784,).
        bias: float32 ().
        test: images (N, 784) and labels (N,).
        unlit: bool (784,), the pixels that no training image lights.
    """
    sizes = np.abs(weights.astype(np.float64))
    accuracy = adversarial.evaluate(weights, bias, *test)["accuracy"]
    return {
        "test_accuracy": accuracy[0],
        "test_mistakes": round((1 - accuracy[0]) * len(test[1])),
        "l1_norm": sizes.sum(),
        "unlit_share": sizes[unlit].sum() / sizes.sum(),
        "weights_for_90_percent": 1 + int(np.searchsorted(np.cumsum(-np.sort(-sizes)), 0.9 * sizes.sum())),
        "accuracy": accuracy,
    }


def study_start(epsilon: float, seed: int, test: tuple, unlit: np.ndarray) -> tuple[dict, np.ndarray]:
    """Train from Glorot weights: the measurements, and the weights (epochs + 1, 784)."""
    run, history = study.train(epsilon, seed=seed, initializer="glorot_uniform")
    start, learned = history[0, :-1], run.weights - history[0, :-1]
    start_size, learned_size = (np.abs(part.astype(np.float64)).sum() for part in (start, learned))
    found = measure(run.weights, run.bias, test, unlit)
    return {
        **found,
        "start_l1_norm": start_size,
        "learned_share": learned_size / found["l1_norm"],
        "without_unlit": measure(np.where(unlit, np.float32(0), run.weights), run.bias, test, unlit),
        "without_start": measure(learned, run.bias, test, unlit),
    }, history[:, :-1]


def claim_5(regular: dict) -> dict:
    """Are the regular model's weights a huge number of weak features that generalise well?

    Rule: corrected if the initial weights, which are no features, do the harm, that is if for every seed the
    model without them makes as many test mistakes within SAME_MISTAKES and is more accurate by MUCH at
    ε = 0.1; confirmed if that holds for no seed; else undecided.
    """
    row = AT[0.1]
    spared = [
        abs(found["without_start"]["test_mistakes"] - found["test_mistakes"]) <= SAME_MISTAKES
        and found["without_start"]["accuracy"][row] - found["accuracy"][row] >= MUCH
        for found in regular["glorot_uniform"].values()
    ]
    verdict = "corrected" if all(spared) else "undecided" if any(spared) else "confirmed"
    return {"seeds": len(spared), "seeds_spared": sum(spared), "verdict": verdict}


def claim_8(regular: dict) -> dict:
    """Is the regular model at about zero accuracy at ε = 0.2?

    Rule: confirmed if its accuracy is at most NEARLY_ZERO from every start, corrected if from some only,
    refuted if from none.
    """
    models = [*regular["glorot_uniform"].values(), regular["zeros"]]
    broken = [found["accuracy"][AT[0.2]] > NEARLY_ZERO for found in models]
    return {
        "glorot_uniform": [found["accuracy"][AT[0.2]] for found in models[:-1]],
        "zeros": models[-1]["accuracy"][AT[0.2]],
        "verdict": "refuted" if all(broken) else "corrected" if any(broken) else "confirmed",
    }


def draw_accuracy(models: dict) -> Figure:
    """Accuracy under attack: the regular model and its variants, and the robust models."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True, layout="constrained")
    regular = models["0.0"]
    for first, found in enumerate(regular["glorot_uniform"].values()):
        for curve, name, colour in (
            (found, "Glorot start", style.MODEL_LINES[0]),
            (found["without_unlit"], "without unlit pixels", style.MODEL_LINES[1]),
            (found["without_start"], "without the start", style.MODEL_LINES[2]),
        ):
            label = None if first else name
            left.plot(adversarial.EPSILONS, curve["accuracy"], color=colour, linewidth=0.9, label=label)
    left.plot(adversarial.EPSILONS, regular["zeros"]["accuracy"], color=style.BLACK, label="zero start")
    left.set_title("Regular", fontsize=12)
    left.legend(frameon=False)
    left.set_ylabel("Accuracy")
    for epsilon, colour in zip(EPSILONS[1:], style.MODEL_LINES[1:], strict=True):
        found = models[str(epsilon)]
        for first, start in enumerate(found["glorot_uniform"].values()):
            label = None if first else rf"$\epsilon={epsilon}$, Glorot start"
            right.plot(adversarial.EPSILONS, start["accuracy"], color=colour, linewidth=0.9, label=label)
        right.plot(
            adversarial.EPSILONS,
            found["zeros"]["accuracy"],
            color=style.BLACK,
            linestyle=(0, (4, 3)),
            label="zero start" if epsilon == EPSILONS[-1] else None,
        )
    right.set_title("Robust", fontsize=12)
    right.legend(frameon=False, loc="lower left")
    for axes in (left, right):
        axes.set_xlabel(r"Perturbation Scale ($\epsilon$)")
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def draw_weights(pictures: dict[str, list[np.ndarray]]) -> Figure:
    """A row for each model, a column for each of `pictures`; one scale along a row."""
    figure, places = plt.subplots(len(EPSILONS), len(pictures), figsize=(7, 5.8))
    figure.subplots_adjust(left=0.05, right=0.995, bottom=0.01, top=0.94, wspace=0.05, hspace=0.05)
    for column, (name, weights) in enumerate(pictures.items()):
        places[0, column].set_title(name, fontsize=11)
        for row, image in enumerate(weights):
            largest = max(np.abs(column[row]).max() for column in pictures.values())
            study.show_weights(places[row, column], image, largest)
    for epsilon, place in zip(EPSILONS, places[:, 0], strict=True):
        place.set_ylabel(rf"$\epsilon={epsilon}$" if epsilon else "Regular", fontsize=11)
    return figure


def run(output_dir: Path) -> None:
    """The whole study; its files are written when all is computed.

    Raises:
        UserError: the data is damaged or the files can't be written.
    """
    unlit = study.load_images("train")[0].max(axis=0) == 0
    test = study.load_images("test")
    models = {}
    pictures = {name: [] for name in ("Start", "Trained", "Unlit at Zero", "Trained - Start", "From Zeros")}
    for epsilon in EPSILONS:
        starts = {seed: study_start(epsilon, seed, test, unlit) for seed in SEEDS}
        from_zeros, _ = study.train(epsilon, initializer="zeros")
        models[str(epsilon)] = {
            "glorot_uniform": {str(seed): found for seed, (found, _) in starts.items()},
            "zeros": measure(from_zeros.weights, from_zeros.bias, test, unlit),
        }
        history = starts[SEEDS[0]][1]
        trained = history[-1]
        shown = (history[0], trained, np.where(unlit, 0, trained), trained - history[0], from_zeros.weights)
        for column, weights in zip(pictures.values(), shown, strict=True):
            column.append(weights)
        shares = [found["unlit_share"] for found, _ in starts.values()]
        print(
            f"ε = {epsilon}: {100 * min(shares):.1f} to {100 * max(shares):.1f} % of ‖w‖₁ on unlit pixels",
            flush=True,
        )
    numbers = {
        "unlit_pixels": int(unlit.sum()),
        "unlit_pixels_lit_in_test": int((test[0][:, unlit].max(axis=0) > 0).sum()),
        "models": models,
        "claim_5": claim_5(models["0.0"]),
        "claim_8": claim_8(models["0.0"]),
    }
    study.write_json("initialization", numbers, output_dir / "results")
    study.write_figure("initialization_accuracy", draw_accuracy(models), output_dir / "plots")
    study.write_figure("initialization_weights", draw_weights(pictures), output_dir / "plots")


def main() -> None:
    arguments = study.parser(__doc__, reads_runs=False).parse_args()
    with one_line_errors():
        run(arguments.output_dir)


if __name__ == "__main__":
    main()
