"""The figures without data: what they draw is what their formulas say."""

import importlib
import itertools
from pathlib import Path

import numpy as np
import pytest

CORNERS = np.array([*itertools.product((-1, 1), repeat=3)]) @ [3, -4, 0.5]  # of w·δ / ε: ε‖w‖₁ = 1.5 at 0.2


def curves(name: str) -> list[np.ndarray]:
    """The curves of a figure, thin before thick, each (2, n)."""
    axes = importlib.import_module(f"plots.{name}").draw(Path("no/run")).axes[0]
    return [line.get_xydata().T for line in sorted(axes.lines, key=lambda line: line.get_linewidth())]


@pytest.mark.parametrize(
    ("name", "attack"),
    [
        ("hinge_loss", None),
        ("hinge_margin", None),
        ("hinge_robust_corrected", np.max),
        ("hinge_robust", np.min),  # as published: the loss of the kindest perturbation
    ],
)
def test_the_hinge_is_the_loss_and_the_thick_one_that_of_the_worst_corner_of_the_box(name, attack):
    found = curves(name)
    for number, (logits, loss) in enumerate(found):
        assert len(logits) == 3
        label = 1 if loss[logits.argmin()] > 0 else -1
        epsilon = 0.2 if attack and number >= 2 else 0
        losses = [np.maximum(0, 1 - label * (logits + epsilon * corner)) for corner in CORNERS]
        assert (attack or np.max)(losses, axis=0) == pytest.approx(loss)
    assert len(found) == {"hinge_loss": 1, "hinge_margin": 2}.get(name, 4)


def test_the_corrected_landscape_has_the_slopes_of_the_loss_over_the_weight():
    """Without an attack -y x everywhere, with one ε more where the weight is positive, and ε less below 0."""
    plain, (x, loss) = curves("landscape_robust_corrected")
    slopes = np.diff(loss) / np.diff(x)
    assert np.diff(plain[1]) / np.diff(plain[0]) == pytest.approx(-0.4)
    assert slopes[x[1:] <= 3 + 1e-9] == pytest.approx(-0.6)  # the weight is 0 at 3
    assert slopes[x[:-1] >= 3 - 1e-9] == pytest.approx(-0.2)
    assert np.interp(3, *plain) == pytest.approx(np.interp(3, x, loss))
