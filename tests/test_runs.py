"""The files of a run: round trip, runs that can't stand together, damage of every kind."""

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import bytes_of
from synthetic_runs import contents, save

from support import disk, options
from support.options import UserError
from support.runs import FILES, METRICS, load, load_models

ALL_FILES = (disk.SUMS, *FILES)


@pytest.fixture
def folder(tmp_path) -> Path:
    return save(tmp_path)


def unusable(folder: Path, *words: str) -> None:
    """The run is refused with these words, and with what to do."""
    with pytest.raises(UserError) as error:
        load(folder)
    for word in (*words, str(folder), "make the run again"):
        assert word in str(error.value)


def vouch(folder: Path) -> None:
    """Let the list of sums vouch for whatever lies there."""
    disk.write_sums(folder, [folder / name for name in FILES])


def test_what_is_saved_is_what_is_loaded(tmp_path):
    made = (3, 0.1, "--digits", 4, 9)
    saved, folder = contents(*made), save(tmp_path, *made)
    assert folder == tmp_path / "robust_0.1"
    run = load(folder)
    assert (run.model, run.epsilon, run.digits) == ("robust", 0.1, (4, 9))
    assert (run.history, run.final) == (saved["history"], saved["final"])
    assert run.changed == {"digits": "4_9", "seed": "3"}
    for name, array in saved["trajectory"].items():
        np.testing.assert_array_equal(run.trajectory[name], array)
    for name, array in saved["attack"].items():
        np.testing.assert_array_equal(getattr(run, name), array)
    np.testing.assert_array_equal(run.weights, saved["trajectory"]["weights"][-1])
    assert run.bias == saved["trajectory"]["biases"][-1]
    assert bytes_of(folder) == bytes_of(save(tmp_path / "again", *made))


@pytest.mark.parametrize("reads", range(2 * len(ALL_FILES) + 1))
def test_a_run_that_comes_while_another_is_read_is_whole(folder, reads, monkeypatch):
    """A newer run takes its place before the reader's first look for a file, its second ..."""
    plain, left = Path.read_bytes, [*range(reads)]

    def read_bytes(path: Path) -> bytes:
        if not left:
            monkeypatch.undo()
            save(folder.parent, seed=2)
        left[:1] = []
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert load(folder).config["seed"] == (1 if Path.read_bytes is read_bytes else 2)


# Several runs


def test_the_committed_runs_were_made_with_the_settings_of_the_code(models):
    """Else the error says which were others, and that `make` makes them again."""
    assert [run.epsilon for run in models] == [0, *options.POST["robust"]["epsilons"]]


def test_the_robust_runs_that_lie_there_are_taken_by_their_size(tmp_path, monkeypatch):
    for epsilon in (0.25, 0.0, 1.0, 1e-05):
        save(tmp_path, 1, epsilon)
    for name in ("robust_old", "robust_0.250", "robust_2.0"):
        (tmp_path / name).mkdir()
    assert [run.epsilon for run in load_models(tmp_path)] == [0, 1e-05, 0.25, 1]
    monkeypatch.setattr(options, "RESULTS", tmp_path)  # then only the post's are looked for
    for epsilon in options.POST["robust"]["epsilons"]:
        save(tmp_path, 1, epsilon)
    assert [run.epsilon for run in load_models(tmp_path)] == [0, 0.1, 0.2, 0.3]
    save(tmp_path, 2, 0.2)
    with pytest.raises(UserError, match=r"robust_0.2 was made with seed=2, .*`make`"):
        load_models(tmp_path)


@pytest.mark.parametrize(
    ("option", "other", "apart"),
    [
        ("--epochs 2", 0.0, ("regular", "robust_0.1")),
        ("--digits 1 0", 0.1, ("regular", "robust_0.1")),
        ("--learning-rate 0.05", 0.2, ("robust_0.1", "robust_0.2")),
    ],
)
def test_runs_with_other_settings_do_not_stand_together(tmp_path, option, other, apart):
    """One of a regular and two robust runs is another's. (Regular training has its own learning rate.)"""
    save(tmp_path, 1, 0.0, "--learning-rate", 0.01)
    for epsilon in (0.1, 0.2):
        save(tmp_path, 1, epsilon)
    assert load_models(tmp_path)[0].config["learning_rate"] == 0.01
    save(tmp_path, 1, other, *option.split())
    name = option.split()[0].strip("-").replace("-", "_")
    with pytest.raises(UserError, match=rf"{apart[0]} and \S+{apart[1]} differ in {name} \("):
        load_models(tmp_path)


def test_a_setting_that_a_stored_run_lacks_had_the_posts_value(folder):
    """And one that the code lacks can't be ignored."""
    metrics = json.loads((folder / METRICS).read_bytes())
    for config in ({"seed": 5, "digits": [0, 1]}, {"seed": 5, "norm": "l2"}):
        (folder / METRICS).write_text(json.dumps({**metrics, "config": config}))
        vouch(folder)
        if "norm" in config:
            unusable(folder, "unknown here, norm")
        else:
            assert load(folder).changed == {"seed": "5"}


# Damage


CONFIG_IS_A_LIST = b'{"model": "regular", "epsilon": 0.0, "history": {}, "final": {}, "config": []}'
NO_RUN = [b"", b"\0", b"[]", b"{}", b"[" * 100_000, CONFIG_IS_A_LIST]


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_damaged_or_missing_file_is_named(folder, name):
    path, other = folder / name, save(folder.parent / "other", 9, 0.2) / name
    content = path.read_bytes()
    for damaged in (content[:-9], content.replace(b"2", b"7"), other.read_bytes(), *NO_RUN):
        path.write_bytes(damaged)
        unusable(folder, "damaged" if name != disk.SUMS else "")
        if name != disk.SUMS:  # and where the list of sums vouches for it
            vouch(folder)
            with contextlib.suppress(UserError):
                load(folder)
    path.unlink()
    unusable(folder, name, "No such file")
    assert load(save(folder.parent)).epsilon == 0
    unusable(folder.rename(folder.parent / "robust_0.1"), "another run than its folder")
