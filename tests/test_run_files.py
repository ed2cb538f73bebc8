"""The files of a run: round trip, damage of every kind, leftovers of killed processes, and fuzzing."""

import contextlib
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
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
    figures = {f"{part}_{name}": [0.5, 0.25] for part in ("train", "test") for name in ("loss", "accuracy")}
    return {
        "model": "robust" if epsilon else "regular",
        "epsilon": epsilon,
        "config": {"epochs": epochs, "batch_size": 5, "learning_rate": 0.1, "seed": seed},
        "history": figures,
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
        "batches": {
            f"{part}_batch_{name}": random.random((epochs, 4), np.float32)
            for part in ("train", "test")
            for name in ("loss", "accuracy")
        },
        "gradients": random.normal(size=(epochs, 4, 785)).astype(np.float32),
    }


def save(results_dir: Path, seed: int = 0, epsilon: float = 0.0) -> Path:
    with run_files.writing(results_dir):
        return run_files.save(results_dir, **contents(seed, epsilon))


@pytest.fixture
def folder(tmp_path) -> Path:
    return save(tmp_path)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    saved = contents(3, 0.2)
    folder = save(tmp_path, 3, 0.2)
    assert folder == tmp_path / "robust_0.2"
    run = run_files.load(folder)
    for name in ("model", "epsilon", "config", "history", "final"):
        assert getattr(run, name) == saved[name]
    for name, array in saved["attack"].items():
        np.testing.assert_array_equal(getattr(run, name), array)
    np.testing.assert_array_equal([*run.weights, run.bias], saved["weights"][-1])
    history = run_files.load_history(folder)
    np.testing.assert_array_equal(history.pop("weights"), saved["weights"])
    for name, array in saved["batches"].items():
        np.testing.assert_array_equal(history[name], array)
    np.testing.assert_array_equal(run_files.load_gradients(folder), saved["gradients"])


def test_the_same_run_gives_the_same_bytes(tmp_path):
    first, second = save(tmp_path / "a", 1), save(tmp_path / "b", 1)
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_the_committed_runs_hold_the_format():
    """Types and shapes as the design states them, read without the project's own reader."""
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
        run_files.load(RESULTS / name)
    committed = subprocess.run(["git", "ls-files", "-z", "results"], cwd=ROOT, capture_output=True, text=True)
    paths = [ROOT / name for name in committed.stdout.split("\0") if name]
    assert sum(path.stat().st_size for path in paths) <= 6e6


# Damage


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a folder":
        path.unlink()
        path.mkdir()
    elif how == "of another run":
        shutil.copy(save(path.parents[1] / "other", seed=9, epsilon=0.2) / path.name, path)


@pytest.mark.parametrize("how", ["missing", "truncated", "empty", "a folder", "of another run"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_with_the_command_that_makes_it(folder, name, how):
    damage(folder / name, how)
    with pytest.raises(UserError, match=r"python experiment_regular\.py") as error:
        run_files.load(folder)
    assert str(folder / name) in str(error.value)


def test_a_missing_run_names_its_command(tmp_path):
    with pytest.raises(UserError, match=r"robust_0\.3.*experiment_robust\.py"):
        run_files.load(tmp_path / "robust_0.3")


def spoil(folder: Path, file: str, change) -> None:
    """Change arrays of a file and leave out the sums, so that only the arrays' own checks are left."""
    arrays = dict(np.load(folder / file))
    change(arrays)
    np.savez(folder / file, **arrays)
    edit(folder, lambda metrics: metrics.pop("sha256"))


def edit(folder: Path, change) -> None:
    metrics = json.loads((folder / "metrics.json").read_text())
    change(metrics)
    (folder / "metrics.json").write_text(json.dumps(metrics))


SPOILED = {
    "NaN weights": ("weights.npz", lambda a: a["w"].__setitem__(5, np.nan)),
    "infinite bias": ("weights.npz", lambda a: a.update(b=np.float32(np.inf))),
    "weights of another shape": ("weights.npz", lambda a: a.update(w=a["w"].reshape(28, 28))),
    "weights that are no floats": ("weights.npz", lambda a: a.update(w=a["w"].astype(int))),
    "no weights": ("weights.npz", lambda a: a.pop("w")),
    "pickled weights": ("weights.npz", lambda a: a.update(w=np.array([{}] * 784))),
    "NaN logits": ("adversarial.npz", lambda a: a["logits"].__setitem__((1, 1), np.nan)),
    "logits of fewer images": ("adversarial.npz", lambda a: a.update(logits=a["logits"][:, 1:])),
    "a shorter grid": ("adversarial.npz", lambda a: a.update(epsilons=a["epsilons"][1:])),
    "scalar accuracy": ("adversarial.npz", lambda a: a.update(accuracy=np.float64(1))),
}


@pytest.mark.parametrize("what", SPOILED)
def test_arrays_are_checked_even_without_sums(folder, what):
    file, change = SPOILED[what]
    spoil(folder, file, change)
    with pytest.raises(UserError) as error:
        run_files.load(folder)
    assert str(folder / file) in str(error.value)


def test_pickle_is_never_loaded(folder, tmp_path):
    """An array of objects that would write a file when unpickled."""

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    spoil(folder, "weights.npz", lambda a: a.update(w=np.array([Trap()] * 784)))
    with pytest.raises(UserError):
        run_files.load(folder)
    assert not (tmp_path / "sprung").exists()


def test_a_header_that_claims_the_memory_is_refused(folder):
    """8 TB of logits in a file of a few bytes."""

    def claim(arrays):
        arrays["logits"] = np.zeros((3, 6), np.float32)

    spoil(folder, "adversarial.npz", claim)
    path = folder / "adversarial.npz"
    path.write_bytes(path.read_bytes().replace(b"'shape': (3, 6), ", b"'shape':(3,999999999999), "))
    with pytest.raises(UserError, match=r"adversarial\.npz"):
        run_files.load(folder)


METRICS = {
    "a list": lambda m: [],
    "another model": lambda m: m.update(model="linear"),
    "a regular model with an ε": lambda m: m.update(epsilon=0.1),
    "a robust model in regular's place": lambda m: m.update(model="robust"),
    "a huge ε": lambda m: m.update(epsilon=10**400),
    "ε as text": lambda m: m.update(epsilon="0.1"),
    "no history": lambda m: m.pop("history"),
    "no epochs": lambda m: (
        m["config"].update(epochs=0),
        m["history"].update({key: [] for key in m["history"]}),
    ),
    "history of other length": lambda m: m["history"]["test_loss"].pop(),
    "history with a dictionary": lambda m: m["history"]["test_loss"].__setitem__(0, {}),
    "an accuracy above 1": lambda m: m["final"].update(test_accuracy=99.9),
    "NaN": lambda m: m["final"].update(train_accuracy=math.nan),
    "mistakes as a fraction": lambda m: m["final"].update(test_mistakes=1.5),
    "true for a count": lambda m: m["final"].update(test_mistakes=True),
    "sums of foreign files": lambda m: m.update(sha256={"/etc/passwd": "0"}),
    "sums as a list": lambda m: m.update(sha256=["weights.npz"]),
}


@pytest.mark.parametrize("what", METRICS)
def test_metrics_are_checked_field_by_field(folder, what):
    change = METRICS[what]
    if what == "a list":
        (folder / "metrics.json").write_text("[]")
    else:
        edit(folder, change)
    with pytest.raises(UserError, match=r"metrics\.json"):
        run_files.load(folder)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 50_000, "9" * 10_000, "1e99999", '"' + "x" * 2_000_000 + '"', "\0", "{", "nul"],
)
def test_hostile_json_is_refused(folder, text):
    (folder / "metrics.json").write_text(text)
    with pytest.raises(UserError, match=r"metrics\.json"):
        run_files.load(folder)


# Fuzzing


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory) -> Path:
    folder = save(tmp_path_factory.mktemp("fuzz"))
    edit(folder, lambda metrics: metrics.pop("sha256"))
    return folder


def reads_or_explains(folder: Path) -> None:
    with contextlib.suppress(UserError):
        run_files.load(folder)
        run_files.load_history(folder)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=2000, deadline=None)
def test_fuzzed_bytes_are_read_or_explained(fuzzed, draw):
    """Bytes changed, cut or put in anywhere in any file, with no sums to notice it."""
    path = fuzzed / draw.draw(st.sampled_from(FILES))
    content = path.read_bytes()
    start = draw.draw(st.integers(0, len(content)))
    end = draw.draw(st.integers(start, min(start + 8, len(content))))
    try:
        path.write_bytes(content[:start] + draw.draw(st.binary(max_size=8)) + content[end:])
        reads_or_explains(fuzzed)
    finally:
        path.write_bytes(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_fuzzed_metrics_are_read_or_explained(fuzzed, draw):
    """Any JSON value in the place of any field."""
    path = fuzzed / "metrics.json"
    content = path.read_bytes()
    metrics = json.loads(content)
    key = draw.draw(st.sampled_from([*metrics, "sha256"]))
    inner = metrics.get(key)
    if isinstance(inner, dict) and draw.draw(st.booleans()):
        inner[draw.draw(st.sampled_from(sorted(inner)))] = draw.draw(JSON)
    else:
        metrics[key] = draw.draw(JSON)
    try:
        path.write_text(json.dumps(metrics))
        reads_or_explains(fuzzed)
    finally:
        path.write_bytes(content)


# Replacing a run


def test_a_kill_between_the_two_renames_leaves_the_old_run_readable(folder):
    """The one moment at which the run has left its place and the new one has not yet come."""
    before = run_files.load(folder)
    folder.rename(run_files.previous(folder))
    again = run_files.load(folder)
    np.testing.assert_array_equal(again.weights, before.weights)
    run_files.load_history(folder)
    with run_files.writing(folder.parent):
        assert folder.exists()
    assert [path.name for path in folder.parent.iterdir()] == ["regular"]


def test_leftovers_are_cleared(folder):
    run_files.partial(folder).mkdir()
    (run_files.partial(folder) / "weights.npz").write_bytes(b"half")
    shutil.copytree(folder, run_files.previous(folder))
    with run_files.writing(folder.parent):
        pass
    assert [path.name for path in folder.parent.iterdir()] == ["regular"]


def test_an_error_while_writing_leaves_the_old_run(folder, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(
        np, "savez_compressed", lambda *a, **k: (_ for _ in ()).throw(OSError(28, "No space"))
    )
    with pytest.raises(UserError, match=r"No space.*untouched"):
        save(folder.parent, seed=5)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["regular"]


def test_two_writers_of_one_folder_are_kept_apart(tmp_path):
    pytest.importorskip("fcntl", reason="no file locks on this system")
    code = "import run_files, pathlib, sys\nwith run_files.writing(pathlib.Path(sys.argv[1])): pass"
    with run_files.writing(tmp_path):
        other = subprocess.run(
            [sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True
        )
        assert "UserError: another experiment is writing" in other.stderr
    other = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert other.returncode == 0


@pytest.mark.parametrize("place", ["a file", "below a file"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    target = tmp_path / "file" if place == "a file" else tmp_path / "file" / "results"
    with pytest.raises(UserError, match="--results-dir") as error, run_files.writing(target):
        pass
    assert str(target) in str(error.value)
    assert (tmp_path / "file").read_text() == "in the way"
