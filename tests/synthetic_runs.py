"""Small runs made of noise, written in no time."""

from pathlib import Path

import numpy as np

import adversarial
from support import runs
from support.disk import holding
from support.options import config, experiment_parser, run_name

IMAGES = 30
EPOCHS = 2
PARTS = [f"{part}_{name}" for part in ("train", "test") for name in ("loss", "accuracy")]


def contents(seed: int, epsilon: float, *options: object) -> dict:
    """Arguments for `runs.save`, with the settings that an experiment's options give."""
    random = np.random.default_rng([seed, round(1e6 * epsilon)])
    images = random.random((IMAGES, 784), np.float32)
    labels = np.sign(random.normal(size=IMAGES)).astype(np.float32)
    weights = random.normal(0, 0.05, (EPOCHS + 1, 784)).astype(np.float32)
    biases = -np.median(images @ weights.T, axis=0)
    model = "robust" if epsilon else "regular"
    parsed = experiment_parser("Trains.", model).parse_args(["--seed", str(seed), *map(str, options)])
    last, both = (weights[-1], biases[-1]), (images, labels)
    return {
        "epsilon": epsilon,
        "config": config(model, vars(parsed)),
        "history": {name: [0.5, 1 / 3] for name in PARTS},
        "final": adversarial.final_metrics(*last, both, both),
        "attack": adversarial.evaluate(*last, *both, np.array([0, 0.002, 0.5])),
        "trajectory": {
            "weights": weights,
            "biases": biases,
            **{name.replace("_", "_batch_"): images[:EPOCHS, :3] for name in PARTS},
        },
    }


def save(results_dir: Path, seed: int = 1, epsilon: float = 0.0, *options: object) -> Path:
    """Write such a run, as an experiment does, and give its folder."""
    arguments = contents(seed, epsilon, *options)
    with holding(results_dir, run_name(epsilon)):
        return runs.save(results_dir, **arguments)
