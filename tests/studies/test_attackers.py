"""Copies and norms by hand, the page's numbers made again, and the attack against a library's."""

import warnings

import numpy as np
import pytest
from scipy.optimize import linprog
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
    victims, signs = random.normal(size=(785, 5, 3)), np.sign(random.normal(size=(784, 5, 3)))
    pixels, labels = random.random((40, 784)), np.where(random.random(40) < 0.5, -1.0, 1.0)
    found = study.measure(victims, {"copy": signs}, (pixels, labels))
    for place, key in enumerate((*models.KEYS, study.STARTLESS)):
        transfers, taken, right, by_white_box, sizes = [], [], [], [], []
        for s in range(3):
            *w, b = victims[:, place, s]
            v = signs[:, place, s]
            transfers.append((w @ v) / sum(map(abs, w)))
            taken.append(0.2 * (w @ v))
            sizes.append(np.median(labels * (pixels @ w + b)) / sum(map(abs, w)))
            for kept, change in ((right, v), (by_white_box, transfers[-1] * np.sign(w))):
                moved = pixels - 0.2 * np.outer(labels, change)
                kept.append(np.mean(labels * (moved @ w + b) > 0))
        assert right == pytest.approx(by_white_box)
        assert found["right"]["copy"][key] == pytest.approx(np.median(right))
        assert found["transfer"]["copy"][key] == pytest.approx(np.median(transfers))
        assert found["withstood"]["max norm"][key] == pytest.approx(np.median(sizes))
        if key == "regular":
            regular = np.array(right)
        assert found["taken"]["copy"][key] == pytest.approx(np.median(taken))
        assert found["largest"][key] == np.median(np.abs(victims[:-1, place]).max(axis=0))
    gains = regular - right  # the last is the startless
    assert found["single"]["copy"] == pytest.approx([min(gains), max(gains)])


def test_what_is_kept_faint_and_wrong_by_hand():
    """Three weights in 784, of which one is driven to zero; the means differ the wrong way at the second."""
    weights, differences = np.zeros((785, 3, 1)), np.zeros((784, 1))
    weights[:3, :, 0] = np.array([[4, -1, 0.03]]).T
    weights[784] = 7  # the bias counts nowhere
    differences[:3, 0] = 0.5, 0.9, -0.3
    found = study.explain(weights, differences)
    assert found["kept"]["0.3"] == 2 / 784 and found["difference"]["0.1"] == pytest.approx(0.7)
    found = study.shares(np.repeat(weights, 2, axis=1)[:-1, :5], differences)
    for part, share in (("faint", 0.03), ("wrong", 1.03), ("wrong_faint", 0.03)):
        assert found[part]["startless"] == pytest.approx(share / 5.03)


@pytest.mark.slow
def test_the_pages_transfers_accuracies_and_norms_made_again(numbers):
    """Of the regular models, with and without a random start, with a trainer of three lines."""
    (pixels, labels), (x, y) = images.pair("train"), images.pair("test")
    signed = np.column_stack([pixels, np.ones(len(pixels))]) * labels[:, None]
    w = np.column_stack([models.starts(study.SEEDS), np.zeros(785)]).astype(np.float64)
    for _ in range(10):
        for first in range(0, len(signed), 100):
            batch = signed[first : first + 100]
            w += 0.1 * batch.T @ (batch @ w < 1) / len(batch)
    (w, b), zero, found = (w[:-1], w[-1]), np.sign(w[:-1, -1:]), numbers
    random = np.random.default_rng(9)  # draws other images than the study
    tens = [
        [pixels[random.permutation(np.flatnonzero(labels == y))[:10]] for y in (-1, 1)] for _ in range(20)
    ]
    ten = np.sign([of_one.mean(axis=0) - of_zero.mean(axis=0) for of_zero, of_one in tens]).T
    for name, along, close in (
        ("zero weights", zero, 1e-4),
        ("ten images", ten, 0.02),
    ):
        for victim, slopes in (("regular", w[:, :-1]), (study.STARTLESS, w[:, -1:])):
            t = (slopes * along).sum(axis=0) / np.abs(slopes).sum(axis=0)
            assert found.transfer[name][victim] == pytest.approx(np.median(t), abs=close)
    moved = x - 0.2 * y[:, None] * zero.T
    for part, attacked in (("right", moved), ("in_range", moved.clip(0, 1))):
        right = (y[:, None] * (attacked @ w + b) > 0).mean(axis=0)
        assert found[part]["zero weights"].regular == pytest.approx(np.median(right[:-1]), abs=6e-4)
        assert found[part]["zero weights"].startless == pytest.approx(right[-1], abs=6e-4)
    differences = pixels[labels > 0].mean(axis=0) - pixels[labels < 0].mean(axis=0)
    sizes, weak = np.abs(w[:, -1]), np.abs(differences) < 0.4
    wrong = w[:, -1] * differences < 0
    for name, part in (("faint", weak), ("wrong", wrong), ("wrong_faint", wrong & weak)):
        share = sizes[part].sum() / sizes.sum()
        assert found.shares[name].startless == pytest.approx(share, abs=0.01)
    for victim, slopes in (("regular", w[:, :-1]), (study.STARTLESS, w[:, -1:])):
        for name, along, close in (("zero weights", zero, 1e-4), ("ten images", ten, 0.03)):
            taken = np.median(0.2 * (slopes * along).sum(axis=0))
            assert found.taken[name][victim] == pytest.approx(taken, rel=close)
    margins = np.median(y[:, None] * (x @ w + b), axis=0)
    for norm, dual in (("max norm", 1), ("1-norm", np.inf)):
        sizes = margins / np.linalg.norm(w, dual, axis=0)
        assert found.withstood[norm].regular == pytest.approx(np.median(sizes[:-1]), rel=1e-4)
        assert found.withstood[norm].startless == pytest.approx(sizes[-1], rel=1e-4)
    assert found.margin.regular == pytest.approx(np.median(margins[:-1]), rel=1e-4)
    assert found.margin.startless == pytest.approx(margins[-1], rel=1e-4)


def test_the_least_sum_of_changes_with_valid_pixels_is_a_linear_programs():
    """Also where pixels are full, an image is wrong already (0) or no change is enough (infinity)."""
    random = np.random.default_rng(2)
    weights = np.vstack([random.normal(size=(6, 2)), [0.1, 4]])
    pixels, labels = random.random((30, 6)).round(), np.where(random.random(30) < 0.5, -1.0, 1.0)
    found = study.least_sum_in_range(weights, pixels, labels)
    for (image, model), least in np.ndenumerate(found):
        x, y, (*w, b) = pixels[image], labels[image], weights[:, model]
        w = y * np.array(w)  # darker by up, lighter by down: w (up - down) is at most minus the margin
        bounds = [*((0, 1 - value) for value in x), *((0, value) for value in x)]
        solved = linprog(np.ones(12), np.append(w, -w)[None], -(w @ x + y * b), bounds=bounds)
        assert (solved.fun if solved.status == 0 else np.inf) == pytest.approx(least)
    assert {0, np.inf} < set(found.flat)


def test_pairs_are_counted_one_by_one(monkeypatch):
    """Of three pairs: what a copy leaves of the regular models, and the white box of the robust one."""
    values = {"right": (0.2, 0.5, 0.95), "in_range": (0.4, 0.45, 0.7), "transfer": (0.1, 0.7, 0.2)}
    known = (0.3, 0.5, 0.8)

    def pair(i):
        victims = {
            part: {"regular": of[i], "0.2": known[i], "startless": 0.1 * i} for part, of in values.items()
        }
        found = {part: dict.fromkeys(study.COPIES, of) for part, of in victims.items()}
        return {**found, "withstood": dict.fromkeys(study.SIZES, victims["transfer"])}

    monkeypatch.setattr(study.images, "all_digits", lambda split: None)
    monkeypatch.setattr(study.work, "spread", lambda *_: [pair(i) for i in range(3)])
    found = study.study_pairs()
    assert [found[part] for part in ("safer", "safer_in_range")] == [1, 2]
    assert found["known"] == pytest.approx(known) and found["left"][1] == pytest.approx(0.5)
    assert found["lead"] == pytest.approx([-0.15, 0, 0.1])
    assert found["lead_in_range"][0] == pytest.approx(-0.1)
    assert found["gain"]["ten images"] == pytest.approx([0.2, 0.4, 0.75])
    assert found["transfer"] == pytest.approx(known) and found["more"]["1-norm"] == 2


@pytest.mark.slow
def test_a_librarys_attack_does_the_same_harm_as_ours(test_arrays):
    """That of the Adversarial Robustness Toolbox, which climbs the logistic loss step by step."""
    with warnings.catch_warnings():  # of frameworks that it doesn't find
        warnings.simplefilter("ignore")
        from art.attacks.evasion import ProjectedGradientDescent
        from art.estimators.classification.scikitlearn import ScikitlearnLogisticRegression
    pixels, labels = (array[:200] for array in test_arrays)
    for run in load_models():
        model = LogisticRegression()
        model.classes_, model.coef_, model.intercept_ = np.arange(2), run.weights[None], np.array([run.bias])
        classifier = ScikitlearnLogisticRegression(model)
        attack = ProjectedGradientDescent(classifier, eps=0.1, eps_step=0.025, max_iter=10, verbose=False)
        theirs = attack.generate(pixels, (labels > 0).astype(np.int64))
        ours = pixels + worst_case_perturbation(run.weights, labels, 0.1)
        assert np.abs(theirs - pixels).max() <= 0.1 + 1e-6
        found, own = (labels * (x.astype(float) @ run.weights + run.bias) for x in (theirs, ours))
        np.testing.assert_allclose(found, own, atol=1e-4)
