"""The post's experiment on all 45 pairs of digits, the certified optima, and from which ε nothing is learned.

Writes results.json, the figures, models.npz (for each pair regular, 0.1, 0.2, 0.3 of seed 1 and the three
optima) and optima.npz (what certifies the optima and the thresholds). A few minutes on two cores.
"""

from itertools import combinations
from pathlib import Path

import numpy as np
import shared
import solver
import trainer
from digits import figures, no_learning, verdicts
from digits.tables import table_causes, table_claims, table_pairs, table_prediction, table_steps
from joblib import Parallel, delayed
from scipy.stats import binomtest

from command_line import POST_DIGITS
from run_files import TRAINING_EPSILONS

__all__ = ["main", "table_causes", "table_claims", "table_pairs", "table_prediction", "table_steps"]

HERE = Path(__file__).resolve().parent
PAIRS = tuple(combinations(range(shared.DIGITS), 2))
SEEDS = range(1, 21)
EPOCHS, MORE_EPOCHS = 10, 100
EQUAL_STEPS = (
    (0.01, False),
    *[(0.001, True)] * 3,
)  # regular with the post's robust step, robust with its regular
ATTACKS = (0.0, *TRAINING_EPSILONS)
ZERO = 1e-6  # an optimum's weight below this counts as zero
MODELS = tuple(map(str, shared.MODEL_EPSILONS))


def measure(weights: np.ndarray, test: tuple) -> dict[str, np.ndarray]:
    """Clean and attacked accuracy and break-even ε of weights (785, ...): arrays (...), (..., 3), (...)."""
    shape = weights.shape[1:]
    weights = weights.reshape(785, -1)
    accuracy = trainer.attacked(weights, *test, ATTACKS)
    norms = np.abs(weights[:-1].astype(np.float64)).sum(axis=0)
    # Right on more images than the constant, as long as the image after the constant's last one stands
    radii = np.sort(-trainer.margins(weights, *test), axis=0)[constant_right(test[1])] / -np.where(
        norms, norms, 1
    )
    return {
        "clean": accuracy[0].reshape(shape),
        "attacked": accuracy[1:].T.reshape(*shape, len(ATTACKS) - 1),
        "break_even": np.where(norms, np.maximum(0, radii), 0).reshape(shape),
    }


def constant_right(labels: np.ndarray) -> int:
    """How many labels the better of the two constant models gets right."""
    return int(max((labels > 0).sum(), (labels < 0).sum()))


def by_model(metrics: dict[str, np.ndarray]) -> dict:
    """Arrays whose first axis are the four models, as {metric: {"0.0": ..., ...}}."""
    return {name: dict(zip(MODELS, values, strict=True)) for name, values in metrics.items()}


def study_trainings(train: tuple, test: tuple) -> tuple[dict, np.ndarray]:
    """The post's trainings, longer ones and those with equal steps; with them seed 1's weights (785, 4)."""
    starts = np.column_stack([*map(shared.glorot_start, SEEDS), np.zeros(785)])
    weights = shared.train_post_models(*train, starts, EPOCHS)[-1]
    seeds, zeros, first = weights[..., :-1], weights[..., -1], weights[..., 0]
    longer = shared.train_post_models(*train, starts[:, :1], MORE_EPOCHS)[-1, ..., 0]
    rates, sums = zip(*EQUAL_STEPS, strict=True)
    equal = trainer.train(
        *train, np.tile(starts[:, :1], 4), np.array(shared.MODEL_EPSILONS), np.array(rates), sums, MORE_EPOCHS
    )
    right = trainer.margins(first, *test) > 0
    metrics = {
        **by_model(measure(seeds, test)),
        **by_model({"train": trainer.attacked(seeds.reshape(785, -1), *train, [0]).reshape(len(MODELS), -1)}),
        "from_zeros": by_model(measure(zeros, test)),
        "longer": by_model(measure(longer, test)),
        "equal_step": {
            str(epochs): by_model(measure(equal[epochs], test)) for epochs in (EPOCHS, MORE_EPOCHS)
        },
        "objective": {
            name: [solver.objective(w[:-1, model].T, w[-1, model], epsilon, *train) for w in (first, longer)]
            for model, (name, epsilon) in enumerate(zip(MODELS, shared.MODEL_EPSILONS, strict=True))
        },
        "chance": {name: sign_test(right[:, 0], right[:, 1 + i]) for i, name in enumerate(MODELS[1:])},
    }
    return metrics, first


def sign_test(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Two-sided p of as unequal a split of the images that only one of two models gets right."""
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    return float(binomtest(only_ours, only_ours + only_theirs).pvalue) if only_ours + only_theirs else 1.0


def study_optimum(epsilon: float, train: tuple, test: tuple) -> tuple[dict, solver.Solution]:
    solution = solver.solve(*train, epsilon)
    objective, lower_bound = solver.certify(solution, epsilon, *train)
    measured = measure(np.append(solution.weights, solution.bias), test)
    return {
        "objective": objective,
        "lower_bound": lower_bound,
        "nonzero_weights": int((np.abs(solution.weights) > ZERO).sum()),
        "l1_norm": float(np.abs(solution.weights).sum()),
        "test_accuracy": measured["clean"],
        "attacked": measured["attacked"],
        "break_even": measured["break_even"],
        "unique": solver.uniqueness(solution, epsilon, *train)["unique"],
    }, solution


def study_pair(digits: tuple[int, int]) -> tuple[dict, np.ndarray, dict]:
    """All numbers of a pair, its seven models (7, 785), and what certifies its optima and ε*."""
    train, test = shared.pair("train", digits), shared.pair("test", digits)
    metrics, first = study_trainings(train, test)
    optima = {str(epsilon): study_optimum(epsilon, train, test) for epsilon in TRAINING_EPSILONS}
    solutions = [solution for _, solution in optima.values()]
    threshold = no_learning.solve(*train)
    below, above = no_learning.certified(threshold, *train)
    single_pixel, mean_images = no_learning.closed_forms(*train)
    metrics |= {
        "constant": constant_right(test[1]) / len(test[1]),
        "test_images": len(test[1]),
        "optimum": {name: numbers for name, (numbers, _) in optima.items()},
        "no_learning": above,
        "no_learning_lower_bound": below,
        "no_learning_bound": mean_images,
        "no_learning_single_pixel": single_pixel,
    }
    proofs = {
        "weights": np.array([np.append(solution.weights, solution.bias) for solution in solutions]),
        "alpha": np.array([solution.alpha for solution in solutions]),
        "shares": threshold.shares,
        "direction": threshold.direction,
    }
    return metrics, np.vstack([first.T, proofs["weights"].astype(np.float32)]), proofs


def key(digits: tuple[int, int]) -> str:
    return f"{digits[0]} {digits[1]}"


def mean_images(digits: tuple[int, int]) -> list[np.ndarray]:
    images, labels = shared.pair("train", digits)
    return [images[labels == label].mean(axis=0, dtype=np.float64) for label in (-1, 1)]


def main() -> None:
    studied = Parallel(n_jobs=2)(delayed(study_pair)(digits) for digits in PAIRS)
    names = [key(digits) for digits in PAIRS]
    pairs = {name: metrics for name, (metrics, _, _) in zip(names, studied, strict=True)}
    models = {name: weights for name, (_, weights, _) in zip(names, studied, strict=True)}
    proofs = {
        f"{name} {part}": array
        for name, (_, _, parts) in zip(names, studied, strict=True)
        for part, array in parts.items()
    }
    shared.write_arrays(HERE / "models.npz", **models)
    shared.write_arrays(HERE / "optima.npz", **proofs)
    pairs = shared.rounded(pairs)
    shared.write_json(HERE / "results.json", {"said": verdicts.said(pairs, key(POST_DIGITS)), "pairs": pairs})
    shared.write_figure(HERE / "triangles.png", figures.draw_triangles(pairs))
    shared.write_figure(HERE / "thresholds.png", figures.draw_thresholds(pairs))
    means = {name: mean_images(tuple(map(int, name.split()))) for name in figures.TELLING}
    shared.write_figure(HERE / "pairs.png", figures.draw_pairs(models, means))
