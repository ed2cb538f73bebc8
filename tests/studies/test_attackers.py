"""The independent libraries against the project's own attack, on the committed weights."""

import attacks
import numpy as np
import pytest
import study
from conftest import ROOT, assert_one_line_error, run

import run_files

LIBRARIES = tuple(attacks.LIBRARIES)


@pytest.fixture(scope="module")
def runs():
    return run_files.load_post_runs(ROOT / "results")


@pytest.fixture(scope="module", autouse=True)
def libraries():
    attacks.import_libraries()


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("index", range(4))
def test_library_agrees_image_for_image(runs, test_arrays, index, library):
    """FGSM and PGD, unclipped and clipped, where the model is hurt but not yet helpless."""
    epsilon = 0.1 if index == 0 else 0.3
    rows = attacks.compare(runs[index], *test_arrays, epsilons=[epsilon], libraries=[library])
    assert [(row["method"], row["clipped"]) for row in rows] == [
        ("FGSM", False),
        ("PGD", False),
        ("FGSM", True),
        ("PGD", True),
    ]
    for row in rows:
        assert 0.1 < row["accuracy"] < 0.95
        for image in row["differing"]:  # only rounding at the boundary may tell them apart
            assert abs(image["margin"]) < 1e-4 and abs(image["project_margin"]) < 1e-4
        assert row["largest_pixel_difference"] < 1e-6


@pytest.mark.slow
def test_comparison_notices_an_attack_that_falls_short(runs, test_arrays, monkeypatch):
    """PGD with too few steps from a random start stays short of the box's corner."""
    monkeypatch.setattr(attacks, "STEPS", 2)
    rows = attacks.compare(runs[0], *test_arrays, epsilons=[0.1], libraries=["Foolbox"])
    fgsm, pgd = rows[:2]
    assert len(fgsm["differing"]) == 0
    assert len(pgd["differing"]) > 50 and pgd["accuracy"] > pgd["project_accuracy"]
    assert attacks.agreement(rows, ["Foolbox"])["Foolbox"]["differing"] >= len(pgd["differing"])


def test_two_logits_give_the_logistic_loss_s_gradient(runs):
    """In float32 at a logit of 40 too, where 1 - sigmoid is 0: the sign must stay that of -y w."""
    import tensorflow as tf

    model = runs[0]
    far = np.outer([40.0, -40.0], np.sign(model.weights)) / np.abs(model.weights).sum()
    images, labels = tf.constant(far.astype(np.float32)), np.array([1, -1])
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = attacks.two_logits(model)(images)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(attacks.classes(labels), logits)
    gradient = tape.gradient(loss, images).numpy()
    np.testing.assert_allclose(logits[:, 1] - logits[:, 0], far @ model.weights + model.bias, rtol=1e-5)
    np.testing.assert_array_equal(np.sign(gradient), np.outer(-labels, np.sign(model.weights)))


def test_clipped_worst_case_against_brute_force(runs):
    """No image on a grid of the allowed ones has a lower margin, pixel for pixel."""
    random = np.random.default_rng(0)
    images = random.choice([0, 0.03, 0.5, 0.98, 1], size=(4, 784)).astype(np.float32)
    labels = np.array([-1, 1, -1, 1], np.float32)
    for epsilon in (0.05, 0.4):
        found = attacks.clipped_worst_case(runs[1], images, labels, epsilon)
        assert found.min() >= 0 and found.max() <= 1 and np.abs(found - images).max() <= epsilon + 1e-6
        steps = np.linspace(-epsilon, epsilon, 21)[:, None, None]
        allowed = np.clip(images + steps, 0, 1)  # inside [0, 1] and within ε
        contribution = labels[:, None] * allowed * runs[1].weights
        best = contribution.min(axis=0)
        np.testing.assert_allclose(labels[:, None] * found * runs[1].weights, best, atol=1e-7)


def test_random_signs_against_perturbed_images(runs, test_arrays):
    """The shortcut through s·w gives what attacking the images themselves gives."""
    images, labels = (array[:300] for array in test_arrays)
    found = attacks.curves(runs[0], images, labels)["random_sign"]
    draws = np.random.default_rng(attacks.SEED)
    expected = np.zeros(2)
    for _ in range(attacks.RANDOM_DRAWS):
        signs = draws.choice((-1.0, 1.0), size=images.shape)
        for i, row in enumerate((60, 100)):
            perturbed = images + runs[0].epsilons[row] * signs
            right = labels * (perturbed @ runs[0].weights.astype(float) + runs[0].bias) > 0
            expected[i] += right.mean() / attacks.RANDOM_DRAWS
    np.testing.assert_allclose(found[[60, 100]], expected, atol=0.001)


@pytest.mark.slow
@pytest.mark.parametrize("library", ["foolbox", "art", "cleverhans"])
def test_missing_library_is_named_in_one_line(library, tmp_path):
    """A stand-in on the path fails as an import of what isn't installed."""
    (tmp_path / "stand_in").mkdir()
    text = f"raise ModuleNotFoundError(name={library!r})\n"
    (tmp_path / "stand_in" / f"{library}.py").write_text(text)
    output = tmp_path / "output"
    process = run("extensions/attacks.py", "--output-dir", output, PYTHONPATH=str(tmp_path / "stand_in"))
    assert_one_line_error(process, library, "pip install -r extensions/requirements.txt")
    assert not output.exists()


def test_absent_runs_are_named_in_one_line(tmp_path):
    process = run("extensions/attacks.py", "--results-dir", tmp_path, "--output-dir", tmp_path)
    assert_one_line_error(process, "regular", "python experiment_regular.py")
    assert list(tmp_path.iterdir()) == []


def test_committed_numbers_are_of_the_committed_runs(runs):
    numbers = study.read_json("attacks")
    for run_ in runs:
        model = numbers["models"][run_.folder.name]
        np.testing.assert_allclose(model["unclipped"], run_.accuracy, atol=1e-12)
        assert np.all(np.array(model["clipped"]) >= run_.accuracy)  # a smaller box is no worse
