"""Robust training: the same classifier learns with the exact worst case of an ε-box inside the hinge loss.

$ python experiment_robust.py
robust training with ε = 0.1
...
epoch 10: train loss 0.033 accuracy 0.9982, test loss 0.00264 accuracy 0.9986
saved results/robust_0.1
... and the same for ε = 0.2 and 0.3
"""

from collections.abc import Sequence
from pathlib import Path

import adversarial
import run_files
from command_line import RESULTS, Stopwatch, experiment_parser, one_line_errors, positive_number, short


def run(
    epsilons: Sequence[float] = run_files.POST_EPSILONS,
    epochs: int = 10,
    batch_size: int = 100,
    learning_rate: float = 0.0001,
    seed: int = 1,
    initializer: str = "glorot_uniform",
    source: str = "bundled",
    results_dir: Path = RESULTS,
    graph: bool = False,
) -> list[Path]:
    """Train, attack and save a fresh model for each ε; the parameters are the command line's options.

    Returns:
        The runs' folders.

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

        folders = []
        for epsilon in epsilons:
            print(f"robust training with ε = {epsilon}")
            history, arrays = train_model(train_dataset, test_dataset, epsilon, config, graph)
            weights, bias = arrays["weights"][-1, :-1], arrays["weights"][-1, -1]
            stopwatch.lap("training")

            attack = adversarial.evaluate(weights, bias, *test_arrays)
            stopwatch.lap("attack")

            folder = run_files.save(
                results_dir,
                model="robust",
                epsilon=epsilon,
                config=config,
                history=history,
                final=adversarial.final_figures(weights, bias, train_arrays, test_arrays),
                attack=attack,
                **arrays,
            )
            stopwatch.lap("files")
            folders.append(folder)
            print(f"saved {short(folder)}")
    print(stopwatch)
    return folders


def robust_hinge_loss(labels, logits, weights, epsilon):
    """max(0, 1 - (y·ŷ - ε‖w‖₁)) for each example: the largest hinge loss within ε of it in the max norm.

    A vector: the gradient that a tape takes of it is that of its sum over the batch.
    """
    import tensorflow as tf

    margins = labels * logits - epsilon * tf.norm(weights, ord=1)
    return tf.maximum(0.0, 1.0 - margins)


def train_model(train_dataset, test_dataset, epsilon: float, config: dict, graph: bool) -> tuple:
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
            loss = robust_hinge_loss(labels, logits, model.trainable_variables[0], epsilon)
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
    parser = experiment_parser(__doc__.splitlines()[0], learning_rate=0.0001)
    parser.add_argument(
        "--epsilons",
        type=positive_number,
        nargs="+",
        default=run_files.POST_EPSILONS,
        help="half-widths of the box, a model each",
    )
    arguments = parser.parse_args()
    if len(set(arguments.epsilons)) < len(arguments.epsilons):
        parser.error("argument --epsilons: the same ε twice")
    with one_line_errors():
        run(**vars(arguments))


if __name__ == "__main__":
    main()
