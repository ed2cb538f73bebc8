"""Copies and norms by hand, the page's numbers made again, and the attack against a library's."""

import logging
import warnings

import numpy as np
import pytest

from adversarial import worst_case_perturbation
from studies.attackers import study
from studies.shared import files, images, models
from support import runs as run_files


@pytest.fixture(scope="module")
def numbers():
    return files.numbers("attackers")


def test_a_copys_attack_is_the_white_box_attack_with_t_times_epsilon():
    random = np.random.default_rng(0)
    victims, signs = random.normal(size=(785, 4, 3)), np.sign(random.normal(size=(784, 4, 3)))
    pixels, labels = random.random((40, 784)), np.where(random.random(40) < 0.5, -1.0, 1.0)
    found = study.measure(victims, {"copy": signs}, (pixels, labels))
    reached = study.transfer(victims, signs)
    for place, key in enumerate(models.KEYS):
        right, in_range, by_white_box = [], [], []
        for s in range(3):
            *w, b = victims[:, place, s]
            assert reached[place, s] == pytest.approx(w @ signs[:, place, s] / sum(map(abs, w)))
            moved = pixels - 0.2 * np.outer(labels, signs[:, place, s])
            white = pixels - 0.2 * reached[place, s] * np.outer(labels, np.sign(w))
            for kept, images_ in ((right, moved), (in_range, moved.clip(0, 1)), (by_white_box, white)):
                kept.append(np.mean(labels * (images_ @ w + b) > 0))
        assert found["right"]["copy"][key] == pytest.approx(np.median(right))
        assert found["in_range"]["copy"][key] == pytest.approx(np.median(in_range))
        assert right == pytest.approx(by_white_box)
        if key == "regular":
            for part, values in (("right", right), ("in_range", in_range)):
                low, high = found["spread"][part]["copy"]
                assert (low, high) == pytest.approx(np.quantile(values, (0.05, 0.95)))


def test_what_a_copy_misses_by_hand():
    """A robust model of three pixels, of which the copy knows two and the third is driven to zero."""
    weights, zeros = np.zeros((785, 4, 1)), np.zeros((785, 4, 1))
    weights[:3] = np.array([4, -0.2, 0.03])[:, None, None]
    weights[784] = 7  # the bias counts nowhere
    zeros[:2] = np.array([3, 1])[:, None, None]
    signs = np.zeros((784, 4, 1))
    signs[:3] = np.array([1, -1, -1])[:, None, None]
    found = study.explain(weights, zeros, signs)
    assert found["in_driven"]["0.3"] == pytest.approx(0.03 / 4.23) and found["to_others"]["0.3"] == 1
    assert found["to_zero_weights"] == pytest.approx((3 - 1) / 4)


def test_victims_meet_the_next_seeds_model_and_the_draw_of_their_own():
    random = np.random.default_rng(1)
    weights, zeros = random.normal(size=(785, 4, 3)), random.normal(size=(785, 4, 1))
    differences = random.normal(size=(784, len(study.COUNTS), 3))
    found = study.signs_of_copies(weights, zeros, differences)
    for s in range(3):
        np.testing.assert_array_equal(found["white box"][..., s], np.sign(weights[:-1, :, s]))
        np.testing.assert_array_equal(found["another seed"][..., s], np.sign(weights[:-1, :, (s + 1) % 3]))
        np.testing.assert_array_equal(found["zero weights"][..., s], np.sign(zeros[:-1, :, 0]))
        for name, count in (("ten images", 10), ("1000 images", 1000)):
            of_count = np.sign(differences[:, study.COUNTS.index(count), s])
            assert (found[name][..., s] == of_count[:, None]).all()


def test_mean_differences_are_those_of_drawn_images():
    pixels, labels = np.repeat(np.eye(4), 5, axis=0), np.repeat([-1, -1, 1, 1], 5)
    found = study.mean_differences(pixels, labels, 7, (1, 10))
    assert found.shape == (4, 2, 7)
    np.testing.assert_allclose(found[:, 1], np.repeat([-0.5, 0.5], 2)[:, None] * np.ones(7))
    assert (np.sort(found[:, 0], axis=0) == [[-1], [0], [0], [1]] * np.ones(7)).all()


@pytest.mark.slow
def test_the_pages_transfers_and_accuracies_made_again(numbers):
    """Of the regular models from three of the seeds, with a trainer of three lines."""
    (pixels, labels), test = images.pair("train"), images.pair("test")

    def regular(w):
        w = w.astype(np.float64)
        signed = np.column_stack([pixels, np.ones(len(pixels))]) * labels[:, None]
        for _ in range(10):
            for first in range(0, len(signed), 100):
                batch = signed[first : first + 100]
                w += 0.1 * batch.T @ (batch @ w < 1) / len(batch)
        return w

    starts = models.starts(study.SEEDS)
    of_zeros = np.sign(regular(np.zeros((785, 1)))[:-1])
    victims = regular(starts)
    norms = np.abs(victims[:-1]).sum(axis=0)
    of_zeros_t = (victims[:-1] * of_zeros).sum(axis=0) / norms
    of_next_t = [victims[:-1, s] @ np.sign(victims[:-1, (s + 1) % 20]) / norms[s] for s in range(20)]
    found = numbers.transfer
    assert found["zero weights"].regular == pytest.approx(np.median(of_zeros_t), abs=1e-4)
    assert found["another seed"].regular == pytest.approx(np.median(of_next_t), abs=1e-4)
    moved = test[0] - 0.2 * test[1][:, None] * of_zeros.T
    for part, attacked in (("right", moved), ("in_range", moved.clip(0, 1))):
        right = (test[1][:, None] * (attacked @ victims[:-1] + victims[-1]) > 0).mean(axis=0)
        assert numbers[part]["zero weights"].regular == pytest.approx(np.median(right), abs=6e-4)


def test_pairs_are_counted_one_by_one(monkeypatch):
    """Of three pairs: what the copy leaves of the regular model, and the white box of the robust one."""
    left, known = {"right": (0.2, 0.5, 0.9), "in_range": (0.4, 0.45, 0.7)}, (0.3, 0.5, 0.8)
    pairs = [
        {
            part: {
                name: {
                    "regular": left.get(part, (0.1, 0.3, 0.2))[i],
                    "0.2": known[i] if name == "white box" else 0,
                }
                for name in study.COPIES
            }
            for part in ("right", "in_range", "transfer")
        }
        for i in range(3)
    ]
    monkeypatch.setattr(study.images, "all_digits", lambda split: None)
    monkeypatch.setattr(study.work, "spread", lambda *_: pairs)
    found = study.study_pairs()
    assert [found[part]["ten images"] for part in ("enough", "enough_in_range")] == [1, 2]
    assert [found[part]["ten images"] for part in ("safer", "safer_in_range")] == [1, 2]
    assert found["transfer"]["ten images"]["regular"] == 0.2


def test_training_against_a_norm_is_its_three_lines(monkeypatch):
    """The stages, in order, with the attack's dual norm in the hinge."""
    monkeypatch.setattr(study, "STAGES", ((1, 2), (5, 1)))
    random = np.random.default_rng(2)
    pixels, labels = random.random((150, 784)), np.where(random.random(150) < 0.5, -1.0, 1.0)
    start, budgets = random.normal(size=(785, 1)) / 28, (0.2, 1.6, 26)
    found = study.train_against(pixels, labels, budgets, start)
    signed = np.column_stack([pixels, np.ones(150)]) * labels[:, None]
    slopes = (  # of the sum of |w|, of the length and of the largest |w|
        np.sign,
        lambda w: w / np.sqrt(w @ w),
        lambda w: np.sign(w) * (np.abs(w) == np.abs(w).max()),
    )
    for place, (budget, slope) in enumerate(zip(budgets, slopes, strict=True)):
        w = start[:, 0].copy()
        for rate, epochs, after in ((1e-4, 2, found[0]), (2e-5, 1, found[1])):
            for batch in (signed[:100], signed[100:]) * epochs:
                against = np.append(slope(w[:-1]), 0)
                active = batch @ w - budget * against @ w < 1
                w += rate * (batch[active].sum(axis=0) - active.sum() * budget * against)
            np.testing.assert_allclose(after[:, place, 0], w, atol=1e-6)


def test_cases_are_counted_one_by_one():
    right = np.random.default_rng(3).integers(0, 4, (4, 3, 5)) / 4
    right[1, 0] = 2  # against the max norm better and the best
    right[2, 1], right[0, 1, 2] = 1.5, 1.5  # against the 2-norm the best, and in one seed no better
    right[3, 2], right[1, 2] = 3, 3  # against the 1-norm better, and another as good
    assert study.cases(right) == {"better": 2, "best": 2}


@pytest.mark.slow
def test_the_norm_tables_worst_cases_made_again(numbers):
    """The budgets, and the regular models in the 1-norm pixel by pixel, the largest weight first."""
    (pixels, labels), (x, y) = images.pair("train"), images.pair("test")
    means = [pixels[labels == label].mean(axis=0, dtype=np.float64) for label in (-1, 1)]
    gap = np.abs(means[1] - means[0])
    share = 0.2 / gap.max()
    found = numbers.norms
    assert list(found.budgets.values()) == pytest.approx([0.2, share * np.sqrt(gap @ gap), share * gap.sum()])
    right = []
    for weights in models.train(pixels, labels, models.starts(range(1, 6)), [models.REGULAR])[-1, :, 0].T:
        *w, b = weights.astype(np.float64)
        moved, left = x.astype(np.float64), np.full(len(x), found.budgets["1-norm"])
        for i in np.argsort(-np.abs(w), kind="stable"):
            goal = y * w[i] < 0  # to black
            step = np.minimum(np.abs(goal - moved[:, i]), left)
            moved[:, i] += np.where(goal, step, -step)
            left -= step
        right.append(np.mean(y * (moved @ w + b) > 0))
    assert found.in_range.regular["1-norm"] == pytest.approx(np.median(right), abs=6e-4)


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
def test_a_librarys_attack_fools_no_image_that_ours_does_not(test_arrays, clip):
    import tensorflow as tf

    evasion, Classifier = art()
    pixels, labels = (array[:200] for array in test_arrays)
    for run in run_files.load_models()[:2]:
        w, b = tf.constant(run.weights[:, None]), tf.constant(run.bias)

        def logits(x, training=False, w=w, b=b):  # of the labels -1 and +1
            return (tf.reshape(x, (-1, 784)) @ w + b) * tf.constant([[-0.5, 0.5]])

        classifier = Classifier(
            model=logits,
            nb_classes=2,
            input_shape=(784,),
            loss_object=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            clip_values=(0, 1) if clip else None,
        )
        attack = evasion.ProjectedGradientDescent(
            classifier, eps=0.1, max_iter=10, eps_step=0.025, verbose=False
        )
        theirs = attack.generate(pixels, (labels > 0).astype(np.int64))
        ours = pixels + worst_case_perturbation(run.weights, labels, 0.1)
        ours = ours.clip(0, 1) if clip else ours
        assert np.abs(theirs - pixels).max() <= 0.1 + 1e-6
        found, own = (labels * (x.astype(float) @ run.weights + run.bias) for x in (theirs, ours))
        assert (own <= found + 1e-4).all()
