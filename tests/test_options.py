"""The settings and their options, the folders they name, and the one-line errors."""

import errno
from pathlib import Path

import pytest
from conftest import ROOT

from support import options
from support.options import Parser, UserError, add_runs, one_line_errors, runs_folder

ROBUST = options.experiment_parser("Trains.", "robust")
BAD = [
    *["--epochs=0", "--epochs=1.5", "--epochs=", "--batch-size=inf", "--learning-rate=nan", "--seed=-1"],
    *[f"--seed={2**31}", "--initializer=ones", "--unknown", "stray", "--results-dir=", "--epsilons 1.01"],
    *["--epoch 3", "--learning-rate=1e999", "--epochs=ε", "--digits 4", "--digits 4 4", "--digits 0 10"],
    *["--epsilons 0", "--epsilons 0.1 0.10"],
]


@pytest.mark.parametrize("arguments", BAD)
def test_bad_settings_are_named(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        ROBUST.parse_args(arguments.split(" "))
    message = capsys.readouterr().err
    assert (end.value.code, message.count("\n")) == (2, 1)
    assert arguments.replace("=", " ").split()[0] in message


# Folders


@pytest.fixture
def results(tmp_path, monkeypatch) -> Path:
    """Another folder in the place of results/, and a link to it."""
    (tmp_path / "results").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "results")
    monkeypatch.setattr(options, "RESULTS", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("--graph --digits 0 1 --learning-rate 0.0001 --epsilons 0.3 0.1", ""),
        ("--epsilons 0.1 0.15", "epsilons=0.1_0.15"),
        ("--digits 1 0", "1_vs_0"),
        ("--seed 7 --epsilons 0.15", "seed=7"),
        ("--epochs 1 --digits 4 9", "4_vs_9,epochs=1"),
        ("--learning-rate 0.1 --initializer zeros", "initializer=zeros,learning_rate=0.1"),
    ],
)
def test_changed_settings_name_the_folder_and_results_is_for_the_posts_alone(words, name, results):
    found = ROBUST.parse_args(words.split())
    assert runs_folder("robust", found) == results / name
    for folder in (results, Path("results"), Path("link")):
        found.results_dir = folder
        if name:
            with pytest.raises(UserError, match=f"post's settings alone.*{name}"):
                runs_folder("robust", found)
        else:
            assert runs_folder("robust", found) == folder
    found.results_dir = Path("red_vs_blue")
    assert runs_folder("robust", found) == Path("red_vs_blue")


def test_readers_look_where_the_experiments_write_and_draw_beside_it(results):
    parser = Parser("Reads.")
    add_runs(parser)
    for digits in (["0", "1"], ["7", "9"]):
        written = runs_folder("robust", ROBUST.parse_args(["--digits", *digits]))
        assert runs_folder("regular", parser.parse_args(["--digits", *digits])) == written
    assert options.figures_folder(Path("link")) == ROOT / "plots"
    assert options.figures_folder(written) == written / "plots"


@pytest.mark.parametrize("epsilon", [0.1, 0.15, 1 / 3, 1e-05, 1.0])
def test_a_run_is_found_by_the_name_it_was_given_and_by_no_other(epsilon):
    name = options.run_name(epsilon)
    assert options.run_epsilon(name) == epsilon
    padded = [name.replace("robust_", "robust_0"), f"{name} ", "robust_0.10", "robust_.5"]
    for other in (*padded, "regular", "robust_2.0", "robust_nan", "robust_"):
        assert options.run_epsilon(other) is None


# Errors


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UserError("a  name too bad:\nmend it"), "a  name too bad: mend it"),
        (OSError(errno.ENOSPC, "No space left", "x.npz"), f"[Errno {errno.ENOSPC}] No space left: 'x.npz'"),
    ],
)
def test_errors_end_in_one_line(error, message, capsys):
    """And what Ctrl-C makes fail in turn is an interrupt."""
    with pytest.raises(SystemExit) as end, one_line_errors():
        raise error
    assert (end.value.code, capsys.readouterr().err) == (1, f"error: {message}\n")
    with pytest.raises(SystemExit) as end, one_line_errors():
        try:
            raise KeyboardInterrupt
        finally:
            raise error
    assert (end.value.code, capsys.readouterr().err.split(":")[0]) == (130, "interrupted")


def test_a_mistake_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), one_line_errors():
        1 / 0  # noqa: B018
