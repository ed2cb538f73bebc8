"""The figures without data: what they draw is what their formulas say."""

import importlib
import itertools
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from matplotlib.backends.backend_agg import FigureCanvasAgg

from plots import style

READ_RUNS = ("accuracy", "adversarial", "margins", "misclassified", "model")
FIGURES = [path.stem for path in (ROOT / "plots").glob("*.png") if not path.stem.startswith(READ_RUNS)]
NOWHERE = Path("no/such/folder")  # these figures read no run


def draw(name):
    return importlib.import_module(f"plots.{name}").draw(NOWHERE)


def curves(name):
    """The curves of a figure, thin before thick, each (n, 2)."""
    return [
        line.get_xydata() for line in sorted(draw(name).axes[0].lines, key=lambda line: line.get_linewidth())
    ]


def by_label(hinges):
    """The hinge losses of y=1 and y=-1: that of y=1 falls with the logit."""
    return {1 if hinge[hinge[:, 0].argsort()][0, 1] > 0 else -1: hinge for hinge in hinges}


def kink(curve):
    """Where the slope of a curve with a single kink changes."""
    x, loss = curve[curve[:, 0].argsort()].T
    slopes = np.diff(loss) / np.diff(x)
    (change,) = np.flatnonzero(~np.isclose(np.diff(slopes), 0))
    return x[change + 1]


def losses_under_attack(logits, label):
    """The hinge loss for all corners of the box of perturbations: (corners, logits); ε‖w‖₁ = 1.5."""
    epsilon, weights = 0.2, np.array([3, -4, 0.5])
    perturbations = np.array(list(itertools.product((-epsilon, epsilon), repeat=3)))
    return np.array(
        [[max(0, 1 - label * (logit + shift)) for logit in logits] for shift in perturbations @ weights]
    )


@pytest.mark.parametrize("name", ["hinge_margin", "hinge_robust", "hinge_robust_corrected"])
def test_without_attack_both_classes_have_the_plain_hinge_loss(name):
    for label, curve in by_label(curves(name)[:2]).items():
        assert [max(0, 1 - label * logit) for logit in curve[:, 0]] == pytest.approx(curve[:, 1])
        assert kink(curve) == label
        assert np.ptp(curve[:, 0]) >= 6


def test_hinge_loss():
    (curve,) = curves("hinge_loss")
    assert np.maximum(0, 1 - curve[:, 0]) == pytest.approx(curve[:, 1])
    assert (curve[:, 0].min(), kink(curve), curve[:, 0].max()) == (-3, 1, 3)


@pytest.mark.parametrize(
    ("name", "shift", "attack"), [("hinge_robust_corrected", 1.5, np.max), ("hinge_robust", -1.5, np.min)]
)
def test_robust_hinge_is_the_loss_of_the_worst_perturbation_and_as_published_of_the_kindest(
    name, shift, attack
):
    thick = by_label(curves(name)[2:])
    assert {label: kink(curve) for label, curve in thick.items()} == {1: 1 + shift, -1: -1 - shift}
    for label, curve in thick.items():
        assert attack(losses_under_attack(curve[:, 0], label), axis=0) == pytest.approx(curve[:, 1])


def test_complex_landscape_goes_up_and_down_and_meets_the_simple_one_at_the_example():
    x, loss = curves("landscape_complex")[-1].T
    assert np.count_nonzero(np.diff(np.sign(np.diff(loss)))) >= 3
    assert np.interp(3, x, loss) == pytest.approx(np.interp(3, *curves("landscape_simple")[-1].T))


def slope(curve):
    """Of a straight line."""
    x, loss = curve.T
    slopes = np.diff(loss) / np.diff(x)
    assert slopes == pytest.approx(slopes[0])
    return slopes[0]


def test_published_robust_landscape_crosses_the_simple_one_at_the_example():
    """The slope of the one is -y w and negative, of the other -y w + ε; at the example nothing changes."""
    thin, thick = curves("landscape_robust")
    assert thin == pytest.approx(curves("landscape_simple")[0])
    assert slope(thin) < slope(thick) < 0
    assert np.interp(3, *thick.T) == pytest.approx(np.interp(3, *thin.T))


@pytest.mark.parametrize(("curve", "epsilon"), [(0, 0), (1, 0.2)])
def test_corrected_landscape_has_the_slopes_of_the_loss_over_the_weight(curve, epsilon):
    def loss(weight, y=1, pixel=0.4):
        return np.maximum(0, 1 - (y * weight * pixel - epsilon * abs(weight)))

    x, drawn = curves("landscape_robust_corrected")[curve].T
    middles = (x[1:] + x[:-1]) / 2 - 3  # the weight is 0 at the dashed line
    away = abs(middles) > 0.1
    wanted = (loss(middles + 1e-4) - loss(middles - 1e-4)) / 2e-4
    active = away & (loss(middles) > 0.01)
    assert (active & (middles > 0)).any()
    assert (active & (middles < 0)).any()
    assert (np.diff(drawn) / np.diff(x))[active] == pytest.approx(wanted[active], abs=1e-6)
    if epsilon:
        assert kink(np.stack([x, drawn], axis=1)) == pytest.approx(3)


@pytest.mark.parametrize("name", sorted(FIGURES))
@style.look()
def test_no_two_texts_overlap_and_none_is_cut_off(name):
    figure = draw(name)
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    texts = [text for text in axes.texts if text.get_text()]
    if name == "perturbation_boxes":
        texts = [axis.label for axis in (axes.xaxis, axes.yaxis, axes.zaxis)]
    extents = [(text.get_bbox_patch() or text).get_window_extent() for text in texts]
    assert len(extents) >= 3
    for extent in extents:
        assert 0 <= extent.x0 < extent.x1 <= figure.bbox.x1
        assert 0 <= extent.y0 < extent.y1 <= figure.bbox.y1
    for one, other in itertools.combinations(extents, 2):
        assert not one.overlaps(other)
