"""What gradients tell about the active examples, against a training replayed example by example."""

import shutil
from types import SimpleNamespace

import conftest
import dynamics
import numpy as np
import pytest
import study
from scipy.stats import mannwhitneyu

import run_files

GRADIENTS = run_files.RESULTS / "robust_0.1" / "gradients.npz"


@pytest.fixture(scope="module")
def stored():
    return study.read_json("dynamics")


@pytest.fixture(scope="module")
def trained():
    """Two epochs of robust training in NumPy: the run, its history and gradients, and what was active."""
    rng = np.random.default_rng(4)
    labels = np.where(rng.random(60) < 0.5, -1.0, 1.0)
    lit_for = np.where(rng.random(784) < 0.3, rng.choice([-1.0, 1.0], 784), 0)  # a pixel's favourite label
    images = (
        rng.random((60, 784)) * (rng.random((60, 784)) < 0.4 + 0.2 * np.outer(labels, lit_for)) * lit_for**2
    )
    images[:, list(dynamics.CORNERS)] = 0
    epsilon, rate = 0.02, 0.002
    parameters = np.r_[rng.uniform(-0.03, 0.03, 784) + 0.05 * lit_for, 0.0]
    history, gradients, counts, sums, signs = [parameters], [], [], [], []
    for start in range(0, 120, 20):
        batch = slice(start % 60, start % 60 + 20)
        weights = parameters[:-1]
        losses = (
            1 - labels[batch] * (images[batch] @ weights + parameters[-1]) + epsilon * np.abs(weights).sum()
        )
        total, count, slope = np.zeros(784), 0, 0.0
        for image, label, loss in zip(images[batch], labels[batch], losses, strict=True):
            if loss > 0:
                total, count, slope = total + label * image, count + 1, slope + label
        gradients.append(np.r_[count * epsilon * np.sign(weights) - total, -slope])
        counts.append(count), sums.append(total), signs.append(np.sign(weights))
        parameters = parameters - rate * gradients[-1]
        if start % 60 == 40:
            history.append(parameters)
    run = SimpleNamespace(epsilon=epsilon, config={"learning_rate": rate})
    by_epoch = [np.array(rows).reshape(2, 3, -1) for rows in (gradients, counts, sums, signs)]
    return run, np.array(history), by_epoch[0], by_epoch[1][..., 0], by_epoch[2], by_epoch[3]


def test_active_examples_are_those_of_the_replayed_training(trained):
    run, history, gradients, counts, sums, signs = trained
    found_counts, found_sums, found_signs = dynamics.active_examples(run, history, gradients)
    assert counts.max() > counts.min() > 0
    np.testing.assert_array_equal(found_counts, counts)
    np.testing.assert_allclose(found_sums, sums, atol=1e-9)
    np.testing.assert_array_equal(found_signs, signs)


def test_gradient_shares_are_those_of_the_gradients_themselves(trained):
    """The slope of the loss along |w|, without and with the robust term, weight by weight."""
    run, _, _, counts, sums, signs = trained
    tally = dict.fromkeys(("shrinks", "changes_sign", "appears", "grows"), 0)
    for count, total, sign in zip(counts.ravel(), sums.reshape(-1, 784), signs.reshape(-1, 784), strict=True):
        for pixel in range(784):
            plain = -total[pixel] / count
            robust = plain + run.epsilon * sign[pixel]
            if plain == 0:
                tally["appears"] += 1
            elif plain * robust < 0:
                tally["changes_sign"] += 1
            else:
                tally["shrinks" if abs(robust) < abs(plain) else "grows"] += 1
    found = dynamics.gradient_shares(run.epsilon, counts, sums, signs)
    assert found == pytest.approx({name: number / signs.size for name, number in tally.items()})
    assert sum(found.values()) == pytest.approx(1)


def test_scores_of_a_rule():
    rng = np.random.default_rng(2)
    score, true = np.round(rng.random(200), 1), rng.random(200) < 0.3
    smaller = mannwhitneyu(score[~true], score[true]).statistic
    assert dynamics.ranking(score, true) == pytest.approx(smaller / (true.sum() * (~true).sum()))
    assert dynamics.balanced_accuracy(true, true) == 1
    assert dynamics.balanced_accuracy(~true, true) == 0
    assert dynamics.balanced_accuracy(np.ones(200, bool), true) == 0.5


def test_rules_of_the_verdicts():
    def model(by_mean, by_weight, shrinks=0.5, changes_sign=0.5):
        scores = {
            "by_mean": {"balanced_accuracy": by_mean},
            "by_weight": [{"balanced_accuracy": value} for value in by_weight],
        }
        gradient = {"shrinks": shrinks, "changes_sign": changes_sign}
        return {**scores, "other_thresholds": {"0.1": scores}, "gradient": gradient}

    mean, weight = model(0.9, [0.5, 0.6]), model(0.6, [0.5, 0.9])
    for models, verdict in (([mean], "corrected"), ([weight], "confirmed"), ([mean, weight], "undecided")):
        assert dynamics.claim_6(dict(enumerate(models)))["verdict"] == verdict
    for shares, verdict in (((0.5, 0.5), "confirmed"), ((0.3, 0.1), "corrected"), ((0, 0), "refuted")):
        assert dynamics.claim_12({"0.1": model(0.9, [0.5], *shares)})["verdict"] == verdict


def test_stored_verdicts_follow_from_the_stored_numbers(stored):
    assert dynamics.claim_6(stored["models"]) == stored["claim_6"]
    assert dynamics.claim_12(stored["models"]) == stored["claim_12"]


@pytest.mark.slow
@pytest.mark.skipif(not GRADIENTS.exists(), reason="gradients.npz is not in git: run `make`")
def test_stored_mean_is_that_of_the_images(stored):
    """The active examples found from images and weights, batch by batch, not from gradients."""
    images, labels = study.load_images("train")
    history = run_files.load_history(GRADIENTS.parent)["weights"]
    gradients = run_files.load_gradients(GRADIENTS.parent)
    rate = run_files.load(GRADIENTS.parent).config["learning_rate"]
    counts, total = [], np.zeros(784)
    for start, epoch in zip(history[:-1], gradients, strict=True):
        parameters, count = start.astype(np.float64), 0
        for step, gradient in enumerate(epoch):
            batch = slice(100 * step, 100 * step + 100)
            weights, bias = parameters[:-1], parameters[-1]
            losses = 1 - labels[batch] * (images[batch] @ weights + bias) + 0.1 * np.abs(weights).sum()
            active = losses > 0
            total += (labels[batch] * active) @ images[batch]
            count += active.sum()
            parameters -= rate * gradient
        counts.append(count)
    found = stored["models"]["0.1"]
    np.testing.assert_allclose(found["active_examples"], counts, atol=3)  # a loss of 0 to rounding
    np.testing.assert_allclose(found["mean"], total / sum(counts), atol=1e-3)


def test_figures_show_the_numbers(stored):
    runs = run_files.load_post_runs()
    histories = [run_files.load_history(run.folder)["weights"] for run in runs]
    models = {key: {**model, "mean": np.array(model["mean"])} for key, model in stored["models"].items()}
    figure = dynamics.draw_rules(runs[1:], histories[1:], models)
    for column, (run, model) in enumerate(zip(runs[1:], models.values(), strict=True)):
        axes = figure.axes[3 + column]
        grey, green, line = axes.lines
        assert len(grey.get_xdata()) == model["wiped"]
        assert len(grey.get_xdata()) + len(green.get_xdata()) == 784
        assert set(line.get_xdata()) == {run.epsilon}
        shown = np.sort(np.r_[grey.get_xdata(), green.get_xdata()])
        np.testing.assert_array_equal(shown, np.sort(np.abs(model["mean"])))
        assert axes.get_xlim()[1] > shown[-1]
    shares = stored["near_zero_shares"]
    for line, run, history in zip(
        dynamics.draw_near_zero(runs, shares).axes[0].lines, runs, histories, strict=True
    ):
        np.testing.assert_array_equal(line.get_ydata(), shares[str(run.epsilon)])
        by_hand = [(abs(epoch[:784]) <= 0.003).sum() / 784 for epoch in history]
        np.testing.assert_allclose(line.get_ydata(), by_hand)
    images = dynamics.draw_weights(runs, histories, models).axes[11].images[0].get_array()
    assert ((images != 0).ravel() == (np.abs(models["0.1"]["mean"]) >= 0.1)).all()


def test_missing_gradients_are_one_line(tmp_path):
    shutil.copytree(run_files.RESULTS, tmp_path / "runs", ignore=shutil.ignore_patterns("gradients.npz"))
    process = conftest.run(
        "extensions/dynamics.py", "--results-dir", tmp_path / "runs", "--output-dir", tmp_path / "out"
    )
    conftest.assert_one_line_error(process, "gradients.npz", "experiment_robust.py")
    assert not (tmp_path / "out").exists()


def test_missing_runs_are_one_line(tmp_path):
    process = conftest.run(
        "extensions/dynamics.py", "--results-dir", tmp_path, "--output-dir", tmp_path / "out"
    )
    conftest.assert_one_line_error(process, "metrics.json", "experiment_regular.py")
    assert not (tmp_path / "out").exists()
