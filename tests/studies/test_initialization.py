"""What the initial weights do: the measures against explicit images and plain loops."""

import numpy as np
import pytest
import shared
import trainer
from initialization import study
from scipy.stats import mannwhitneyu

import adversarial


@pytest.fixture
def random():
    return np.random.default_rng(7)


def test_clipped_worst_case_is_that_of_the_clipped_images(random):
    """δ* of each model, clipped pixel by pixel; and no other image in the clipped box is worse."""
    images = np.clip(random.normal(0.4, 0.5, (40, 784)), 0, 1).astype(np.float32)
    labels = np.where(random.random(40) < 0.5, -1.0, 1.0).astype(np.float32)
    weights = random.normal(size=(785, 3))
    weights[:-1][random.random((784, 3)) < 0.1] = 0
    weights[-1] = -images.mean() * weights[:-1].sum(axis=0)
    epsilons = np.array([0, 0.004, 0.02, 0.3])
    found = study.clipped(weights, images, labels, epsilons)
    for column in range(3):
        w, b = weights[:-1, column], weights[-1, column]
        for row, epsilon in enumerate(epsilons):
            perturbed = images + adversarial.worst_case_perturbation(w, labels, epsilon)
            margins = labels * (np.clip(perturbed, 0, 1) @ w + b)
            assert found[row, column] == pytest.approx((margins > 0).mean())
            other = np.clip(images + random.uniform(-epsilon, epsilon, images.shape), 0, 1)
            assert (labels * (other @ w + b) >= margins - 1e-9).all()
    assert found[0].max() > found[-1].min()


def test_halving_by_hand():
    grid = np.array([0.0, 0.1, 0.2])
    curves = np.array([[1, 1, 0.5], [0.5, 0.4, 0.5], [0.4, 0.3, 0.5]]).T
    np.testing.assert_array_equal(study.halving(grid, curves.T), [0.2, 0.1, 0.2])


def test_variants_by_hand():
    models, starts, unlit = np.full((785, 4, 1), 0.3), np.full((785, 1), 0.1), np.arange(784) == 5
    models[[5, 6, 784], 0, 0] = 0.05, -0.05, 0.01
    found = {
        name: weights[[4, 5, 6, 784], 0, 0] for name, weights in study.variants(models, starts, unlit).items()
    }
    np.testing.assert_allclose(found["trained"], [0.3, 0.05, -0.05, 0.01])
    np.testing.assert_allclose(found["unlit_at_zero"], [0.3, 0, -0.05, 0.01])
    np.testing.assert_allclose(found["start_subtracted"], [0.2, -0.05, -0.15, -0.09])
    np.testing.assert_allclose(found["weak_at_zero"], [0.3, 0, 0, 0.01])  # the bias is no feature


def test_measures_of_a_model_made_by_hand():
    weights = np.zeros((785, 1), np.float32)
    weights[[100, 200, 300], 0] = 6, -3, 1
    images = np.zeros((4, 784), np.float32)
    images[[0, 1], 100] = 1, 0.5  # margins 6, 3 for a one
    images[2, 200] = 1  # 3 for a zero
    labels = np.array([1, 1, -1, 1], np.float32)  # the last one is dark: logit 0, a mistake
    found, curves = study.measure(weights, (images, labels), np.arange(784) == 300)
    assert found["l1_norm"].tolist() == [10, 10, 10]
    assert found["unlit_share"] == pytest.approx([10] * 3)
    assert found["pixels_for_90_percent"][1] == 2
    assert found["mistakes"][1] == 1
    assert found["box_halving"][1] == 0.3  # two of the three fall at ε = 0.3, a margin of exactly 0
    assert [curves["box"][study.at(e, study.GRIDS["box"]), 0] for e in (0, 0.25, 0.35)] == [0.75, 0.75, 0.25]


def test_other_steps_are_ten_times_smaller_and_larger(random):
    """Against a plain loop over two batches, regular on the mean and robust on the sum."""
    images = random.random((150, 784)).astype(np.float32)
    labels = np.where(random.random(150) < 0.5, -1.0, 1.0).astype(np.float32)
    start = np.append(random.normal(scale=0.03, size=784), 0)
    found = study.other_steps(images, labels, start[:, None])[:, :, 0]
    for number, epsilon in enumerate(shared.MODEL_EPSILONS):
        weights = start.astype(np.float64)
        for _ in range(10):
            for batch in (slice(0, 100), slice(100, 150)):
                x = np.column_stack([images[batch], np.ones(len(labels[batch]))])
                losses = 1 - labels[batch] * (x @ weights) + epsilon * np.abs(weights[:-1]).sum()
                active = losses > 0
                gradient = -(labels[batch] * active) @ x
                gradient[:-1] += epsilon * active.sum() * np.sign(weights[:-1])
                weights -= gradient * (0.001 if epsilon else 0.01 / len(active))
        np.testing.assert_allclose(found[:, number], weights, atol=2e-3)


def test_weak_weights_on_their_own(random):
    weights, starts = random.normal(scale=0.1, size=(2, 785, 2))
    images = random.random((60, 784)).astype(np.float32)
    labels = np.where(random.random(60) < 0.5, -1.0, 1.0)
    found = study.weak_features(weights, starts, images, labels)
    areas, left = [], []
    for w, start in zip(weights[:-1].T, starts[:-1].T, strict=True):
        weak = [i for i in range(784) if abs(w[i]) < 0.1]
        score = sum(w[i] * images[:, i].astype(float) for i in weak)
        areas.append(
            mannwhitneyu(score[labels > 0], score[labels < 0]).statistic
            / (labels > 0).sum()
            / (labels < 0).sum()
        )
        left.append(100 * sum(abs(w[i] - start[i]) for i in weak) / sum(abs(w[i]) for i in weak))
    assert found["auc"] == pytest.approx(np.quantile(areas, study.QUANTILES))
    assert found["left_without_start"] == pytest.approx(np.quantile(left, study.QUANTILES))


def test_part_of_the_way_by_hand():
    def halves(epsilon):
        return {"box_halving": [0, epsilon, 1]}

    models = {"0.0": {"trained": halves(0.1), "from_zeros": halves(0.2)}, "0.1": {"trained": halves(0.5)}}
    assert study.part_of_the_way(models, "from_zeros", "box", "0.1") == pytest.approx(25)


@pytest.mark.slow
def test_stored_numbers_are_those_of_the_models():
    """Ten of the hundred seeds lie within the stored ranges, and the models from zeros agree exactly."""
    train, test = shared.pair("train"), shared.pair("test")
    stored = shared.read_json("initialization")["models"]
    seeds = shared.post_models(range(1, 11))
    zeros = shared.train_post_models(*train, np.zeros((785, 1)))[-1]
    for number, found in enumerate(stored.values()):
        attacked = 100 * trainer.attacked(seeds[:, number], *test, np.array(study.SHOWN_EPSILONS))
        from_zeros = 100 * trainer.attacked(zeros[:, number], *test, np.array(study.SHOWN_EPSILONS))
        for row, epsilon in enumerate(study.SHOWN_EPSILONS):
            least, _, most = found["trained"][f"box_{epsilon}"]
            assert least - 1e-6 <= attacked[row].min() and attacked[row].max() <= most + 1e-6
            assert found["from_zeros"][f"box_{epsilon}"][1] == pytest.approx(from_zeros[row, 0], abs=0.1)


@pytest.mark.slow
def test_regular_training_leaves_unlit_weights_alone():
    images, labels = shared.pair("train")
    unlit = np.append(images.max(axis=0) == 0, False)
    history = shared.train_post_models(images, labels, shared.glorot_start(3)[:, None], epochs=1)[..., 0]
    np.testing.assert_array_equal(history[1, unlit, 0], history[0, unlit, 0])
    assert (history[1, ~unlit, 0] != history[0, ~unlit, 0]).any()
    assert (
        np.abs(history[1, unlit, 1]).sum() < 0.5 * np.abs(history[0, unlit, 1]).sum()
    )  # robust: it shrinks them
