"""The seeds' comparisons, counted by hand."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from studies.seeds import study


def test_two_models_are_compared_by_seed_and_by_image():
    first, second = np.ones((10, 3), bool), np.ones((10, 3), bool)
    second[:4, 0] = second[:2, 1] = first[5, 1] = first[0, 2] = (
        False  # four more, one more, one fewer mistakes
    )
    found = study.compare(first, second)
    assert (found["second_worse"], found["first_worse"]) == (2, 1)
    assert found["p_over_seeds"] == pytest.approx(binomtest(2, 3).pvalue)
    assert found["smallest_p_over_images"] == pytest.approx(binomtest(4, 4).pvalue)


@pytest.mark.parametrize(("first", "second"), [(2, 3), (2, 5), (5, 0)])
def test_the_smallest_p_is_that_of_the_luckiest_images(first, second):
    sharing = [
        binomtest(len(a - b), len(a ^ b)).pvalue if a ^ b else 1.0
        for a, b in product([set(range(first))], [set(range(k, k + second)) for k in range(8)])
    ]
    assert study.smallest_p(first, second) == pytest.approx(min(sharing))
