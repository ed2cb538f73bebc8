"""What the studies share: the experiments' data and starts, and numbers, weights and errors as written."""

import numpy as np
import pytest
import shared
import trainer
from matplotlib import pyplot as plt

import data
import experiment_regular
import training
from command_line import UserError


@pytest.mark.slow
@pytest.mark.parametrize("digits", [(4, 9), (1, 0)])
def test_a_pair_is_what_the_experiments_see(digits):
    for found, expected in zip(
        shared.pair("test", digits), data.to_arrays(data.binary_mnist("test", digits)), strict=True
    ):
        assert found.dtype == expected.dtype == np.float32
        np.testing.assert_array_equal(found, expected)


@pytest.mark.slow
def test_a_start_is_that_of_the_experiment_with_this_seed(monkeypatch):
    """Its recorder notes the weights before the first step."""
    monkeypatch.setattr(training, "train", lambda *arguments: arguments[-1].on_train_begin())
    datasets = [data.binary_mnist(split) for split in ("train", "test")]
    for seed in (1, 7):
        options = experiment_regular.parser.parse_args(["--seed", str(seed)])
        (weights,) = experiment_regular.train(options, *datasets).weights
        np.testing.assert_array_equal(shared.glorot_start(seed), weights)
    assert np.abs(shared.glorot_start(1) - shared.glorot_start(7)).max() > 0.05


def test_the_four_models_are_the_posts_and_in_their_order():
    images, labels = (array[:200] for array in shared.pair("train"))
    starts = np.column_stack([shared.glorot_start(seed) for seed in (1, 2)])
    found = shared.train_post_models(images, labels, starts, epochs=2)
    assert found.shape == (3, 785, 4, 2)
    for place, (epsilon, rate, of_the_sum) in enumerate(
        [(0, 0.1, False), (0.1, 0.0001, True), (0.2, 0.0001, True), (0.3, 0.0001, True)]
    ):
        alone = trainer.train(images, labels, starts[:, 1:], [epsilon], [rate], [of_the_sum], epochs=2)
        np.testing.assert_allclose(found[:, :, place, 1], alone[:, :, 0], atol=1e-5)


def test_numbers_are_written_with_ten_digits_and_never_as_nan(tmp_path):
    path = tmp_path / "results.json"
    shared.write_json(path, {0.1: np.float64(1) / 3, "counts": np.arange(2), "pair": (2 / 3, "word", True)})
    assert shared.read_json(tmp_path) == {
        "0.1": 0.3333333333,
        "counts": [0, 1],
        "pair": [0.6666666667, "word", True],
    }
    before = path.read_bytes()
    with pytest.raises(ValueError, match="JSON compliant"):
        shared.write_json(path, {"bad": np.nan})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("text", [None, "{"])
def test_missing_numbers_name_the_command_that_makes_them(tmp_path, text):
    if text:
        (tmp_path / "results.json").write_text(text)
    with pytest.raises(UserError, match="make it with `python studies"):
        shared.read_json(tmp_path)


def test_weights_are_black_for_the_second_digit_and_green_for_the_first():
    weights = np.zeros(784)
    weights[[0, 1, 28]] = 2, -2, 1
    shown = shared.show_weights(plt.figure().add_subplot(), weights)
    colours = shown.to_rgba(shown.get_array())
    red, green, blue, _ = np.moveaxis(colours, -1, 0)
    assert (red[0, 0], green[0, 0], blue[0, 0]) == (0, 0, 0)
    assert (red[0, 1], blue[0, 1]) == (0, 0) and green[0, 1] > 0.4
    assert red[5, 5] == green[5, 5] == blue[5, 5] > 0.99
    assert 0.4 < red[1, 0] < 0.6  # half as large, half as dark
