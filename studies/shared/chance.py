"""Could a difference be chance? Exact binomial tests."""

import numpy as np
from scipy.stats import binomtest

SIGNIFICANT = 0.05


def sign_test(first: int, second: int) -> float:
    """The two-sided p-value of a split `first` : `second` when either side is equally likely; 1 for none."""
    return float(binomtest(first, first + second).pvalue) if first + second else 1.0


def paired_test(right: np.ndarray, other_right: np.ndarray) -> float:
    """McNemar's exact test: p of how unequally two models share the images that only one gets right.

    Args:
        right, other_right: bool (N,).
    """
    return sign_test(int((right & ~other_right).sum()), int((other_right & ~right).sum()))
