"""Build explorer.html: one page, opened from disk, in which the reader makes adversarial examples by hand.

    python extensions/explorer/build.py

The page is explorer.template.html with three things put in: explorer.css, explorer.js and the data, which are
the post's four models from results/, the exact optima from extensions/results/ as far as they are there, and
forty test images. The same inputs give the same bytes.
"""

import base64
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

import adversarial
from command_line import RESULTS, Parser, UserError, one_line_errors
from run_files import POST_EPSILONS, load_post_runs

HERE = Path(__file__).resolve().parent
OPTIMA = HERE.parent / "results"
PAGE = HERE / "explorer.html"
LARGEST_PAGE = 600_000  # bytes
IMAGES_PER_DIGIT = 20
CLOSE_PER_DIGIT = 10  # of these, at least as many from the decision boundaries or beyond


def build(results_dir: Path = RESULTS, optima_dir: Path = OPTIMA, output: Path = PAGE) -> Path:
    """Write the page whole or not at all.

    Returns:
        The page's path.

    Raises:
        UserError: a model or the data is missing or damaged, the page got too large or can't be written.
    """
    models = load_models(results_dir, optima_dir)  # before TensorFlow starts: it says sooner what is missing
    import data

    images, labels = data.to_arrays(data.binary_mnist("test"))
    parts = {
        "explorer.css": (HERE / "explorer.css").read_text(encoding="utf-8"),
        "explorer.js": (HERE / "explorer.js").read_text(encoding="utf-8"),
        "data": json.dumps(page_data(models, images, labels), ensure_ascii=False, indent=0),
    }
    page = (HERE / "explorer.template.html").read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace("{{" + name + "}}", text)
    write(page, output)
    return output


def load_models(results_dir: Path, optima_dir: Path) -> list[dict]:
    """The post's models, then the exact optima that `optima_dir` has.

    Returns:
        Of each model `id`, `kind`, `epsilon`, `weights` float32 (784,), `bias` float32 () and, where a run
        has stored it, `accuracy` (101,) under attack.
    """
    models = [
        {
            "id": run.folder.name,
            "kind": run.model,
            "epsilon": run.epsilon,
            "weights": run.weights,
            "bias": run.bias,
            "accuracy": run.accuracy,
        }
        for run in load_post_runs(results_dir)
    ]
    for epsilon in (0.0, *POST_EPSILONS):
        path = optima_dir / f"optimum_{epsilon}.npz"
        if path.exists():
            weights, bias = load_optimum(path)
            name = {"id": path.stem, "kind": "optimum", "epsilon": epsilon}
            models.append({**name, "weights": weights, "bias": bias})
    return models


def load_optimum(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The weights float32 (784,) and the bias float32 () of an exact optimum."""
    try:
        with np.load(path, allow_pickle=False) as file:
            weights, bias = file["w"].astype(np.float32), file["b"].astype(np.float32)
        if weights.shape != (784,) or bias.shape != () or not np.isfinite([*weights, bias]).all():
            raise ValueError
    except Exception:  # whatever NumPy and zipfile raise at a damaged file
        raise UserError(f"{path} is damaged: make it again with `python extensions/optimum.py`") from None
    return weights, bias


def page_data(models: list[dict], images: np.ndarray, labels: np.ndarray) -> dict:
    """What the page's script reads; see the head of explorer.js for the fields.

    Args:
        models: as `load_models` gives them.
        images: float32 (N, 784) in [0, 1], the test images.
        labels: float32 (N,), each -1 or +1.
    """
    margins = np.stack([smallest_epsilons(model, images, labels) for model in models])
    chosen = choose(margins.min(axis=0), labels)
    return {
        "epsilons": adversarial.EPSILONS.tolist(),
        "testImages": len(labels),
        "models": [
            {
                "id": model["id"],
                "kind": model["kind"],
                "epsilon": model["epsilon"],
                "weights": base64_of(np.append(model["weights"], model["bias"]).astype("<f4")),
                "correct": correct_counts(model, images, labels),
            }
            for model in models
        ],
        "digits": [
            {
                "index": int(index),
                "label": int(labels[index]),
                "hard": bool((margins[:, index] <= 0).any()),
                "pixels": base64_of(np.round(255 * images[index]).astype(np.uint8)),
            }
            for index in chosen
        ],
    }


def smallest_epsilons(model: dict, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The smallest ε that fools a model, of each image: margin / ‖w‖₁; at most 0 where it is wrong anyway.

    The worst case of size ε lowers the margin by ε‖w‖₁ (see adversarial.py). In float64, so that no rounding
    of a particular processor decides between two images.
    """
    weights = model["weights"].astype(np.float64)
    return labels * (images @ weights + model["bias"]) / np.abs(weights).sum()


def choose(nearest: np.ndarray, labels: np.ndarray) -> list[int]:
    """Which test images the page has: zeros first, of each digit those the models get wrong, then others.

    All of a digit's images are sorted by `nearest`, the smallest ε that fools any model. The first ones are
    those that some model gets wrong and those nearest to being so; the others lie evenly over the rest.

    Args:
        nearest: (N,).
        labels: (N,), each -1 or +1.

    Returns:
        Indices of 20 zeros and 20 ones.
    """
    chosen = []
    for label in (-1, 1):
        (candidates,) = np.nonzero(labels == label)
        candidates = candidates[np.argsort(nearest[candidates], kind="stable")]
        close = min(max(CLOSE_PER_DIGIT, int((nearest[candidates] <= 0).sum())), IMAGES_PER_DIGIT)
        spread = np.linspace(close, len(candidates) - 1, IMAGES_PER_DIGIT - close).astype(int)
        chosen += [*candidates[:close], *candidates[spread]]
    return chosen


def correct_counts(model: dict, images: np.ndarray, labels: np.ndarray) -> list[int]:
    """How many test images a model gets right at each ε of the grid: as stored, or evaluated here."""
    accuracy = model.get("accuracy")
    if accuracy is None:
        # In float64 for the same reason as in smallest_epsilons.
        arrays = (array.astype(np.float64) for array in (model["weights"], model["bias"], images, labels))
        accuracy = adversarial.evaluate(*arrays)["accuracy"]
    return np.round(accuracy * len(labels)).astype(int).tolist()


def base64_of(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")


def write(page: str, path: Path) -> None:
    """Put the page in place whole, or leave what is there."""
    content = page.encode("utf-8")
    if len(content) > LARGEST_PAGE:
        raise UserError(f"the page would take {len(content):,} bytes, more than {LARGEST_PAGE:,}")
    partial = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        try:
            partial.write_bytes(content)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"can't write {path} ({error.strerror or error}): choose another --output") from None


def main() -> None:
    parser = Parser(__doc__.splitlines()[0])
    parser.add_argument("--results-dir", type=Path, default=RESULTS, help="where the post's runs lie")
    parser.add_argument(
        "--optima-dir", type=Path, default=OPTIMA, help="where optimum_<ε>.npz lie, if at all"
    )
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write")
    arguments = parser.parse_args()
    with one_line_errors():
        page = build(arguments.results_dir, arguments.optima_dir, arguments.output)
        optima = len(list(arguments.optima_dir.glob("optimum_*.npz")))
        print(f"{page} ({page.stat().st_size:,} bytes, {optima} of 4 optima)")


if __name__ == "__main__":
    main()
