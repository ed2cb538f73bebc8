"""Regular training: a linear classifier learns MNIST's zeros and ones with the hinge loss, and is attacked.

$ python experiment_regular.py
epoch  1: train loss 0.0193 accuracy 0.9921, test loss 0.00317 accuracy 1.0000
...
epoch 10: train loss 0.00278 accuracy 0.9991, test loss 0.002 accuracy 0.9995
saved results/regular
"""

from pathlib import Path

import adversarial
import run_files
from command_line import RESULTS, Stopwatch, experiment_parser, one_line_errors, short


def run(
    epochs: int = 10,
    batch_size: int = 100,
    learning_rate: float = 0.1,
    seed: int = 1,
    initializer: str = "glorot_uniform",
    source: str = "bundled",
    results_dir: Path = RESULTS,
    graph: bool = False,
) -> Path:
    """Train, attack and save; the parameters are the command line's options.

    Returns:
        The run's folder.

    Raises:
        UserError: something that the caller can mend, in one line.
    """
    config = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "initializer": initializer,
        "source": source,
    }
    stopwatch = Stopwatch()
    with run_files.writing(results_dir):
        import data  # TensorFlow: imported in here, so that --help and mistyped options need not wait

        stopwatch.lap("imports")

        train_dataset, test_dataset = (data.binary_mnist(s, source) for s in ("train", "test"))
        train_arrays, test_arrays = data.to_arrays(train_dataset), data.to_arrays(test_dataset)
        stopwatch.lap("data")

        history, arrays = train_model(train_dataset, test_dataset, config, graph)
        weights, bias = arrays["weights"][-1, :-1], arrays["weights"][-1, -1]
        stopwatch.lap("training")

        attack = adversarial.evaluate(weights, bias, *test_arrays)
        stopwatch.lap("attack")

        folder = run_files.save(
            results_dir,
            model="regular",
            epsilon=0.0,
            config=config,
            history=history,
            final=adversarial.final_figures(weights, bias, train_arrays, test_arrays),
            attack=attack,
            **arrays,
        )
        stopwatch.lap("files")
    print(f"saved {short(folder)}")
    print(stopwatch)
    return folder


def train_model(train_dataset, test_dataset, config: dict, graph: bool) -> tuple[dict, dict]:
    """Build a model and train it.

    Returns:
        The epochs' figures and what else training.Recorder collected.
    """
    import keras
    import tensorflow as tf

    import training

    training.make_deterministic(config["seed"])
    model = keras.Sequential(
        [
            keras.layers.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(1, kernel_initializer=config["initializer"]),
        ]
    )
    hinge_loss = keras.losses.Hinge()  # the mean over the batch of max(0, 1 - y·ŷ)
    optimizer = keras.optimizers.SGD(config["learning_rate"])
    optimizer.build(model.trainable_variables)

    def train_step(images, labels):
        with tf.GradientTape() as tape:
            logits = tf.squeeze(model(images), axis=1)
            loss = hinge_loss(labels, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return tf.sign(logits), loss, gradients

    def test_step(images, labels):
        logits = tf.squeeze(model(images), axis=1)
        return tf.sign(logits), hinge_loss(labels, logits)

    train_batches = train_dataset.batch(config["batch_size"])
    test_batches = test_dataset.batch(1000)
    if graph:
        train_step = training.compiled(train_step, train_batches)
        test_step = training.compiled(test_step, test_batches)
    recorder = training.Recorder()
    training.train(
        train_step,
        train_batches,
        test_step,
        test_batches,
        config["epochs"],
        training.callbacks(model, config["epochs"], recorder),
    )
    return recorder.history, recorder.arrays()


def main() -> None:
    arguments = experiment_parser(__doc__.splitlines()[0], learning_rate=0.1).parse_args()
    with one_line_errors():
        run(**vars(arguments))


if __name__ == "__main__":
    main()
