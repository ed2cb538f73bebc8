"""The files of a run: round trip, damage of every kind, leftovers of killed processes, and fuzzing."""

import contextlib
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, bytes_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import run_files
from command_line import UserError

RESULTS = ROOT / "results"
FILES = ["metrics.json", "weights.npz", "adversarial.npz", "history.npz"]


def contents(seed: int, epsilon: float) -> dict:
    """Arguments for `save`: small, arbitrary, of the right shapes."""
    random = np.random.default_rng(seed)
    epochs, images, grid = 2, 6, 3
    names = [(part, name) for part in ("train", "test") for name in ("loss", "accuracy")]
    return {
        "epsilon": epsilon,
        "config": {"digits": [4, 9], "epochs": epochs, "learning_rate": 0.1, "seed": seed},
        "history": {f"{part}_{name}": [0.5, 0.25] for part, name in names},
        "final": {"train_accuracy": 0.75, "test_accuracy": 1 / 3, "test_mistakes": 4},
        "attack": {
            "epsilons": np.linspace(0, 0.5, grid),
            "accuracy": random.random(grid),
            "labels": np.array([-1, 1, 1, -1, 1, 1], np.int8),
            "logits": random.normal(size=(grid, images)).astype(np.float32),
            "closest": random.integers(-1, images, (grid, 10)),
            "closest_images": random.random((grid, 10, 28, 28), np.float32),
        },
        "weights": random.normal(size=(epochs + 1, 785)).astype(np.float32),
        "batches": {f"{part}_batch_{name}": random.random((epochs, 4), np.float32) for part, name in names},
    }


def save(results_dir: Path, seed: int = 0, epsilon: float = 0.0) -> Path:
    with run_files.writing(results_dir):
        return run_files.save(results_dir, **contents(seed, epsilon))


@pytest.fixture
def folder(tmp_path) -> Path:
    return save(tmp_path)


def assert_unusable(folder: Path, name: str, script: str = "experiment_regular.py") -> None:
    """Reading the run ends in an error that names the file and the command that makes it again."""
    with pytest.raises(UserError) as error:
        run_files.load(folder)
    assert str(folder / name) in str(error.value)
    assert f"`python {script}" in str(error.value)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    saved = contents(3, 0.2)
    folder = save(tmp_path, 3, 0.2)
    assert folder == tmp_path / "robust_0.2"
    run = run_files.load(folder)
    assert (run.model, run.digits) == ("robust", (4, 9))
    for name in ("epsilon", "config", "history", "final"):
        assert getattr(run, name) == saved[name]
    for name, array in saved["attack"].items():
        np.testing.assert_array_equal(getattr(run, name), array)
    np.testing.assert_array_equal([*run.weights, run.bias], saved["weights"][-1])
    history = run_files.load_history(folder)
    for name, array in {"weights": saved["weights"], **saved["batches"]}.items():
        np.testing.assert_array_equal(history.pop(name), array)
    assert history == {}
    assert bytes_of(folder) == bytes_of(save(tmp_path / "again", 3, 0.2))


def test_other_digits_have_a_folder_of_their_own():
    assert run_files.pair_folder(RESULTS, (0, 1)) == RESULTS
    assert run_files.pair_folder(RESULTS, (4, 9)) == RESULTS / "4_vs_9"
    assert run_files.figures_folder(RESULTS / "4_vs_9") == RESULTS / "4_vs_9" / "plots"


def test_figures_of_the_results_folder_go_to_plots_however_it_is_named(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert run_files.figures_folder(Path("results")) == run_files.figures_folder(RESULTS) == ROOT / "plots"


def test_the_committed_runs_hold_the_format():
    """Types and shapes, read without the project's own reader; no sums of files that git doesn't keep."""
    for name in ("regular", "robust_0.1", "robust_0.2", "robust_0.3"):
        arrays = np.load(RESULTS / name / "adversarial.npz")
        shapes = {key: (array.dtype.name, array.shape) for key, array in arrays.items()}
        assert shapes == {
            "epsilons": ("float64", (101,)),
            "accuracy": ("float64", (101,)),
            "labels": ("int8", (2115,)),
            "logits": ("float32", (101, 2115)),
            "closest": ("int64", (101, 10)),
            "closest_images": ("float32", (101, 10, 28, 28)),
        }
        weights = np.load(RESULTS / name / "weights.npz")
        assert (weights["w"].shape, weights["b"].shape) == ((784,), ())
        assert np.load(RESULTS / name / "history.npz")["weights"].shape == (11, 785)
        assert [*json.loads((RESULTS / name / "metrics.json").read_text())["sha256"]] == FILES[1:]
        run_files.load(RESULTS / name)
        assert sum(map(len, bytes_of(RESULTS / name).values())) <= 1.5e6


# Damage


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.unlink()
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a folder":
        path.mkdir()
    elif how == "of another run":
        shutil.copy(save(path.parents[1] / "other", seed=9, epsilon=0.2) / path.name, path)


@pytest.mark.parametrize("how", ["missing", "truncated", "empty", "a folder", "of another run"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_with_the_command_that_makes_it(folder, name, how):
    damage(folder / name, how)
    assert_unusable(folder, name)


def test_a_missing_run_names_its_command(tmp_path):
    folder = tmp_path / "4_vs_9" / "robust_0.3"
    assert_unusable(folder, "metrics.json", script="experiment_robust.py --digits 4 9")


def test_a_foreign_file_troubles_nobody_and_goes_with_the_run(folder):
    (folder / "gradients.npz").write_bytes(b"of another run")
    run_files.load(folder)
    save(folder.parent, seed=1)
    assert sorted(bytes_of(folder)) == sorted(FILES)


def edit(folder: Path, change) -> None:
    metrics = json.loads((folder / "metrics.json").read_text())
    change(metrics)
    (folder / "metrics.json").write_text(json.dumps(metrics))


def spoil(folder: Path, **arrays: np.ndarray) -> None:
    """Other arrays in weights.npz, and no sums to notice it."""
    np.savez(folder / "weights.npz", **arrays)
    edit(folder, lambda metrics: metrics.pop("sha256"))


def test_a_missing_array_is_named_even_without_sums(folder):
    spoil(folder, w=np.zeros(784, np.float32))
    with pytest.raises(UserError, match=r"weights\.npz: it lacks 'b'"):
        run_files.load(folder)


def test_pickle_is_never_loaded(folder, tmp_path):
    """An array of objects that would write a file when unpickled."""

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    spoil(folder, w=np.array([Trap()] * 784), b=np.float32(0))
    assert_unusable(folder, "weights.npz")
    assert not (tmp_path / "sprung").exists()


METRICS = {
    "another run's ε": lambda m: m.update(epsilon=0.1),
    "ε as text": lambda m: m.update(epsilon="0.1"),
    "no history": lambda m: m.pop("history"),
    "sums as a list": lambda m: m.update(sha256=["weights.npz"]),
}


@pytest.mark.parametrize("what", METRICS)
def test_metrics_that_no_training_writes_are_refused(folder, what):
    edit(folder, METRICS[what])
    assert_unusable(folder, "metrics.json")


@pytest.mark.parametrize("text", ["[]", "[" * 100_000, "9" * 10_000, "\0", "{", "nul"])
def test_what_is_no_metrics_is_refused(folder, text):
    (folder / "metrics.json").write_text(text)
    assert_unusable(folder, "metrics.json")


# Fuzzing


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory) -> Path:
    folder = save(tmp_path_factory.mktemp("fuzz"))
    edit(folder, lambda metrics: metrics.pop("sha256"))
    return folder


def assert_read_or_explained(path: Path, content: bytes) -> None:
    """The run with another content of one file."""
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        with contextlib.suppress(UserError):
            run_files.load(path.parent)
            run_files.load_history(path.parent)
    finally:
        path.write_bytes(before)


@given(st.data())
def test_fuzzed_bytes_are_read_or_explained(fuzzed, draw):
    """Bytes changed, cut or put in anywhere in any file, with no sums to notice it."""
    path = fuzzed / draw.draw(st.sampled_from(FILES))
    content = path.read_bytes()
    start = draw.draw(st.integers(0, len(content)))
    end = draw.draw(st.integers(start, min(start + 8, len(content))))
    assert_read_or_explained(path, content[:start] + draw.draw(st.binary(max_size=8)) + content[end:])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_fuzzed_metrics_are_read_or_explained(fuzzed, draw):
    """Any JSON value in the place of any field."""
    path = fuzzed / "metrics.json"
    metrics = json.loads(path.read_bytes())
    key = draw.draw(st.sampled_from([*metrics, "sha256"]))
    inner = metrics.get(key)
    if isinstance(inner, dict) and draw.draw(st.booleans()):
        inner[draw.draw(st.sampled_from(sorted(inner)))] = draw.draw(JSON)
    else:
        metrics[key] = draw.draw(JSON)
    assert_read_or_explained(path, json.dumps(metrics).encode())


# Replacing


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_an_error_while_writing_leaves_what_was_there(tmp_path, kind):
    path, inner = (tmp_path / "a.png",) * 2 if kind == "file" else (tmp_path / "a", tmp_path / "a" / "b")

    def replace(content: str, error: Exception | None = None) -> None:
        with run_files.replacing(path) as partial:
            assert not partial.exists()
            if kind == "folder":
                partial.mkdir()
            (partial / inner.relative_to(path)).write_text(content)
            if error:
                raise error

    for content in ("old", "new"):
        replace(content)
        assert inner.read_text() == content
    with pytest.raises(UserError, match=r"can't write .*No space left.*untouched"):
        replace("half", OSError(28, "No space left on device"))
    with pytest.raises(KeyboardInterrupt):
        replace("half", KeyboardInterrupt())
    assert inner.read_text() == "new"
    assert [*tmp_path.iterdir()] == [path]


def test_a_kill_between_the_two_renames_leaves_the_old_run_readable(folder):
    """The one moment at which the run has left its place and the new one has not yet come."""
    before = run_files.load(folder)
    folder.rename(run_files.previous(folder))
    np.testing.assert_array_equal(run_files.load(folder).weights, before.weights)
    run_files.load_history(folder)
    with pytest.raises(ZeroDivisionError), run_files.replacing(folder):
        1 / 0  # noqa: B018
    assert [path.name for path in folder.parent.iterdir()] == ["regular"]
    np.testing.assert_array_equal(run_files.load(folder).weights, before.weights)


def test_leftovers_of_a_kill_are_cleared(folder):
    (folder.parent / ".regular.partial").mkdir()
    (folder.parent / ".regular.partial" / "weights.npz").write_bytes(b"half")
    shutil.copytree(folder, run_files.previous(folder))
    save(folder.parent, seed=2)
    assert [path.name for path in folder.parent.iterdir()] == ["regular"]
    assert run_files.load(folder).config["seed"] == 2


# Two at once, and folders in which nobody can write


def test_a_folder_belongs_to_one_experiment_at_a_time(tmp_path):
    pytest.importorskip("fcntl", reason="no file locks on this system")
    with run_files.writing(tmp_path):
        with pytest.raises(UserError, match=r"another experiment is writing.*--results-dir"):
            save(tmp_path)
        save(tmp_path / "4_vs_9")
    save(tmp_path)


@pytest.mark.parametrize("place", ["file", "file/results"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="--results-dir") as error, run_files.writing(tmp_path / place):
        pass
    assert str(tmp_path / place) in str(error.value)
    assert (tmp_path / "file").read_text() == "in the way"


def test_nothing_but_runs_is_committed_as_results():
    listing = subprocess.run(["git", "ls-files", "results"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip("no git repository")
    assert {Path(name).name for name in listing.stdout.split()} == set(FILES)
