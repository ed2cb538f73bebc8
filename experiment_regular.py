"""Regular training: a linear classifier learns two of MNIST's digits with the hinge loss, and is attacked.

$ python experiment_regular.py
epoch  1: train loss 0.0189 accuracy 0.9929, test loss 0.00307 accuracy 1.0000
...
epoch 10: train loss 0.00273 accuracy 0.9991, test loss 0.00204 accuracy 0.9991
saved results/regular
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as Python does, unless it is told not to (PYTHONSAFEPATH)
import support.tensorflow_setup  # noqa: F401  before TensorFlow
import keras
import tensorflow as tf

import adversarial
import data
import training
from support import runs
from support.disk import holding
from support.options import config, experiment_parser, one_line_errors, run_name, runs_folder, short

parser = experiment_parser(__doc__, "regular")


def train(options, train_dataset, test_dataset) -> training.Recorder:
    """Build a model and train it: its metrics and its weights, epoch by epoch."""
    model = keras.Sequential(
        [
            keras.layers.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(1, kernel_initializer=training.initializer(options)),
        ]
    )
    hinge_loss = keras.losses.Hinge()  # the mean over the batch of max(0, 1 - y·ŷ)
    optimizer = keras.optimizers.SGD(options.learning_rate)
    optimizer.build(model.trainable_variables)

    def train_step(images, labels):
        with tf.GradientTape() as tape:
            logits = tf.squeeze(model(images), axis=1)
            loss = hinge_loss(labels, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return tf.sign(logits), loss

    def test_step(images, labels):
        logits = tf.squeeze(model(images), axis=1)
        return tf.sign(logits), hinge_loss(labels, logits)

    train_batches = training.batches(train_dataset, options.batch_size)
    test_batches = training.batches(test_dataset, 1000)
    if options.graph:
        train_step, test_step = tf.function(train_step), tf.function(test_step)
    recorder = training.Recorder()
    callbacks = training.callbacks(model, options.epochs, recorder)
    training.train(train_step, train_batches, test_step, test_batches, options.epochs, callbacks)
    return recorder


def main() -> None:
    options = parser.parse_args()
    with one_line_errors(), holding(runs_folder("regular", options), run_name(0.0)) as results_dir:
        datasets = [data.binary_mnist(split, options.digits) for split in ("train", "test")]
        train_arrays, test_arrays = map(data.to_arrays, datasets)
        recorder = train(options, *datasets)
        folder = runs.save(
            results_dir,
            epsilon=0.0,
            config=config("regular", vars(options)),
            history=recorder.history,
            final=adversarial.final_metrics(recorder.weights, recorder.bias, train_arrays, test_arrays),
            attack=adversarial.evaluate(recorder.weights, recorder.bias, *test_arrays),
            trajectory=recorder.trajectory,
        )
        print(f"saved {short(folder)}")


if __name__ == "__main__":
    main()
