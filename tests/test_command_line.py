"""Command lines under fuzzing, and the one-line errors."""

import contextlib
import errno
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import experiment_regular
import experiment_robust
from support.options import UserError, one_line_errors

POST = {"digits": (0, 1), "epochs": 10, "batch_size": 100, "seed": 1, "initializer": "glorot_uniform"}
OPTIONS = ["--digits", "--epochs", "--batch-size", "--learning-rate", "--seed", "--initializer", "--epsilons"]
WORDS = st.one_of(
    st.sampled_from([*OPTIONS, "--graph", "--results-dir", "--epoch", "--", "-", "-1", "0", "1e999", "nan"]),
    st.sampled_from(["zeros", "4", "9", "10", "0.1", "٣", "1_000", " 5 ", "0x10", "", "\0", "ε"]),
    st.integers().map(str),
    st.floats().map(str),
    st.text(max_size=20),
)


@given(st.lists(st.one_of(WORDS, st.tuples(st.sampled_from(OPTIONS), WORDS)), max_size=8))
def test_any_arguments_give_sound_settings_or_one_line(words):
    arguments = [part for word in words for part in (word if isinstance(word, tuple) else (word,))]
    stderr, stdout = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stderr(stderr), contextlib.redirect_stdout(stdout):
            options = experiment_robust.parser.parse_args(arguments)
    except SystemExit as end:
        if end.code == 0:  # --help
            assert stdout.getvalue()
        else:
            assert stderr.getvalue().startswith("error: ")
            assert stderr.getvalue().count("\n") == 1
        return
    assert min(options.epochs, options.batch_size) >= 1
    assert options.seed >= 0
    assert all(0 < number < math.inf for number in (options.learning_rate, *options.epsilons))
    assert options.initializer in ("glorot_uniform", "zeros")
    assert len(set(options.digits) & set(range(10))) == 2


BAD = [
    *["--epochs=0", "--epochs=1.5", "--epochs=", "--batch-size=inf", "--learning-rate=nan"],
    *["--seed=-1", f"--seed={2**31}", "--initializer=ones", "--unknown", "stray"],
    *["--digits 4", "--digits 4 4", "--digits 0 10", "--digits -1 1", "--epsilons 0", "--epsilons 0.1 0.10"],
]


@pytest.mark.parametrize("arguments", BAD)
def test_bad_settings_are_named(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        experiment_robust.parser.parse_args(arguments.split(" "))
    message = capsys.readouterr().err
    assert (end.value.code, message.count("\n")) == (2, 1)
    assert arguments.replace("=", " ").split()[0] in message


@pytest.mark.parametrize(("script", "rate"), [(experiment_regular, 0.1), (experiment_robust, 0.0001)])
def test_the_defaults_are_those_of_the_post_and_the_help_shows_them(script, rate):
    options = vars(script.parser.parse_args([]))
    assert options.items() >= {**POST, "learning_rate": rate, "graph": False}.items()
    assert options.get("epsilons") == {experiment_robust: (0.1, 0.2, 0.3)}.get(script)
    text = script.parser.format_help()
    assert "--results-dir" in text
    for name, value in options.items():
        assert f"--{name.replace('_', '-')}" in text
        assert f"(default: {value})" in " ".join(text.split())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UserError("a  name too bad:\nmend it"), "error: a  name too bad: mend it\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "x.npz"),
            "error: x.npz: No space left on device\n",
        ),
        (MemoryError(), "error: out of memory: close other programs or choose smaller settings\n"),
    ],
)
@pytest.mark.parametrize("interrupted", [False, True])
def test_errors_end_in_one_line(error, message, interrupted, capsys):
    """What Ctrl-C makes fail in turn is an interrupt."""
    with pytest.raises(SystemExit) as end, one_line_errors():
        try:
            if interrupted:
                raise KeyboardInterrupt
        finally:
            raise error
    assert end.value.code == (130 if interrupted else 1)
    said = "interrupted: the last complete results are in place\n" if interrupted else message
    assert capsys.readouterr().err == said


def test_a_mistake_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), one_line_errors():
        1 / 0  # noqa: B018
