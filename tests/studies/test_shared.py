"""What the studies share: files, what is stale, and what a command says."""

import os
import sys
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import assert_one_line_error, call, run, strikes

from studies import __main__ as command
from studies.shared import files, pages
from studies.shared.accidents import ACCIDENTS
from support import options
from support.options import ROOT, UserError

LOST = r"missing, damaged or not of these numbers: run `.*python\S* -m studies some`"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "HERE", tmp_path)
    (tmp_path / "some").mkdir()
    return tmp_path / "some"


# Numbers and arrays


def test_numbers_come_back_with_ten_digits_and_never_as_nan(folder):
    there = {"counts": [*range(40)], "deep": [{"x": True}], "long": {"y": ["z" * 99]}}
    files.write("some", {0.1: np.float64(1) / 3, **there, "counts": np.arange(40)}, {}, {"settings": "12"})
    found = files.numbers("some")
    assert {**there, "0.1": 0.3333333333}.items() <= found.items()
    assert found.deep[0].x is True
    text = (folder / "results.json").read_text()
    assert f' "counts": {[*range(40)]},' in text.splitlines()
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write("some", {"bad": np.nan}, {"new": np.arange(3)}, {})
    assert (folder / "results.json").read_text() == text and not files.arrays("some")


@pytest.mark.parametrize(
    "text", [None, "{", "[]", "\xff", '{"x": 1, "arrays_sha256": ""}', '{"x": 1, "made_from": {}}']
)
def test_missing_numbers_name_the_command_that_makes_them(folder, text):
    if text:
        (folder / "results.json").write_text(text, "latin-1")
    with pytest.raises(UserError, match=LOST):
        files.numbers("some")


def test_missing_damaged_or_foreign_arrays_name_the_command(folder):
    path = folder / "arrays.npz"
    files.write("some", {}, {"there": np.arange(4)}, {})
    foreign = path.read_bytes()
    files.write("some", {}, {"there": np.arange(3)}, {})
    assert files.arrays("some")["there"].tolist() == [0, 1, 2]
    for content in (foreign, b"PK"):
        path.write_bytes(content)
        with pytest.raises(UserError, match=LOST):
            files.arrays("some")
    path.unlink()
    with pytest.raises(UserError, match=LOST):
        files.arrays("some")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no POSIX system")
@pytest.mark.parametrize("kind", ["kill", "Ctrl-C"])
def test_a_strike_at_any_step_of_writing_leaves_the_old_pair_or_the_new_one(kind, folder):
    def write(step: int) -> None:
        files.write("some", {"seed": step}, {"seed": np.array(step)}, {})

    write(0)
    seeds = [0]
    for step in strikes(kind, write):
        seeds.append(files.numbers("some").seed)
        assert seeds[-1] == files.arrays("some")["seed"] and seeds[-1] in (seeds[-2], step)
    assert len(seeds) > 9 and seeds[-1] == step
    assert 2 < len(set(seeds)) - 1 < step  # some strikes came before the exchange, some after it


# What is stale


@pytest.fixture
def chapters(folder, monkeypatch):
    """Chapters "some", "reader" and "other"; their studies, whose computations are counted."""
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
    return SimpleNamespace(**studies, made=made)


def test_what_is_stale_is_made_again_in_order_and_the_rest_is_named(chapters, folder, monkeypatch, capsys):
    def made_after(**changes) -> str:
        for name, value in changes.items():
            setattr(chapters.some, name, value)
        chapters.made.clear()
        call(command.main, "--stale")
        return " ".join(chapters.made)

    assert " ".join(chapters.made) == "some reader other"
    assert made_after() == ""
    (folder / "left_over.png").touch()
    capsys.readouterr()
    assert made_after(INPUTS={"things": {"one": 2}}) == "some", (
        "with the same numbers: its reader need not care"
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "some         stale: things"
    assert lines[2:] == [f"{name:12} left: made from what is there" for name in ("reader", "other")]
    assert not list(folder.glob("*.png"))
    assert made_after(array=1) == "", "its code is not among what it was made from"
    assert made_after(INPUTS={}) == made_after(value=1.5, INPUTS={"new": 1}) == "some reader"
    (folder / "arrays.npz").unlink()
    assert files.stale("some") == ["files"]
    assert made_after() == "some"
    monkeypatch.setattr(options, "POST", {**options.POST, "regular": {"learning_rate": 0.2}})
    assert made_after() == "some reader other"
    chapters.made.clear()
    call(command.main, "other", "--figures-only")
    assert not chapters.made


def test_an_accident_that_changes_makes_its_chapter_stale():
    """Told apart are its amounts, its code and its variants; of other inputs kinds, nesting and files."""
    moved, turned = ACCIDENTS["moved"], ACCIDENTS["turned"]
    changed = {"up": partial(moved.variants["up"].func, which=(-2, 0))}
    accidents = [moved, replace(moved, amounts=turned.amounts), replace(moved, variants=turned.variants)]
    accidents += [replace(moved, variants=moved.variants | changed), ACCIDENTS["noise"]]
    things = [*accidents, "1", 1, 1.0, [1, [2]], [[1], 2], *ROOT.glob("mnist/*/SHA256SUMS")]
    assert len({files.described(thing) for thing in things}) == len(things) == 12
    function = accidents[-1].variants[""]
    assert "scale=deviation" in files.described(function)


def test_what_has_no_text_of_its_own_is_no_input():
    with pytest.raises(TypeError, match="an INPUT can't be"):
        files.described({"thing": [object()]})


# And the rest


def test_pages_with_lost_numbers_are_not_made(folder, refused):
    refused(1, ["missing, damaged", "-m studies digits"], pages.main)


def test_without_their_packages_studies_say_so():
    lack = "import importlib.util as util; util.find_spec = {}.get; import explorer.build"
    assert_one_line_error(run("-c", lack), "no joblib here", "make test-environment")


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
