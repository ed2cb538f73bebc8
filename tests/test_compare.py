"""The tables of published against obtained."""

import dataclasses

import pytest
from conftest import call

import compare
from support.tables import truncated


def cells(table: str) -> list[list[str]]:
    """The body of a Markdown table, without its first column."""
    return [[cell.strip() for cell in row.strip("|").split("|")[1:]] for row in table.splitlines()[2:]]


def cut(mistakes: int, count: int = 2115) -> str:
    """The accuracy in %, cut after two decimals, in whole numbers."""
    whole, hundredths = divmod(10_000 * (count - mistakes) // count, 100)
    return f"{whole}.{hundredths:02}"


@pytest.mark.parametrize("count", [2115, 12665, 2000])
def test_accuracies_are_cut_and_not_rounded(count):
    for mistakes in range(count + 1):
        for accuracy in (1 - mistakes / count, (count - mistakes) / count):
            assert truncated(accuracy) == cut(mistakes, count)


def test_the_tables_hold_the_runs_numbers_and_the_posts(capsys, models, monkeypatch):
    monkeypatch.setattr(compare, "load_models", lambda _: models)
    call(compare.main)
    accuracies, attacked, images, last = capsys.readouterr().out.split("\n\n")
    posts = [("99.64", "99.90", 2), ("99.81", "99.85", 3), ("99.64", "99.90", 2), ("99.37", "99.76", 5)]
    for row, run, (train, test, mistakes) in zip(cells(accuracies), models, posts, strict=True):
        wrong = round(12665 * (1 - run.history["train_accuracy"][-1]))
        here = int((run.labels * run.logits[0] <= 0).sum())
        assert row == [train, cut(wrong, 12665), test, cut(here), str(mistakes), str(here)]
    for row, accuracy in zip(cells(attacked), ("accuracy", "accuracy_valid"), strict=True):
        rights = [getattr(run, accuracy)[40] * 2115 for run in models]  # at ε = 0.2
        assert row == [cut(2115 - round(right)) for right in rights]
    assert [row[1].count(",") + 1 for row in cells(images)] == [
        min(4, run.final["test_mistakes"]) for run in models
    ]
    assert last == "runs: results   figures: plots\n"


@pytest.mark.parametrize("changed", [{"config": {"digits": [4, 9]}}, {"epsilon": 0.15}])
def test_other_runs_than_the_posts_have_no_published_column(changed, capsys, models, monkeypatch, tmp_path):
    runs = [models[0], dataclasses.replace(models[1], **changed)]
    monkeypatch.setattr(compare, "load_models", lambda _: runs)
    call(compare.main, "--results-dir", tmp_path)
    table, _, last = capsys.readouterr().out.split("\n\n")
    finals = [run.final for run in runs]
    assert [row[1:] for row in cells(table)] == [
        [truncated(final["test_accuracy"]), str(final["test_mistakes"])] for final in finals
    ]
    assert "post" not in table
    assert last == f"runs: {tmp_path}   figures: {tmp_path}/plots\n"
