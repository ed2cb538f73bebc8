"""The seeds' comparisons, counted by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest

from studies.seeds import study


def test_two_models_are_compared_by_seed_and_by_image():
    first, second = np.ones((10, 3), bool), np.ones((10, 3), bool)
    # six more, one more, one fewer mistakes
    second[:6, 0] = second[:2, 1] = first[7, 1] = first[0, 2] = False
    found = study.compare(first, second)
    assert (found["second_worse"], found["first_worse"]) == (2, 1)
    assert found["p_over_seeds"] == pytest.approx(binomtest(2, 3).pvalue)
    assert binomtest(6, 6).pvalue < 0.05 < binomtest(5, 5).pvalue
    assert found["seeds_significant_over_images"] == 1
    second[5, 0] = True  # five to none
    assert study.compare(first, second)["seeds_significant_over_images"] == 0
