"""The loop and its callbacks, with steps whose results are known beforehand."""

import numpy as np
import pytest

import training
from command_line import UserError

with training.quiet_tensorflow():
    import keras
    import tensorflow as tf


@pytest.fixture
def dataset():
    """Seven examples in batches of 3, 3 and 1, labelled +1 but for the last."""
    images = tf.reshape(tf.range(7.0), (7, 1))
    return tf.data.Dataset.from_tensor_slices((images, [1.0] * 6 + [-1.0])).batch(3)


@pytest.fixture
def model():
    return keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])


def positive(images, labels):
    """Predicts +1; the loss is a vector, one number per example."""
    return tf.ones_like(labels), images[:, 0]


def train(model, dataset, loss=positive, epochs=2):
    """Each step adds 1 to the weight and calls the batch's size its gradient."""
    recorder = training.Recorder()

    def train_step(images, labels):
        model.trainable_variables[0].assign_add([[1.0]])
        return *loss(images, labels), [tf.fill((1, 1), float(len(images))), tf.zeros(1)]

    callbacks = training.callbacks(model, epochs, recorder)
    training.train(train_step, dataset, loss, dataset, epochs, callbacks)
    return recorder


def test_figures_of_an_epoch_are_means_over_its_examples(model, dataset):
    history = train(model, dataset).history
    assert set(history) == {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}
    for part in ("train", "test"):
        assert history[f"{part}_loss"] == pytest.approx([np.mean(range(7))] * 2)
        assert history[f"{part}_accuracy"] == pytest.approx([6 / 7] * 2)


def test_recorder_keeps_weights_gradients_and_batches(model, dataset):
    arrays = train(model, dataset).arrays()
    assert arrays["weights"].tolist() == [[1, 0], [4, 0], [7, 0]]
    assert arrays["gradients"].tolist() == [[[3, 0], [3, 0], [1, 0]]] * 2
    assert arrays["batches"]["train_batch_loss"].tolist() == [[1, 4, 6]] * 2
    assert arrays["batches"]["test_batch_accuracy"].tolist() == [[1, 1, 0]] * 2


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_ends_the_training(model, dataset, value):
    def explode(images, labels):
        return tf.ones_like(labels), tf.where(images[:, 0] < 4, 1.0, value)

    with pytest.raises(UserError, match=r"epoch 1, batch 2.*smaller --learning-rate"):
        train(model, dataset, explode)


def test_one_plain_line_for_each_epoch_where_there_is_no_terminal(model, dataset, capsys):
    train(model, dataset, epochs=3)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 1", "epoch 2", "epoch 3"]
    assert "train loss 3 accuracy 0.8571" in lines[0]


def test_a_live_bar_on_a_terminal(model, dataset, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    train(model, dataset)
    output = capsys.readouterr().out
    assert "Epoch 2/2" in output
    assert "\r" in output or "\b" in output
    assert "accuracy: 0.8571 - loss: 3.0000" in output or "loss: 3.0000 - accuracy: 0.8571" in output
    assert "test loss 3 accuracy 0.8571" in output
