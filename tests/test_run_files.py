"""The files of a run: round trip, damage of every kind, the mend that an error names, and fuzzing."""

import bz2
import contextlib
import json
import shlex
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, bytes_of
from hypothesis import given
from hypothesis import strategies as st

import run_files
from command_line import POST, UserError, config, experiment_parser, runs_folder

RESULTS = ROOT / "results"
CONFIG_IS_A_LIST = '{"model": "regular", "epsilon": 0.0, "history": {}, "final": {}, "config": []}'
PARSERS = {model: experiment_parser("Trains.", model) for model in POST}


def contents(seed: int, epsilon: float, *options: object) -> dict:
    """Arguments for `save`: small, arbitrary, of the right shapes, with the settings of a command line."""
    random = np.random.default_rng(seed)
    epochs, images, grid = 2, 6, 3
    names = [(part, name) for part in ("train", "test") for name in ("loss", "accuracy")]
    parser = PARSERS["robust" if epsilon else "regular"]
    return {
        "epsilon": epsilon,
        "config": config(parser.parse_args(["--seed", str(seed), *map(str, options)])),
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


def save(results_dir: Path, seed: int = 1, epsilon: float = 0.0, *options: object) -> Path:
    with run_files.holding(results_dir):
        return run_files.save(results_dir, **contents(seed, epsilon, *options))


@pytest.fixture
def folder(tmp_path) -> Path:
    return save(tmp_path)


def unusable(folder: Path, name: str) -> str:
    """The command in the error that names this file of the run."""
    with pytest.raises(UserError) as error:
        run_files.load(folder)
    assert str(folder / name) in str(error.value)
    return str(error.value).split("`")[1]


def test_what_is_saved_is_what_is_loaded(tmp_path):
    saved = contents(3, 0.2, "--digits", 4, 9)
    folder = save(tmp_path, 3, 0.2, "--digits", 4, 9)
    assert folder == tmp_path / "robust_0.2"
    run = run_files.load(folder)
    assert (run.model, run.epsilon, run.digits) == ("robust", 0.2, (4, 9))
    assert (run.config["seed"], run.history, run.final) == (3, saved["history"], saved["final"])
    trace = {"weights": saved["weights"], **saved["batches"]}
    for name, array in trace.items():
        np.testing.assert_array_equal(run.trace[name], array)
    for name, array in saved["attack"].items():
        np.testing.assert_array_equal(getattr(run, name), array)
    np.testing.assert_array_equal([*run.weights, run.bias], saved["weights"][-1])
    assert bytes_of(folder) == bytes_of(save(tmp_path / "again", 3, 0.2, "--digits", 4, 9))


def test_the_committed_runs_hold_the_format():
    """Types and shapes, read without the project's own reader."""
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
        assert sum(map(len, bytes_of(RESULTS / name).values())) <= 1.5e6


def zip_file(entries: dict[str, bytes]) -> bytes:
    """A zip file as PKWARE's APPNOTE 6.3.10 prescribes it (4.3.7, 4.3.12, 4.3.16), with bzip2 (method 12).

    Nothing in it depends on who writes it: midnight of 1 January 1980, made by Unix, no extra fields.
    """
    body, directory = b"", b""
    for name, content in entries.items():
        packed = bz2.compress(content)
        midnight, first_of_january_1980 = 0, 1 << 5 | 1
        common = struct.pack("<HHHHH", 46, 0, 12, midnight, first_of_january_1980)  # 4.6 is needed for bzip2
        common += struct.pack("<IIIHH", zlib.crc32(content), len(packed), len(content), len(name), 0)
        owner_may_read_and_write = 0o600 << 16
        tail = struct.pack("<HHHII", 0, 0, 0, owner_may_read_and_write, len(body))
        directory += b"PK\1\2" + bytes([46, 3]) + common + tail + name.encode()
        body += b"PK\3\4" + common + name.encode() + packed
    count = len(entries)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end


@pytest.mark.parametrize(
    "path", sorted(RESULTS.glob("r*/*.npz")), ids=lambda path: str(path.relative_to(RESULTS))
)
def test_the_committed_arrays_are_what_the_zip_format_prescribes(path):
    """To the byte: no Python and no platform may write another file; NumPy's part is its format 1.0."""
    entries = {}
    with np.load(path) as archive:
        for name, array in archive.items():
            order = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
            text = "{" + "".join(f"'{key}': {value!r}, " for key, value in order.items()) + "}"
            head = text.ljust(-(len(text) + 11) % 64 + len(text)) + "\n"
            length = struct.pack("<H", len(head))
            entries[f"{name}.npy"] = b"\x93NUMPY\1\0" + length + head.encode() + array.tobytes()
    assert path.read_bytes() == zip_file(entries)


# Where runs lie


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("", ""),
        ("--graph --digits 0 1 --learning-rate 0.0001", ""),
        ("--epsilons 0.3 0.1", ""),
        ("--digits 4 9", "4_vs_9"),
        ("--digits 1 0", "1_vs_0"),
        ("--seed 7", "seed=7"),
        ("--epochs 1 --digits 4 9", "4_vs_9,epochs=1"),
        ("--epsilons 0.15 0.25 --initializer zeros", "initializer=zeros,epsilons=0.15_0.25"),
        ("--learning-rate 0.1 --batch-size 1", "batch_size=1,learning_rate=0.1"),
    ],
)
def test_changed_settings_name_the_folder_and_the_folder_the_settings(options, name):
    folder = runs_folder("robust", PARSERS["robust"].parse_args(options.split()))
    assert folder == RESULTS / name
    if name:
        command = unusable(folder / "robust_0.2", "metrics.json")
        script, again = command.removeprefix("python ").split(" ", 1)
        assert Path(script).name == "experiment_robust.py"
        again = PARSERS["robust"].parse_args(shlex.split(again))
        wanted = PARSERS["robust"].parse_args(options.split())
        assert config(again) == config(wanted)
        assert (again.results_dir.resolve(), again.epsilons) == (folder, (0.2,))


def test_results_is_for_the_posts_settings_alone(tmp_path):
    (tmp_path / "link").symlink_to(RESULTS)
    for model, folder in (("regular", RESULTS), ("robust", tmp_path / "link")):
        options = PARSERS[model].parse_args(["--results-dir", str(folder)])
        assert runs_folder(model, options) == folder
        options.seed = 7
        with pytest.raises(UserError, match=r"post's settings alone.*seed=7"):
            runs_folder(model, options)
        options.results_dir = tmp_path
        assert runs_folder(model, options) == tmp_path


def test_figures_of_results_go_to_plots_by_whatever_path(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    (tmp_path / "link").symlink_to(RESULTS)
    for folder in (RESULTS, Path("results"), tmp_path / "link"):
        assert run_files.figures_folder(folder) == ROOT / "plots"
    assert run_files.figures_folder(RESULTS / "4_vs_9") == RESULTS / "4_vs_9" / "plots"
    monkeypatch.setattr("command_line.RESULTS", tmp_path / "link")  # results/ itself a link
    assert run_files.figures_folder(tmp_path / "link") == ROOT / "plots"


def test_the_robust_runs_that_lie_there_are_taken_by_their_size(tmp_path):
    for epsilon in (0.25, 0.0, 10.0, 1e-05):
        save(tmp_path, epsilon=epsilon)
    (tmp_path / "robust_old").mkdir()
    assert [run.epsilon for run in run_files.load_models(tmp_path)] == [0, 1e-05, 0.25, 10]


@pytest.mark.parametrize(
    ("options", "name"),
    [(["--epochs", 1], "epochs"), (["--digits", 1, 0], "digits"), (["--learning-rate", 1], "learning_rate")],
)
def test_runs_with_other_settings_do_not_stand_together(tmp_path, options, name):
    save(tmp_path)
    save(tmp_path, 1, 0.1)
    save(tmp_path, 1, 0.2, *options)
    with pytest.raises(UserError, match=rf"regular and \S+robust_0\.2 differ in {name} \("):
        run_files.load_models(tmp_path)
    save(tmp_path, 1, 0.2)
    assert len(run_files.load_models(tmp_path)) == 3


# Damage and its mend


@pytest.mark.parametrize("how", ["missing", "truncated", "empty", "a folder", "of another run"])
@pytest.mark.parametrize("name", ["metrics.json", *run_files.FILES])
def test_a_damaged_file_is_named_with_the_command_that_makes_it(folder, name, how):
    path, other = folder / name, save(folder.parent / "other", 9, 0.2) / name
    content = path.read_bytes()
    path.unlink()
    if how == "a folder":
        path.mkdir()
    elif how != "missing":
        cut = content[: len(content) // 2]
        path.write_bytes({"truncated": cut, "empty": b"", "of another run": other.read_bytes()}[how])
    assert "experiment_regular.py --results-dir" in unusable(folder, name)


@pytest.mark.parametrize("results_dir", ["4_vs_9", "red_vs_blue", "a space, a 'quote'"])
def test_the_command_in_an_error_makes_what_is_missing_where_it_was_looked_for(tmp_path, results_dir):
    """And nothing else; with the settings of the runs beside it, until all that is asked for is there."""
    results_dir, made = tmp_path / results_dir, []
    save(results_dir, 5, 0.15, "--digits", 3, 8, "--epochs", 2)
    save(results_dir, 5, 0.3, "--digits", 3, 8, "--epochs", 2)
    (results_dir / "robust_0.3" / "weights.npz").unlink()
    while True:
        try:
            runs = run_files.load_models(results_dir)
            break
        except UserError as error:
            _, script, *options = shlex.split(str(error).split("`")[1])
            model = Path(script).stem.removeprefix("experiment_")
            parsed = PARSERS[model].parse_args(options)
            for epsilon in getattr(parsed, "epsilons", [0.0]):
                with run_files.holding(runs_folder(model, parsed)) as folder:
                    run_files.save(folder, **{**contents(0, epsilon), "config": config(parsed)})
                made.append(epsilon)
    assert made == [0, 0.3]
    assert [run.epsilon for run in runs] == [0, 0.15, 0.3]
    assert {(run.digits, run.config["epochs"], run.config["seed"]) for run in runs} == {((3, 8), 2, 5)}


@pytest.mark.parametrize(
    "text", ["[]", "[" * 100_000, "9" * 10_000, "\0", "{", "nul", "{}", CONFIG_IS_A_LIST]
)
def test_what_is_no_metrics_is_refused(folder, text):
    (folder / "metrics.json").write_text(text)
    unusable(folder, "metrics.json")
    assert run_files.load(save(folder.parent)).epsilon == 0


def with_sums(folder: Path) -> None:
    """Let metrics.json vouch for whatever is there."""
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["sha256"] = {name: run_files.sha256((folder / name).read_bytes()) for name in run_files.FILES}
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_pickle_is_never_loaded(folder, tmp_path):
    """An array of objects that would write a file when unpickled."""

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(folder / "weights.npz", w=np.array([Trap()] * 784), b=np.float32(0))
    with_sums(folder)
    unusable(folder, "weights.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory) -> Path:
    return save(tmp_path_factory.mktemp("fuzz"))


@given(st.data())
def test_fuzzed_bytes_are_read_or_explained(fuzzed, draw):
    """Bytes changed, cut or put in anywhere in any file, which metrics.json vouches for."""
    path, metrics = (
        fuzzed / draw.draw(st.sampled_from(["metrics.json", *run_files.FILES])),
        fuzzed / "metrics.json",
    )
    content, before = path.read_bytes(), metrics.read_bytes()
    start = draw.draw(st.integers(0, len(content)))
    end = draw.draw(st.integers(start, min(start + 8, len(content))))
    path.write_bytes(content[:start] + draw.draw(st.binary(max_size=8)) + content[end:])
    if path != metrics:
        with_sums(fuzzed)
    try:
        with contextlib.suppress(UserError):
            run_files.load(fuzzed)
    finally:
        path.write_bytes(content)
        metrics.write_bytes(before)


# Replacing


def test_an_error_while_writing_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.png"

    def replace(content: str, error: BaseException | None = None) -> None:
        with run_files.replacing(path) as partial:
            assert not partial.exists()
            partial.write_text(content)
            if error:
                raise error

    for content in ("old", "new"):
        replace(content)
        assert path.read_text() == content
    with pytest.raises(UserError, match=r"can't write .*No space left.*untouched"):
        replace("half", OSError(28, "No space left on device"))
    with pytest.raises(KeyboardInterrupt):
        replace("half", KeyboardInterrupt())
    assert path.read_text() == "new"
    assert [*tmp_path.iterdir()] == [path]


def test_a_folder_belongs_to_one_experiment_at_a_time(tmp_path):
    pytest.importorskip("fcntl", reason="no file locks on this system")
    with run_files.holding(tmp_path):
        with pytest.raises(UserError, match=r"another experiment is writing.*choose another folder"):
            save(tmp_path)
        save(tmp_path / "4_vs_9")
    save(tmp_path)
