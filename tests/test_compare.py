"""The tables of published against obtained."""

import json
import re

import pytest
import synthetic_runs
from conftest import ROOT, call

import compare

RESULTS = ROOT / "results"
RUNS = ("regular", "robust_0.1", "robust_0.2", "robust_0.3")


def cells(table: str) -> list[list[str]]:
    """The body of a Markdown table."""
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def cut(mistakes: int, count: int) -> str:
    """The accuracy in %, cut after two decimals, in whole numbers."""
    whole, hundredths = divmod(10_000 * (count - mistakes) // count, 100)
    return f"{whole}.{hundredths:02}"


@pytest.mark.parametrize("count", [2115, 12665, 1850, 2000])
def test_accuracies_are_cut_and_not_rounded(count):
    for mistakes in range(count + 1):
        assert compare.truncated(1 - mistakes / count) == cut(mistakes, count)
        assert compare.truncated((count - mistakes) / count) == cut(mistakes, count)


def test_the_tables_hold_the_runs_numbers_and_the_posts(capsys):
    call(compare.main)
    accuracies, images, last = capsys.readouterr().out.split("\n\n")
    published = [("99.64", "99.90", 2), ("99.81", "99.85", 3), ("99.64", "99.90", 2), ("99.37", "99.76", 5)]
    for row, name, (train, test, mistakes) in zip(cells(accuracies), RUNS, published, strict=True):
        metrics = json.loads((RESULTS / name / "metrics.json").read_text())
        wrong = round(12665 * (1 - metrics["history"]["train_accuracy"][-1]))
        here = metrics["final"]["test_mistakes"]
        assert row[1:] == [train, cut(wrong, 12665), test, cut(here, 2115), str(mistakes), str(here)]
        assert test == cut(mistakes, 2115)
    assert [row[1] for row in cells(images)] == [
        "747, 739",
        "1198, 1079, 747",
        "747, 1079",
        "1951, 739, 657, 747",
    ]
    assert last == "runs: results   figures: plots\n"


def test_other_digits_have_no_published_column(tmp_path, capsys):
    synthetic_runs.make(tmp_path / "4_vs_9", digits=(4, 9))
    call(compare.main, "--results-dir", tmp_path / "4_vs_9")
    printed = capsys.readouterr().out
    assert "post" not in printed
    assert [len(row) for row in cells(printed.split("\n\n")[0])] == [4] * 4
    assert printed.endswith(f"figures: {tmp_path / '4_vs_9' / 'plots'}\n")
    assert re.search(r"runs: \S+4_vs_9 ", printed)


def test_missing_runs_are_named(tmp_path, refused):
    words = [str(tmp_path / "5_vs_6" / "regular"), "python experiment_regular.py --digits 5 6"]
    assert refused(1, words, compare.main, "--results-dir", tmp_path / "5_vs_6") == ""
