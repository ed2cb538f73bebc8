"""The data figures, judged by the objects they are made of: synthetic runs of fours and nines.

(tests/test_plots_command.py compares what they draw of the committed runs by bytes.)
"""

import dataclasses
import importlib
import itertools
import json

import numpy as np
import pytest
import scipy.stats
import synthetic_runs
from matplotlib.lines import Line2D

from support.options import UserError
from support.runs import load_models
from support.tables import truncated

NAMES = ("Regular", r"Robust ($\epsilon=0.1$)", r"Robust ($\epsilon=0.2$)", r"Robust ($\epsilon=0.3$)")
SHORT_NAMES = ("Regular", r"$\epsilon=0.1$", r"$\epsilon=0.2$", r"$\epsilon=0.3$")


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    """The runs' folder, the runs as they are read, and what they were made of."""
    folder = tmp_path_factory.mktemp("results")
    truths = synthetic_runs.make(folder, digits=(4, 9))
    return folder, load_models(folder), [*truths.values()]


@pytest.fixture
def truths(synthetic):
    return synthetic[2]


@pytest.fixture
def draw(synthetic, monkeypatch):
    """Draw a figure of these runs, or of others; they are read once for all figures."""

    def draw(name, runs=synthetic[1]):
        script = importlib.import_module(f"plots.{name}")
        monkeypatch.setattr(script, "load_models", lambda _: runs)
        return script.draw(synthetic[0])

    return draw


def margins(truth, epsilon: float) -> np.ndarray:
    """Of all images under attack, in float64."""
    weights = truth.weights.astype(float)
    return truth.labels * (truth.images @ weights + truth.bias) - epsilon * np.abs(weights).sum()


def shown(axes) -> np.ndarray | None:
    """The image in a place, white its least and black its largest; None if it is empty, without a frame."""
    if not axes.images:
        assert not axes.axison
        return None
    image = axes.images[0].get_array().data
    ends = axes.images[0].to_rgba([image.min(), image.max()], bytes=True)
    assert ends.tolist() == [[255, 255, 255, 255], [0, 0, 0, 255]]
    return image.ravel()


def test_the_table_shows_the_numbers_of_metrics_json(draw, synthetic):
    (axes,) = draw("accuracy").axes
    heights = sorted({text.get_position()[1] for text in axes.texts}, reverse=True)
    texts = sorted(axes.texts, key=lambda text: text.get_position()[0])
    table = [[text.get_text() for text in texts if text.get_position()[1] == height] for height in heights]
    metrics = [json.loads((run.folder / "metrics.json").read_text()) for run in synthetic[1]]
    assert table == [
        ["Accuracy (%)", *SHORT_NAMES],
        ["Train", *(truncated(m["history"]["train_accuracy"][-1]) for m in metrics)],
        ["Test", *(truncated(m["final"]["test_accuracy"]) for m in metrics)],
    ]


def test_misclassified_examples_are_test_images_nearest_the_boundary_first(draw, truths):
    grid = np.reshape(draw("misclassified_regular").axes, (4, 4))
    for places, truth, name in zip(grid, truths, SHORT_NAMES, strict=True):
        for place, index in itertools.zip_longest(places, truth.wrong(0)[:4]):
            found = shown(place)
            assert (found is None) if index is None else (found == truth.images[index]).all()
        assert [text.get_text() for text in places[0].texts] == [name]


def test_nearest_misclassified_samples_against_brute_force(draw, truths):
    grid = np.reshape(draw("misclassified_noise").axes, (4, 11))
    for places, truth, name in zip(grid, truths, NAMES, strict=True):
        assert places[0].texts[0].get_text() == name
        for place, epsilon in zip(places, np.arange(11) / 20, strict=True):
            if truth is truths[2]:  # which nothing fools
                assert truth.wrong(epsilon) == [] and shown(place) is None
            else:
                expected = truth.perturbed(truth.wrong(epsilon)[0], epsilon)
                np.testing.assert_allclose(shown(place), expected, atol=1e-6)
    below = [place.texts[-1].get_text() for place in grid[-1]]
    assert below == [rf"$\epsilon={epsilon:.2f}$" for epsilon in np.arange(11) / 20]


def test_model_weights(draw, truths):
    figure = draw("model_weights")
    assert "dark: speaks for a 9;  pale: for a 4;" in figure.texts[-1].get_text()
    for place, truth, name in zip(figure.axes, truths, NAMES, strict=True):
        np.testing.assert_array_equal(shown(place), truth.weights)
        assert place.get_title() == name


def test_accuracy_curves_fills_and_legend(draw, truths):
    (axes,) = draw("accuracy_noise").axes
    grid = np.arange(101) / 200
    below = np.zeros(101)
    for line, area, truth in zip(axes.lines, axes.collections, truths, strict=True):
        accuracy = np.array([(margins(truth, epsilon) > 0).mean() for epsilon in grid])
        np.testing.assert_allclose(np.interp(grid, *line.get_data()), accuracy, atol=1e-9)
        edges = area.get_paths()[0].vertices
        for curve in (below, accuracy):
            nearest = np.abs(edges[:, None] - np.column_stack([grid, curve])).max(axis=2).min(axis=0)
            np.testing.assert_allclose(nearest, 0, atol=1e-9)
        below = accuracy
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == list(NAMES)
    lines = zip(legend.findobj(Line2D), axes.lines, strict=True)
    assert all(key.get_color() == line.get_color() for key, line in lines)


def test_margins_within_the_reach_of_the_attack_fall(draw, truths):
    for axes, truth, name in zip(draw("margins").axes, truths[::2], NAMES[::2], strict=True):
        clean = margins(truth, 0)
        reach = clean[0] - margins(truth, 0.2)[0]
        assert axes.get_title() == name
        assert f"={reach:.1f}$" in axes.texts[-1].get_text()
        (line,) = axes.collections[-1].get_segments()
        assert line[:, 0] == pytest.approx(reach)
        for bars, fall in ((axes.containers[0], True), (axes.containers[1], False)):
            assert sum(bar.get_height() for bar in bars) == sum((clean <= reach) == fall)
            for bar in bars:
                left, right = bar.get_x(), bar.get_x() + bar.get_width()
                assert (right < reach) if fall else (left > reach)
                middle, half = (left + right) / 2, (right - left) / 2 / 0.84
                assert bar.get_height() == ((middle - half < clean) & (clean <= middle + half)).sum()
        withstand = 100 * (clean > reach).mean()
        assert axes.get_title("left") == f"{100 - withstand:.1f} % fall"
        assert axes.get_title("right") == f"{withstand:.1f} % withstand"


def test_ridges_are_densities_of_the_misclassified_logits(draw, truths):
    for axes, truth, name in zip(draw("misclassified_logits").axes, truths[::2], NAMES[::2], strict=True):
        assert axes.get_title() == name
        ends = np.array([line.get_xdata()[[0, -1]] for line in axes.lines])
        assert len(ends) == 20 and (np.diff(ends[:, 0]) < 0).all() and (np.diff(ends[:, 1]) > 0).all()
        for number, line in enumerate(axes.lines):
            at, ridge = line.get_xdata(), line.get_ydata() + 0.1 * number
            attacked = margins(truth, 0.025 * (number + 1))
            logits = (truth.labels * attacked)[attacked <= 0]
            if len(logits) == 0:
                np.testing.assert_allclose(ridge, 0, atol=1e-12)
                continue
            expected = scipy.stats.norm.pdf(at[:, None], logits, 0.5).mean(axis=1)
            np.testing.assert_allclose(ridge, expected, atol=1e-5)
            assert np.trapezoid(ridge, at) == pytest.approx(1, abs=0.003)  # nothing of it is cut off


# An adversarial example: of the committed runs, as a change of noise fools nobody


def worst_valid(image: np.ndarray, label: int, weights: np.ndarray) -> list[float]:
    """Pixel by pixel, the end of its range that the model likes least, at ε = 0.2."""
    ends = zip(np.maximum(0, image - 0.2), np.minimum(1, image + 0.2), weights.astype(float), strict=True)
    return [min(low, high, key=lambda end, w=w: label * w * end) for low, high, w in ends]


def test_two_worst_valid_changes_of_an_image_and_what_two_models_say(draw, models, test_arrays):
    figure = draw("adversarial_example", models)
    regular, _, robust, _ = models
    (images, labels), names = test_arrays, ("a zero", "a one")
    picture = figure.axes[0].images[0].get_array().data.ravel()
    (place,) = np.flatnonzero(np.abs(images - picture).max(axis=1) < 1e-6)
    image, label = images[place].astype(float), labels[place]
    said = []
    for attacked, axes in zip((regular, robust), (figure.axes[:3], figure.axes[3:]), strict=True):
        worst = np.array(worst_valid(image, label, attacked.weights))
        for one, expected, least in zip(axes, (image, worst - image, worst), (0, -1, 0), strict=True):
            np.testing.assert_allclose(one.images[0].get_array().data.ravel(), expected, atol=1e-6)
            assert one.images[0].get_clim() == (least, 1)
        titles = [names[int(label > 0)], rf"$\pm 0.2$, worst for {attacked.model}", "their sum"]
        assert [one.get_title() for one in axes] == titles
        logits = [worst @ run.weights + run.bias for run in (regular, robust)]
        said += [label * logit > 0 for logit in logits]
        assert [text.get_text() for text in axes[-1].texts[-3::2]] == [
            f"it is {names[int(logit > 0)]} (logit ${logit:+.1f}$)" for logit in logits
        ]
    assert said == [False, True, True, True]  # the regular model alone is fooled, and by its own worst change


def test_what_an_attack_lacks_is_an_error(draw, models):
    regular, robust = models[0], models[2]
    for changed, what in (
        ({"closest": np.full_like(regular.closest, -1)}, "no valid change of ε = 0.2 fools .*regular"),
        ({"epsilons": regular.epsilons[:20]}, r"adversarial\.npz: no attack at ε = 0.1, make the run again"),
    ):
        with pytest.raises(UserError, match=what):
            draw("adversarial_example", [dataclasses.replace(regular, **changed), robust])
