"""The rules of the claims, and the claims of mathematics: each proof's statement against brute force."""

import itertools
import shutil
from types import SimpleNamespace

import claims
import numpy as np
import pytest
import study
from conftest import ROOT, assert_one_line_error, run
from hypothesis import given, settings
from hypothesis import strategies as st

import adversarial
import experiment_robust
import run_files

# The claims that are proved


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 8), st.floats(0.001, 2), st.sampled_from([-1.0, 1.0]), st.integers(0, 2**32 - 1))
def test_claim_7_no_perturbation_in_the_box_is_worse(size, epsilon, label, seed):
    """The loss is convex in δ, so largest at a corner of the box: all 2^d are tried, and points inside."""
    random = np.random.default_rng(seed)
    weights, image, bias = random.normal(size=size), random.random(size), random.normal()
    weights[random.random(size) < 0.2] = 0
    corners = epsilon * np.array(list(itertools.product((-1, 1), repeat=size)))
    inside = random.uniform(-epsilon, epsilon, size=(200, size))
    (worst,) = adversarial.worst_case_perturbation(weights, np.array([label]), epsilon)

    def hinge(perturbations):
        return np.maximum(0, 1 - label * ((image + perturbations) @ weights + bias))

    assert np.abs(worst).max() <= epsilon
    assert hinge(worst) == pytest.approx(hinge(corners).max(), abs=1e-9)
    assert hinge(worst) >= hinge(inside).max() - 1e-9


def robust_loss(margin: float, weights: np.ndarray, epsilon: float) -> float:
    """experiment_robust's loss of one example of label +1, from y ŷ, in float64."""
    loss = experiment_robust.robust_hinge_loss(np.array([1.0]), np.array([margin]), weights, epsilon)
    return float(loss[0])


@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.3])
def test_claim_11_the_kink_moves_to_a_larger_margin(epsilon):
    """Where the loss first becomes zero, by bisection: not at 1, as the hinge's, nor below it."""
    weights = np.random.default_rng(0).normal(size=(20, 1))
    low, high = 0.0, 1000.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if robust_loss(middle, weights, epsilon) > 0 else (low, middle)
    assert high == pytest.approx(1 + epsilon * np.abs(weights).sum(), abs=1e-6)
    for margin in (-0.5, 0.0, 0.5, 1.0):  # near the boundary it punishes more than the hinge
        assert robust_loss(margin, weights, epsilon) > max(0, 1 - margin) + 0.5 * epsilon


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_claim_12_epsilon_enters_the_gradient_of_the_weights_only(active, label):
    """Central differences of the loss, with respect to the image and to the weights."""
    random = np.random.default_rng(3)
    weights, image, epsilon = random.normal(size=9), random.random(9), 0.25
    bias = label * (-20 if active else 20)

    def loss(weights, image):
        logits = np.array([image @ weights + bias])
        return float(
            experiment_robust.robust_hinge_loss(np.array([label]), logits, weights[:, None], epsilon)[0]
        )

    def differences(function, point):
        steps = 1e-5 * np.eye(len(point))
        return np.array([(function(point + step) - function(point - step)) / 2e-5 for step in steps])

    of_image = differences(lambda x: loss(weights, x), image)
    of_weights = differences(lambda w: loss(w, image), weights)
    np.testing.assert_allclose(of_image, -active * label * weights, atol=1e-7)  # as without ε
    expected = active * (-label * image + epsilon * np.sign(weights))
    np.testing.assert_allclose(of_weights, expected, atol=1e-7)


def test_claim_13_beyond_the_margin_only_an_l1_penalty_pulls():
    """An example far beyond the margin: the gradient of the weights is 0, with an L1 penalty λ sign(w)."""
    import tensorflow as tf

    weights = tf.constant(np.random.default_rng(5).normal(size=(30, 1)))
    epsilon = strength = 0.1
    images = 10 * tf.sign(tf.transpose(weights))  # label +1, and a margin of 10 ‖w‖₁
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(weights)
        logits = tf.squeeze(images @ weights, axis=1)
        robust = experiment_robust.robust_hinge_loss(tf.ones_like(logits), logits, weights, epsilon)
        penalised = tf.maximum(0.0, 1.0 - logits) + strength * tf.norm(weights, ord=1)
        near = experiment_robust.robust_hinge_loss(tf.ones_like(logits), 0.0 * logits, weights, epsilon)
    assert logits[0] > 2 * (1 + epsilon * np.abs(weights).sum())
    np.testing.assert_array_equal(tape.gradient(robust, weights), np.zeros((30, 1)))
    np.testing.assert_allclose(tape.gradient(penalised, weights), strength * np.sign(weights))
    np.testing.assert_allclose(
        tape.gradient(near, weights), epsilon * np.sign(weights)
    )  # within: it does pull


# The speck eraser


def image(*rows: str) -> np.ndarray:
    """Digits are tenths of ink; the rest of the 28 × 28 pixels stays empty."""
    pixels = np.zeros((28, 28), np.float32)
    for y, row in enumerate(rows):
        pixels[y, : len(row)] = [int(digit) / 10 for digit in row]
    return pixels.ravel()


def test_eraser_keeps_the_largest_piece_only():
    found = claims.erase_specks(image("1110000", "1010099", "1110099"))
    np.testing.assert_array_equal(found, image("111", "101", "111"))  # eight faint pixels beat four dark ones
    assert found.dtype == np.float32


def test_pieces_that_touch_at_a_corner_are_one():
    touching, apart = image("1100", "1100", "0010"), image("11000", "11000", "00000", "00010")
    assert (claims.pieces(touching), claims.pieces(apart)) == (1, 2)
    np.testing.assert_array_equal(claims.erase_specks(touching), touching)
    np.testing.assert_array_equal(claims.erase_specks(apart), image("11", "11"))


def test_eraser_leaves_blank_and_full_images():
    for plain in (np.zeros(784, np.float32), np.ones(784, np.float32)):
        np.testing.assert_array_equal(claims.erase_specks(plain), plain)


def test_eraser_drops_several_specks_at_every_edge():
    digit = image(*["0"] * 10, *["0" * 10 + "9" * 8] * 8)
    spoiled = digit.copy()
    spoiled[[0, 27, 756, 783]] = 1
    assert claims.pieces(spoiled) == 5
    np.testing.assert_array_equal(claims.erase_specks(spoiled), digit)


# The rules


def test_verdicts():
    assert claims.verdict(True, True) == "confirmed"
    assert claims.verdict(True, False) == "corrected"
    assert claims.verdict(False, False) == "refuted"


def evidence(**seeds) -> SimpleNamespace:
    return SimpleNamespace(seeds={"test_images": 1000, "seeds": [1, 2], **seeds})


@pytest.mark.parametrize(
    "mistakes, verdict", [([1, 1, 2], "confirmed"), ([1, 1, 30], "corrected"), ([50, 60, 70], "refuted")]
)
def test_claim_1_follows_its_rule(mistakes, verdict):
    seeds = evidence(
        models={"regular": {"test_mistakes": mistakes}}, published={"regular": {"wilson": [0.995, 0.9995]}}
    )
    assert claims.claim_1(seeds)["verdict"] == verdict


@pytest.mark.parametrize(
    "p_seeds, significant, difference, verdict",
    [(0.01, 2, 4, "confirmed"), (0.01, 0, 4, "corrected"), (0.5, 0, 4, "refuted"), (0.01, 0, -4, "refuted")],
)
def test_claim_2_follows_its_rule(p_seeds, significant, difference, verdict):
    pair = {
        "seeds": {"p": p_seeds},
        "mean_difference": difference,
        "seeds_below_0.05": significant,
        "images": [{"p": 0.1}],
    }
    pairs = {f"regular, {name}": pair for name in claims.ROBUST}
    assert claims.claim_2(evidence(pairs=pairs))["verdict"] == verdict


@pytest.mark.parametrize(
    "second, verdict",
    [([1000, 900, 800], "confirmed"), ([900, 800, 600], "corrected"), ([1000, 300, 100], "refuted")],
)
def test_claim_9_follows_its_rule(second, verdict):
    """A robust model that is better everywhere, one that is better later only, and one that isn't better."""
    models = {"regular": {"correct": [[1000, 400, 100]]}, "robust_0.1": {"correct": [second]}}
    found = claims.claim_9(evidence(epsilons=[0.0, 0.1, 0.2], models=models))
    assert found["verdict"] == verdict


def test_half_accuracy():
    grid = np.array([0.0, 0.1, 0.2])
    assert claims.half_accuracy(grid, np.array([1, 0.5, 0.4])) == 0.2
    assert claims.half_accuracy(grid, np.array([1, 0.4, 0.3])) == 0.1
    assert claims.half_accuracy(grid, np.array([1, 1, 1])) == 0.2


def test_confidence_by_hand():
    found = claims.confidence(
        SimpleNamespace(
            labels=np.array([1, 1, -1, -1]),
            logits=np.array([[2.0, 4, -6, -8], [-1.0, 0, 3, -2]]),
            epsilons=np.array([0, 0.5]),
            accuracy=np.array([1, 0.25]),
        ),
        row=1,
    )
    assert found == {"epsilon": 0.5, "accuracy": 0.25, "raw": 1.0, "relative": 0.2}  # of 1, 0 and 3; clean 5


def test_fourteen_claims_each_with_a_rule_or_a_proof():
    assert list(claims.CLAIMS) == list(range(1, 15))
    assert claims.RULES.keys() | claims.PROOFS.keys() == claims.CLAIMS.keys()
    for _, test in claims.PROOFS.values():
        assert test in globals()


def test_proof_and_measurement_must_agree(monkeypatch):
    monkeypatch.setitem(claims.RULES, 12, lambda evidence: {"verdict": "refuted"})
    claims.RULES[12].__doc__ = "A rule."
    with pytest.raises(claims.UserError, match="claim 12 is corrected by proof, refuted by measurement"):
        claims.decide(12, None)


# The study


@pytest.mark.slow
def test_study_repeats_itself(tmp_path):
    """From the other studies' committed numbers: the committed verdicts, twice in the same bytes."""
    files = []
    for name in ("first", "second"):
        output = tmp_path / name
        (output / "results").mkdir(parents=True)
        for study_name in ("seeds", "initialization", "optimum", "dynamics"):
            shutil.copy(study.RESULTS / f"{study_name}.json", output / "results")
        assert run("extensions/claims.py", "--output-dir", output).returncode == 0
        paths = ("results/claims.json", "plots/specks.png", "plots/confidence.png")
        files.append([(output / path).read_bytes() for path in paths])
    assert files[0] == files[1]
    found, committed = study.read_json("claims", output / "results"), study.read_json("claims")
    assert {n: row["verdict"] for n, row in found.items()} == {
        n: row["verdict"] for n, row in committed.items()
    }
    assert {row["verdict"] for row in found.values()} <= {"confirmed", "corrected", "refuted"}


@pytest.mark.slow
def test_missing_study_is_named_in_one_line(tmp_path):
    process = run("extensions/claims.py", "--output-dir", tmp_path)
    assert_one_line_error(process, "seeds.json", "python extensions/seeds.py")
    assert not (tmp_path / "results").exists() and not (tmp_path / "plots").exists()


def test_numbers_of_claim_4_are_of_the_saved_models(test_arrays):
    """Every misclassified image is there, whatever the eraser makes of it."""
    images, labels = test_arrays
    models = study.read_json("claims")["4"]["models"]
    for saved in run_files.load_post_runs(ROOT / "results"):
        wrong = labels * (images.astype(float) @ saved.weights + saved.bias) <= 0
        assert [row["image"] for row in models[saved.folder.name]] == np.flatnonzero(wrong).tolist()
