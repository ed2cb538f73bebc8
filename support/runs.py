"""The files of a run, written whole or not at all, and read with one-line errors.

A run is a folder, `regular` or `robust_<ε>`. Its metrics.json holds model, epsilon, config, history, final,
versions of packages and the SHA-256 sums of weights.npz (w and b), adversarial.npz (what adversarial.evaluate
gives) and trajectory.npz (Run.trajectory).
"""

import contextlib
import importlib.metadata
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from support.disk import read, replacing_together, sha256, write_arrays
from support.options import POST, RESULTS, ROOT, UserError, changed, is_results, python, settings_of, short

TRAINING_EPSILONS = POST["robust"]["epsilons"]
METRICS = "metrics.json"
FILES = ("weights.npz", "adversarial.npz", "trajectory.npz")
PACKAGES = ("tensorflow", "keras", "numpy", "tensorflow-datasets")


@dataclass(frozen=True)
class Run:
    """One trained model and its evaluation. Accuracies are fractions."""

    folder: Path
    model: str  # "regular" or "robust"
    epsilon: float  # in training; 0.0 for the regular model
    config: dict
    changed: dict[str, str]  # what of it is not the post's
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
    # weights float32 (epochs + 1, 785): before the first epoch and after each, w then b;
    # {train,test}_batch_{loss,accuracy} float32 (epochs, batches)
    trajectory: dict[str, np.ndarray]

    @property
    def digits(self) -> tuple[int, int]:
        """The digits labelled -1 and +1."""
        return tuple(self.config["digits"])


def run_name(epsilon: float) -> str:
    """The folder of the model trained at `epsilon`, which is 0 for the regular one."""
    return f"robust_{epsilon}" if epsilon else "regular"


def figures_folder(results_dir: Path) -> Path:
    """Where the figures of the runs in `results_dir` go unless told otherwise."""
    return ROOT / "plots" if is_results(results_dir) else results_dir / "plots"


# Writing


def save(results_dir, epsilon, config, history, final, attack, weights, batches) -> Path:
    """Write a run in the place of the one before; call it inside `disk.holding`.

    Args:
        results_dir, epsilon, config, history, final: see Run.
        attack: what goes into adversarial.npz.
        weights, batches: what goes into trajectory.npz; the last weights go into weights.npz.

    Returns:
        The run's folder.

    Raises:
        UserError: the disk is full or the folder can't be written; the run before stays.
    """
    folder = results_dir / run_name(epsilon)
    last = {"w": weights[-1, :-1], "b": weights[-1, -1]}
    contents = (last, attack, {"weights": weights, **batches})
    with replacing_together(folder) as partial:
        for name, arrays in zip(FILES, contents, strict=True):
            write_arrays(partial / name, **arrays)
        metrics = {
            "model": "robust" if epsilon else "regular",
            "epsilon": epsilon,
            "config": config,
            "history": history,
            "final": final,
            "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
            "sha256": {name: sha256((partial / name).read_bytes()) for name in FILES},
        }
        (partial / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
    return folder


# Reading


def load_models(results_dir: Path = RESULTS) -> list[Run]:
    """The regular run in a folder and its robust ones by their ε; of results/ the post's four.

    Raises:
        UserError: a run is missing or damaged (see `load`), or two differ in a setting.
    """
    names = [path.name for path in results_dir.glob("robust_*") if not is_results(results_dir)]
    found = [re.fullmatch(r"robust_(\d+(\.\d+)?(e[+-]\d+)?)", name) for name in names]
    epsilons = sorted(float(match[1]) for match in found if match) or TRAINING_EPSILONS
    regular, *robust = (load(results_dir / run_name(epsilon)) for epsilon in (0, *epsilons))
    for run in robust:
        for name, value in run.config.items():
            other = robust[0] if name == "learning_rate" else regular  # robust training has its own
            if value != other.config[name]:
                raise UserError(
                    f"{other.folder} and {run.folder} differ in {name} ({other.config[name]} and {value}) "
                    "and can't stand together: make one again, or move it to another folder"
                )
    return [regular, *robust]


def load(folder: Path) -> Run:
    """Read a run, every file against its sum in metrics.json.

    Raises:
        UserError: a file is missing, damaged or another run's; the message names it, what is wrong, and the
            command that makes the run.
    """
    path, text = folder / METRICS, b""
    try:
        text = read(path)
        metrics = json.loads(text)
        parts = {key: metrics[key] for key in ("model", "epsilon", "history", "final")}
        parts["config"] = {name: metrics["config"][name] for name in POST["regular"]}
        parts["changed"] = changed(metrics["model"], parts["config"])
        if run_name(metrics["epsilon"]) != folder.name:
            raise ValueError("it is of another run than its folder")
        arrays = []
        for name in FILES:
            path = folder / name
            content = read(path)
            if sha256(content) != metrics["sha256"][name]:
                raise ValueError("it is damaged, or of another run than metrics.json")
            with np.load(io.BytesIO(content)) as archive:
                arrays.append(dict(archive))
        last, attack, trajectory = arrays
        return Run(folder, **parts, weights=last["w"], bias=last["b"], **attack, trajectory=trajectory)
    except Exception as error:  # damaged bytes raise many kinds
        with contextlib.suppress(OSError):
            if read(folder / METRICS) != text:  # a newer run has come meanwhile
                return load(folder)
        what = f"it lacks {error}" if isinstance(error, KeyError) else getattr(error, "strerror", 0) or error
        raise unusable(path, what) from None


def unusable(path: Path, what: object) -> UserError:
    """The error for a file of a run, with the command that makes the run."""
    return UserError(f"{path}: {what}; make the run with `{command(path.parent)}`")


def command(folder: Path) -> str:
    """What makes the run in `folder`, and nothing else, with the settings of the runs that lie there."""
    results_dir, (model, _, epsilon) = folder.parent, folder.name.partition("_")
    settings = settings_of(results_dir.resolve().name)
    for path in sorted(results_dir.glob(f"*/{METRICS}")):
        with contextlib.suppress(Exception):
            metrics = json.loads(path.read_bytes())
            settings = changed(metrics["model"], metrics["config"])
            if metrics["model"] == model:
                break
            settings.pop("learning_rate", None)  # each kind has its own
    options = []
    if epsilon and (any(results_dir.glob("robust_*")) or epsilon not in map(str, TRAINING_EPSILONS)):
        options += ["--epsilons", epsilon]  # else no robust run is there yet, and all are missing
    if not is_results(results_dir):
        options += ["--results-dir", short(results_dir)]
        for name, text in settings.items():
            options += [f"--{name.replace('_', '-')}", *text.split("_")]
    return python(ROOT / f"experiment_{model}.py", *options)
