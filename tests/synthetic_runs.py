"""Small runs in the place of the post's, made of noise, and every truth about them."""

from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np

import adversarial
import run_files
from command_line import POST

IMAGES = 30
EPOCHS = 2
PERFECT = 0.2  # the ε of the model that no attack of the grid fools
PARTS = [f"{part}_{name}" for part in ("train", "test") for name in ("loss", "accuracy")]


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


def packed_loosely(path: Path, **arrays: np.ndarray) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)


def make(
    results_dir: Path,
    digits: tuple[int, int] = (0, 1),
    epsilons: tuple[float, ...] = run_files.TRAINING_EPSILONS,
) -> dict[str, Truth]:
    """Write a regular run and robust ones; returns what each was made of, by folder name."""
    random = np.random.default_rng(0)
    truths = {}
    with run_files.holding(results_dir), mock.patch.object(run_files, "write_arrays", packed_loosely):
        for epsilon in (0.0, *epsilons):
            images = random.random((IMAGES, 784), np.float32)
            weights = random.normal(0, 0.05, (EPOCHS + 1, 785)).astype(np.float32)
            w, b = weights[-1, :-1], weights[-1, -1]
            if epsilon == PERFECT:
                # With both labels present no linear model withstands ε = 0.5: the boxes of two images meet.
                b = weights[-1, -1] = 1000
                labels = np.ones(IMAGES, np.float32)
            else:
                # Centred, so that there are both labels, and right but for two images, fewer than the places.
                b = weights[-1, -1] = -np.median(images @ w)
                labels = np.sign(images @ w + b)
                labels[:2] *= -1
            truths[run_files.run_name(epsilon)] = Truth(w, b, images, labels)
            run_files.save(
                results_dir,
                epsilon=epsilon,
                config={**POST["robust" if epsilon else "regular"], "digits": digits, "epochs": EPOCHS},
                history={name: random.random(EPOCHS).tolist() for name in PARTS},
                final=adversarial.final_metrics(w, b, (images, labels), (images, labels)),
                attack=adversarial.evaluate(w, b, images, labels),
                weights=weights,
                batches={
                    name.replace("_", "_batch_"): random.random((EPOCHS, 3), np.float32) for name in PARTS
                },
            )
    return truths
