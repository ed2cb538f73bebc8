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


def test_a_copys_attack_is_the_white_box_attack_with_t_times_epsilon():
    random = np.random.default_rng(0)
    victims, signs = random.normal(size=(785, 2, 3)), np.sign(random.normal(size=(784, 2, 3)))
    pixels, labels = random.random((40, 784)), np.where(random.random(40) < 0.5, -1.0, 1.0)
    found = study.measure(victims, {"copy": signs}, (pixels, labels), ["first", "second"])
    for place, victim in enumerate(("first", "second")):
        transfers, right = [], []
        for (*w, b), v in zip(victims[:, place].T, signs[:, place].T, strict=True):
            transfers.append((w @ v) / sum(map(abs, w)))
            moved = [pixels - 0.2 * np.outer(labels, change) for change in (v, transfers[-1] * np.sign(w))]
            right.append([np.mean(labels * (x @ w + b) > 0) for x in moved])
        by_copy, by_white_box = np.transpose(right)
        assert list(by_copy) == list(by_white_box)
        assert found["right"]["copy"][victim] == pytest.approx(np.median(by_copy))
        assert found["transfer"]["copy"][victim] == pytest.approx(np.median(transfers))


@pytest.mark.slow
def test_the_pages_transfers_accuracies_and_norms_made_again():
    """Of the regular models, with and without a random start, with a trainer of three lines."""
    (pixels, labels), (x, y) = images.pair("train"), images.pair("test")
    signed = np.column_stack([pixels, np.ones(len(pixels))]) * labels[:, None]
    weights = np.column_stack([models.starts(study.SEEDS), np.zeros(785)]).astype(np.float64)
    for _ in range(10):
        for first in range(0, len(signed), 100):
            batch = signed[first : first + 100]
            weights += 0.1 * batch.T @ (batch @ weights < 1) / len(batch)
    random = np.random.default_rng(9)  # draws other images than the study
    drawn = [[random.permutation(np.flatnonzero(labels == of))[:10] for of in (-1, 1)] for _ in range(20)]
    ten = np.sign([pixels[ones].mean(axis=0) - pixels[zeros].mean(axis=0) for zeros, ones in drawn]).T
    trained = np.sign(weights[:-1, -1:])
    moved, found = x - 0.2 * y[:, None] * trained.T, files.numbers("attackers")

    def check(number: float, of_starts: np.ndarray, close: float = 1e-4):
        assert number == pytest.approx(np.median(of_starts), rel=close)

    for victim, (*w, b) in (("regular", weights[:, :-1]), (study.STARTLESS, weights[:, -1:])):
        w, margins = np.array(w), np.median(y[:, None] * (x @ w + b), axis=0)
        check(found.margin[victim], margins)
        check(found.largest[victim], np.abs(w).max(axis=0))
        for norm, dual in (("max norm", 1), ("1-norm", np.inf)):
            check(found.withstood[norm][victim], margins / np.linalg.norm(w, dual, axis=0))
        for name, along, close in (("zero weights", trained, 1e-3), ("ten images", ten, 0.03)):
            taken = 0.2 * (w * along).sum(axis=0)
            check(found.taken[name][victim], taken, close)
            check(found.transfer[name][victim], taken / (0.2 * np.abs(w).sum(axis=0)), close)
        for part, attacked in (("right", moved), ("in_range", moved.clip(0, 1))):
            right = (y[:, None] * (attacked @ w + b) > 0).mean(axis=0)
            check(found[part]["zero weights"][victim], right, 2e-3)
    # the last victim is the one without a random start
    w, differences = w[:, 0], pixels[labels > 0].mean(axis=0) - pixels[labels < 0].mean(axis=0)
    faint, wrong = np.abs(differences) < 0.4, w * differences < 0
    for name, part in (("faint", faint), ("wrong", wrong), ("wrong_faint", wrong & faint)):
        share = np.abs(w)[part].sum() / np.abs(w).sum()
        assert found.shares[name].startless == pytest.approx(share, abs=0.01)


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


def test_pairs_are_counted_one_by_one():
    """Three pairs, of which everything is known of the robust model, and left of the regular one."""
    known, left, in_range = (0.3, 0.5, 0.8), (0.2, 0.5, 0.95), (0.4, 0.45, 0.7)

    def pair(robust, regular, in_range):
        right, valid = ({"0.2": robust, "regular": of, "startless": 0.1} for of in (regular, in_range))
        copies = ("white box", "zero weights", "ten images")
        found = {"right": right, "in_range": valid, "transfer": right}
        return {part: dict.fromkeys(copies, of) for part, of in found.items()} | {
            "withstood": dict.fromkeys(study.SIZES, right)
        }

    found = study.over_pairs(list(map(pair, known, left, in_range)))
    assert (found["safer"], found["safer_in_range"], found["more"]["1-norm"]) == (1, 2, 1)
    assert found["lead"] == pytest.approx([-0.15, 0, 0.1])
    assert found["lead_in_range"] == pytest.approx([-0.1, 0.05, 0.1])
    assert found["gain"]["ten images"] == pytest.approx([0.1, 0.4, 0.85])
    for name, of in (("known", known), ("left", left), ("transfer", known)):
        assert found[name] == pytest.approx(of)


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
        found, own = (labels * (x.astype(float) @ run.weights + run.bias) for x in (theirs, ours))
        np.testing.assert_allclose(found, own, atol=1e-4)
