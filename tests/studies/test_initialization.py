"""The variants of a model and the other's step, by hand."""

import numpy as np
import pytest

from studies.initialization import study
from studies.shared import models


def test_variants_change_what_they_say():
    random = np.random.default_rng(0)
    trained, starts = random.normal(0, 0.2, (785, 2)), random.normal(0, 0.1, (785, 2))
    unlit = np.zeros(784, bool)
    unlit[:3] = True
    found = study.variants(trained, starts, unlit)
    assert (found["unlit_at_zero"][:3] == 0).all() and (found["unlit_at_zero"][3:] == trained[3:]).all()
    np.testing.assert_allclose(found["start_subtracted"][:, 1], trained[:, 1] - starts[:, 1])
    np.testing.assert_array_equal(found["trained"], trained)


def test_steps_are_alike_when_exchanged():
    """On the mean over a batch of 100: regular 0.01 as the robust models, robust 0.1 as the regular one."""
    on_mean = [model.learning_rate * (100 if model.of_sum else 1) for model in study.other_steps()]
    assert on_mean == pytest.approx([0.01, 0.1, 0.1, 0.1])
    assert [model.key for model in study.other_steps()] == list(models.KEYS)
