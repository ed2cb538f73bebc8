"""Attackers against images really moved, worst cases against SciPy, and the attack against a library's."""

import logging
import warnings

import numpy as np
import pytest
from scipy.optimize import minimize

from adversarial import worst_case_perturbation
from studies.attackers import black_box, norms
from support import runs as run_files


def test_a_black_box_attack_is_the_white_box_attack_with_t_times_epsilon():
    random = np.random.default_rng(0)
    victims, signs = random.normal(size=(785, 2)), np.sign(random.normal(size=(784, 3)))
    pixels, labels = random.random((40, 784)), np.where(random.random(40) < 0.5, -1.0, 1.0)
    reached = black_box.transfers(victims, signs)
    found = black_box.accuracy(victims, pixels, labels, 0.2 * reached)
    for v, (*w, b) in enumerate(victims.T):
        for d, direction in enumerate(signs.T):
            moved = pixels - 0.2 * np.outer(labels, direction)
            assert found[v, d] == pytest.approx(np.mean(labels * (moved @ w + b) > 0))


def test_mean_differences_are_those_of_drawn_images():
    pixels, labels = np.repeat(np.eye(4), 5, axis=0), np.repeat([-1, -1, 1, 1], 5)
    found = black_box.mean_differences(pixels, labels, np.random.default_rng(0), (1, 10))
    assert found.shape == (4, 2, black_box.DRAWS)
    np.testing.assert_allclose(
        found[:, 1], np.array([-0.5, -0.5, 0.5, 0.5])[:, None] * np.ones(black_box.DRAWS)
    )


def test_conditions_are_counted_case_by_case():
    right = np.random.default_rng(3).integers(0, 4, (3, 4, 3, 20)) / 4
    right[0, 1:] += np.eye(3)[:, :, None]  # with the first share each model is the best at its own
    right[1, 2] += 1  # with the second one model is better than all in every norm
    own = specialists = both_others = 0
    for share in right:
        for norm in range(3):
            ours = share[norm + 1]
            better = [(ours[other] > share[0, other]).sum() >= norms.ENOUGH for other in range(3)]
            rivals = [np.median(share[model, norm]) for model in range(4) if model != norm + 1]
            own += better[norm]
            specialists += np.median(ours[norm]) > max(rivals)
            both_others += all(better[other] for other in range(3) if other != norm)
    found = norms.conditions(right)
    assert found == {"own": own, "specialists": specialists, "both_others": both_others}
    assert min(found.values()) >= 1 and max(found.values()) < 9


SIZES = {1: lambda both: both.sum(), 2: lambda both: np.sqrt((both**2).sum() + 1e-18)}


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_the_clipped_worst_case_is_what_a_solver_finds(norm):
    random = np.random.default_rng(2)
    w, pixels, labels = random.normal(size=5), random.random((4, 5)), np.array([1.0, -1, 1, -1])
    for epsilon in (0.1, 0.6):
        found = norms.clipped_loss(w, pixels, labels, epsilon, norm)
        for x, y, loss in zip(pixels, labels, found, strict=True):

            def fall(both, y=y):
                return y * w @ (both[:5] - both[5:])

            room = [(0, 1 - value) for value in x] + [(0, value) for value in x]
            if norm == np.inf:
                room = [(0, min(epsilon, most)) for _, most in room]
            limit = (
                [{"type": "ineq", "fun": lambda b, e=epsilon: e - SIZES[norm](b)}] if norm in SIZES else []
            )
            best = min(
                minimize(fall, random.random(10) * 0.1, bounds=room, constraints=limit, method="SLSQP").fun
                for _ in range(5)
            )
            assert loss == pytest.approx(-best, abs=2e-4)


def art():
    """The Adversarial Robustness Toolbox, which warns of frameworks that it doesn't find."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from art.attacks import evasion
        from art.estimators.classification import TensorFlowV2Classifier
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return evasion, TensorFlowV2Classifier


@pytest.mark.slow
@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("method", ["FastGradientMethod", "ProjectedGradientDescent"])
def test_a_librarys_attack_fools_no_image_that_ours_does_not(test_arrays, method, clip):
    import tensorflow as tf

    evasion, Classifier = art()
    pixels, labels = (array[:200] for array in test_arrays)
    options = {"max_iter": 10, "eps_step": 0.025, "verbose": False} if method.startswith("Projected") else {}
    for run in run_files.load_models():
        w, b = tf.constant(run.weights[:, None]), tf.constant(run.bias)

        def logits(x, training=False, w=w, b=b):  # of the labels -1 and +1
            return (tf.reshape(x, (-1, 784)) @ w + b) * tf.constant([[-0.5, 0.5]])

        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        classifier = Classifier(
            model=logits,
            nb_classes=2,
            input_shape=(784,),
            loss_object=loss,
            clip_values=(0, 1) if clip else None,
        )
        attack = getattr(evasion, method)(classifier, eps=0.1, **options)
        theirs = attack.generate(pixels, (labels > 0).astype(np.int64))
        ours = pixels + worst_case_perturbation(run.weights, labels, 0.1)
        ours = ours.clip(0, 1) if clip else ours
        assert np.abs(theirs - pixels).max() <= 0.1 + 1e-6
        found, own = (labels * (x.astype(float) @ run.weights + run.bias) for x in (theirs, ours))
        assert not ((found <= 0) & (own > 1e-4)).any()
        assert (own <= found + 1e-4).all()
