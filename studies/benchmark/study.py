"""What everything costs: seconds and memory of each phase, beside the least that it could cost.

    python extensions/benchmark.py

Each phase is measured in a process of its own, several times; the medians, with machine and versions, go to
results/benchmark.json, and `table` turns that file into Markdown. Seconds differ from machine to machine and
from day to day. What to quote are the ratios, whose two sides take turns in one process:

- eager training to the same steps in a bare loop: what logging, progress and recording cost
- graph training to the same steps in NumPy: what TensorFlow costs
- attacking image by image, each a call of the Keras model as in the post, to `adversarial.evaluate`

and how seconds and memory grow with epochs, examples and number of ε.
"""

import contextlib
import importlib
import importlib.metadata
import io
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

EXTENSIONS = Path(__file__).resolve().parent
ROOT = EXTENSIONS.parent
REPEATS = 3
PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib")
MODELS = {"regular": 0.0, "robust": 0.2}  # and the ε in training
FACTORS = (1, 2, 4)  # of epochs and of examples
GRIDS = (25, 50, 101, 202)  # numbers of ε
SAMPLE = (0.1, 0.2), 500  # ε and images on which the image-by-image attack is timed
BESIDE = {
    "eager training": "the same steps in a bare loop",
    "graph training": "the same steps in NumPy",
    "attack": "image by image",
}


# Timing


def seconds(work: Callable[[], object]) -> float:
    """What one call takes; what it prints is dropped."""
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        work()
    return time.perf_counter() - start


def in_turns(**works: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each after a call to warm up; they take turns, so that load hits all alike."""
    for work in works.values():
        seconds(work)
    rounds = [{name: seconds(work) for name, work in works.items()} for _ in range(REPEATS)]
    return {name: statistics.median(times[name] for times in rounds) for name in works}


def in_own_process(phase: str, *arguments: object) -> dict[str, float]:
    """Call a function of this file in a new process: its dictionary, and `memory`, its peak in MB."""
    code = f"import benchmark; benchmark.answer({phase!r}, {arguments!r})"
    folders = os.pathsep.join(str(folder) for folder in (EXTENSIONS, ROOT / "plots", ROOT))
    process = subprocess.run(
        [sys.executable, "-c", code],
        # One thread for NumPy: more would wait for one another on busy cores and flatter what is beside it
        env={**os.environ, "PYTHONPATH": folders, "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(process.stdout)


def answer(phase: str, arguments: tuple) -> None:
    """The other side of `in_own_process`."""
    found = globals()[phase](*arguments)
    print(json.dumps({**found, "memory": peak_memory()}))


def peak_memory() -> float:
    """The most that this process has held at once, in MB."""
    with contextlib.suppress(OSError):  # Linux; its getrusage counts what the parent held at the fork, too
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** (20 if sys.platform == "darwin" else 10)


# Phases: what runs in a process of its own


def imports() -> dict[str, float]:
    return {"seconds": seconds(lambda: [importlib.import_module(name) for name in ("data", "training")])}


def loading() -> dict[str, float]:
    import data

    return in_turns(seconds=lambda: [data.to_arrays(data.binary_mnist(part)) for part in ("train", "test")])


def trainer(model: str, epochs: int, graph: bool, factor: int = 1) -> Callable[[], object]:
    """A function that trains as the experiment does, on data that are already in memory.

    Args:
        factor: how many times the data are repeated within an epoch.
    """
    import data
    import experiment_regular
    import experiment_robust

    datasets = [data.binary_mnist(part) for part in ("train", "test")]
    for dataset in datasets:
        data.to_arrays(dataset)
    datasets = [dataset.repeat(factor) for dataset in datasets]
    config = {"epochs": epochs, "batch_size": 100, "seed": 1, "initializer": "glorot_uniform"}
    if MODELS[model]:
        config["learning_rate"] = 0.0001
        return lambda: experiment_robust.train_model(*datasets, MODELS[model], config, graph)
    config["learning_rate"] = 0.1
    return lambda: experiment_regular.train_model(*datasets, config, graph)


def training(model: str, epochs: int, graph: bool, factor: int = 1) -> dict[str, float]:
    return in_turns(seconds=trainer(model, epochs, graph, factor))


def eager_against_bare(model: str, epochs: int) -> dict[str, float]:
    """The experiment's training, and the same with `bare_loop` in the place of `training.train`."""
    import training

    train = trainer(model, epochs, graph=False)

    def bare():
        with mock.patch.object(training, "train", bare_loop), contextlib.suppress(Done):
            train()

    return in_turns(seconds=train, floor=bare)


class Done(Exception):
    """Ends `train_model` where it would go on to what the callbacks have recorded."""


def bare_loop(train_step, train_dataset, test_step, test_dataset, epochs: int, callbacks) -> None:
    """The loop of `training.train` with nothing in it but the steps."""
    train_batches, test_batches = list(train_dataset), list(test_dataset)
    for _ in range(epochs):
        for images, labels in train_batches:
            train_step(images, labels)
        for images, labels in test_batches:
            test_step(images, labels)
    raise Done


def graph_against_numpy(model: str, epochs: int) -> dict[str, float]:
    import data

    train, test = (data.to_arrays(data.binary_mnist(part)) for part in ("train", "test"))
    rate = 0.0001 if MODELS[model] else 0.1
    return in_turns(
        seconds=trainer(model, epochs, graph=True),
        floor=lambda: numpy_training(train, test, MODELS[model], rate, epochs),
    )


def numpy_training(train, test, epsilon: float, learning_rate: float, epochs: int, weights=None):
    """The experiments' training without TensorFlow, in float32.

    It does what their steps do, and no more: predicted labels, loss, gradient and update for every batch of
    100, predicted labels and loss for the test images after every epoch. Nothing is recorded.

    Args:
        train, test: images float32 (N, 784) and labels float32 (N,), each -1 or +1.
        epsilon: 0 for the mean of the hinge loss over a batch, else the sum of the robust one.
        weights: float32 (785,), w and b at the start; zeros if None.

    Returns:
        float32 (785,), w and b at the end.
    """
    import numpy as np

    w, b = np.split(np.zeros(785, np.float32) if weights is None else weights.copy(), [784])
    epsilon, learning_rate = np.float32(epsilon), np.float32(learning_rate)
    images, labels = train
    for _ in range(epochs):
        for start in range(0, len(images), 100):
            x, y = images[start : start + 100], labels[start : start + 100]
            logits = x @ w + b
            losses = np.maximum(0, 1 - (y * logits - epsilon * np.abs(w).sum()))
            pull = y * (losses > 0)
            w_gradient, b_gradient = -(pull @ x), -pull.sum()
            if epsilon:
                w_gradient += epsilon * np.count_nonzero(losses) * np.sign(w)
            else:
                w_gradient, b_gradient = w_gradient / np.float32(len(y)), b_gradient / np.float32(len(y))
            np.sign(logits), losses.mean()
            w -= learning_rate * w_gradient
            b -= learning_rate * b_gradient
        logits = test[0] @ w + b
        np.sign(logits), np.maximum(0, 1 - test[1] * logits).mean()
    return np.concatenate([w, b])


def attack_against_image_by_image() -> dict[str, float]:
    """`adversarial.evaluate` on the whole grid, and the loop on a sample, scaled to all ε and images."""
    import adversarial
    import data
    import run_files

    run = run_files.load(ROOT / "results" / "regular")
    images, labels = data.to_arrays(data.binary_mnist("test"))
    epsilons, count = SAMPLE
    found = in_turns(
        seconds=lambda: adversarial.evaluate(run.weights, run.bias, images, labels),
        floor=lambda: image_by_image(run.weights, run.bias, images[:count], labels[:count], epsilons),
    )
    scale = len(adversarial.EPSILONS) * len(images) / (len(epsilons) * count)
    return {"seconds": found["seconds"], "floor": found["floor"] * scale}


def image_by_image(weights, bias, images, labels, epsilons) -> list[list[float]]:
    """The attack as a plain loop: one call of the Keras model for each image and ε; logits (E, N)."""
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.set_weights([weights[:, None], bias[None]])
    signs = tf.reshape(tf.sign(model.trainable_variables[0]), (28, 28, 1))
    logits = []
    for epsilon in epsilons:
        logits.append([])
        for image, label in zip(images.reshape(-1, 1, 28, 28, 1), labels, strict=True):
            logits[-1].append(float(model(image - label * epsilon * signs)[0, 0]))
    return logits


def attack(grid: int, factor: int, test_file: str) -> dict[str, float]:
    """The evaluation alone, without TensorFlow in the process."""
    import numpy as np

    import adversarial
    import run_files

    run = run_files.load(ROOT / "results" / "regular")
    test = np.load(test_file)
    images, labels = np.tile(test["images"], (factor, 1)), np.tile(test["labels"], factor)
    epsilons = np.linspace(0, 0.5, grid)
    return in_turns(seconds=lambda: adversarial.evaluate(run.weights, run.bias, images, labels, epsilons))


def write_test_images(test_file: str) -> dict:
    """Put the test images where `attack` finds them."""
    import numpy as np

    import data

    images, labels = data.to_arrays(data.binary_mnist("test"))
    np.savez(test_file, images=images, labels=labels)
    return {}


def figure(name: str, folder: str) -> dict[str, float]:
    import style

    draw = importlib.import_module(name).draw
    return in_turns(
        seconds=lambda: style.write(draw(ROOT / "results"), Path(folder) / f"{name}.png"),
    )


# The whole


def measure(progress: Callable[[str], None]) -> dict:
    """All measurements; `progress` is told the name of each as it begins."""
    found = {"machine": machine(), "versions": versions(), "phases": {}, "ratios": {}, "growth": {}}

    def phase(name: str, *arguments: object) -> dict[str, float]:
        progress(" ".join(map(str, (name, *arguments[:1]))))
        return in_own_process(name, *arguments)

    runs = [phase("imports") for _ in range(REPEATS)]
    found["phases"]["imports"] = {
        key: statistics.median(run[key] for run in runs) for key in ("seconds", "memory")
    }
    found["phases"]["data"] = phase("loading")
    for model in MODELS:
        found["ratios"][f"eager training, {model}"] = phase("eager_against_bare", model, 2)
        found["ratios"][f"graph training, {model}"] = phase("graph_against_numpy", model, 10)
    found["ratios"]["attack"] = phase("attack_against_image_by_image")
    for mode, graph in (("eager", False), ("graph", True)):
        growth = {factor: phase("training", "regular", factor, graph) for factor in FACTORS}
        found["growth"][f"{mode} training, epochs"] = growth
        found["growth"][f"{mode} training of 1 epoch, times the examples"] = {1: growth[1]} | {
            factor: phase("training", "regular", 1, graph, factor) for factor in FACTORS[1:]
        }
    with tempfile.TemporaryDirectory() as scratch:
        test_file = os.path.join(scratch, "test.npz")
        in_own_process("write_test_images", test_file)
        growth = {grid: phase("attack", grid, 1, test_file) for grid in GRIDS}
        found["growth"]["attack, number of ε"] = growth
        found["growth"]["attack with 101 ε, times the examples"] = {1: growth[101]} | {
            factor: phase("attack", 101, factor, test_file) for factor in FACTORS[1:]
        }
        names = sorted(path.stem for path in (ROOT / "plots").glob("[a-z]*.py"))
        for name in names:
            if name not in ("schematic", "style"):
                found["phases"][f"figure {name}"] = phase("figure", name, scratch)
    for name, sides in found["ratios"].items():
        del sides["memory"]  # of both sides
        ratio = sides["seconds"] / sides["floor"]
        sides["ratio"] = 1 / ratio if name == "attack" else ratio
    return found


def machine() -> dict[str, object]:
    """Processor, cores and memory; nothing that tells whose machine it is."""
    processor = platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        processor = models[0] if models else processor
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "memory": round(memory),
        "system": platform.system(),
    }


def versions() -> dict[str, str]:
    packages = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {"python": platform.python_version(), **packages}


# The table


def table(found: dict) -> str:
    """The measurements as Markdown.

    Args:
        found: what `measure` gives, or the same read from benchmark.json.
    """
    machine, versions = found["machine"], found["versions"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory']} GB, {machine['system']}; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + ".",
        "",
        "| side by side | seconds | beside it | seconds | ratio |",
        "|---|---:|---|---:|---:|",
    ]
    for name, sides in found["ratios"].items():
        beside = BESIDE[name.split(",")[0]]
        lines.append(
            f"| {name} | {sides['seconds']:.2f} | {beside} | {sides['floor']:.2f} | {sides['ratio']:.3g} |"
        )
    lines += ["", "| phase | seconds | peak memory, MB |", "|---|---:|---:|"]
    for name, phase in found["phases"].items():
        lines.append(f"| {name} | {phase['seconds']:.2f} | {phase['memory']:.0f} |")
    lines += ["", "| growth with | | seconds | peak memory, MB |", "|---|---:|---:|---:|"]
    for name, steps in found["growth"].items():
        for step, phase in steps.items():
            lines.append(f"| {name} | {step} | {phase['seconds']:.2f} | {phase['memory']:.0f} |")
    return "\n".join(lines)


def main() -> None:
    # In here, so that the processes of the phases don't load matplotlib
    import study

    from command_line import one_line_errors
    from run_files import load_post_runs

    arguments = study.parser(__doc__).parse_args()
    with one_line_errors():
        load_post_runs()  # the attack and the figures need them
        found = measure(progress=lambda phase: print(phase, file=sys.stderr, flush=True))
        path = study.write_json("benchmark", found, arguments.output_dir / "results")
        print(table(found))
        print(f"\nsaved {path}")


if __name__ == "__main__":
    main()
