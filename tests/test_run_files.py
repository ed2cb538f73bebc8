"""The files of a run: round trip, damage of every kind, leftovers of killed processes, and fuzzing."""

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, bytes_of
from hypothesis import given
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


def test_other_digits_have_folders_of_their_own(monkeypatch):
    assert run_files.pair_folder(RESULTS, (0, 1)) == RESULTS
    assert run_files.pair_folder(RESULTS, (4, 9)) == RESULTS / "4_vs_9"
    assert run_files.figures_folder(RESULTS / "4_vs_9") == RESULTS / "4_vs_9" / "plots"
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


@pytest.mark.parametrize("how", ["missing", "truncated", "empty", "a folder", "of another run"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_with_the_command_that_makes_it(folder, name, how):
    path, other = folder / name, save(folder.parent / "other", seed=9, epsilon=0.2) / name
    content = path.read_bytes()
    path.unlink()
    if how == "a folder":
        path.mkdir()
    elif how != "missing":
        cut = content[: len(content) // 2]
        path.write_bytes({"truncated": cut, "empty": b"", "of another run": other.read_bytes()}[how])
    assert_unusable(folder, name)


def test_a_missing_run_names_its_command(tmp_path):
    folder = tmp_path / "4_vs_9" / "robust_0.3"
    assert_unusable(folder, "metrics.json", script="experiment_robust.py --digits 4 9")


def test_a_foreign_file_troubles_nobody_and_goes_with_the_run(folder):
    (folder / "gradients.npz").write_bytes(b"of another run")
    run_files.load(folder)
    save(folder.parent, seed=1)
    assert sorted(bytes_of(folder)) == sorted(FILES)


def without_sums(folder: Path) -> Path:
    metrics = json.loads((folder / "metrics.json").read_text())
    del metrics["sha256"]
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


def test_a_missing_array_is_named_even_without_sums(folder):
    np.savez(without_sums(folder) / "weights.npz", w=np.zeros(784, np.float32))
    with pytest.raises(UserError, match=r"weights\.npz: it lacks 'b'"):
        run_files.load(folder)


def test_pickle_is_never_loaded(folder, tmp_path):
    """An array of objects that would write a file when unpickled."""

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(without_sums(folder) / "weights.npz", w=np.array([Trap()] * 784), b=np.float32(0))
    assert_unusable(folder, "weights.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("text", ["[]", "[" * 100_000, "9" * 10_000, "\0", "{", "nul"])
def test_what_is_no_metrics_is_refused(folder, text):
    (folder / "metrics.json").write_text(text)
    assert_unusable(folder, "metrics.json")


# Fuzzing


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory) -> Path:
    return without_sums(save(tmp_path_factory.mktemp("fuzz")))


@given(st.data())
def test_fuzzed_bytes_are_read_or_explained(fuzzed, draw):
    """Bytes changed, cut or put in anywhere in any file, with no sums to notice it."""
    path = fuzzed / draw.draw(st.sampled_from(FILES))
    content = path.read_bytes()
    start = draw.draw(st.integers(0, len(content)))
    end = draw.draw(st.integers(start, min(start + 8, len(content))))
    path.write_bytes(content[:start] + draw.draw(st.binary(max_size=8)) + content[end:])
    try:
        with contextlib.suppress(UserError):
            run_files.load(fuzzed)
            run_files.load_history(fuzzed)
    finally:
        path.write_bytes(content)


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


def test_a_folder_belongs_to_one_experiment_at_a_time(tmp_path):
    pytest.importorskip("fcntl", reason="no file locks on this system")
    with run_files.writing(tmp_path):
        with pytest.raises(UserError, match=r"another experiment is writing.*--results-dir"):
            save(tmp_path)
        save(tmp_path / "4_vs_9")
    save(tmp_path)
