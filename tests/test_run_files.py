"""The files of a run: round trip, damage of every kind, the mend that an error names, and fuzzing."""

import contextlib
import json
import shlex
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, bytes_of
from hypothesis import given
from hypothesis import strategies as st
from synthetic_runs import ATTACKS, PARSERS, contents, draw, save, settings

from support import runs as run_files
from support.disk import holding, sha256
from support.options import Parser, UserError, add_runs, config, runs_folder, settings_of

RESULTS = ROOT / "results"


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
    options = ["--seed", 3, "--digits", 4, 9]
    saved = contents(draw(3, 0.1), 0.1, settings(0.1, *options), ATTACKS)
    folder = save(tmp_path, 3, 0.1, *options)
    assert folder == tmp_path / "robust_0.1"
    run = run_files.load(folder)
    assert (run.model, run.epsilon, run.digits) == ("robust", 0.1, (4, 9))
    assert (run.config["seed"], run.history, run.final) == (3, saved["history"], saved["final"])
    assert run.changed == {"digits": "4_9", "seed": "3"}
    for name, array in {"weights": saved["weights"], **saved["batches"]}.items():
        np.testing.assert_array_equal(run.trajectory[name], array)
    for name, array in saved["attack"].items():
        np.testing.assert_array_equal(getattr(run, name), array)
    np.testing.assert_array_equal([*run.weights, run.bias], saved["weights"][-1])
    assert bytes_of(folder) == bytes_of(save(tmp_path / "again", 3, 0.1, *options))


@pytest.mark.parametrize("reads", range(5))
def test_a_run_that_comes_while_another_is_read_is_whole(folder, reads, monkeypatch):
    """A newer run takes its place before the reader's first, second ... or after its last file."""
    plain, done = run_files.read, []

    def read(path: Path) -> bytes:
        if len(done) == reads:
            monkeypatch.setattr(run_files, "read", plain)
            save(folder.parent, seed=2)
        done.append(path)
        return plain(path)

    monkeypatch.setattr(run_files, "read", read)
    assert run_files.load(folder).config["seed"] == (1 if reads == len(run_files.FILES) + 1 else 2)


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


# Where runs lie


@pytest.fixture
def results(tmp_path, monkeypatch) -> Path:
    """Another folder in the place of results/, and a link to it."""
    (tmp_path / "results").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "results")
    monkeypatch.setattr("command_line.RESULTS", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("", ""),
        ("--graph --digits 0 1 --learning-rate 0.0001", ""),
        ("--epsilons 0.3 0.1", ""),
        ("--epsilons 0.1 0.15", "epsilons=0.1_0.15"),
        ("--digits 1 0", "1_vs_0"),
        ("--seed 7 --epsilons 0.15", "seed=7"),
        ("--epochs 1 --digits 4 9", "4_vs_9,epochs=1"),
        (
            "--learning-rate 0.1 --batch-size 1 --initializer zeros",
            "batch_size=1,initializer=zeros,learning_rate=0.1",
        ),
    ],
)
def test_changed_settings_name_the_folder_and_results_is_for_the_posts_alone(options, name, results):
    options = PARSERS["robust"].parse_args(options.split())
    assert runs_folder("robust", options) == results / name
    for folder in (results, Path("results"), Path("link")):
        options.results_dir = folder
        if name:
            with pytest.raises(UserError, match=f"post's settings alone.*{name}"):
                runs_folder("robust", options)
        else:
            assert runs_folder("robust", options) == folder
    options.results_dir = Path("red_vs_blue")
    assert runs_folder("robust", options) == Path("red_vs_blue")


def test_readers_look_where_the_experiments_write_and_draw_beside_it(results):
    parser = Parser("Reads.")
    add_runs(parser)
    for digits in ((0, 1), (7, 9)):
        written = runs_folder("robust", PARSERS["robust"].parse_args(["--digits", *map(str, digits)]))
        assert runs_folder("regular", parser.parse_args(["--digits", *map(str, digits)])) == written
    with pytest.raises(SystemExit):
        parser.parse_args(["--digits", "7", "9", "--results-dir", "elsewhere"])
    for folder in (results, Path("results"), Path("link")):
        assert run_files.figures_folder(folder) == ROOT / "plots"
    assert run_files.figures_folder(written) == written / "plots"


def test_the_robust_runs_that_lie_there_are_taken_by_their_size(results):
    for epsilon in (0.25, 0.0, 10.0, 1e-05):
        save(results / "other", 1, epsilon)
    (results / "other" / "robust_old").mkdir()
    assert [run.epsilon for run in run_files.load_models(results / "other")] == [0, 1e-05, 0.25, 10]
    for epsilon in (0.0, 0.1, 0.15, 0.2, 0.3):
        save(results, 1, epsilon)
    assert [run.epsilon for run in run_files.load_models(Path("link"))] == [0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("option", "other"),
    [
        *product(["epochs=2", "digits=1_0", "seed=2", "batch_size=7"], [0.0, 0.1, 0.2]),
        *product(["learning_rate=0.05"], [0.1, 0.2]),
    ],
)
def test_runs_with_other_settings_do_not_stand_together(tmp_path, option, other):
    """One of a regular and two robust runs is another's."""
    name, _, value = option.partition("=")
    for epsilon in (0.0, 0.1, 0.2):
        save(tmp_path, 1, epsilon)
    run_files.load_models(tmp_path)
    save(tmp_path, 1, other, f"--{name.replace('_', '-')}", *value.split("_"))
    two = ("robust_0.1", "robust_0.2") if name == "learning_rate" else ("regular", f"robust_{other or 0.1}")
    with pytest.raises(UserError, match=rf"{two[0]} and \S+{two[1]} differ in {name} \("):
        run_files.load_models(tmp_path)


def test_each_kind_of_model_may_have_its_own_learning_rate(tmp_path):
    save(tmp_path, 1, 0.0, "--learning-rate", 0.01, "--epochs", 2)
    with pytest.raises(UserError, match=r"experiment_robust.py --results-dir \S+ --epochs 2`"):
        run_files.load_models(tmp_path)
    save(tmp_path, 1, 0.1, "--learning-rate", 0.001, "--epochs", 2)
    assert [run.config["learning_rate"] for run in run_files.load_models(tmp_path)] == [0.01, 0.001]
    (tmp_path / "regular" / "metrics.json").unlink()
    with pytest.raises(UserError, match=r"experiment_regular.py --results-dir \S+ --epochs 2`"):
        run_files.load_models(tmp_path)


# Damage and its mend


CONFIG_IS_A_LIST = b'{"model": "regular", "epsilon": 0.0, "history": {}, "final": {}, "config": []}'
NO_RUN = [b"", b"\0", b"{", b"[]", b"{}", b"[" * 100_000, b"9" * 10_000, CONFIG_IS_A_LIST]


@pytest.mark.parametrize("name", ["metrics.json", *run_files.FILES])
def test_a_damaged_file_is_named_with_the_command_that_makes_it(folder, name):
    path, other = folder / name, save(folder.parent / "other", 9, 0.2) / name
    content = path.read_bytes()
    for damaged in (content[:-9], content[: len(content) // 2], other.read_bytes(), *NO_RUN):
        path.write_bytes(damaged)
        assert "experiment_regular.py --results-dir" in unusable(folder, name)
    path.unlink()
    assert "experiment_regular.py --results-dir" in unusable(folder, name)
    assert run_files.load(save(folder.parent)).epsilon == 0
    path.unlink()
    path.mkdir()
    unusable(folder, name)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("results", []),
        ("link", [0.1, 0.3]),
        ("results/4_vs_9", []),
        ("results/seed=7,initializer=zeros", []),
        ("results/epsilons=0.15_0.25", [0.15, 0.25]),
        ("red_vs_blue", [0.15, 0.3]),
        ("a  space, a 'quote'", [0.0, 0.15]),
    ],
)
def test_the_command_in_an_error_makes_what_is_missing_where_it_was_looked_for(results, name, there):
    """And nothing else, with the settings of the folder's name or of the runs there, until all are there."""
    folder, named = Path(name), settings_of(Path(name).name)
    options = [] if folder.resolve() == results or "epsilons" in name else ["--digits", 3, 8, "--epochs", 2]
    for epsilon in there:
        save(folder, 1, epsilon, *options)
    for epsilon in there[1:]:
        (folder / run_files.run_name(epsilon) / "weights.npz").unlink()
    made = []
    while True:
        try:
            runs = run_files.load_models(folder)
            break
        except UserError as error:
            python, script, *words = shlex.split(str(error).split("`")[1])
            assert Path(python).samefile(sys.executable)
            model = Path(script).stem.removeprefix("experiment_")
            parsed = PARSERS[model].parse_args(words)
            with holding(runs_folder(model, parsed)) as where:
                assert where.resolve() == folder.resolve()
                for epsilon in getattr(parsed, "epsilons", [0.0]):
                    arguments = contents(draw(1, epsilon), epsilon, config(parsed), ATTACKS)
                    run_files.save(where, **arguments)
                    made.append(epsilon)
    the_posts = not there or folder.resolve() == results
    wanted = [0.0, 0.1, 0.2, 0.3] if the_posts else sorted({0.0, *there})
    assert [run.epsilon for run in runs] == wanted
    assert made == [epsilon for epsilon in wanted if epsilon not in there[:1]]
    if options and there:
        named = {"digits": "3_8", "epochs": "2"}
    assert [run.changed for run in runs] == [named] * len(runs)


def with_sums(folder: Path) -> None:
    """Let metrics.json vouch for whatever is there."""
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["sha256"] = {name: sha256((folder / name).read_bytes()) for name in run_files.FILES}
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
def fuzzed(tmp_path_factory) -> tuple[Path, dict[str, bytes]]:
    folder = save(tmp_path_factory.mktemp("fuzz"))
    return folder, bytes_of(folder)


@given(
    name=st.sampled_from(["metrics.json", *run_files.FILES]),
    place=st.integers(0, 100_000),
    length=st.integers(0, 8),
    put_in=st.binary(max_size=8),
)
def test_fuzzed_bytes_are_read_or_explained(fuzzed, name, place, length, put_in):
    """Bytes changed, cut or put in anywhere in any file, which metrics.json vouches for."""
    folder, before = fuzzed
    place %= len(before[name]) + 1
    fuzz = before[name][:place] + put_in + before[name][place + length :]
    for file, content in {**before, name: fuzz}.items():
        (folder / file).write_bytes(content)
    if name != "metrics.json":
        with_sums(folder)
    with contextlib.suppress(UserError):
        run_files.load(folder)
