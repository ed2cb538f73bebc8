"""The files of a run, written whole or not at all, and read with one-line errors.

A run is a folder of results/, `regular` or `robust_<ε>`:

    metrics.json      model, epsilon, config, history, final, versions, SHA-256 sums of the files below
    weights.npz       w float32 (784,), b float32 ()
    adversarial.npz   epsilons (E,), accuracy (E,), labels int8 (N,), logits float32 (E, N),
                      closest int (E, 10), closest_images float32 (E, 10, 28, 28); see adversarial.evaluate
    history.npz       weights float32 (epochs + 1, 785): before the first epoch and after each, w then b;
                      {train,test}_batch_{loss,accuracy} float32 (epochs, batches)

`writing` and `save` are for the experiments, `load` and `load_history` for everybody else, `replacing` and
`write_arrays` for all who write files.
"""

import contextlib
import hashlib
import importlib.metadata
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from command_line import POST_DIGITS, RESULTS, ROOT, UserError

try:
    import fcntl
except ImportError:  # Windows has no flock: there, nothing keeps two experiments apart
    fcntl = None

TRAINING_EPSILONS = (0.1, 0.2, 0.3)  # of the post's robust models
PACKAGES = ("tensorflow", "keras", "numpy", "tensorflow-datasets")


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

    @property
    def digits(self) -> tuple[int, int]:
        """The digits labelled -1 and +1."""
        return tuple(self.config.get("digits", POST_DIGITS))


def run_name(epsilon: float) -> str:
    """The folder of the model trained at `epsilon`, which is 0 for the regular one."""
    return f"robust_{epsilon}" if epsilon else "regular"


def pair_folder(results_dir: Path, digits: tuple[int, int]) -> Path:
    """Where the runs of two digits lie: the post's in `results_dir`, others in a folder of their own."""
    return results_dir if digits == POST_DIGITS else results_dir / "{}_vs_{}".format(*digits)


def figures_folder(results_dir: Path) -> Path:
    """Where the figures of the runs in `results_dir` go unless told otherwise."""
    return ROOT / "plots" if results_dir.resolve() == RESULTS else results_dir / "plots"


# Writing


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write a file or a folder to that is to take the place of `path`.

    The exchange comes at the end, if nothing was raised. A process killed at any moment leaves what was there
    or what is new; between two renames, a folder's predecessor is in `previous(path)`.

    Raises:
        UserError: the disk is full or the folder can't be written; what was there stays.
    """
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        restore(path)
        remove(partial)
        try:
            yield partial
            if path.is_dir():
                path.rename(previous(path))
            partial.rename(path)
        finally:
            restore(path)
            remove(partial)
    except OSError as error:
        raise UserError(
            f"can't write {path} ({error.strerror or error}), what was there is untouched: "
            "mend that or choose another folder"
        ) from None


def previous(folder: Path) -> Path:
    """Where a folder that is being replaced waits; complete, and valid while `folder` is missing."""
    return folder.with_name(f".{folder.name}.previous")


def restore(folder: Path) -> None:
    """Put back a folder that a kill caught between two renames, or clear away a replaced one."""
    if previous(folder).exists():
        if folder.exists():
            remove(previous(folder))
        else:
            previous(folder).rename(folder)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """An .npz file of the same bytes everywhere.

    NumPy's own writer deflates, and the bytes that zlib makes depend on which zlib Python was built with; of
    bzip2 there is only one. To an entry written in parts, Python before 3.11.4 gives another header.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.create_system = 3  # on Windows too
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asanyarray(array), allow_pickle=False)
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_BZIP2)


@contextlib.contextmanager
def writing(results_dir: Path) -> Iterator[None]:
    """Hold `results_dir` for this process's runs.

    Raises:
        UserError: the folder can't be written, or another process holds it.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(holding(results_dir))
            tempfile.TemporaryFile(dir=results_dir).close()  # better refused now than after the training
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
        yield


@contextlib.contextmanager
def holding(folder: Path, wait: bool = False) -> Iterator[None]:
    """Hold a folder, which is made if need be, for this process.

    Raises:
        BlockingIOError: another process holds it, and this one is not to wait.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY) if fcntl else None
    try:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        if fcntl:
            os.close(lock)


def save(
    results_dir: Path,
    epsilon: float,
    config: dict,
    history: dict[str, list[float]],
    final: dict,
    attack: dict[str, np.ndarray],
    weights: np.ndarray,
    batches: dict[str, np.ndarray],
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
    }
    folder = results_dir / run_name(epsilon)
    with replacing(folder) as partial:
        partial.mkdir()
        for name, arrays in files.items():
            write_arrays(partial / name, **arrays)
        metrics = {
            "model": "robust" if epsilon else "regular",
            "epsilon": epsilon,
            "config": config,
            "history": history,
            "final": final,
            "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
            "sha256": {name: sha256(partial / name) for name in files},
        }
        (partial / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
    return folder


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Reading


def load(folder: Path) -> Run:
    """Read a run, every file against its sum in metrics.json.

    Raises:
        UserError: a file is missing, damaged or another run's; the message names it, what is wrong, and the
            command that makes the run again.
    """
    folder = in_place(folder)
    path = folder / "metrics.json"
    with explained(path):
        metrics = json.loads(path.read_text(encoding="utf-8"))
        parts = {key: metrics[key] for key in ("model", "epsilon", "config", "history", "final")}
        if f".{run_name(metrics['epsilon'])}.previous" not in (folder.name, f".{folder.name}.previous"):
            raise ValueError("it is of another run than its folder")
        sums = dict(metrics.get("sha256", {}))
    for name, digest in sums.items():
        with explained(folder / name):
            if sha256(folder / name) != digest:
                raise ValueError("it is damaged, or of another run than metrics.json (its SHA-256 differs)")
    weights = read_arrays(folder / "weights.npz")
    attack = read_arrays(folder / "adversarial.npz")
    with explained(folder / "weights.npz"):
        parts |= {"weights": weights["w"], "bias": weights["b"]}
    with explained(folder / "adversarial.npz"):
        return Run(folder=folder, **parts, **attack)


def load_history(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of history.npz. Raises UserError as `load` does."""
    return read_arrays(in_place(folder) / "history.npz")


def load_post_models(results_dir: Path = RESULTS) -> list[Run]:
    """The four models of the post's story: regular, then robust with ε = 0.1, 0.2, 0.3."""
    return [load(results_dir / run_name(epsilon)) for epsilon in (0, *TRAINING_EPSILONS)]


def in_place(folder: Path) -> Path:
    """The folder, or its predecessor if a kill struck while the one replaced the other."""
    return previous(folder) if previous(folder).exists() and not folder.exists() else folder


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of one .npz file, without pickle. Raises UserError as `load` does."""
    with explained(path), np.load(path) as archive:
        return dict(archive)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say in one line why a file of a run can't be used. Damaged bytes raise many kinds of exception."""
    try:
        yield
    except Exception as error:
        what = (
            f"it lacks {error}" if isinstance(error, KeyError) else getattr(error, "strerror", None) or error
        )
        raise unusable(path, what) from None


def unusable(path: Path, what: object) -> UserError:
    """The error for a file of a run, with the command that makes it again."""
    folder = path.parent
    script = "experiment_regular.py" if "regular" in folder.name else "experiment_robust.py"
    digits = folder.parent.name.split("_vs_")
    options = f" --digits {digits[0]} {digits[1]}" if len(digits) == 2 else ""
    return UserError(f"{path}: {what}; make the run again with `python {script}{options}`")
