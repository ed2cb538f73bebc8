"""The data figures, judged by the objects they are made of: on the committed runs and on synthetic ones."""

import dataclasses
import functools
import importlib
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import synthetic_runs
from conftest import ROOT
from matplotlib.lines import Line2D

from support.options import UserError
from support.runs import load_models
from support.tables import truncated

RUNS = ("regular", "robust_0.1", "robust_0.2", "robust_0.3")
NAMES = ("Regular", r"Robust ($\epsilon=0.1$)", r"Robust ($\epsilon=0.2$)", r"Robust ($\epsilon=0.3$)")
SHORT_NAMES = ("Regular", r"$\epsilon=0.1$", r"$\epsilon=0.2$", r"$\epsilon=0.3$")


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    """A folder of synthetic runs of fours and nines, and what they were made of."""
    folder = tmp_path_factory.mktemp("results")
    return folder, synthetic_runs.make(folder, digits=(4, 9))


@pytest.fixture(params=["committed", "synthetic"])
def results(request) -> Path:
    return ROOT / "results" if request.param == "committed" else request.getfixturevalue("synthetic")[0]


@pytest.fixture(scope="module")
def load():
    """Reads a folder's runs once for all figures."""
    return functools.cache(load_models)


@pytest.fixture
def draw(load, monkeypatch):
    def draw(name, results_dir, load=load):
        script = importlib.import_module(f"plots.{name}")
        monkeypatch.setattr(script, "load_models", load)
        return script.draw(results_dir)

    return draw


@functools.cache
def stored(results_dir: Path, run: str) -> dict[str, np.ndarray]:
    """A run's weights and attack, read without the project's reader."""
    files = [np.load(results_dir / run / name) for name in ("weights.npz", "adversarial.npz")]
    return {**files[0], **files[1]}


def row(epsilon: float) -> int:
    """The grid is 0, 0.005, ... 0.5."""
    return round(epsilon / 0.005)


def shown(axes) -> np.ndarray | None:
    """The image in a place, or None if the place is empty and has no frame."""
    if not axes.images:
        assert not axes.axison
        return None
    return axes.images[0].get_array().data


def test_the_table_shows_the_numbers_of_metrics_json(results, draw):
    (axes,) = draw("accuracy", results).axes
    heights = sorted({text.get_position()[1] for text in axes.texts}, reverse=True)
    texts = sorted(axes.texts, key=lambda text: text.get_position()[0])
    table = [[text.get_text() for text in texts if text.get_position()[1] == height] for height in heights]
    metrics = [json.loads((results / run / "metrics.json").read_text()) for run in RUNS]
    assert table == [
        ["Accuracy (%)", *SHORT_NAMES],
        ["Train", *(truncated(m["history"]["train_accuracy"][-1]) for m in metrics)],
        ["Test", *(truncated(m["final"]["test_accuracy"]) for m in metrics)],
    ]
    rules = sorted((line.get_ydata()[0] for line in axes.lines), reverse=True)
    assert rules[0] > heights[0] > rules[1] > heights[1] > heights[2] > rules[2]


def test_misclassified_examples_are_test_images_nearest_the_boundary_first(results, draw, request):
    grid = np.reshape(draw("misclassified_regular", results).axes, (4, 4))
    for places, run, name in zip(grid, RUNS, SHORT_NAMES, strict=True):
        if results == ROOT / "results":
            images, labels = request.getfixturevalue("test_arrays")
            logits = images.astype(float) @ stored(results, run)["w"] + stored(results, run)["b"]
            wrong = [i for i in np.argsort(np.abs(logits)) if labels[i] * logits[i] <= 0]
        else:
            truth = request.getfixturevalue("synthetic")[1][run]
            images, wrong = truth.images, truth.wrong(0)
        for place, index in itertools.zip_longest(places, wrong[:4]):
            if index is None:
                assert shown(place) is None
            else:
                np.testing.assert_array_equal(shown(place).ravel(), images[index])
        assert [text.get_text() for text in places[0].texts] == [name]


def test_images_are_ink_on_paper_each_on_its_own_grey_scale(results, draw):
    for name in ("misclassified_regular", "model_weights", "misclassified_noise"):
        for axes in draw(name, results).axes:
            for image in axes.images:
                array = image.get_array().data
                pixels = image.to_rgba(array, bytes=True)
                assert (pixels[array == array.min()] == (255, 255, 255, 255)).all()
                assert (pixels[array == array.max()] == (0, 0, 0, 255)).all()


def test_model_weights(results, draw):
    figure = draw("model_weights", results)
    first, second = (0, 1) if results == ROOT / "results" else (4, 9)
    assert f"dark: speaks for a {second};  pale: for a {first};" in figure.texts[-1].get_text()
    for place, run, name in zip(figure.axes, RUNS, NAMES, strict=True):
        np.testing.assert_array_equal(shown(place), stored(results, run)["w"].reshape(28, 28))
        assert place.get_title() == name


def test_accuracy_curves_fills_and_legend(results, draw):
    (axes,) = draw("accuracy_noise", results).axes
    attacks = [stored(results, run) for run in RUNS]
    below = np.zeros(101)
    for line, area, attack in zip(axes.lines, axes.collections, attacks, strict=True):
        accuracy = (attack["labels"] * attack["logits"] > 0).mean(axis=1)
        np.testing.assert_allclose(np.interp(attack["epsilons"], *line.get_data()), accuracy, atol=1e-9)
        edges = area.get_paths()[0].vertices
        for curve in (below, accuracy):
            points = np.column_stack([attack["epsilons"], curve])
            assert {tuple(point) for point in points} <= {tuple(point) for point in edges}
        assert area.get_zorder() < line.get_zorder()
        below = accuracy
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == list(NAMES)
    for shown_line, line in zip(legend.findobj(Line2D), axes.lines, strict=True):
        assert shown_line.get_color() == line.get_color()


def test_nearest_misclassified_samples_against_brute_force(synthetic, draw):
    folder, truths = synthetic
    grid = np.reshape(draw("misclassified_noise", folder).axes, (4, 11))
    for places, run in zip(grid, RUNS, strict=True):
        for place, epsilon in zip(places, np.arange(11) / 20, strict=True):
            wrong = truths[run].wrong(epsilon)
            if run == "robust_0.2":
                assert wrong == [] and shown(place) is None
            else:
                expected = truths[run].perturbed(wrong[0], epsilon)
                np.testing.assert_allclose(shown(place).ravel(), expected, atol=1e-6)
    assert [places[0].texts[0].get_text() for places in grid] == list(NAMES)
    below = [place.texts[-1].get_text() for place in grid[-1]]
    assert below == [rf"$\epsilon={epsilon:.2f}$" for epsilon in np.arange(11) / 20]


def worst_valid(image: np.ndarray, label: int, weights: np.ndarray) -> list[float]:
    """Pixel by pixel, the end of its range that the model likes least, at ε = 0.2."""
    ends = zip(np.maximum(0, image - 0.2), np.minimum(1, image + 0.2), weights.astype(float), strict=True)
    return [min(low, high, key=lambda end, w=w: label * w * end) for low, high, w in ends]


def test_two_worst_valid_changes_of_an_image_and_what_two_models_say(draw, load, request):
    figure = draw("adversarial_example", ROOT / "results")
    regular, _, robust, _ = load(ROOT / "results")
    images, labels = request.getfixturevalue("test_arrays")
    (place,) = np.flatnonzero(np.abs(images - shown(figure.axes[0]).ravel()).max(axis=1) < 1e-6)
    image, label, names = images[place].astype(float), labels[place], ("a zero", "a one")
    said = []
    for attacked, axes in zip((regular, robust), (figure.axes[:3], figure.axes[3:]), strict=True):
        worst = np.array(worst_valid(image, label, attacked.weights))
        for one, expected in zip(axes, (image, worst - image, worst), strict=True):
            np.testing.assert_allclose(shown(one).ravel(), expected, atol=1e-6)
        assert [one.images[0].get_clim() for one in axes] == [(0, 1), (-1, 1), (0, 1)]
        assert [one.get_title() for one in axes] == [
            names[int(label > 0)],
            rf"$\pm 0.2$, worst for {attacked.model}",
            "their sum",
        ]
        logits = [worst @ run.weights + run.bias for run in (regular, robust)]
        said += [label * logit > 0 for logit in logits]
        assert [text.get_text() for text in axes[-1].texts[-3::2]] == [
            f"it is {names[int(logit > 0)]} (logit ${logit:+.1f}$)" for logit in logits
        ]
    assert said == [False, True, True, True]  # the regular model alone is fooled, and by its own worst change


def test_margins_within_the_reach_of_the_attack_fall(results, draw):
    for axes, run, name in zip(
        draw("margins", results).axes, ("regular", "robust_0.2"), NAMES[::2], strict=True
    ):
        attack = stored(results, run)
        margins = attack["labels"] * attack["logits"][0].astype(float)
        reach = 0.2 * sum(abs(float(weight)) for weight in attack["w"])
        assert axes.get_title() == name
        assert f"={reach:.1f}$" in axes.texts[-1].get_text()
        (line,) = axes.collections[-1].get_segments()
        assert line[:, 0] == pytest.approx(reach)
        for bars, fall in ((axes.containers[0], True), (axes.containers[1], False)):
            assert sum(bar.get_height() for bar in bars) == sum((margins <= reach) == fall)
            for bar in bars:
                left, right = bar.get_x(), bar.get_x() + bar.get_width()
                assert (right < reach) if fall else (left > reach)
                middle, half = (left + right) / 2, (right - left) / 2 / 0.84
                assert bar.get_height() == ((middle - half < margins) & (margins <= middle + half)).sum()
        accuracy = 100 * attack["accuracy"][row(0.2)]  # of images really attacked
        assert axes.get_title("left") == f"{100 - accuracy:.1f} % fall"
        assert axes.get_title("right") == f"{accuracy:.1f} % withstand"


def test_what_an_attack_lacks_is_an_error(load, draw):
    regular, _, robust, _ = load(ROOT / "results")
    for changed, what in (
        ({"closest": np.full_like(regular.closest, -1)}, "no valid change of ε = 0.2 fools .*regular"),
        ({"epsilons": regular.epsilons[:20]}, r"adversarial\.npz: no attack at ε = 0.1, make the run again"),
    ):
        runs = [dataclasses.replace(regular, **changed), robust]
        with pytest.raises(UserError, match=what):
            draw("adversarial_example", ROOT / "results", lambda _, runs=runs: runs)


def test_ridges_are_densities_of_the_misclassified_logits(results, draw):
    panels = draw("misclassified_logits", results).axes
    for axes, run in zip(panels, ("regular", "robust_0.2"), strict=True):
        attack = stored(results, run)
        assert axes.get_title() == NAMES[RUNS.index(run)]
        ends = np.array([line.get_xdata()[[0, -1]] for line in axes.lines])
        assert len(ends) == 20 and (np.diff(ends[:, 0]) < 0).all() and (np.diff(ends[:, 1]) > 0).all()
        for number, line in enumerate(axes.lines):
            at, ridge = line.get_xdata(), line.get_ydata() + 0.1 * number
            logits = attack["logits"][row(0.025 * (number + 1))].astype(float)
            logits = logits[attack["labels"] * logits <= 0]
            if len(logits) == 0:
                np.testing.assert_allclose(ridge, 0, atol=1e-12)
                continue
            expected = scipy.stats.norm.pdf(at[:, None], logits, 0.5).mean(axis=1)
            np.testing.assert_allclose(ridge, expected, atol=1e-6)
            assert np.trapezoid(ridge, at) == pytest.approx(1, abs=0.003)  # nothing of it is cut off
