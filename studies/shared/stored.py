"""Solutions of linear programs that are kept, and proved again from the data instead of solved again.

A certificate asks for nobody's trust: a stored solution that passes is as good as a new one, costs a
hundredth of the time and has the same bytes on every machine. One that is missing or fails is solved anew.
"""

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from studies.shared import files
from studies.shared.solver import Solution
from support.options import UserError

Proof = TypeVar("Proof")


def kept(study: str) -> dict[str, np.ndarray]:
    """A study's arrays as they are stored; none where they are missing or damaged."""
    try:
        with np.load(files.HERE / study / "arrays.npz") as archive:
            return dict(archive)
    except Exception:  # damaged bytes raise many kinds
        return {}


def proved_or_solved(
    read: Callable[[], Proof], solve: Callable[[], Proof], prove: Callable[[Proof], tuple[float, float]]
) -> tuple[Proof, tuple[float, float]]:
    """What `read` finds, or else what `solve` does, with the bounds that `prove` gets from it and the data.

    Raises:
        UserError: there is no proof of the new solution either.
    """
    try:
        found = read()
        return found, prove(found)
    except (KeyError, UserError, ValueError):  # not stored, no proof, or data of another size
        found = solve()
        return found, prove(found)


def solution(weights: np.ndarray, alpha: np.ndarray) -> Solution:
    """A solution as the studies store it: weights (785,), w then b, and α (N,)."""
    return Solution(weights[:-1], weights[-1], alpha)


def at_most(gap: float) -> float:
    """The least number of one digit that is no smaller: what a page may say of a gap between bounds."""
    exponent = math.floor(math.log10(gap))
    return float(f"{math.ceil(gap / 10.0**exponent)}e{exponent}")
