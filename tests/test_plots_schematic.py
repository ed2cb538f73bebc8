"""The figures without data: what they draw is what their formulas say."""

import importlib
import itertools
from pathlib import Path

import numpy as np
import pytest


def curves(name):
    """The curves of a figure, thin before thick, each (n, 2)."""
    axes = importlib.import_module(f"plots.{name}").draw(Path("no/run")).axes[0]
    return [line.get_xydata() for line in sorted(axes.lines, key=lambda line: line.get_linewidth())]


def by_label(hinges):
    """The hinge losses of y=1 and y=-1: that of y=1 falls with the logit."""
    return {1 if hinge[hinge[:, 0].argsort()][0, 1] > 0 else -1: hinge for hinge in hinges}


def kink(curve):
    """Where the slope of a curve with a single kink changes."""
    x, loss = curve[curve[:, 0].argsort()].T
    slopes = np.diff(loss) / np.diff(x)
    (change,) = np.flatnonzero(~np.isclose(np.diff(slopes), 0))
    return x[change + 1]


def losses_under_attack(logits, label, epsilon=0.2):
    """The hinge loss for all corners of the box of perturbations: (corners, logits); ε‖w‖₁ = 1.5 or 0."""
    perturbations = np.array(list(itertools.product((-epsilon, epsilon), repeat=3))) @ [3, -4, 0.5]
    return np.array([[max(0, 1 - label * (logit + shift)) for logit in logits] for shift in perturbations])


@pytest.mark.parametrize(
    ("name", "shift", "attack"),
    [
        ("hinge_margin", 0, None),
        ("hinge_robust_corrected", 1.5, np.max),
        ("hinge_robust", -1.5, np.min),  # as published: the loss of the kindest perturbation
    ],
)
def test_robust_hinge_is_the_loss_of_the_worst_perturbation_and_thin_is_the_loss_without(name, shift, attack):
    found = curves(name)
    for label, curve in by_label(found[:2]).items():
        assert losses_under_attack(curve[:, 0], label, 0)[0] == pytest.approx(curve[:, 1])
        assert kink(curve) == label
    for label, curve in by_label(found[2:]).items():
        assert kink(curve) == label * (1 + shift)
        assert attack(losses_under_attack(curve[:, 0], label), axis=0) == pytest.approx(curve[:, 1])
    assert len(found) == 4 if shift else 2


def test_hinge_loss():
    (curve,) = curves("hinge_loss")
    assert losses_under_attack(curve[:, 0], 1, 0)[0] == pytest.approx(curve[:, 1])
    assert (curve[:, 0].min(), kink(curve), curve[:, 0].max()) == (-3, 1, 3)


def slope(curve):
    """Of a straight line."""
    x, loss = curve.T
    slopes = np.diff(loss) / np.diff(x)
    assert slopes == pytest.approx(slopes[0])
    return slopes[0]


def test_landscapes_meet_at_the_example():
    """The published robust one: its slope is -y w + ε, and -y w is negative; there, nothing changes."""
    (simple,), (winding,) = curves("landscape_simple"), curves("landscape_complex")
    thin, thick = curves("landscape_robust")
    assert thin == pytest.approx(simple)
    assert slope(thin) < slope(thick) < 0
    assert np.count_nonzero(np.diff(np.sign(np.diff(winding[:, 1])))) >= 3
    for curve in (thick, winding):
        assert np.interp(3, *curve.T) == pytest.approx(np.interp(3, *simple.T))


def test_the_corrected_landscape_has_the_slopes_of_the_loss_over_the_weight():
    """Without an attack -y x everywhere, with one ε more where the weight is positive, and ε less below 0."""
    plain, robust = curves("landscape_robust_corrected")
    x, loss = robust.T
    slopes = np.diff(loss) / np.diff(x)
    left, right = (x[1:] <= 3 + 1e-9), (x[:-1] >= 3 - 1e-9)  # the weight is 0 at 3
    assert slope(plain) == pytest.approx(-0.4)
    assert (slopes[left] == pytest.approx(-0.6)) and (slopes[right] == pytest.approx(-0.2))
    assert np.interp(3, *plain.T) == pytest.approx(np.interp(3, *robust.T))
