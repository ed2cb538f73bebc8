"""The sweep over seeds: its statistics, its resumption, and that joblib and Dask agree."""

import itertools
import json
import math

import numpy as np
import pytest
import seeds
from conftest import ROOT, assert_one_line_error, run

import run_files

RUNS = ROOT / "results"


# Statistics


@pytest.mark.parametrize("mistakes, images", [(0, 10), (2, 2115), (5, 2115), (7, 9), (10, 10)])
def test_wilson_interval_ends_where_the_score_test_turns(mistakes, images):
    """By its definition the ends are the accuracies p with |p̂ - p| = z √(p (1 - p) / n), or 0 and 1."""
    ends = seeds.wilson(mistakes, images)
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
    found = seeds.paired_test([*both, *range(first)], [*both, *range(50, 50 + second)])
    assert found == {
        "only_first": first,
        "only_second": second,
        "p": pytest.approx(enumerated_p(first, second)),
    }


@pytest.mark.parametrize("first, second", [(2, 3), (2, 2), (3, 5), (0, 7), (1, 8)])
def test_smallest_p_against_all_choices_of_images(first, second):
    images = range(first + second)
    choices = itertools.combinations(images, second)
    smallest = min(seeds.paired_test(range(first), choice)["p"] for choice in choices)
    assert seeds.smallest_p(first, second) == pytest.approx(smallest)


def test_comparison_over_seeds_counts_who_makes_more_mistakes():
    found = seeds.compare([[1], [1], [], [5]], [[1, 2], [2, 3], [], []])
    assert found["seeds"] == {"first_worse": 1, "second_worse": 2, "p": pytest.approx(enumerated_p(1, 2))}
    assert found["mean_difference"] == 0.25
    assert [test["only_second"] for test in found["images"]] == [1, 2, 0, 0]


# The sweep


@pytest.fixture(scope="module")
def two_models():
    """Two of the four models are enough to test with."""
    patch = pytest.MonkeyPatch()
    patch.setattr(seeds, "EPSILONS", (0.0, 0.2))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def whole_sweep(two_models, tmp_path_factory):
    """A sweep of one epoch, made in one go: the folder that it has filled."""
    folder = tmp_path_factory.mktemp("whole")
    seeds.run(folder, seeds=2, epochs=1)
    return folder


@pytest.mark.slow
def test_stopped_sweep_goes_on_and_gives_the_same_file(whole_sweep, tmp_path, capsys):
    scratch = tmp_path / "results" / ".seeds"
    seeds.sweep([1], 1, scratch)
    kept = {path.name: path.stat().st_mtime_ns for path in scratch.iterdir()}
    assert sorted(kept) == ["regular_seed_1.json", "robust_0.2_seed_1.json"]
    (scratch / "regular_seed_2.json").write_text('{"made_by":')  # killed while writing
    capsys.readouterr()
    seeds.sweep([1, 2], 1, scratch)
    assert "going on from 2 finished trainings" in capsys.readouterr().out
    assert kept.items() <= {path.name: path.stat().st_mtime_ns for path in scratch.iterdir()}.items()
    seeds.run(tmp_path, seeds=2, epochs=1)
    for name in ("results/seeds.json", "plots/seeds.png"):
        assert (tmp_path / name).read_bytes() == (whole_sweep / name).read_bytes()
    assert not scratch.exists()


def test_results_of_other_options_or_code_are_not_reused(tmp_path):
    made_by = seeds.fingerprint(epochs=1)
    path = tmp_path / "robust_0.2_seed_3.json"
    path.write_text(json.dumps({"made_by": made_by, "result": {"correct": [1]}}))
    assert seeds.finished(tmp_path, 0.2, 3, made_by) == {"correct": [1]}
    assert seeds.finished(tmp_path, 0.2, 3, seeds.fingerprint(epochs=2)) is None
    assert seeds.finished(tmp_path, 0.2, 4, made_by) is None
    path.write_text("[]")
    assert seeds.finished(tmp_path, 0.2, 3, made_by) is None


@pytest.mark.slow
def test_dask_gives_the_same_numbers(whole_sweep, tmp_path):
    """Two workers with two threads each: the trainings of one process must not disturb each other."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster:
        seeds.run(tmp_path, seeds=2, epochs=1, scheduler=cluster.scheduler_address)
    found = (tmp_path / "results" / "seeds.json").read_bytes()
    assert found == (whole_sweep / "results" / "seeds.json").read_bytes()


@pytest.mark.slow
def test_first_seed_of_the_whole_sweep_is_the_experiment_s(two_models, tmp_path):
    """In graph mode, in another process and with one thread: what the eager experiments saved."""
    results = seeds.sweep([1], 10, tmp_path)
    for (epsilon, _), found in results.items():
        saved = run_files.load(RUNS / run_files.run_name(epsilon))
        right = saved.labels * saved.logits > 0
        assert found["misclassified"] == np.flatnonzero(~right[0]).tolist()
        assert (
            np.abs(right.sum(axis=1) - found["correct"]).max() <= 1
        )  # an image on the boundary, by rounding


# The command


@pytest.mark.parametrize("options", [["--backend", "dask"], ["--scheduler", "tcp://127.0.0.1:8786"]])
def test_backend_and_scheduler_belong_together(options, tmp_path):
    process = run("extensions/seeds.py", *options, "--output-dir", tmp_path)
    assert_one_line_error(process, "--backend dask and --scheduler ADDRESS belong together")
    assert process.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_absent_cluster_is_a_one_line_error(tmp_path):
    process = run(
        "extensions/seeds.py",
        "--backend",
        "dask",
        "--scheduler",
        "tcp://127.0.0.1:1",
        "--output-dir",
        tmp_path,
    )
    assert_one_line_error(process, "tcp://127.0.0.1:1")
    assert list(tmp_path.iterdir()) == []
