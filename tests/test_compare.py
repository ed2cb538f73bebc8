"""The tables of published against obtained."""

import json

import numpy as np
import pytest
import synthetic_runs
from conftest import ROOT, call

import compare
from support.tables import truncated

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
        assert truncated(1 - mistakes / count) == cut(mistakes, count)
        assert truncated((count - mistakes) / count) == cut(mistakes, count)


def test_the_tables_hold_the_runs_numbers_and_the_posts(capsys):
    call(compare.main)
    accuracies, attacked, images, last = capsys.readouterr().out.split("\n\n")
    published = [("99.64", "99.90", 2), ("99.81", "99.85", 3), ("99.64", "99.90", 2), ("99.37", "99.76", 5)]
    for row, name, (train, test, mistakes) in zip(cells(accuracies), RUNS, published, strict=True):
        metrics = json.loads((RESULTS / name / "metrics.json").read_text())
        wrong = round(12665 * (1 - metrics["history"]["train_accuracy"][-1]))
        here = metrics["final"]["test_mistakes"]
        assert row[1:] == [train, cut(wrong, 12665), test, cut(here, 2115), str(mistakes), str(here)]
        assert test == cut(mistakes, 2115)
    for row, name in ((0, "accuracy"), (1, "accuracy_valid")):
        right = [np.load(RESULTS / run / "adversarial.npz")[name][40] * 2115 for run in RUNS]  # at ε = 0.2
        assert cells(attacked)[row][1:] == [cut(2115 - round(count), 2115) for count in right]
    assert [row[1] for row in cells(images)] == [
        "747, 739",
        "1198, 1079, 747",
        "747, 1079",
        "1951, 739, 657, 747",
    ]
    assert last == "runs: results   figures: plots\n"


@pytest.mark.parametrize(("digits", "epsilons"), [((4, 9), (0.1, 0.2, 0.3)), ((0, 1), (0.15, 0.25))])
def test_other_runs_than_the_posts_have_no_published_column(tmp_path, capsys, digits, epsilons):
    synthetic_runs.make(tmp_path / "others", digits, epsilons)
    call(compare.main, "--results-dir", tmp_path / "others")
    table, attacked, last = capsys.readouterr().out.split("\n\n")
    assert "post" not in table
    assert [len(row) for row in cells(attacked)] == [len(epsilons) + 2] * 2
    assert [row[0] for row in cells(table)] == ["regular", *(f"robust ε={epsilon}" for epsilon in epsilons)]
    assert {len(row) for row in cells(table)} == {4}
    assert last == f"runs: {tmp_path}/others   figures: {tmp_path}/others/plots\n"
