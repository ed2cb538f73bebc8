"""The figure scripts and `python plots` as commands: what they write, what they print, and how they fail."""

import functools
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import style
import synthetic_runs
from conftest import bytes_of, call, locked_versions, run

from support import runs as run_files

PIXELS = {  # at 300 dpi: width, height
    "accuracy": (1200, 300),
    "accuracy_noise": (2100, 1500),
    "adversarial_example": (2220, 570),
    "misclassified_logits": (3000, 1200),
    "misclassified_noise": (2700, 900),
    "misclassified_regular": (900, 900),
    "model_weights": (1800, 615),
    "perturbation_boxes": (1200, 1125),
}
SCHEMATIC = (1200, 900)  # all others
NAMES = sorted(path.stem for path in style.PLOTS.glob("*.png"))
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


@pytest.fixture(scope="module")
def read_once():
    """The runs are read once for all figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "load_models", functools.cache(run_files.load_models))
        yield


def border(image: np.ndarray) -> np.ndarray:
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


@pytest.mark.parametrize("name", NAMES)
def test_each_script_is_a_command_that_makes_the_committed_image(
    name, tmp_path, monkeypatch, capsys, read_once
):
    monkeypatch.chdir(tmp_path)
    call(f"plots/{name}.py", "--output-dir", "new/images")
    assert capsys.readouterr().out == f"new/images/{name}.png\n"
    (path,) = (tmp_path / "new" / "images").iterdir()
    committed = style.PLOTS / f"{name}.png"
    if locked_versions():  # others draw other bytes
        assert path.read_bytes() == committed.read_bytes()
    image = matplotlib.image.imread(path)
    assert image.shape[1::-1] == PIXELS.get(name, SCHEMATIC)
    assert (image[:, :, :3] < 0.5).all(axis=2).mean() > 0.005, "hardly any ink"
    assert (border(image) == 1).all(), "something is cut off"


@pytest.mark.parametrize("form", HEADS)
def test_same_command_same_bytes(form, synthetic, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    figures = ("accuracy", "hinge_robust", "misclassified_logits")
    for folder in ("first", "second"):
        call("plots", *figures, "--format", form, "--results-dir", synthetic, "--output-dir", folder)
        lines = capsys.readouterr().out.splitlines()
        for line, name in zip(lines, figures, strict=True):
            assert re.fullmatch(rf"{name} +\d+\.\d s  {folder}/{name}\.{form}", line)
    for name in figures:
        first, second = (
            (tmp_path / folder / f"{name}.{form}").read_bytes() for folder in ("first", "second")
        )
        assert first.startswith(HEADS[form])
        assert first == second, name


@pytest.mark.slow
def test_a_script_runs_from_any_folder_and_results_dir_decides_what_is_drawn_and_where(damaged):
    process = run("plots/accuracy.py", "--results-dir", "results", cwd=damaged.parent)
    assert (process.returncode, process.stdout, process.stderr) == (0, "results/plots/accuracy.png\n", "")
    assert (damaged / "plots" / "accuracy.png").read_bytes() != (style.PLOTS / "accuracy.png").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("epsilons", [(0.2,), (0.15, 0.25), (0.05, 0.1, 0.15, 0.25, 0.3, 0.35)])
def test_whatever_robust_runs_lie_there_are_drawn_and_nothing_is_cut_off(epsilons, tmp_path):
    synthetic_runs.make(tmp_path, epsilons=epsilons)
    call("plots", "--results-dir", tmp_path)
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {f"{name}.png" for name in NAMES}
    for path in (tmp_path / "plots").iterdir():
        assert (border(matplotlib.image.imread(path)) == 1).all(), path.name


@pytest.mark.slow
def test_two_that_draw_at_once_both_end_in_whole_files(synthetic, tmp_path):
    """Each of the two draws and writes the same figures, over and over, into one folder."""
    code = "import runpy, sys\nfor _ in range(5): runpy.run_path('plots', run_name='__main__')"
    arguments = [*NAMES[3:9], "--results-dir", str(synthetic), "--output-dir", str(tmp_path / "images")]
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(run, "-c", code, *arguments) for _ in range(2)]
    assert [(process.result().returncode, process.result().stderr) for process in both] == [(0, "")] * 2
    call("plots", *NAMES[3:9], "--results-dir", synthetic, "--output-dir", tmp_path / "again")
    assert bytes_of(tmp_path / "images") == bytes_of(tmp_path / "again")


@pytest.mark.parametrize("name", ["acuracy", "schematic", "style", "__main__"])
def test_an_unknown_figure_is_answered_with_the_list_and_nothing_is_drawn(name, tmp_path, refused):
    words = [f"unknown figure '{name}': choose from {', '.join(NAMES)}\n"]
    assert refused(1, words, "plots", "accuracy", name, "--output-dir", tmp_path) == ""
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("command", ["plots", "plots/accuracy.py"])
def test_a_damaged_run_is_named_and_the_image_before_stays(command, damaged, refused):
    path = damaged / "robust_0.1" / "adversarial.npz"
    path.write_bytes(path.read_bytes()[:1000])
    (damaged / "plots").mkdir()
    (damaged / "plots" / "accuracy.png").write_bytes(b"the image before")
    mend = "experiment_robust.py --epsilons 0.1"
    assert refused(1, [str(path), mend], command, "--results-dir", damaged) == ""
    assert bytes_of(damaged / "plots") == {"accuracy.png": b"the image before"}


def test_an_output_dir_that_is_a_file(tmp_path, refused):
    (tmp_path / "file").write_text("")
    refused(1, ["can't write", "file/"], "plots/hinge_loss.py", "--output-dir", tmp_path / "file")


def test_every_script_has_its_committed_image():
    assert {*NAMES} == {path.stem for path in style.PLOTS.glob("[a-z]*.py")} - {"style", "schematic"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("absent", "rooms"),
    [
        (["studies", "explorer"], ["experiment_regular", "experiment_robust", "compare", *NAMES]),
        (["tensorflow", "keras", "tensorflow_datasets"], ["adversarial", "compare", *NAMES]),
    ],
)
def test_the_reproduction_needs_no_study_and_whoever_reads_runs_no_tensorflow(absent, rooms):
    code = f"import sys\nsys.modules.update(dict.fromkeys({absent}))\nsys.path.append('plots')\n"
    process = run("-c", f"{code}import {', '.join(rooms)}")
    assert process.returncode == 0, process.stderr
