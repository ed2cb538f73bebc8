"""The figure scripts and `python plots` as commands: what they write, what they print, and how they fail."""

import errno
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import style
import synthetic_runs
from conftest import ROOT, assert_one_line_error, run
from matplotlib import pyplot as plt

from command_line import UserError
from run_files import sha256

pytestmark = pytest.mark.slow
PIXELS = {  # at 300 dpi
    "accuracy": (1200, 300),
    "misclassified_regular": (900, 900),
    "model_weights": (1800, 600),
    "accuracy_noise": (2100, 1500),
    "misclassified_noise": (2700, 900),
    "misclassified_logits": (3000, 1200),
}
DRAW_ALL = """
import runpy, sys
sys.argv = ["plots", "--output-dir", sys.argv[1]]
runpy.run_path("plots", run_name="__main__")
print(sorted({"tensorflow", "keras"} & sys.modules.keys()))
"""
HEADS = {"png": b"\x89PNG\r\n", "pdf": b"%PDF-", "svg": b"<?xml"}


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "results"
    synthetic_runs.make(folder)
    return folder


@pytest.fixture
def damaged(synthetic, tmp_path) -> Path:
    """A copy of the synthetic runs that a test may spoil."""
    return shutil.copytree(synthetic, tmp_path / "results")


def assert_image(path: Path, pixels: tuple[int, int] | None = None) -> None:
    image = matplotlib.image.imread(path)
    height, width, _ = image.shape
    assert pixels in (None, (width, height))
    assert len(np.unique(image[..., 0])) > 2, "nothing is drawn"


def figures() -> list[str]:
    """What `python plots` can draw, asked from its own help."""
    names = " ".join(run("plots", "--help").stdout.split()).split("one of ")[1]
    return re.match(r"(\w+, )*\w+", names).group().split(", ")


@pytest.mark.parametrize("name", PIXELS)
def test_each_script_is_a_command_that_runs_anywhere(name, tmp_path):
    output = tmp_path / "new" / "images"
    process = run(f"plots/{name}.py", "--output-dir", output, cwd=tmp_path)
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout == f"new/images/{name}.png\n"  # short: below the working folder
    assert [path.name for path in output.iterdir()] == [f"{name}.png"]
    assert_image(output / f"{name}.png", PIXELS[name])


@pytest.mark.parametrize("name", PIXELS)
def test_the_committed_image_has_its_size(name):
    assert_image(ROOT / "plots" / f"{name}.png", PIXELS[name])


def test_all_figures_at_once_without_tensorflow(tmp_path):
    names = figures()
    assert set(PIXELS) <= set(names)
    process = subprocess.run(
        [sys.executable, "-c", DRAW_ALL, tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert (process.returncode, process.stderr) == (0, "")
    *lines, modules = process.stdout.splitlines()
    assert modules == "[]"
    for line, name in zip(lines, names, strict=True):
        assert re.fullmatch(rf"{name} +\d+\.\d s  {re.escape(str(tmp_path / name))}\.png", line)
        assert_image(tmp_path / f"{name}.png", PIXELS.get(name))
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.png" for name in names}


@pytest.mark.parametrize("form", HEADS)
def test_same_command_same_bytes(form, synthetic, tmp_path):
    outputs = (tmp_path / "first", tmp_path / "second")
    for output in outputs:
        process = run(
            "plots",
            *PIXELS,
            "--format",
            form,
            "--results-dir",
            synthetic,
            "--output-dir",
            output,
            cwd=tmp_path,
        )
        assert (process.returncode, process.stderr) == (0, "")
        lines = [line.split() for line in process.stdout.splitlines()]
        assert [(line[0], line[-1]) for line in lines] == [
            (name, f"{output.name}/{name}.{form}") for name in PIXELS
        ]
    for name in PIXELS:
        first, second = ((output / f"{name}.{form}").read_bytes() for output in outputs)
        assert first.startswith(HEADS[form])
        assert first == second, name


def test_results_dir_decides_what_is_drawn(synthetic, tmp_path):
    other, own = tmp_path / "other", tmp_path / "own"
    run("plots", "accuracy", "--results-dir", synthetic, "--output-dir", other)
    run("plots", "accuracy", "--output-dir", own)
    assert (other / "accuracy.png").read_bytes() != (own / "accuracy.png").read_bytes()


def test_an_unknown_figure_is_answered_with_the_list_and_nothing_is_drawn(tmp_path):
    process = run("plots", "accuracy", "acuracy", "--output-dir", tmp_path)
    assert_one_line_error(process, "'acuracy'", *figures())
    assert list(tmp_path.iterdir()) == []


def missing(results: Path) -> None:
    shutil.rmtree(results / "robust_0.2")


def truncated(results: Path) -> None:
    path = results / "robust_0.1" / "adversarial.npz"
    path.write_bytes(path.read_bytes()[:1000])


def emptied(results: Path) -> None:
    (results / "regular" / "metrics.json").write_bytes(b"")


def not_finite(results: Path) -> None:
    """NaN weights, as a diverged training of another program would leave them: the sum is right."""
    folder = results / "robust_0.3"
    np.savez(folder / "weights.npz", w=np.full(784, np.nan, np.float32), b=np.float32(0))
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["sha256"]["weights.npz"] = sha256(folder / "weights.npz")
    (folder / "metrics.json").write_text(json.dumps(metrics))


FAULTS = [
    (missing, "robust_0.2/metrics.json", "experiment_robust.py"),
    (truncated, "robust_0.1/adversarial.npz", "experiment_robust.py"),
    (emptied, "regular/metrics.json", "experiment_regular.py"),
    (not_finite, "robust_0.3/weights.npz", "experiment_robust.py"),
]


@pytest.mark.parametrize(("spoil", "file", "script"), FAULTS)
def test_python_plots_on_a_damaged_run(spoil, file, script, damaged, tmp_path):
    spoil(damaged)
    output = tmp_path / "images"
    process = run("plots", *PIXELS, "--results-dir", damaged, "--output-dir", output)
    assert_one_line_error(process, str(damaged / file), f"python {script}")
    assert process.stdout == ""
    assert not output.exists() or list(output.iterdir()) == []


@pytest.mark.parametrize("name", PIXELS)
def test_each_script_on_a_missing_run_keeps_the_image_before(name, damaged, tmp_path):
    missing(damaged)
    before = tmp_path / f"{name}.png"
    before.write_bytes(b"the image before")
    process = run(f"plots/{name}.py", "--results-dir", damaged, "--output-dir", tmp_path)
    assert_one_line_error(process, "robust_0.2/metrics.json", "python experiment_robust.py")
    assert before.read_bytes() == b"the image before"
    assert {path.name for path in tmp_path.iterdir()} == {"results", before.name}


def test_an_output_dir_that_is_a_file(tmp_path):
    (tmp_path / "images").write_text("")
    process = run("plots/accuracy.py", "--output-dir", tmp_path / "images")
    assert_one_line_error(process, "can't write", "--output-dir")


def test_a_full_disk_leaves_no_half_of_an_image(tmp_path, monkeypatch):
    figure = plt.figure()

    def half(path: Path, **_) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(figure, "savefig", half)
    before = tmp_path / "accuracy.png"
    before.write_bytes(b"the image before")
    with pytest.raises(UserError, match="No space left on device"):
        style.write(figure, before)
    assert [path.name for path in tmp_path.iterdir()] == [before.name]
    assert before.read_bytes() == b"the image before"
