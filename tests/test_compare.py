"""The table of published against obtained figures."""

import json
import re

from conftest import ROOT, assert_one_line_error, run

import compare


def test_rows_hold_the_runs_figures_and_the_posts():
    rows = [re.findall(r"\d+\.?\d*", row.split("|", 2)[2]) for row in compare.table().splitlines()[2:]]
    mistakes = [2, 3, 2, 5]  # of 2,115, from the published accuracies
    for row, name, published in zip(
        rows, ("regular", "robust_0.1", "robust_0.2", "robust_0.3"), mistakes, strict=True
    ):
        metrics = json.loads((ROOT / "results" / name / "metrics.json").read_text())
        assert float(row[1]) == round(100 * metrics["history"]["train_accuracy"][-1], 2)
        assert float(row[3]) == round(100 * metrics["final"]["test_accuracy"], 2)
        assert [int(count) for count in row[4:]] == [published, metrics["final"]["test_mistakes"]]


def test_the_command_says_where_the_files_lie():
    process = run("compare.py")
    assert process.returncode == 0
    assert compare.table() in process.stdout
    assert process.stdout.endswith("runs: results   figures: plots\n")
    assert max(map(len, process.stdout.splitlines())) <= 80


def test_missing_runs_are_named(tmp_path):
    assert_one_line_error(run("compare.py", "--results-dir", tmp_path), "python experiment_regular.py")
