"""The data figures, judged by the objects they are made of: what they say of the committed runs is true.

(tests/test_plots_command.py compares the images by bytes.)
"""

import dataclasses
import importlib
import itertools

import numpy as np
import pytest
import scipy.stats

from support.options import RESULTS, UserError

NAMES = ("Regular", r"Robust ($\epsilon=0.1$)", r"Robust ($\epsilon=0.2$)", r"Robust ($\epsilon=0.3$)")
SHORT_NAMES = ("Regular", r"$\epsilon=0.1$", r"$\epsilon=0.2$", r"$\epsilon=0.3$")


@pytest.fixture
def draw(models, monkeypatch):
    """Draw a figure of the committed runs, or of others."""

    def draw(name, runs=models):
        script = importlib.import_module(f"plots.{name}")
        monkeypatch.setattr(script, "load_models", lambda _: runs)
        return script.draw(RESULTS)

    return draw


@pytest.fixture(scope="module")
def margins(test_arrays):
    """Of all test images under an attack on a run, in float64, as a function."""
    images, labels = (array.astype(float) for array in test_arrays)

    def margins(run, epsilon: float) -> np.ndarray:
        weights = run.weights.astype(float)
        return labels * (images @ weights + float(run.bias)) - epsilon * np.abs(weights).sum()

    return margins


@pytest.fixture
def fooling(test_arrays, margins):
    """The images that fool a run, as they are perturbed, nearest the boundary first, as a function."""
    images, labels = test_arrays

    def fooling(run, epsilon: float) -> list[np.ndarray]:
        found = margins(run, epsilon)
        places = sorted(np.flatnonzero(found <= 0), key=lambda place: -found[place])
        return [images[place] - labels[place] * epsilon * np.sign(run.weights) for place in places]

    return fooling


def shown(axes) -> np.ndarray | None:
    """The image in a place, white its least and black its largest; None if it is empty, without a frame."""
    if not axes.images:
        assert not axes.axison
        return None
    image = axes.images[0].get_array().data
    ends = axes.images[0].to_rgba([image.min(), image.max()], bytes=True)
    assert ends.tolist() == [[255, 255, 255, 255], [0, 0, 0, 255]]
    return image.ravel()


def test_misclassified_examples_are_test_images_nearest_the_boundary_first(draw, models, fooling):
    grid = np.reshape(draw("misclassified_regular").axes, (4, 4))
    for places, run, name in zip(grid, models, SHORT_NAMES, strict=True):
        for place, image in itertools.zip_longest(places, fooling(run, 0)[:4]):
            assert shown(place) is None if image is None else (shown(place) == image).all()
        assert [text.get_text() for text in places[0].texts] == [name]


def test_nearest_misclassified_samples_against_brute_force(draw, models, fooling):
    unfooled = dataclasses.replace(models[3], closest=np.full_like(models[3].closest, -1))
    grid = np.reshape(draw("misclassified_noise", [*models[:3], unfooled]).axes, (4, 11))
    for places, run, name in zip(grid, models, NAMES, strict=True):
        assert places[0].texts[0].get_text() == name
        for place, epsilon in zip(places, np.arange(11) / 20, strict=True):
            if run is models[3]:
                assert shown(place) is None
            else:
                np.testing.assert_allclose(shown(place), fooling(run, epsilon)[0], atol=1e-6)
    below = [place.texts[-1].get_text() for place in grid[-1]]
    assert below == [rf"$\epsilon={epsilon:.2f}$" for epsilon in np.arange(11) / 20]


def test_model_weights(draw, models):
    fours_and_nines = dataclasses.replace(models[0], config={"digits": [4, 9]})
    figure = draw("model_weights", [fours_and_nines, *models[1:]])
    assert "dark: speaks for a 9;  pale: for a 4;" in figure.texts[-1].get_text()
    for place, run, name in zip(figure.axes, models, NAMES, strict=True):
        np.testing.assert_array_equal(shown(place), run.weights)
        assert place.get_title() == name


def test_accuracy_curves_are_the_shares_of_positive_margins(draw, models, margins):
    (axes,) = draw("accuracy_noise").axes
    for line, run in zip(axes.lines, models, strict=True):
        clean, reach = margins(run, 0), np.abs(run.weights.astype(float)).sum()
        accuracy = [(clean > epsilon * reach).mean() for epsilon in np.arange(101) / 200]
        np.testing.assert_allclose(np.interp(np.arange(101) / 200, *line.get_data()), accuracy, atol=1e-9)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(NAMES)


def test_margins_within_the_reach_of_the_attack_fall(draw, models, margins):
    for axes, run, name in zip(draw("margins").axes, models[::2], NAMES[::2], strict=True):
        clean = margins(run, 0)
        reach = clean[0] - margins(run, 0.2)[0]
        assert axes.get_title() == name
        assert f"={reach:.1f}$" in axes.texts[-1].get_text()
        (line,) = axes.collections[-1].get_segments()
        assert line[:, 0] == pytest.approx(reach)
        for bars, fall in ((axes.containers[0], True), (axes.containers[1], False)):
            assert sum(bar.get_height() for bar in bars) == sum((clean <= reach) == fall)
            assert all((bar.get_center()[0] < reach) == fall for bar in bars)
        withstand = 100 * (clean > reach).mean()
        assert axes.get_title("left") == f"{100 - withstand:.1f} % fall"
        assert axes.get_title("right") == f"{withstand:.1f} % withstand"


def test_ridges_are_densities_of_the_misclassified_logits(draw, models, margins, test_arrays):
    for axes, run, name in zip(draw("misclassified_logits").axes, models[::2], NAMES[::2], strict=True):
        assert axes.get_title() == name
        assert len(axes.lines) == 20
        for number, line in enumerate(axes.lines):
            at, ridge = line.get_xdata(), line.get_ydata() + 0.1 * number
            attacked = margins(run, 0.025 * (number + 1))
            logits = (test_arrays[1] * attacked)[attacked <= 0]
            expected = scipy.stats.norm.pdf(at[::20, None], logits, 0.5).mean(axis=1)
            np.testing.assert_allclose(ridge[::20], expected, atol=1e-5)
            assert np.trapezoid(ridge, at) == pytest.approx(1, abs=0.003)  # nothing of it is cut off


def test_two_worst_valid_changes_of_an_image_and_what_two_models_say(draw, models, test_arrays):
    figure = draw("adversarial_example")
    regular, _, robust, _ = models
    (images, labels), names = test_arrays, ("a zero", "a one")
    picture = figure.axes[0].images[0].get_array().data.ravel()
    (place,) = np.flatnonzero(np.abs(images - picture).max(axis=1) < 1e-6)
    image, label = images[place].astype(float), labels[place]
    said = []
    for attacked, axes in zip((regular, robust), (figure.axes[:3], figure.axes[3:]), strict=True):
        worst = np.clip(image - label * 0.2 * np.sign(attacked.weights), 0, 1)
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
