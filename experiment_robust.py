"""Robust training: the same classifier learns with the exact worst case of an ε-box inside the hinge loss.

$ python experiment_robust.py
robust training with ε = 0.1
...
epoch 10: train loss 0.0328 accuracy 0.9983, test loss 0.0026 accuracy 0.9986
saved results/robust_0.1
... and the same for ε = 0.2 and 0.3
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

parser = experiment_parser(__doc__, "robust")


def robust_hinge_loss(labels, logits, weights, epsilon):
    """max(0, 1 - (y·ŷ - ε‖w‖₁)) for each example: the largest hinge loss within ε of it in the max norm.

    A vector: the gradient that a tape takes of it is that of its sum over the batch.
    """
    margins = labels * logits - epsilon * tf.norm(weights, ord=1)
    return tf.maximum(1.0 - margins, 0.0)


def train(options, epsilon, train_dataset, test_dataset) -> training.Recorder:
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
            loss = robust_hinge_loss(labels, logits, model.trainable_variables[0], epsilon)
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
    names = map(run_name, options.epsilons)
    with one_line_errors(), holding(runs_folder("robust", options), *names) as results_dir:
        datasets = [data.binary_mnist(split, options.digits) for split in ("train", "test")]
        train_arrays, test_arrays = map(data.to_arrays, datasets)
        for epsilon in options.epsilons:
            print(f"robust training with ε = {epsilon}")
            recorder = train(options, epsilon, *datasets)
            folder = runs.save(
                results_dir,
                epsilon=epsilon,
                config=config("robust", vars(options)),
                history=recorder.history,
                final=adversarial.final_metrics(recorder.weights, recorder.bias, train_arrays, test_arrays),
                attack=adversarial.evaluate(recorder.weights, recorder.bias, *test_arrays),
                trajectory=recorder.trajectory,
            )
            print(f"saved {short(folder)}")


if __name__ == "__main__":
    main()
