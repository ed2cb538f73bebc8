"""The loop and its callbacks, with steps whose results are known beforehand."""

import argparse
import importlib
import random

import support.tensorflow_setup  # before TensorFlow
import keras
import numpy as np
import pytest
import tensorflow as tf

import training
from support.options import UserError


@pytest.fixture
def dataset():
    """Seven examples in batches of 3, 3 and 1, labelled +1 but for the last."""
    images = tf.reshape(tf.range(7.0), (7, 1))
    return tf.data.Dataset.from_tensor_slices((images, [1.0] * 6 + [-1.0])).batch(3)


def positive(images, labels):
    """Predicts +1; the loss is a vector, one number per example."""
    return tf.ones_like(labels), images[:, 0]


def train(dataset, loss=positive, epochs=2):
    """Each step adds 1 to the weight."""
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    recorder = training.Recorder()

    def train_step(images, labels):
        model.trainable_variables[0].assign_add([[1.0]])
        return loss(images, labels)

    callbacks = training.callbacks(model, epochs, recorder)
    training.train(train_step, dataset, loss, dataset, epochs, callbacks)
    return recorder


def test_means_over_an_epochs_examples_and_all_batches_are_kept_and_each_epoch_is_a_line(dataset, capsys):
    recorder = train(dataset)
    history, trajectory = recorder.history, recorder.trajectory
    assert set(history) == {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}
    for part in ("train", "test"):
        assert history[f"{part}_loss"] == pytest.approx([np.mean(range(7))] * 2)
        assert history[f"{part}_accuracy"] == pytest.approx([6 / 7] * 2)
        assert trajectory[f"{part}_batch_loss"].tolist() == [[1, 4, 6]] * 2
        assert trajectory[f"{part}_batch_accuracy"].tolist() == [[1, 1, 0]] * 2
    assert trajectory["weights"].tolist() == [[1], [4], [7]]
    assert trajectory["biases"].tolist() == [0, 0, 0]
    assert (recorder.weights.tolist(), recorder.bias) == ([7], 0)
    said = "train loss 3 accuracy 0.8571, test loss 3 accuracy 0.8571\n"
    assert capsys.readouterr().out == f"epoch 1: {said}epoch 2: {said}"


def test_a_live_bar_on_a_terminal(dataset, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    train(dataset)
    output = capsys.readouterr().out
    for words in ("Epoch 2/2", "3/3", "accuracy: 0.8571", "loss: 3.0000", "test loss 3 accuracy 0.8571"):
        assert words in output
    assert "Unknown" not in output and ("\r" in output or "\b" in output)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e31])
def test_a_loss_without_bound_ends_the_training(dataset, value):
    def explode(images, labels):
        return tf.ones_like(labels), tf.where(images[:, 0] < 4, 1.0, value)

    with pytest.raises(UserError, match=r"epoch 1, batch 2.*smaller --learning-rate"):
        train(dataset, explode)


def test_the_start_depends_on_the_seed_and_on_nothing_else(models):
    starts = []
    for seed in (1, 1, 2):
        random.seed(len(starts))  # from which Keras would draw a seed
        keras.utils.set_random_seed(5 + len(starts))
        options = argparse.Namespace(initializer="glorot_uniform", seed=seed)
        starts.append(np.ravel(training.initializer(options)((784, 1))))
    np.testing.assert_array_equal(starts[0], starts[1])
    assert (starts[0] != starts[2]).mean() > 0.9
    for run in models:
        np.testing.assert_array_equal(run.trajectory["weights"][0], starts[0])
        assert run.trajectory["biases"][0] == 0


# TensorFlow set up


def test_keras_computes_as_is_needed_whoever_imported_it_before():
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_first")
    importlib.reload(support.tensorflow_setup)
    assert (keras.config.floatx(), keras.config.image_data_format()) == ("float64", "channels_last")
