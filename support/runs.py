"""The files of a run, written whole or not at all, and read with one-line errors.

A run is a folder, `regular` or `robust_<ε>`, of FILES and a list of their SHA-256 sums. metrics.json holds
model, epsilon, config, history, final and versions of packages; weights.npz w and b; adversarial.npz what
adversarial.evaluate gives; trajectory.npz what training.Recorder saw.
"""

import importlib.metadata
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from support import options
from support.disk import read_listed, replacing_together, write_arrays, write_sums
from support.options import COMMON, POST, RESULTS, UserError, as_text, is_results, run_name

METRICS = "metrics.json"
ARRAYS = ("weights.npz", "adversarial.npz", "trajectory.npz")
FILES = (METRICS, *ARRAYS)
PACKAGES = ("tensorflow", "keras", "numpy", "tensorflow-datasets")
AGAIN = "make the run again (in results/: `make`)"


@dataclass(frozen=True)
class Run:
    """One trained model and its evaluation. Accuracies are fractions."""

    folder: Path
    model: str  # "regular" or "robust"
    epsilon: float  # in training; 0.0 for the regular model
    config: dict
    history: dict[str, list[float]]
    final: dict
    weights: np.ndarray  # float32 (784,)
    bias: np.ndarray  # float32 ()
    epsilons: np.ndarray  # (E,), of the attack
    accuracy: np.ndarray  # (E,)
    accuracy_valid: np.ndarray  # (E,), with pixels kept in [0, 1]
    labels: np.ndarray  # int8 (N,)
    logits: np.ndarray  # float32 (E, N)
    closest: np.ndarray  # int (E, 10)
    closest_images: np.ndarray  # float32 (E, 10, 28, 28)
    trajectory: dict[str, np.ndarray]  # see training.Recorder

    @property
    def changed(self) -> dict[str, str]:
        """What of the settings is not the post's."""
        return options.changed(self.model, self.config)

    @property
    def digits(self) -> tuple[int, int]:
        """The digits labelled -1 and +1."""
        return tuple(self.config["digits"])


def save(results_dir, epsilon, config, history, final, attack, trajectory) -> Path:
    """Write a run in the place of the one before, inside `disk.holding`, and return its folder.

    `attack` goes into adversarial.npz, `trajectory` into trajectory.npz, its last weights into weights.npz;
    of the others, see Run. Raises UserError if it can't be written; the run before stays.
    """
    folder = results_dir / run_name(epsilon)
    last = {"w": trajectory["weights"][-1], "b": trajectory["biases"][-1]}
    metrics = {
        "model": "robust" if epsilon else "regular",
        "epsilon": epsilon,
        "config": config,
        "history": history,
        "final": final,
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
    }
    with replacing_together(folder) as partial:
        (partial / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8", newline="")
        for name, arrays in zip(ARRAYS, (last, attack, trajectory), strict=True):
            write_arrays(partial / name, **arrays)
        write_sums(partial, [partial / name for name in FILES])
    return folder


def load_models(results_dir: Path = RESULTS) -> list[Run]:
    """The regular run in a folder and its robust ones by their ε; of results/ the post's four.

    Raises:
        UserError: a run is missing or damaged (see `load`), two differ in a setting, or results/ was made
            with other settings than POST has.
    """
    names = [path.name for path in results_dir.glob("robust_*") if not is_results(results_dir)]
    epsilons = sorted(filter(None, map(options.run_epsilon, names))) or POST["robust"]["epsilons"]
    regular, *robust = runs = [load(results_dir / run_name(epsilon)) for epsilon in (0, *epsilons)]
    for run in runs:
        if run.changed and is_results(results_dir):
            was = ", ".join(map("=".join, run.changed.items()))
            raise UserError(f"{run.folder} was made with {was}, the code has another: type `make`")
    for run in robust:
        for name, value in run.config.items():
            other = regular if name in COMMON else robust[0]
            if as_text(value) != as_text(other.config[name]):
                different = f"differ in {name} ({other.config[name]} and {value})"
                raise UserError(
                    f"{other.folder} and {run.folder} {different}: make one again, or move it away"
                )
    return runs


def load(folder: Path) -> Run:
    """Read a run, every file against its sum.

    Raises:
        UserError: a file is missing, damaged or another run's; the message names it and what is wrong.
    """
    contents = read_listed(folder, len(FILES), AGAIN)
    path = folder / METRICS
    try:
        metrics = json.loads(contents[METRICS])
        parts = {key: metrics[key] for key in ("model", "epsilon", "history", "final")}
        if run_name(metrics["epsilon"]) != folder.name:
            raise ValueError("it is of another run than its folder")
        if unknown := metrics["config"].keys() - POST[metrics["model"]].keys():
            raise ValueError(f"made with settings that are unknown here, {', '.join(sorted(unknown))}")
        parts["config"] = options.config(metrics["model"], metrics["config"])
        arrays = []
        for name in ARRAYS:
            path = folder / name
            with np.load(io.BytesIO(contents[name])) as archive:
                arrays.append(dict(archive))
        last, attack, trajectory = arrays
        return Run(folder, **parts, weights=last["w"], bias=last["b"], **attack, trajectory=trajectory)
    except Exception as error:  # what is no run, and has sums nevertheless, raises many kinds
        what = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise UserError(f"{path}: {what}; {AGAIN}") from None
