"""What the studies share: where their files go, the house style, and files written whole or not at all."""

import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

EXTENSIONS = Path(__file__).resolve().parent
ROOT = EXTENSIONS.parent
for folder in (ROOT / "plots", ROOT):
    sys.path.insert(0, str(folder))

import numpy as np
import style
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

import run_files
from command_line import RESULTS as RUNS
from command_line import Parser, UserError

RESULTS = EXTENSIONS / "results"
PLOTS = EXTENSIONS / "plots"
SIGNED = LinearSegmentedColormap.from_list("signed", [style.GREEN, "white", style.BLACK])


def parser(description: str, reads_runs: bool = True) -> Parser:
    """The options of a study: where the runs lie, and the folder whose results/ and plots/ it fills."""
    parser = Parser(description.splitlines()[0])
    if reads_runs:
        parser.add_argument("--results-dir", type=Path, default=RUNS, help="where the runs lie")
    parser.add_argument("--output-dir", type=Path, default=EXTENSIONS, help="gets results/ and plots/")
    return parser


@contextlib.contextmanager
def extra_libraries() -> Iterator[None]:
    """Import what only the extensions need inside this: UserError says how to install what is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(
            f"{error.name} is not installed: get it with `pip install -r extensions/requirements.txt`"
        ) from None


def load_images(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images float32 (N, 784) in [0, 1] and labels float32 (N,), each -1 or +1."""
    import data  # TensorFlow: not needed by everything that imports this

    return data.to_arrays(data.binary_mnist(split))


def train(epsilon: float, **options) -> tuple[run_files.Run, np.ndarray]:
    """Train a model as the experiments do, quietly and in graph mode, without keeping its files.

    Args:
        epsilon: 0 for regular training, else that of the robust loss.
        options: other arguments of the experiment's `run`, such as `epochs` and `seed`.

    Returns:
        The run, and the weights before the first epoch and after each, float32 (epochs + 1, 785).
    """
    import experiment_regular
    import experiment_robust

    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        options |= {"results_dir": Path(scratch), "graph": True}
        if epsilon:
            (folder,) = experiment_robust.run([epsilon], **options)
        else:
            folder = experiment_regular.run(**options)
        return run_files.load(folder), run_files.load_history(folder)["weights"]


def write_json(name: str, content: dict, folder: Path = RESULTS) -> Path:
    """Write a study's numbers to `name`.json; NumPy arrays and numbers become lists and numbers."""
    path = folder / f"{name}.json"
    text = json.dumps(content, indent=1, default=lambda value: np.asarray(value).tolist())
    return _replace(path, lambda partial: partial.write_text(text + "\n", encoding="utf-8"))


def write_arrays(name: str, folder: Path = RESULTS, **arrays: np.ndarray) -> Path:
    """Write arrays to `name`.npz."""
    return _replace(folder / f"{name}.npz", lambda partial: np.savez_compressed(partial, **arrays))


def write_figure(name: str, figure: Figure, folder: Path = PLOTS) -> Path:
    """Write a study's figure to `name`.png."""
    path = folder / f"{name}.png"
    style.write(figure, path)
    return path


def read_json(name: str, folder: Path = RESULTS) -> dict:
    """Read a study's numbers; UserError names the study to run when they are missing or damaged."""
    path = folder / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UserError(f"{path} is missing or damaged: make it with `python extensions/{name}.py`") from None


def show_weights(axes: Axes, weights: np.ndarray, largest: float | None = None) -> None:
    """Draw weights (784,) as an image: black for positive, green for negative, white for zero.

    Full black and full green stand for the absolute weight `largest`; without it, for that of this image.
    """
    largest = largest or np.abs(weights).max() or 1
    axes.imshow(weights.reshape(28, 28), cmap=SIGNED, vmin=-largest, vmax=largest)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(0.4)


def _replace(path: Path, write) -> Path:
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(partial)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"can't write {path} ({error.strerror or error})") from None
    return path
