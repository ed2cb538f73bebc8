"""What does everything cost?

Seconds of the experiments, the trainer of many models and the solver, each the median of a few rounds. These
numbers are of the machine that measured them; nothing else in the studies is.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from joblib import cpu_count

from studies.shared import images, models, solver
from support.options import ROOT

ROUNDS = 3
MODELS = 40


def compute() -> tuple[dict, dict]:
    train, start = images.pair("train"), models.starts(range(1, 1 + MODELS // len(models.POST)))
    return {
        "cores": cpu_count(),
        "rounds": ROUNDS,
        "eager": seconds(lambda: experiment()),
        "graph": seconds(lambda: experiment("--graph")),
        "import": seconds(
            lambda: subprocess.run([sys.executable, "-c", "import data"], cwd=ROOT, check=True)
        ),
        "trainer": seconds(lambda: models.train(*train, start)) / MODELS,
        "optimum": seconds(lambda: solver.solve(*train, 0.2)),
    }, {}


def seconds(action: Callable) -> float:
    """The median of the rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def experiment(*options: str) -> None:
    """Regular training of one model and its attack, as a reader runs it, into a folder thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "experiment_regular.py", "--results-dir", folder, *options]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
