"""What the rules are given, against brute force and another library; and how conditions become a verdict."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from studies.verdicts import rules
from studies.verdicts.evidence import OWN, Case

RANDOM = np.random.default_rng(0)


@pytest.fixture(params=[False, True], ids=["any", "clipped"])
def case(request) -> Case:
    """Four models from three starts on forty images, none of them any good."""
    images = RANDOM.random((40, 784)).astype(np.float32)
    labels = np.where(np.arange(40) % 2, 1, -1).astype(np.float32)
    start, weights = RANDOM.normal(size=(785, 3)), RANDOM.normal(size=(785, 4, 3)) / 10
    return Case(
        start / 5,
        weights,
        weights[..., 0],
        RANDOM.normal(size=(784, 4, 3)) / 5,
        (images, labels),
        (images, labels),
        clipped=request.param,
    )


def moved(case: Case, direction: np.ndarray, epsilon: float) -> np.ndarray:
    """The test images, each pixel moved by ε along these signs, against its label."""
    images, labels = case.test
    after = images - epsilon * labels[:, None] * np.sign(direction)
    return np.clip(after, 0, 1) if case.clipped else after


def test_attacked_images_are_really_moved(case):
    labels = case.test[1]
    weights = case.weights[:, 2, 1]
    margins = labels * (moved(case, weights[:-1], 0.2) @ weights[:-1] + weights[-1])
    np.testing.assert_allclose(case.attacked(0.2)[:, 2, 1], margins, atol=1e-5)
    assert case.at[0.2][2, 1] == np.mean(margins > 0)
    assert case.fooled_logits(0.2)[2, 1] == pytest.approx(np.median(-margins[margins <= 0]), rel=1e-4)


def test_transfer_is_that_of_images_moved_for_another_seed(case):
    labels, regular = case.test[1], case.weights[:, 0]
    fooled = [
        np.mean(labels * (moved(case, regular[:-1, source], 0.2) @ regular[:-1, of] + regular[-1, of]) <= 0)
        for of in range(3)
        for source in range(3)
        if of != source
    ]
    np.testing.assert_allclose(np.sort(case.fooled_by_other_seeds()), np.sort(fooled))


def test_what_foretells_is_scored_as_scikit_learn_does(case):
    found = case.foretold(np.abs(case.means[:, 1:]))
    for place, epsilon in enumerate(OWN):
        sizes = np.abs(case.weights[:-1, place + 1, 2])
        wiped = sizes <= 0.01 * sizes.max()
        below = np.abs(case.means[:, place + 1, 2]) < epsilon
        assert found[place, 2] == pytest.approx(balanced_accuracy_score(wiped, below))


@pytest.mark.parametrize(
    "values, verdict",
    [
        ((True, True), "confirmed"),
        ((False, False), "refuted"),
        ((True, False), "partly"),
        ((None, False), "not decided"),
        ((None, True), "not decided"),
        ((None, None), "not decided"),
        ((None, True, False), "partly"),
    ],
)
def test_conditions_become_a_verdict(values, verdict):
    assert rules.decided(dict(enumerate(values))) == verdict


def test_mathematics_is_proved_or_not():
    disproved = rules.CLAIMS["T3"]
    assert disproved.verdict(disproved.proof) == "disproved"


def test_the_same_models_are_neither_worse_nor_more_robust(case):
    """With four equal models, no claim that sets one above the other can hold."""
    equal = replace(case, weights=np.repeat(case.weights[:, :1], 4, axis=1))
    equal.accidents = {"none": equal.at[0.0]}
    assert not rules.slightly_worse(equal)["each is worse"]
    assert not rules.confident(equal)["the regular one most"]
    assert not rules.reliable(equal)["under attack"] and rules.reliable(equal)["after accidents"]
    assert not any(rules.aligned(equal).values())
