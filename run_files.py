"""The files of a run, written whole or not at all and read with every check: NumPy and the standard library.

A run is a folder of results/, `regular` or `robust_<ε>`:

    metrics.json      model, epsilon, config, history, final, versions, SHA-256 sums of the files below
    weights.npz       w float32 (784,), b float32 ()
    adversarial.npz   epsilons (E,), accuracy (E,), labels int8 (N,), logits float32 (E, N),
                      closest int (E, 10), closest_images float32 (E, 10, 28, 28); see adversarial.evaluate
    history.npz       weights float32 (epochs + 1, 785): before the first epoch and after each, w then b;
                      {train,test}_batch_{loss,accuracy} float32 (epochs, batches)
    gradients.npz     gradients float32 (epochs, steps, 785); not in git, so it may be absent

`writing` and `save` are for the experiments, `load`, `load_history` and `load_gradients` for everybody else.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import math
import os
import platform
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from command_line import RESULTS, UserError

try:
    import fcntl
except ImportError:  # Windows has no flock: there, nothing keeps two experiments apart
    fcntl = None

POST_EPSILONS = (0.1, 0.2, 0.3)
PACKAGES = ("tensorflow", "keras", "numpy", "tensorflow-datasets")
LARGEST_METRICS = 1_000_000  # bytes; ten epochs take 3,000

# Of each array the kind of number and the shape; a name stands for one length throughout a file.
ARRAYS = {
    "weights.npz": {"w": ("f", (784,)), "b": ("f", ())},
    "adversarial.npz": {
        "epsilons": ("f", ("epsilons",)),
        "accuracy": ("f", ("epsilons",)),
        "labels": ("i", ("images",)),
        "logits": ("f", ("epsilons", "images")),
        "closest": ("i", ("epsilons", 10)),
        "closest_images": ("f", ("epsilons", 10, 28, 28)),
    },
    "history.npz": {
        "weights": ("f", ("snapshots", 785)),
        "train_batch_loss": ("f", ("epochs", "train_batches")),
        "train_batch_accuracy": ("f", ("epochs", "train_batches")),
        "test_batch_loss": ("f", ("epochs", "test_batches")),
        "test_batch_accuracy": ("f", ("epochs", "test_batches")),
    },
    "gradients.npz": {"gradients": ("f", ("epochs", "steps", 785))},
}


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
    labels: np.ndarray  # int8 (N,)
    logits: np.ndarray  # float32 (E, N)
    closest: np.ndarray  # int (E, 10)
    closest_images: np.ndarray  # float32 (E, 10, 28, 28)


def run_name(epsilon: float) -> str:
    """The folder of the model trained at `epsilon`, which is 0 for the regular one."""
    return f"robust_{epsilon}" if epsilon else "regular"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Writing


@contextlib.contextmanager
def writing(results_dir: Path) -> Iterator[None]:
    """Hold `results_dir` for this process's runs, after clearing what a killed process left there.

    Raises:
        UserError: the folder can't be written, or another process holds it.
    """
    with explained(results_dir):
        results_dir.mkdir(parents=True, exist_ok=True)
        lock = os.open(results_dir, os.O_RDONLY) if fcntl else None
    try:
        with explained(results_dir):
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            clear_leftovers(results_dir)
            partial(results_dir / "probe").mkdir()  # better now than after the training
            partial(results_dir / "probe").rmdir()
        yield
    finally:
        if fcntl:
            os.close(lock)


@contextlib.contextmanager
def explained(results_dir: Path) -> Iterator[None]:
    """Say in one line why a results folder can't be written."""
    try:
        yield
    except BlockingIOError:
        raise UserError(
            f"another experiment is writing to {results_dir}: "
            "wait until it ends or choose another folder with --results-dir"
        ) from None
    except OSError as error:
        raise UserError(
            f"can't write to {results_dir} ({error.strerror or error}), earlier results are untouched: "
            "mend that or choose another folder with --results-dir"
        ) from None


def partial(folder: Path) -> Path:
    """Where a run is put together before it takes its place."""
    return folder.with_name(f".{folder.name}.partial")


def previous(folder: Path) -> Path:
    """Where the run that is being replaced waits; complete, and valid while `folder` is missing."""
    return folder.with_name(f".{folder.name}.previous")


def clear_leftovers(results_dir: Path) -> None:
    """Put back a run that was being replaced, and remove what was never completed."""
    for leftover in results_dir.glob(".*.previous"):
        folder = results_dir / leftover.name[1 : -len(".previous")]
        if folder.exists():
            shutil.rmtree(leftover)
        else:
            leftover.rename(folder)
    for leftover in results_dir.glob(".*.partial"):
        shutil.rmtree(leftover)


def save(
    results_dir: Path,
    model: str,
    epsilon: float,
    config: dict,
    history: dict[str, list[float]],
    final: dict,
    attack: dict[str, np.ndarray],
    weights: np.ndarray,
    batches: dict[str, np.ndarray],
    gradients: np.ndarray,
) -> Path:
    """Write a run and put it in the place of the one before; call it inside `writing`.

    The arguments are what the head of this file lists: `attack` is what goes into adversarial.npz, `weights`
    (epochs + 1, 785) and `batches` what goes into history.npz.

    Returns:
        The run's folder.

    Raises:
        UserError: the disk is full or the folder can't be written; the run before stays.
    """
    files = {
        "weights.npz": {"w": weights[-1, :-1], "b": weights[-1, -1]},
        "adversarial.npz": attack,
        "history.npz": {"weights": weights, **batches},
        "gradients.npz": {"gradients": gradients},
    }
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    folder = results_dir / run_name(epsilon)
    staging = partial(folder)
    with explained(results_dir):
        try:
            staging.mkdir()
            for name, arrays in files.items():
                np.savez_compressed(staging / name, **arrays)
            metrics = {
                "model": model,
                "epsilon": epsilon,
                "config": config,
                "history": history,
                "final": final,
                "versions": {"python": platform.python_version(), **versions},
                "sha256": {name: sha256(staging / name) for name in files},
            }
            (staging / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
            if folder.exists():
                folder.rename(previous(folder))
            staging.rename(folder)
        finally:
            clear_leftovers(results_dir)
    return folder


# Reading


def load(folder: Path) -> Run:
    """Read a run and check it: every file against its sum, every array's type, shape and finiteness.

    Raises:
        UserError: a file is missing or damaged; the message names it, the fault, and the command that
            makes the run again.
    """
    folder = in_place(folder)
    metrics = load_metrics(folder)
    for name, digest in metrics.get("sha256", {}).items():
        path = folder / name
        if name == "gradients.npz" and not path.exists():
            continue
        try:
            found = sha256(path)
        except OSError as error:
            raise fault(path, error.strerror or "can't be read") from None
        if found != digest:
            raise fault(path, "damaged, or from another run than metrics.json (its SHA-256 differs)")
    weights = load_arrays(folder / "weights.npz")
    adversarial = load_arrays(folder / "adversarial.npz")
    return Run(
        folder=folder,
        **{key: metrics[key] for key in ("model", "epsilon", "config", "history", "final")},
        weights=weights["w"],
        bias=weights["b"],
        **adversarial,
    )


def load_history(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of history.npz. Raises UserError as `load` does."""
    return load_arrays(in_place(folder) / "history.npz")


def load_gradients(folder: Path) -> np.ndarray:
    """Every batch's gradients, float32 (epochs, steps, 785). Raises UserError as `load` does."""
    return load_arrays(in_place(folder) / "gradients.npz")["gradients"]


def load_post_runs(results_dir: Path = RESULTS) -> list[Run]:
    """The post's four models: regular, then robust with ε = 0.1, 0.2, 0.3."""
    return [load(results_dir / run_name(epsilon)) for epsilon in (0, *POST_EPSILONS)]


def in_place(folder: Path) -> Path:
    """The folder, or its predecessor if a kill struck while the one replaced the other."""
    return previous(folder) if previous(folder).exists() and not folder.exists() else folder


def fault(path: Path, what: str) -> UserError:
    """The error for a file of a run that can't be used."""
    script = "experiment_regular.py" if "regular" in path.parent.name else "experiment_robust.py"
    return UserError(f"{path}: {what}; make the run again with `python {script}`")


def load_metrics(folder: Path) -> dict:
    """metrics.json as a dictionary whose fields hold what they should. Raises UserError as `load` does."""
    path = folder / "metrics.json"
    try:
        if path.stat().st_size > LARGEST_METRICS:
            raise fault(path, f"larger than {LARGEST_METRICS:,} bytes")
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise fault(path, error.strerror or "can't be read") from None
    except (ValueError, RecursionError):
        raise fault(path, "not valid JSON") from None

    def require(condition: bool, what: str) -> None:
        if not condition:
            raise fault(path, what)

    def is_number(value, largest: float = 1e300) -> bool:
        return type(value) in (int, float) and 0 <= value <= largest

    require(isinstance(metrics, dict), "not a JSON object")
    require(metrics.get("model") in ("regular", "robust"), '"model" is neither regular nor robust')
    require(is_number(metrics.get("epsilon")), '"epsilon" is not a number of at least 0')
    expected = in_place_name(folder)
    require(
        run_name(metrics["epsilon"]) == expected and expected.startswith(metrics["model"]),
        f'"model" and "epsilon" are those of another run than {expected}',
    )
    for key in ("config", "history", "final"):
        require(isinstance(metrics.get(key), dict), f'"{key}" is not an object')
    epochs = metrics["config"].get("epochs")
    require(type(epochs) is int and epochs > 0, 'config\'s "epochs" is not a count')
    for key in ("train_loss", "train_accuracy", "test_loss", "test_accuracy"):
        figures = metrics["history"].get(key)
        largest = 1 if key.endswith("accuracy") else 1e300
        require(
            isinstance(figures, list)
            and len(figures) == epochs
            and all(is_number(figure, largest) for figure in figures),
            f'history\'s "{key}" is not one number per epoch',
        )
    for key in ("train_accuracy", "test_accuracy"):
        require(is_number(metrics["final"].get(key), 1), f'final\'s "{key}" is not a fraction')
    mistakes = metrics["final"].get("test_mistakes")
    require(type(mistakes) is int and mistakes >= 0, 'final\'s "test_mistakes" is not a count')
    sums = metrics.get("sha256", {})
    require(isinstance(sums, dict) and sums.keys() <= ARRAYS.keys(), '"sha256" does not list files of a run')
    return metrics


def in_place_name(folder: Path) -> str:
    """The run's name, also when the folder waits as `.<name>.previous`."""
    return folder.name.removeprefix(".").removesuffix(".previous")


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of one .npz file, without pickle, as ARRAYS wants them. Raises UserError as `load` does."""
    lengths: dict[str, int] = {}
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name, (kind, shape) in ARRAYS[path.name].items():
                # The shape is read and checked before the numbers, so that no header can claim the memory.
                with archive.open(f"{name}.npy") as file:
                    version = np.lib.format.read_magic(file)
                    if version != (1, 0):
                        raise fault(path, f'"{name}" is in an unknown .npy format')
                    found, _, dtype = np.lib.format.read_array_header_1_0(file)
                wanted = tuple(
                    lengths.setdefault(n, size) if isinstance(n, str) else n
                    for n, size in zip(shape, found, strict=False)
                )
                if len(found) != len(shape) or found != wanted or dtype.kind != kind:
                    raise fault(path, f'"{name}" is {dtype} {found}, not {kind} {shape}')
                if archive.getinfo(f"{name}.npy").file_size < math.prod(found) * dtype.itemsize:
                    raise fault(path, f'"{name}" is truncated')
                with archive.open(f"{name}.npy") as file:
                    arrays[name] = np.lib.format.read_array(file, allow_pickle=False)
    except UserError:
        raise
    except KeyError as error:
        raise fault(path, f"incomplete: {error.args[0]}") from None
    except OSError as error:
        raise fault(path, error.strerror or "can't be read") from None
    except Exception as error:  # damaged bytes make zip, zlib and NumPy's header parser raise many kinds
        raise fault(path, f"damaged ({type(error).__name__})") from None
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise fault(path, f'"{name}" holds values that are not finite')
    return arrays
