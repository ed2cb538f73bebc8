"""The statistics by enumeration, and the hundred seeds beside the saved runs and the stored numbers."""

import itertools
import math

import numpy as np
import pytest
import shared
import trainer
from seeds import study

import run_files


@pytest.mark.parametrize("mistakes, images", [(0, 10), (2, 2115), (5, 2115), (7, 9), (10, 10)])
def test_wilson_interval_ends_where_the_score_test_turns(mistakes, images):
    """By its definition the ends are the accuracies p with |p̂ - p| = z √(p (1 - p) / n), or 0 and 1."""
    ends = study.wilson(mistakes, images)
    z, share = 1.959963984540054, 1 - mistakes / images
    assert ends[0] <= share <= ends[1]
    for p in ends:
        distance = abs(share - p)
        assert distance == pytest.approx(z * math.sqrt(max(0, p * (1 - p)) / images), rel=1e-6, abs=1e-9)
    assert ends[1] - ends[0] > 0.001


def enumerated_p(first: int, second: int) -> float:
    """The share of all ways to deal the differing images out that are not likelier than this one."""
    deals = [sum(deal) for deal in itertools.product((0, 1), repeat=first + second)]
    likely = {count: deals.count(count) for count in deals}
    return sum(likely[count] <= likely[first] for count in deals) / len(deals)


@pytest.mark.parametrize("first, second", [(0, 0), (0, 1), (0, 3), (1, 4), (2, 2), (0, 6), (3, 9)])
def test_paired_test_against_enumeration(first, second):
    both = [100, 101]
    found = study.paired_test([*both, *range(first)], [*both, *range(50, 50 + second)])
    p = pytest.approx(enumerated_p(first, second))
    assert found == {"only_first": first, "only_second": second, "p": p}


@pytest.mark.parametrize("first, second", [(2, 3), (2, 2), (3, 5), (0, 7), (1, 8)])
def test_smallest_p_against_all_choices_of_images(first, second):
    choices = itertools.combinations(range(first + second), second)
    smallest = min(study.paired_test(range(first), choice)["p"] for choice in choices)
    assert study.smallest_p(first, second) == pytest.approx(smallest)


def test_with_five_mistakes_nothing_is_significant():
    """The power that the page states: whatever the images, up to five mistakes never give p < 0.05."""
    smallest = min(study.smallest_p(*counts) for counts in itertools.product(range(6), repeat=2))
    assert smallest == enumerated_p(5, 0) == 0.0625
    assert study.smallest_p(0, 6) < 0.05


def test_comparison_over_seeds_counts_who_makes_more_mistakes():
    found = study.compare([[1], [1], [], [5]], [[1, 2], [2, 3], [], []])
    assert (found["first_worse"], found["second_worse"]) == (1, 2)
    assert found["p_over_seeds"] == pytest.approx(enumerated_p(1, 2))
    assert found["mean_difference"] == 0.25


def test_summary_by_hand():
    """Two seeds, ten images: the regular model falls at once, the others one after the other."""
    wrong = dict(zip(study.MODELS, ([[], [1]], [[1], [1]], [[1], [1, 2]], [[1, 2], [1, 2]]), strict=True))
    accuracy = np.zeros((101, 4, 2))
    for model, last in enumerate((10, 20, 30, 40)):
        accuracy[:last, model] = 0.9
    found = study.summary(wrong, accuracy, 10)
    robust = found["models"]["robust_0.2"]
    assert robust["mistakes"] == [1, 2] and robust["always_wrong"] == [1] and robust["ever_wrong"] == [1, 2]
    assert found["models"]["regular"]["median_accuracy"] == 0.95
    np.testing.assert_allclose(np.median(robust["halving_epsilon"]), 0.15)
    assert found["always_apart_from"] == pytest.approx(0.05) and found["halving_rises"]
    assert found["robust_always_better"].nonzero()[0].tolist() == list(range(10, 20))
    assert not len(found["out_of_order"])
    accuracy[15, 2] = 0.5
    assert study.summary(wrong, accuracy, 10)["out_of_order"].tolist() == [pytest.approx(0.075)]


def test_seed_1_makes_the_runs_of_the_post():
    """The trainer in NumPy beside the saved runs of TensorFlow."""
    images, labels = shared.pair("test")
    models = shared.post_models(range(1, 2))[..., 0]
    stored = shared.read_json("seeds")["models"]
    for run, weights in zip(run_files.load_post_models(), models.T, strict=True):
        wrong = np.flatnonzero(trainer.margins(weights[:, None], images, labels)[:, 0] <= 0)
        assert wrong.tolist() == np.flatnonzero(run.labels * run.logits[0] <= 0).tolist()
        assert stored[run.folder.name]["mistakes"][0] == len(wrong)
        found = trainer.attacked(weights[:, None], images, labels, run.epsilons)[:, 0]
        assert np.abs(found - run.accuracy).max() * len(images) <= 3


@pytest.mark.slow
def test_stored_mistakes_are_those_of_other_seeds():
    images, labels = shared.pair("test")
    models = shared.post_models(range(1, 11))
    mistakes = (trainer.margins(models.reshape(785, -1), images, labels) <= 0).sum(axis=0).reshape(4, 10)
    for found, row in zip(shared.read_json("seeds")["models"].values(), mistakes, strict=True):
        np.testing.assert_allclose(
            found["mistakes"][:10], row, atol=1
        )  # an image on the boundary, by rounding
