"""The loop over epochs and batches, and the callbacks. It knows no model and no loss.

`train` calls a train step and a test step that the experiment hands in, and tells Keras callbacks what came
of each batch and epoch. `Recorder` collects what is worth keeping; Keras's progress bar shows how it goes.
"""

import argparse
import collections
import math
import sys
from collections.abc import Callable

import support.tensorflow_setup  # noqa: F401  before TensorFlow
import keras
import numpy as np
import tensorflow as tf

from support.options import UserError

DIVERGED = 1e30  # a loss on the way out of float32, in which results are saved
Step = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


def initializer(options: argparse.Namespace) -> Callable[..., tf.Tensor]:
    """What `options.initializer` names, with the seed. (Keras would draw one from a global generator.)

    Drawn in float32, as in the post: a seed has other numbers in float64.
    """
    if options.initializer == "zeros":
        start = keras.initializers.Zeros()
    else:
        start = keras.initializers.GlorotUniform(options.seed)
    return lambda shape, dtype="float32": tf.cast(start(shape, "float32"), dtype)


def batches(dataset: tf.data.Dataset, size: int) -> tf.data.Dataset:
    """The examples in their order, `size` at a time, in float64."""
    return dataset.batch(size).map(lambda *batch: [tf.cast(part, tf.float64) for part in batch])


def train(
    train_step: Step,
    train_dataset: tf.data.Dataset,
    test_step: Step,
    test_dataset: tf.data.Dataset,
    epochs: int,
    callbacks: keras.callbacks.CallbackList,
) -> None:
    """Run the steps over all batches, `epochs` times, and report to the callbacks.

    Args:
        train_step: (images, labels) -> (predicted labels, loss); updates the weights.
        train_dataset: batches of (images, labels), in the same order every epoch.
        test_step: the same, but leaves the weights as they are.
        test_dataset: batches of (images, labels).
        epochs: passes over the training data.
        callbacks: told `loss` and `accuracy` of each batch, and `train_loss`, `train_accuracy`, `test_loss`,
            `test_accuracy` of each epoch. A loss of one number per example counts as their mean. The training
            metrics of an epoch are running ones: over its batches, while the weights change.

    Raises:
        UserError: the loss grows without bound or is no number.
    """
    # Batches put together once: in graph mode, tf.data takes longer over them than the steps
    train_batches, test_batches = list(train_dataset), list(test_dataset)
    callbacks.set_params({**callbacks.params, "steps": len(train_batches)})
    callbacks.on_train_begin()
    for epoch in range(epochs):
        callbacks.on_epoch_begin(epoch)
        running = RunningMeans(epoch)
        for batch, (images, labels) in enumerate(train_batches):
            callbacks.on_train_batch_begin(batch)
            predicted, loss = train_step(images, labels)
            callbacks.on_train_batch_end(batch, running.add(predicted, labels, loss))
        logs = {f"train_{name}": value for name, value in running.means().items()}

        callbacks.on_test_begin()
        running = RunningMeans(epoch)
        for batch, (images, labels) in enumerate(test_batches):
            callbacks.on_test_batch_begin(batch)
            predicted, loss = test_step(images, labels)
            callbacks.on_test_batch_end(batch, running.add(predicted, labels, loss))
        callbacks.on_test_end()
        logs |= {f"test_{name}": value for name, value in running.means().items()}
        callbacks.on_epoch_end(epoch, logs)
    callbacks.on_train_end()


class RunningMeans:
    """Loss and accuracy of batches, and their means over an epoch's examples, summed exactly."""

    def __init__(self, epoch: int):
        self.epoch = epoch
        self.batches: list[tuple[int, float, float]] = []

    def add(self, predicted: tf.Tensor, labels: tf.Tensor, loss: tf.Tensor) -> dict[str, float]:
        losses = np.ravel(loss)
        loss = math.fsum(losses) / len(losses)
        if not loss < DIVERGED:
            raise UserError(
                f"the loss became {loss:.3g} in epoch {self.epoch + 1}, batch {len(self.batches) + 1}: "
                "choose a smaller --learning-rate"
            )
        accuracy = np.count_nonzero(predicted.numpy() == labels.numpy()) / len(labels)
        self.batches.append((len(labels), loss, accuracy))
        return {"loss": loss, "accuracy": accuracy}

    def means(self) -> dict[str, float]:
        sizes, *columns = zip(*self.batches, strict=True)
        means = (math.fsum(np.multiply(sizes, column)) / sum(sizes) for column in columns)
        return dict(zip(("loss", "accuracy"), means, strict=True))


class Recorder(keras.callbacks.History):
    """Keras's History of the epochs, and beside it the weights and every batch's metrics.

    `weights` float32 (784,) and `bias` float32 () are the last ones, `history` has one list per metric of
    `train`'s epochs, rounded to 12 digits. After the training, `trajectory` has float32 arrays: `weights`
    (epochs + 1, 784) and `biases` (epochs + 1,) before the first epoch and after each,
    `{train,test}_batch_{loss,accuracy}` (epochs, batches). So far rounded, machines agree.
    """

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.trajectory = collections.defaultdict(list)
        self.add_weights()

    def add_weights(self):
        weights, bias = self.model.trainable_variables
        self.weights, self.bias = np.ravel(weights).astype(np.float32), np.float32(bias[0])
        self.trajectory["weights"].append(self.weights)
        self.trajectory["biases"].append(self.bias)

    def on_train_batch_end(self, batch, logs=None, part="train"):
        for name in ("loss", "accuracy"):  # in this order: a list of callbacks sorts the logs
            epochs = self.trajectory[f"{part}_batch_{name}"]
            if batch == 0:
                epochs.append([])
            epochs[-1].append(logs[name])

    def on_test_batch_end(self, batch, logs=None):
        self.on_train_batch_end(batch, logs, part="test")

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, {name: float(f"{value:.12g}") for name, value in logs.items()})
        self.add_weights()

    def on_train_end(self, logs=None):
        self.trajectory = {name: np.array(rows, np.float32) for name, rows in self.trajectory.items()}


class ProgressBar(keras.callbacks.ProgbarLogger):
    """Keras's live progress bar; the test metrics come below it."""

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, {name: logs[f"train_{name}"] for name in ("loss", "accuracy")})
        print(in_words("test", logs))


def in_words(part: str, logs: dict) -> str:
    """Loss and accuracy of an epoch's training or test, as a line shows them."""
    return f"{part} loss {logs[f'{part}_loss']:.3g} accuracy {logs[f'{part}_accuracy']:.4f}"


def callbacks(model: keras.Model, epochs: int, recorder: Recorder) -> keras.callbacks.CallbackList:
    """The recorder and a display: a live bar on a terminal, elsewhere a plain line per epoch."""

    def line(epoch, logs):
        number = f"{epoch + 1:{len(str(epochs))}}"
        print(f"epoch {number}: {in_words('train', logs)}, {in_words('test', logs)}", flush=True)

    display = ProgressBar() if sys.stdout.isatty() else keras.callbacks.LambdaCallback(on_epoch_end=line)
    return keras.callbacks.CallbackList(
        [recorder, display], model=model, verbose=1, epochs=epochs, steps=None
    )
