"""The figure scripts and `python plots` as commands: what they write, what they print, and how they fail."""

import dataclasses
from pathlib import Path

import matplotlib
import matplotlib.image
import numpy as np
import pytest
import synthetic_runs
from conftest import ROOT, bytes_of, call, locked_versions, run

from support import runs

PLOTS = ROOT / "plots"
NAMES = sorted(path.stem for path in PLOTS.glob("*.png"))
HOSTILE = {  # what a matplotlibrc may hold
    "axes.grid": True,
    "figure.facecolor": "#222222",
    "font.size": 20,
    "image.origin": "lower",
    "lines.linewidth": 7,
    "savefig.bbox": "tight",
}


def whole(path: Path) -> bool:
    """Whether there is ink, and nothing is cut off."""
    image = matplotlib.image.imread(path)[:, :, :3]
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return (image < 0.5).all(axis=2).mean() > 0.005 and (border == 1).all()


@pytest.mark.parametrize("name", NAMES)
def test_each_script_makes_the_committed_image_whatever_the_reader_s_settings(
    name, tmp_path, monkeypatch, capsys, models
):
    monkeypatch.setattr(runs, "load_models", lambda _: models)
    monkeypatch.chdir(tmp_path)
    with matplotlib.rc_context(HOSTILE):
        before = dict(matplotlib.rcParams)
        call(PLOTS / f"{name}.py", "--output-dir", "new/images")
        assert dict(matplotlib.rcParams) == before
    assert capsys.readouterr().out == f"new/images/{name}.png\n"
    if locked_versions():  # others draw other bytes
        assert bytes_of(Path("new/images")) == {f"{name}.png": (PLOTS / f"{name}.png").read_bytes()}
    else:
        assert whole(Path(f"new/images/{name}.png"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [[PLOTS / "model_weights.py"], [PLOTS, "model_weights"], ["-m", "plots", "model_weights"]]
)
def test_no_environment_keeps_a_command_from_drawing(command, tmp_path):
    """A matplotlibrc that can't be read, a backend that isn't there, no script's folder on Python's path."""
    (tmp_path / "unreadable").write_bytes(b"font.family: K\xf6ln\n")
    here = command[0] == "-m"  # finds the package in the working folder, which it may then not be forbidden
    environment = {"MATPLOTLIBRC": f"{tmp_path}/unreadable", "MPLBACKEND": "none", "PYTHONPATH": ""}
    environment["PYTHONSAFEPATH"] = "" if here else "1"
    arguments = [*command, "--output-dir", tmp_path]
    process = run(*arguments, cwd=ROOT if here else tmp_path, **environment)
    assert (process.returncode, process.stderr) == (0, "")
    assert whole(tmp_path / "model_weights.png")


@pytest.mark.parametrize(("form", "head"), [("pdf", b"%PDF-"), ("svg", b"<?xml")])
def test_same_command_same_bytes(form, head, tmp_path, capsys):
    for folder in (tmp_path / "first", tmp_path / "second"):
        call("plots", "hinge_loss", "--format", form, "--output-dir", folder)
        assert capsys.readouterr().out == f"{folder}/hinge_loss.{form}\n"
    assert bytes_of(tmp_path / "first") == bytes_of(folder)
    assert (folder / f"hinge_loss.{form}").read_bytes().startswith(head)


@pytest.mark.slow
@pytest.mark.parametrize("epsilons", [(0.2,), (0.05, 0.1, 0.15, 0.25, 0.3, 0.35)])
def test_whatever_robust_runs_lie_there_are_drawn_and_nothing_is_cut_off(
    epsilons, tmp_path, monkeypatch, models
):
    robust = [dataclasses.replace(models[2], epsilon=epsilon) for epsilon in epsilons]
    monkeypatch.setattr(runs, "load_models", lambda _: [models[0], *robust])
    for name in NAMES:
        if not name.startswith(("hinge", "landscape", "perturbation")):
            call(PLOTS / f"{name}.py", "--results-dir", tmp_path)
            assert whole(tmp_path / "plots" / f"{name}.png"), name


@pytest.mark.parametrize("name", ["acuracy", "style"])
def test_an_unknown_figure_is_answered_with_the_list_and_nothing_is_drawn(name, tmp_path, refused):
    words = [f"unknown figure '{name}': choose from {', '.join(NAMES)}\n"]
    assert refused(1, words, "plots", "accuracy", name, "--output-dir", tmp_path) == ""
    assert [*tmp_path.iterdir()] == []


def test_what_a_damaged_run_prevents_is_named_and_all_else_is_drawn(tmp_path, refused):
    """And what was drawn before stays."""
    synthetic_runs.save(tmp_path)
    path = synthetic_runs.save(tmp_path, 1, 0.1) / "adversarial.npz"
    path.write_bytes(path.read_bytes()[:1000])
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "accuracy.png").write_bytes(b"the image before")
    words = [f"error: can't draw accuracy, model_weights: {path}: "]
    names = ("accuracy", "hinge_loss", "model_weights")
    out = refused(1, words, "plots", *names, "--results-dir", tmp_path)
    assert out == f"{tmp_path}/plots/hinge_loss.png\n"
    refused(1, [f"error: can't draw accuracy: {path}: "], "plots/accuracy.py", "--results-dir", tmp_path)
    assert bytes_of(tmp_path / "plots").keys() == {"accuracy.png", "hinge_loss.png"}
    assert (tmp_path / "plots" / "accuracy.png").read_bytes() == b"the image before"


@pytest.mark.slow
def test_whoever_reads_runs_needs_no_tensorflow_and_matplotlib_stays_the_readers():
    code = f"""
import os, sys, matplotlib
sys.modules.update(dict.fromkeys(["tensorflow", "keras", "tensorflow_datasets"]))
before = dict(matplotlib.rcParams)
import adversarial, compare, {", ".join(f"plots.{name}" for name in NAMES)}
with plots.style.look():
    plots.accuracy.draw(plots.style.Path("results"))
assert dict(matplotlib.rcParams) == before
assert os.environ["MPLBACKEND"] == "module://the_reader_s"
"""
    process = run("-c", code, MPLBACKEND="module://the_reader_s")
    assert (process.returncode, process.stderr) == (0, "")
