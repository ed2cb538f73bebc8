"""Small runs made of noise, and every truth about them."""

from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np

import adversarial
from support import runs
from support.disk import holding
from support.options import POST, config, experiment_parser, run_name

IMAGES = 30
EPOCHS = 2
PERFECT = 0.2  # the ε of the model that no attack of the grid fools
ATTACKS = np.array([0, 0.002, 0.5])
PARTS = [f"{part}_{name}" for part in ("train", "test") for name in ("loss", "accuracy")]
PARSERS = {model: experiment_parser("Trains.", model) for model in POST}


@dataclass(frozen=True)
class Truth:
    """What a synthetic run was made of."""

    weights: np.ndarray  # float32 (784,)
    bias: np.float32
    images: np.ndarray  # float32 (IMAGES, 784) in [0, 1]
    labels: np.ndarray  # float32 (IMAGES,)

    def wrong(self, epsilon: float) -> list[int]:
        """The images misclassified under attack, nearest the boundary first, one by one in float64."""
        logits = {i: self.perturbed(i, epsilon) @ self.weights + self.bias for i in range(IMAGES)}
        mistakes = [i for i, logit in logits.items() if self.labels[i] * logit <= 0]
        return sorted(mistakes, key=lambda i: abs(logits[i]))

    def perturbed(self, index: int, epsilon: float) -> np.ndarray:
        step = epsilon * np.sign(self.weights.astype(float))
        return self.images[index] - self.labels[index] * step


def draw(seed: int, epsilon: float) -> Truth:
    random = np.random.default_rng([seed, round(1e6 * epsilon)])
    images = random.random((IMAGES, 784), np.float32)
    weights = random.normal(0, 0.05, 784).astype(np.float32)
    if epsilon == PERFECT:
        # With both labels present no linear model withstands ε = 0.5: the boxes of two images meet.
        return Truth(weights, np.float32(1000), images, np.ones(IMAGES, np.float32))
    # Centred, so that there are both labels, and right but for two images, fewer than the places.
    bias = -np.median(images @ weights)
    labels = np.sign(images @ weights + bias)
    labels[:2] *= -1
    return Truth(weights, bias, images, labels)


def contents(truth: Truth, epsilon: float, settings: dict, attacks: np.ndarray) -> dict:
    """Arguments for `runs.save`."""
    w, b, images, labels = truth.weights, truth.bias, truth.images, truth.labels
    trained = np.linspace(0, 1, EPOCHS + 1, dtype=np.float32)
    return {
        "epsilon": epsilon,
        "config": settings,
        "history": {name: [0.5, 1 / 3] for name in PARTS},
        "final": adversarial.final_metrics(w, b, (images, labels), (images, labels)),
        "attack": adversarial.evaluate(w, b, images, labels, attacks),
        "trajectory": {
            "weights": np.outer(trained, w),
            "biases": trained * b,
            **{name.replace("_", "_batch_"): images[:EPOCHS, :3] for name in PARTS},
        },
    }


def settings(epsilon: float, *options: object) -> dict:
    """The settings of an experiment's command line."""
    model = "robust" if epsilon else "regular"
    return config(model, vars(PARSERS[model].parse_args([*map(str, options)])))


def save(results_dir: Path, seed: int = 1, epsilon: float = 0.0, *options: object) -> Path:
    """A run that is written in no time."""
    arguments = contents(draw(seed, epsilon), epsilon, settings(epsilon, "--seed", seed, *options), ATTACKS)
    with holding(results_dir, run_name(epsilon)):
        return runs.save(results_dir, **arguments)


def packed_loosely(path: Path, **arrays: np.ndarray) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)


def make(
    results_dir: Path,
    digits: tuple[int, int] = (0, 1),
    epsilons: tuple[float, ...] = POST["robust"]["epsilons"],
) -> dict[str, Truth]:
    """Write a regular run and robust ones, attacked at every ε; what each was made of, by folder name."""
    truths = {}
    with mock.patch.object(runs, "write_arrays", packed_loosely):
        for epsilon in (0.0, *epsilons):
            truth = truths[run_name(epsilon)] = draw(0, epsilon)
            options = settings(epsilon, "--digits", *digits, "--epochs", EPOCHS)
            runs.save(results_dir, **contents(truth, epsilon, options, adversarial.ATTACK_EPSILONS))
    return truths
