"""Command lines under fuzzing, and the one-line errors."""

import contextlib
import errno
import io
import math

import pytest
from conftest import assert_one_line_error, run
from hypothesis import given, settings
from hypothesis import strategies as st

import command_line
from command_line import Stopwatch, UserError, one_line_errors

OPTIONS = ["--epochs", "--batch-size", "--learning-rate", "--seed", "--initializer", "--source", "--epsilons"]
WORDS = st.one_of(
    st.sampled_from([*OPTIONS, "--graph", "--results-dir", "--epoch", "--", "-", "-1", "0", "1e999", "nan"]),
    st.sampled_from(["zeros", "bundled", "tfds", "10", "0.1", "٣", "1_000", " 5 ", "0x10", "", "\0", "ε"]),
    st.integers().map(str),
    st.floats().map(str),
    st.text(max_size=20),
)


def parse(arguments: list[str]):
    parser = command_line.experiment_parser("An experiment.", learning_rate=0.1)
    parser.add_argument("--epsilons", type=command_line.positive_number, nargs="+", default=[0.1])
    return parser.parse_args(arguments)


@given(st.lists(st.one_of(WORDS, st.tuples(st.sampled_from(OPTIONS), WORDS)), max_size=8))
@settings(max_examples=2000, deadline=None)
def test_any_arguments_give_sound_settings_or_one_line(words):
    arguments = [part for word in words for part in (word if isinstance(word, tuple) else (word,))]
    stderr, stdout = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stderr(stderr), contextlib.redirect_stdout(stdout):
            settings = parse(arguments)
    except SystemExit as end:
        if end.code == 0:  # --help or an abbreviation of nothing: the help went to stdout
            assert stdout.getvalue()
        else:
            assert stderr.getvalue().startswith("error: ")
            assert stderr.getvalue().count("\n") == 1
        return
    assert settings.epochs >= 1
    assert settings.batch_size >= 1
    assert 0 <= settings.seed < 2**32
    for number in (settings.learning_rate, *settings.epsilons):
        assert 0 < number < math.inf
    assert settings.initializer in ("glorot_uniform", "zeros")
    assert settings.source in ("bundled", "tfds")


BAD = [
    *[["--epochs", value] for value in ("0", "-1", "1.5", "ten", "nan", "")],
    *[["--batch-size", value] for value in ("0", "-100", "inf")],
    *[["--learning-rate", value] for value in ("0", "-0.1", "nan", "inf", "1e999", "fast")],
    *[["--seed", value] for value in ("-1", "0.5", str(2**32))],
    ["--initializer", "ones"],
    ["--source", "kaggle"],
    ["--unknown"],
    ["stray"],
]


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_settings_are_named(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        parse(arguments)
    assert end.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert arguments[0] in message


@pytest.mark.parametrize("epsilons", [["0"], ["-0.1"], ["inf"], ["x"], ["0.1", "0.10"], []])
def test_bad_epsilons_are_refused_before_anything_starts(epsilons, tmp_path):
    process = run("experiment_robust.py", "--results-dir", tmp_path / "new", "--epsilons", *epsilons)
    assert_one_line_error(process, "--epsilons")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("script", ["experiment_regular.py", "experiment_robust.py", "compare.py", "plots"])
def test_help_answers_without_tensorflow(script):
    process = run(script, "--help", PYTHONPROFILEIMPORTTIME="1")
    assert process.returncode == 0
    assert "--results-dir" in process.stdout
    assert "tensorflow" not in process.stderr  # where Python lists what it imports


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UserError("too bad:\nmend it"), 1, "error: too bad: mend it\n"),
        (OSError(errno.ENOSPC, "No space left on device", "x.npz"), 1, "error: x.npz: No space left"),
        (MemoryError(), 1, "error: out of memory"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_errors_end_in_one_line(error, code, message, capsys):
    with pytest.raises(SystemExit) as end, one_line_errors():
        raise error
    assert end.value.code == code
    printed = capsys.readouterr().err
    assert printed.startswith(message)
    assert printed.count("\n") == 1


def test_a_mistake_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), one_line_errors():
        1 / 0  # noqa: B018


def test_stopwatch_adds_laps_of_the_same_phase(monkeypatch):
    times = iter([0.0, 1.0, 3.0, 7.0])
    monkeypatch.setattr(command_line.time, "perf_counter", lambda: next(times))
    stopwatch = Stopwatch()
    for phase in ("training", "attack", "training"):
        stopwatch.lap(phase)
    assert str(stopwatch) == "seconds: training 5.0, attack 2.0, total 7.0"
