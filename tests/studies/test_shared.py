"""What the studies share: files, what is stale, models, work, drawing."""

import operator
import os
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import assert_one_line_error, call, run, strikes
from matplotlib import pyplot as plt

from studies import __main__ as command
from studies.shared import drawing, files, images, models, pages, work
from support import options
from support.options import RESULTS, ROOT, UserError
from support.runs import load

LOST = r"missing, damaged or not of these numbers: run `.*python\S* -m studies some`"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "HERE", tmp_path)
    (tmp_path / "some").mkdir()
    return tmp_path / "some"


# Numbers and arrays


def test_numbers_come_back_with_ten_digits_and_never_as_nan(folder):
    numbers = {
        0.1: np.float64(1) / 3,
        "counts": np.arange(40),
        "deep": [{"x": True}],
        "long": {"y": ["z" * 99]},
    }
    files.write("some", numbers, {}, {"settings": "12"})
    found = files.numbers("some")
    assert found == {
        "0.1": 0.3333333333,
        "counts": [*range(40)],
        "deep": [{"x": True}],
        "long": {"y": ["z" * 99]},
    }
    assert found.deep[0].x is True
    text = (folder / "results.json").read_text()
    assert text.startswith('{\n "made_from": {"settings": "12"},\n') and text.endswith("\n}\n")
    assert f' "counts": {[*range(40)]},' in text.splitlines()
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write("some", {"bad": np.nan}, {"new": np.arange(3)}, {})
    assert (folder / "results.json").read_text() == text
    assert not files.arrays("some") and {path.name for path in folder.iterdir()} == {
        "results.json",
        "arrays.npz",
    }


@pytest.mark.parametrize("text", [None, "{", "[]", "\xff"])
def test_missing_numbers_name_the_command_that_makes_them(folder, text):
    if text:
        (folder / "results.json").write_text(text, "latin-1")
    with pytest.raises(UserError, match=LOST):
        files.numbers("some")


@pytest.mark.parametrize("fault", ["gone", "damaged", "foreign", "unknown name"])
def test_missing_damaged_or_foreign_arrays_name_the_command(folder, fault):
    path = folder / "arrays.npz"
    files.write("some", {}, {"there": np.arange(4)}, {})
    foreign = path.read_bytes()
    files.write("some", {}, {"there": np.arange(3)}, {})
    assert files.arrays("some")["there"].tolist() == [0, 1, 2]
    if fault == "gone":
        path.unlink()
    elif fault != "unknown name":
        path.write_bytes(foreign if fault == "foreign" else path.read_bytes()[:-9])
    with pytest.raises(UserError, match=LOST):
        files.arrays("some")["there, too" if fault == "unknown name" else "there"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no POSIX system")
@pytest.mark.parametrize("kind", ["kill", "Ctrl-C"])
def test_a_strike_at_any_step_of_writing_leaves_the_old_pair_or_the_new_one(kind, folder):
    def write(step: int) -> None:
        files.write("some", {"seed": step}, {"seed": np.array(step)}, {})

    write(0)
    seeds = [0]
    for step in strikes(kind, write):
        files.content.cache_clear()
        seeds.append(files.numbers("some").seed)
        assert seeds[-1] == files.arrays("some")["seed"] and seeds[-1] in (seeds[-2], step)
    assert len(seeds) > 9 and seeds[-1] == step
    assert 2 < len(set(seeds)) - 1 < step  # some strikes came before the exchange, some after it


# What is stale


@pytest.fixture
def chapters(folder, monkeypatch):
    """Chapters "some", "reader" and "other"; their studies, whose computations are counted."""
    for name in ("reader", "other"):
        (folder.parent / name).mkdir()
    studies = {
        "some": SimpleNamespace(INPUTS={"things": {"one": 1}}, value=1.0, array=0),
        "reader": SimpleNamespace(READS=("some",), value=2.0, array=0),
        "other": SimpleNamespace(value=3.0, array=0),
    }
    made = []

    def compute(name: str) -> tuple[dict, dict]:
        made.append(name)
        return {"value": studies[name].value}, {"array": np.array(studies[name].array)}

    for name, study in studies.items():
        study.compute = partial(compute, name)
        monkeypatch.setitem(sys.modules, f"studies.{name}.study", study)
        figures = SimpleNamespace(draw=lambda numbers, arrays: {})
        monkeypatch.setitem(sys.modules, f"studies.{name}.figures", figures)
    monkeypatch.setattr(command, "STUDIES", tuple(studies))
    call(command.main, "other", "reader", "some")
    assert made == ["some", "reader", "other"]
    made.clear()
    return SimpleNamespace(**studies, made=made)


def test_what_is_made_is_not_stale_until_what_it_was_made_from_changes(chapters, folder, monkeypatch):
    def stale() -> dict[str, list[str]]:
        return {name: found for name in ("some", "reader", "other") if (found := files.stale(name))}

    assert stale() == {}
    chapters.some.INPUTS["things"]["two"] = 2
    assert stale() == {"some": ["things"]}
    command.make_numbers("some")
    assert stale() == {}, "the same numbers from more things: whoever reads them need not care"
    chapters.some.array = 1
    command.make_numbers("some")
    assert stale() == {"reader": ["some"]}
    command.make_numbers("reader")
    chapters.some.value = 1.5
    command.make_numbers("some")
    assert stale() == {"reader": ["some"]}
    command.make_numbers("reader")
    chapters.other.INPUTS = {"new": 1}
    assert stale() == {"other": ["new"]}
    del chapters.other.INPUTS
    (folder / "arrays.npz").unlink()
    assert stale() == {"some": ["files"]}
    with monkeypatch.context() as changed:
        changed.setattr(options, "POST", {**options.POST, "regular": {"learning_rate": 0.2}})
        assert stale() == {"some": ["files"], "reader": ["settings"], "other": ["settings"]}


def test_only_the_stale_is_made_again_in_order_and_the_rest_is_named(chapters, folder, capsys):
    (folder / "left_over.png").touch()
    chapters.some.INPUTS["things"].clear()
    call(command.main, "--stale")
    assert chapters.made == ["some"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "some         stale: things"
    assert [line.split(maxsplit=1) for line in lines[2:]] == [
        ["reader", "left: made from what is there"],
        ["other", "left: made from what is there"],
    ]
    assert not list(folder.glob("*.png"))
    chapters.some.value = 1.5
    chapters.some.INPUTS["things"]["two"] = 2
    call(command.main, "--stale")
    assert chapters.made == ["some", "some", "reader"]
    call(command.main, "--stale")
    call(command.main, "other", "--figures-only")
    assert chapters.made == ["some", "some", "reader"]


def shifted(by):
    return by + 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        ("1", 1),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([["a"], "b"], ["a", ["b"]]),
        (np.arange(3), np.arange(3.0)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (partial(shifted, 1), partial(shifted, 2)),
        (partial(shifted, by=1), partial(shifted, by=2)),
        (shifted, files.numbers),
        (models.REGULAR, models.POST[1]),
        (ROOT / "mnist/zero_one/SHA256SUMS", ROOT / "mnist/original/SHA256SUMS"),
    ],
)
def test_different_inputs_are_told_apart(one, other):
    assert files.described(one) == files.described(one) != files.described(other) == files.described(other)


@pytest.mark.parametrize("thing", [object(), {1, 2}, SimpleNamespace(a=1)])
def test_what_has_no_text_of_its_own_is_no_input(thing):
    with pytest.raises(TypeError, match="an INPUT can't be"):
        files.described({"thing": [thing]})


# And the rest


def test_pages_with_lost_numbers_are_not_made(folder, refused):
    refused(1, ["missing, damaged", "-m studies digits"], pages.main)


def test_without_their_packages_studies_say_so():
    lack = "import importlib.util as util; util.find_spec = {}.get; import explorer.build"
    assert_one_line_error(run("-c", lack), "no joblib here", "make test-environment")


def test_starts_are_the_experiments():
    stored = load(RESULTS / "regular").trajectory
    np.testing.assert_array_equal(models.start(1), [*stored["weights"][0], stored["biases"][0]])
    assert np.abs(models.start(1) - models.start(7)).max() > 0.05
    assert options.POST["regular"]["learning_rate"] == models.REGULAR.learning_rate


def test_pairs_are_labelled_by_their_digits():
    pixels, digits = np.arange(6 * 784).reshape(6, 784) % 256, np.array([3, 7, 1, 3, 7, 9])
    found, labels = images.of_pair(pixels.astype(np.uint8), digits, (3, 7))
    np.testing.assert_array_equal(labels, [-1, 1, -1, 1])
    np.testing.assert_allclose(found * 255, pixels[[0, 1, 3, 4]], rtol=1e-6)


@pytest.mark.slow
def test_work_keeps_the_order_and_is_silent(capfd):
    assert work.spread(operator.mul, [(2, value) for value in range(7)], "numbers") == [0, 2, 4, 6, 8, 10, 12]
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_what_makes_bytes_the_same_is_set_before_numpy_is_loaded():
    """And whatever the shell says: else another processor gives other last bits."""
    look = "import os, sys, studies; assert 'numpy' not in sys.modules; import studies.__main__, numpy\n"
    look += "from numpy._core._multiarray_umath import __cpu_features__ as features\n"
    look += "print(os.environ['OPENBLAS_CORETYPE'], features.get('X86_V4', False))"
    done = run("-c", look, OPENBLAS_CORETYPE="Zen", NPY_DISABLE_CPU_FEATURES="")
    assert (done.stdout, done.stderr) == ("Haswell False\n", "")


def test_an_unknown_study_is_answered_in_one_line(refused):
    refused(1, ["error: unknown study 'nothing': choose from digits"], command.main, "digits", "nothing")


def test_weights_are_black_for_the_second_digit_and_green_for_the_first():
    weights = np.zeros(784)
    weights[[0, 1]] = 2, -2
    shown = drawing.show_weights(plt.figure().add_subplot(), weights)
    red, green, blue, _ = np.moveaxis(shown.to_rgba(shown.get_array()), -1, 0)
    assert (red[0, 0], green[0, 0], blue[0, 0]) == (0, 0, 0)
    assert (red[0, 1], blue[0, 1]) == (0, 0) and green[0, 1] > 0.4
    assert red[5, 5] == green[5, 5] == blue[5, 5] > 0.99
