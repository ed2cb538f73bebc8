"""Copies and norms by hand, the page's numbers made again, and the attack against a library's."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from adversarial import worst_case_perturbation
from studies.attackers import study
from studies.shared import files, images, models
from support.runs import load_models


@pytest.fixture(scope="module")
def numbers():
    return files.numbers("attackers")


def test_a_copys_attack_is_the_white_box_attack_with_t_times_epsilon():
    random = np.random.default_rng(0)
    victims, signs = random.normal(size=(785, 4, 3)), np.sign(random.normal(size=(784, 4, 3)))
    pixels, labels = random.random((40, 784)), np.where(random.random(40) < 0.5, -1.0, 1.0)
    found = study.measure(victims, {"copy": signs}, (pixels, labels))
    for place, key in enumerate(models.KEYS):
        right, in_range, by_white_box = [], [], []
        for s in range(3):
            *w, b = victims[:, place, s]
            v = signs[:, place, s]
            moved = pixels - 0.2 * np.outer(labels, v)
            white = pixels - 0.2 * (w @ v) / sum(map(abs, w)) * np.outer(labels, np.sign(w))
            for kept, images_ in ((right, moved), (in_range, moved.clip(0, 1)), (by_white_box, white)):
                kept.append(np.mean(labels * (images_ @ w + b) > 0))
        assert right == pytest.approx(by_white_box)
        for part, values in (("right", right), ("in_range", in_range)):
            assert found[part]["copy"][key] == pytest.approx(np.median(values))
            if key == "regular":
                assert found["spread"][part]["copy"] == pytest.approx(np.quantile(values, (0.05, 0.95)))


def test_what_ten_images_see_of_a_robust_model_by_hand():
    """Three weights in 784, of which one is driven to zero; the means differ the wrong way at the second."""
    weights, differences = np.zeros((785, 3, 1)), np.zeros((784, 1))
    weights[:3, :, 0] = np.array([[4, -1, 0.03]]).T
    weights[784] = 7  # the bias counts nowhere
    differences[:3, 0] = 0.5, 0.9, -0.8
    found = study.explain(weights, differences)
    assert found["kept"]["0.3"] == 2 / 784 and found["difference"]["0.1"] == pytest.approx(0.7)
    assert found["to_kept"]["0.2"] == pytest.approx((4 - 1) / 5)


def test_victims_meet_the_next_seeds_model_and_the_draw_of_their_own():
    random = np.random.default_rng(1)
    weights, zeros = random.normal(size=(785, 4, 3)), random.normal(size=(785, 4, 1))
    differences = random.normal(size=(784, len(study.COUNTS), 3))
    found = study.signs_of_copies(weights, zeros, differences)
    ten, thousand = (differences[:, [study.COUNTS.index(count)] * 4] for count in (10, 1000))
    copies = weights[:-1], weights[:-1, :, [1, 2, 0]], np.repeat(zeros[:-1], 3, axis=2), ten, thousand
    for name, copy in zip(study.COPIES, copies, strict=True):
        np.testing.assert_array_equal(found[name], np.sign(copy))


def test_mean_differences_are_those_of_drawn_images():
    pixels, labels = np.repeat(np.eye(4), 5, axis=0), np.repeat([-1, -1, 1, 1], 5)
    found = study.mean_differences(pixels, labels, 7, (1, 10))
    assert found.shape == (4, 2, 7)
    np.testing.assert_allclose(found[:, 1], np.repeat([-0.5, 0.5], 2)[:, None] * np.ones(7))
    assert (np.sort(found[:, 0], axis=0) == [[-1], [0], [0], [1]] * np.ones(7)).all()


@pytest.mark.slow
def test_the_pages_transfers_and_accuracies_made_again(numbers):
    """Of the regular models, with and without a random start, with a trainer of three lines."""
    (pixels, labels), (x, y) = images.pair("train"), images.pair("test")
    signed = np.column_stack([pixels, np.ones(len(pixels))]) * labels[:, None]
    w = np.column_stack([models.starts(study.SEEDS), np.zeros(785)]).astype(np.float64)
    for _ in range(10):
        for first in range(0, len(signed), 100):
            batch = signed[first : first + 100]
            w += 0.1 * batch.T @ (batch @ w < 1) / len(batch)
    zero, found = np.sign(w[:-1, -1:]), numbers
    for along, name in ((zero, "zero weights"), (np.sign(np.roll(w[:-1, :-1], -1, axis=1)), "another seed")):
        t = (w[:-1, :-1] * along).sum(axis=0) / np.abs(w[:-1, :-1]).sum(axis=0)
        assert found.transfer[name].regular == pytest.approx(np.median(t), abs=1e-4)
        back = (w[:-1, -1:] * along).sum(axis=0) / np.abs(w[:-1, -1]).sum()
        assert found.startless.transfer[name].regular == pytest.approx(np.median(back), abs=1e-4)
    moved = x - 0.2 * y[:, None] * zero.T
    for part, attacked in (("right", moved), ("in_range", moved.clip(0, 1))):
        right = (y[:, None] * (attacked @ w[:-1] + w[-1]) > 0).mean(axis=0)
        assert found[part]["zero weights"].regular == pytest.approx(np.median(right[:-1]), abs=6e-4)
        assert found.startless[part]["zero weights"].regular == pytest.approx(right[-1], abs=6e-4)


def test_pairs_are_counted_one_by_one(monkeypatch):
    """Of three pairs: what a copy leaves of the regular models, and the white box of the robust one."""
    values = {"right": (0.2, 0.5, 0.9), "in_range": (0.4, 0.45, 0.7), "transfer": (0.1, 0.7, 0.2)}
    known, names = (0.3, 0.5, 0.8), study.COPIES

    def pair(i):
        left = {
            part: {name: {"regular": of[i], "0.2": known[i]} for name in names} for part, of in values.items()
        }
        startless = {part: {name: {"regular": 0.1 * i} for name in names} for part in values}
        return {**left, "startless": startless}

    monkeypatch.setattr(study.images, "all_digits", lambda split: None)
    monkeypatch.setattr(study.work, "spread", lambda *_: [pair(i) for i in range(3)])
    found = study.study_pairs()
    assert [found[part]["ten images"] for part in ("enough", "enough_in_range")] == [1, 2]
    assert [found[part]["ten images"] for part in ("safer", "safer_in_range")] == [1, 2]
    assert found["gain"]["ten images"] == pytest.approx([0.2, 0.4, 0.7])
    assert found["gain_in_range"]["zero weights"] == pytest.approx([0.35, 0.4, 0.5])
    assert found["transfer"] == pytest.approx(known)


def test_training_against_a_norm_is_its_line(monkeypatch):
    """A stage goes on where the last one ended, with the attack's dual norm in the hinge."""
    monkeypatch.setattr(study, "STAGES", ((1, 1), (5, 1)))
    random = np.random.default_rng(2)
    pixels, labels = random.random((50, 784)), np.where(random.random(50) < 0.5, -1.0, 1.0)
    start, budgets = random.normal(size=(785, 1)) / 28, (0.2, 1.6, 26)
    stages = study.train_against(pixels, labels, budgets, start)
    push = labels @ np.column_stack([pixels, np.ones(50)])  # every image is active
    slopes = (  # of the sum of |w|, of the length and of the largest |w|
        np.sign,
        lambda w: w / np.sqrt(w @ w),
        lambda w: np.sign(w) * (np.abs(w) == np.abs(w).max()),
    )
    for place, (budget, slope) in enumerate(zip(budgets, slopes, strict=True)):
        w = start[:, 0]
        for rate, after in zip((1e-4, 2e-5), stages, strict=True):
            w = w + rate * (push - 50 * budget * np.append(slope(w[:-1]), 0))
            np.testing.assert_allclose(after[:, place, 0], w, atol=1e-6)


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


@pytest.mark.slow
@pytest.mark.parametrize("clip", [None, (0, 1)])
def test_a_librarys_attack_does_the_same_harm_as_ours(test_arrays, clip):
    """That of the Adversarial Robustness Toolbox, which climbs the logistic loss step by step."""
    with warnings.catch_warnings():  # of frameworks that it doesn't find
        warnings.simplefilter("ignore")
        from art.attacks.evasion import ProjectedGradientDescent
        from art.estimators.classification.scikitlearn import ScikitlearnLogisticRegression
    pixels, labels = (array[:200] for array in test_arrays)
    for run in load_models():
        model = LogisticRegression()
        model.classes_, model.coef_, model.intercept_ = np.arange(2), run.weights[None], np.array([run.bias])
        classifier = ScikitlearnLogisticRegression(model, clip_values=clip)
        attack = ProjectedGradientDescent(classifier, eps=0.1, eps_step=0.025, max_iter=10, verbose=False)
        theirs = attack.generate(pixels, (labels > 0).astype(np.int64))
        ours = pixels + worst_case_perturbation(run.weights, labels, 0.1)
        ours = ours.clip(*clip) if clip else ours
        assert np.abs(theirs - pixels).max() <= 0.1 + 1e-6
        found, own = (labels * (x.astype(float) @ run.weights + run.bias) for x in (theirs, ours))
        np.testing.assert_allclose(found, own, atol=1e-4)
