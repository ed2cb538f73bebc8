"""What everything costs: each command, and training and attack beside what a reader would write by hand."""

import contextlib
import importlib.metadata
import io
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import shared
import trainer

import adversarial
import data
import experiment_regular
import experiment_robust
from command_line import ROOT, UserError

HERE = Path(__file__).resolve().parent
ROUNDS = 7  # of the comparisons' turns
REPEATS = 3  # of a command, and of the trainer's growth
ALL_PAIRS = "studies/benchmark/all_pairs.py"
EPSILON = 0.2  # of the robust training that is timed
MODELS = 40  # trained together
PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib", "scipy")
# Linux tells a process its own peak; what it tells a parent of a child has the parent's memory in it
RUN = """
import atexit, pathlib, runpy, sys
note, *sys.argv = sys.argv[1:]
atexit.register(lambda: pathlib.Path(note).write_text(pathlib.Path("/proc/self/status").read_text()))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


# Commands


def commands(scratch: Path) -> dict[str, list]:
    """Each command's arguments; what it makes goes to `scratch`, or it is a study and makes the same."""
    images, digits = shared.all_digits("train")
    starts = np.column_stack([shared.glorot_start(seed) for seed in range(1, 11)])
    np.savez(scratch / "mnist.npz", images=images, digits=digits, starts=starts)
    found = {ALL_PAIRS: [HERE / "all_pairs.py", scratch / "mnist.npz"]}
    found |= {f"studies {name}": ["studies", name] for name in shared.STUDIES}
    for command in ("experiment_regular.py", "experiment_robust.py"):
        for graph in ([], ["--graph"]):
            found[" ".join([command, *graph])] = [command, *graph, "--results-dir", scratch / "results"]
    return found | {"plots": ["plots", "--output-dir", scratch / "figures"]}


def measure(arguments: list) -> tuple[float, float]:
    """A command's seconds and its peak memory in MB, without that of processes that it starts."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS")}
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "status"
        start = time.perf_counter()
        process = subprocess.run(
            [sys.executable, "-c", RUN, note, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        seconds = time.perf_counter() - start
        if process.returncode:
            raise UserError(f"`python {' '.join(map(str, arguments))}` failed")
        return seconds, int(re.search(r"VmHWM:\s*(\d+)", note.read_text())[1]) / 1024


def measure_all(commands: dict[str, list]) -> dict:
    """Spreads of seconds and the largest peak of memory; all take turns, but a study runs once."""
    runs = {name: [] for name in commands}
    for number in range(REPEATS):
        for name, arguments in commands.items():
            if not number or not name.startswith("studies "):
                runs[name].append(measure(arguments))
                print(f"{name:32} {runs[name][-1][0]:6.1f} s", flush=True)
    columns = {name: tuple(zip(*run, strict=True)) for name, run in runs.items()}
    return {
        name: {"seconds": spread(times), "memory": max(peaks)} for name, (times, peaks) in columns.items()
    }


# Side by side


def take_turns(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, np.ndarray]:
    """Seconds of each in each round, after one to warm up: so that load hits all alike. Output is dropped."""
    times = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            start = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                work()
            times[name].append(time.perf_counter() - start)
    return {name: np.array(row[1:]) for name, row in times.items()}


def beside(works: dict[str, Callable[[], object]], **per: int) -> dict:
    """Spreads of the seconds of each, and of how many times faster than the first it is, round by round.

    Args:
        per: for a name, how many models one call trains; the seconds are for one.
    """
    times = {name: row / per.get(name, 1) for name, row in take_turns(works, ROUNDS).items()}
    first = next(iter(times.values()))
    return {name: {"seconds": spread(row), "faster": spread(first / row)} for name, row in times.items()}


def spread(values: np.ndarray) -> list[float]:
    """Least, median, largest."""
    return np.percentile(values, [0, 50, 100]).tolist()


def sgd_by_hand(train: tuple, test: tuple, start: np.ndarray, epsilon: float, epochs: int = 10) -> np.ndarray:
    """One model by a loop over batches, with its test accuracy after each epoch: the last weights (785,)."""
    rate, of_the_sum = trainer.ROBUST if epsilon else trainer.REGULAR
    w, b = start[:-1].copy(), start[-1]
    for _ in range(epochs):
        for first in range(0, len(train[1]), 100):
            x, y = (array[first : first + 100] for array in train)
            active = y * (y * (x @ w + b) < 1 + epsilon * np.abs(w).sum())
            step = np.float32(rate if of_the_sum else rate / len(y))
            slope = np.float32(epsilon * np.count_nonzero(active)) * np.sign(w)
            w += step * (active @ x - slope)
            b += step * active.sum()
        np.mean(test[1] * (test[0] @ w + b) > 0)
    return np.append(w, b)


def keras_fit(train: tuple, test: tuple, start: np.ndarray, epochs: int = 10) -> np.ndarray:
    """The regular model by `fit`, with its test loss after each epoch: the last weights (785,)."""
    model = keras.Sequential([keras.layers.Input((784,)), keras.layers.Dense(1)])
    model.set_weights([start[:-1, None], start[-1:]])
    model.compile(keras.optimizers.SGD(0.1), "hinge")
    test = test[0], test[1][:, None]
    model.fit(
        train[0],
        train[1][:, None],
        100,
        epochs,
        verbose=0,
        validation_data=test,
        validation_batch_size=1000,
        shuffle=False,
    )
    return np.concatenate([np.ravel(part) for part in model.get_weights()])


def attack_by_hand(weights: np.ndarray, images: np.ndarray, labels: np.ndarray, epsilons: np.ndarray) -> list:
    """Accuracy of weights (785,) at each ε, at which all images are moved at once."""
    w, b = weights[:-1], weights[-1]
    direction = labels[:, None] * np.sign(w)
    return [
        np.mean(labels * ((images - np.float32(epsilon) * direction) @ w + b) > 0) for epsilon in epsilons
    ]


def comparisons() -> dict:
    """Training and attack; the first side of each is what the reproduction does."""
    datasets = [data.binary_mnist(split) for split in ("train", "test")]
    train, test = shared.pair("train"), shared.pair("test")
    starts = np.column_stack([shared.glorot_start(seed) for seed in range(1, MODELS + 1)])
    grid, together = adversarial.ATTACK_EPSILONS, f"the trainer, one of {MODELS} models together"
    by_experiment = {
        0.0: lambda: experiment_regular.train(experiment_regular.parser.parse_args(["--graph"]), *datasets),
        EPSILON: lambda: experiment_robust.train(
            experiment_robust.parser.parse_args(["--graph"]), EPSILON, *datasets
        ),
    }

    def many(epsilon: float) -> np.ndarray:
        kind = epsilon, *(trainer.ROBUST if epsilon else trainer.REGULAR)
        return trainer.train(*train, starts, *(np.full(MODELS, value) for value in kind))

    found = {}
    for name, epsilon in {"regular training": 0.0, "robust training": EPSILON}.items():
        works = {"the experiment with --graph": by_experiment[epsilon]}
        if not epsilon:
            works["Keras's fit"] = lambda: keras_fit(train, test, starts[:, 0])
        works["a loop in NumPy"] = lambda epsilon=epsilon: sgd_by_hand(train, test, starts[:, 0], epsilon)
        works[together] = lambda epsilon=epsilon: many(epsilon)
        found[name] = beside(works, **{together: MODELS})
    weights = many(EPSILON)[-1, :, 0]
    found["attack, 101 ε"] = beside(
        {
            "adversarial.evaluate": lambda: adversarial.evaluate(weights[:-1], weights[-1], *test),
            "a loop in NumPy": lambda: attack_by_hand(weights, *test, grid),
            "trainer.attacked, in closed form": lambda: trainer.attacked(weights[:, None], *test, grid),
        }
    )
    return found


def growth() -> dict:
    """Spreads of the trainer's seconds with more models, examples and epochs, all taking turns."""
    images, labels = shared.pair("train")

    def train(models: int = MODELS, times: int = 1, epochs: int = 10) -> Callable[[], object]:
        columns = [np.full(models, value) for value in (EPSILON, *trainer.ROBUST)]
        starts = np.repeat(shared.glorot_start(1)[:, None], models, axis=1)
        many = np.tile(images, (times, 1)), np.tile(labels, times)
        return lambda: trainer.train(*many, starts, *columns, epochs=epochs)

    works = {f"{MODELS} models, {len(images):,} examples, 10 epochs": train()}
    works |= {f"{models} models": train(models=models) for models in (10, 160, 640)}
    works |= {f"{times} times the examples": train(times=times) for times in (2, 4)}
    works |= {f"{epochs} epochs": train(epochs=epochs) for epochs in (5, 20)}
    return {name: spread(times) for name, times in take_turns(works, REPEATS).items()}


# The whole


def main() -> None:
    results = {"machine": machine(), "beside": comparisons(), "growth": growth()}
    with tempfile.TemporaryDirectory() as folder:
        results["commands"] = measure_all(commands(Path(folder)))
    shared.write_json(HERE / "results.json", {**results, "said": said(results)})


def machine() -> dict[str, object]:
    """Processor, cores, memory and versions; nothing that tells whose machine it is."""
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {
        "processor": processor[1] if processor else platform.machine(),
        "cores": os.cpu_count(),
        "memory": round(memory),
        "versions": {"python": platform.python_version(), **versions},
    }


def said(results: dict) -> dict:
    """What sentences say, here or elsewhere."""
    trained = [list(results["beside"][f"{kind} training"].values())[-1] for kind in ("regular", "robust")]
    studies = [found for name, found in results["commands"].items() if name.startswith("studies ")]
    return {
        "faster_least": min(found["faster"][0] for found in trained),
        "seconds_all_pairs": results["commands"][ALL_PAIRS]["seconds"][1],
        "memory_all_pairs": results["commands"][ALL_PAIRS]["memory"],
        "minutes_studies": sum(found["seconds"][1] for found in studies) / 60,
    }


# Tables


def table_machine(results: dict) -> str:
    found = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return f"Measured on {found['processor']}, {found['cores']} cores, {found['memory']} GB; {versions}."


def table_commands(results: dict) -> str:
    rows = results["commands"].items()
    return table(
        ["`python ...`", "seconds", "peak memory, MB"],
        [[f"`{name}`", with_spread(found["seconds"]), f"{found['memory']:.0f}"] for name, found in rows],
    )


def table_beside(results: dict) -> str:
    rows = []
    for work, sides in results["beside"].items():
        for name, found in sides.items():
            low, _, high = found["faster"]
            faster = "no difference" if low <= 1 <= high else with_spread(found["faster"])
            first = name == next(iter(sides))
            rows.append([work if first else "", name, with_spread(found["seconds"]), "" if first else faster])
    return table(["", "", "seconds", "times as fast as the first"], rows)


def table_growth(results: dict) -> str:
    first = next(iter(results["growth"].values()))[1]
    rows = [[name, with_spread(row), f"{row[1] / first:.2g}"] for name, row in results["growth"].items()]
    return table(["the trainer", "seconds", "times the first row"], rows)


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def with_spread(values: list[float]) -> str:
    """The median with the least and the largest; alone if it was measured once."""
    low, median, high = (f"{value:.3g}" if value < 1000 else f"{value:.0f}" for value in values)
    return median if low == high else f"{median} ({low} to {high})"
