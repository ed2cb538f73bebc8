"""The figures that compute what they show, and the formulas, judged by the objects they are made of.

(tests/test_plots_command.py compares all images by bytes.)
"""

import importlib
import itertools

import numpy as np
import pytest
import scipy.stats

from support.options import RESULTS

NAMES = ("Regular", r"Robust ($\epsilon=0.1$)", r"Robust ($\epsilon=0.2$)", r"Robust ($\epsilon=0.3$)")


@pytest.fixture
def draw(models, monkeypatch):
    """Draw a figure of the committed runs, which are read but once."""

    def draw(name):
        script = importlib.import_module(f"plots.{name}")
        monkeypatch.setattr(script, "load_models", lambda _: models, raising=False)
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
            assert all((bar.get_x() < reach) == fall for bar in bars)
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


# Without data

CORNERS = np.array([*itertools.product((-1, 1), repeat=3)]) @ [3, -4, 0.5]  # of w·δ / ε: ε‖w‖₁ = 1.5 at 0.2


def curves(figure) -> list[np.ndarray]:
    """The curves of a figure, thin before thick, each (2, n)."""
    lines = sorted(figure.axes[0].lines, key=lambda line: line.get_linewidth())
    return [line.get_xydata().T for line in lines]


@pytest.mark.parametrize(
    ("name", "attack"),
    [
        ("hinge_loss", None),
        ("hinge_margin", None),
        ("hinge_robust_corrected", np.max),
        ("hinge_robust", np.min),  # as published: the loss of the kindest perturbation
    ],
)
def test_the_hinge_is_the_loss_and_the_thick_one_that_of_the_worst_corner_of_the_box(name, attack, draw):
    found = curves(draw(name))
    for number, (logits, loss) in enumerate(found):
        assert len(logits) == 3
        label = 1 if loss[logits.argmin()] > 0 else -1
        epsilon = 0.2 if attack and number >= 2 else 0
        losses = [np.maximum(0, 1 - label * (logits + epsilon * corner)) for corner in CORNERS]
        assert (attack or np.max)(losses, axis=0) == pytest.approx(loss)
    assert len(found) == {"hinge_loss": 1, "hinge_margin": 2}.get(name, 4)


def test_the_corrected_landscape_has_the_slopes_of_the_loss_over_the_weight(draw):
    """Without an attack -y x everywhere, with one ε more where the weight is positive, and ε less below 0."""
    plain, (x, loss) = curves(draw("landscape_robust_corrected"))
    slopes = np.diff(loss) / np.diff(x)
    assert np.diff(plain[1]) / np.diff(plain[0]) == pytest.approx(-0.4)
    assert slopes[x[1:] <= 3 + 1e-9] == pytest.approx(-0.6)  # the weight is 0 at 3
    assert slopes[x[:-1] >= 3 - 1e-9] == pytest.approx(-0.2)
    assert np.interp(3, *plain) == pytest.approx(np.interp(3, x, loss))
