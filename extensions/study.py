"""What the studies share: where their files go, the house style, and files written whole or not at all."""

import json
import os
import sys
from pathlib import Path

EXTENSIONS = Path(__file__).resolve().parent
ROOT = EXTENSIONS.parent
for folder in (ROOT / "plots", ROOT):
    sys.path.insert(0, str(folder))

import numpy as np
import style
from matplotlib.figure import Figure

from command_line import UserError

RESULTS = EXTENSIONS / "results"
PLOTS = EXTENSIONS / "plots"


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
