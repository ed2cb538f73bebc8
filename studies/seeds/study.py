"""Are the differences real? The four models again from twenty seeds, and what chance alone can do.

    python extensions/seeds.py
    python extensions/seeds.py --backend dask --scheduler tcp://HOST:8786

The trainings are independent: joblib runs them in parallel, on this machine's cores or on a Dask cluster
whose workers see this checkout at the same path. Every finished training goes into a small file of its own,
in results/.seeds/, so a sweep that was stopped goes on from there.

train_one()    one training, in a worker
sweep()        all trainings, in parallel
wilson()       the confidence interval of an accuracy
paired_test()  McNemar's exact test between two models on the same images
run()          the study: results/seeds.json and plots/seeds.png
"""

import contextlib
import hashlib
import importlib.metadata
import itertools
import json
import logging
import os
import shutil
import site
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import study
import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import run_files
from command_line import Parser, UserError, one_line_errors, whole_number

EPSILONS = (0.0, *run_files.POST_EPSILONS)
PUBLISHED_MISTAKES = {"regular": 2, "robust_0.1": 3, "robust_0.2": 2, "robust_0.3": 5}  # from the accuracies
TEST_IMAGES = 2115
SOURCES = ("adversarial.py", "data.py", "training.py", "experiment_regular.py", "experiment_robust.py")
DATA = Path("mnist_zero_one/SHA256SUMS")

one_at_a_time = (
    threading.Lock()
)  # TensorFlow has one seed per process, and a Dask worker may have many threads


# In the workers


def train_one(epsilon: float, seed: int, epochs: int) -> dict:
    """Train and attack one model.

    TensorFlow and BLAS get one thread: the last bits of their sums depend on the number of threads, so only
    this gives the same numbers in any worker, and the workers don't compete for the cores.

    Returns:
        `train_accuracy` and `test_accuracy` (fractions, of the final weights), `misclassified`, the indices
        of the test images that the model gets wrong, and `correct`, the number that it gets right at each ε
        of the attack's grid `epsilons`.
    """
    with study.extra_libraries():
        from threadpoolctl import threadpool_limits

    with one_at_a_time, threadpool_limits(1):
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
            os.environ[name] = "1"  # read once, when TensorFlow starts
        logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of functions traced anew
        trained, _ = study.train(epsilon, seed=seed, epochs=epochs)
    right = trained.labels * trained.logits > 0
    return {
        "train_accuracy": trained.final["train_accuracy"],
        "test_accuracy": trained.final["test_accuracy"],
        "misclassified": np.flatnonzero(~right[0]).tolist(),
        "correct": right.sum(axis=1).tolist(),
        "epsilons": trained.epsilons.tolist(),
    }


def train_task(task: tuple[float, int], epochs: int) -> tuple[tuple[float, int], dict]:
    """`train_one`, with the task (ε, seed) beside its result."""
    return task, train_one(*task, epochs)


# In the process that hands out the work


@contextlib.contextmanager
def workers(scheduler: str | None) -> Iterator[None]:
    """Let joblib use this machine's cores, or the Dask cluster at the address `scheduler`.

    Raises:
        UserError: the cluster doesn't answer or loses its workers, or a worker dies.
    """
    with study.extra_libraries():
        import joblib
        from joblib.externals.loky.process_executor import BrokenProcessPool

        if scheduler:
            import distributed
    try:
        if not scheduler:
            with joblib.parallel_config(backend="loky", n_jobs=-1):
                yield
        else:
            with distributed.Client(scheduler, timeout="10s", set_as_default=False) as client:
                client.run(site.addsitedir, str(study.EXTENSIONS))  # so that they can import this module
                with joblib.parallel_config(backend="dask", client=client):
                    yield
    except BrokenProcessPool:
        raise UserError("a worker process died: run the same command again, it goes on from here") from None
    except (OSError, ValueError, RuntimeError) as error:
        if not scheduler:
            raise
        raise UserError(
            f"the Dask cluster at {scheduler} fails ({error}): mend it and run the same command again"
        ) from None


def sweep(seeds: Sequence[int], epochs: int, scratch: Path, scheduler: str | None = None) -> dict:
    """Train every model with every seed, except for what `scratch` already holds.

    Args:
        seeds: of the initial weights.
        epochs: passes over the training data.
        scratch: the folder of finished trainings, `<model>_<seed>.json` each.
        scheduler: address of a Dask scheduler; without it the work is done on this machine.

    Returns:
        For each task (ε, seed), in order, what `train_one` returns.

    Raises:
        UserError: as `workers`, or `scratch` can't be written.
    """
    tasks = list(itertools.product(EPSILONS, seeds))
    made_by = fingerprint(epochs)
    results = {task: found for task in tasks if (found := finished(scratch, *task, made_by))}
    todo = [task for task in tasks if task not in results]
    if results and todo:
        print(f"going on from {len(results)} finished trainings", flush=True)
    if todo:
        with workers(scheduler):
            import joblib

            parallel = joblib.Parallel(return_as="generator_unordered")
            for task, result in parallel(joblib.delayed(train_task)(task, epochs) for task in todo):
                study.write_json(scratch_name(*task), {"made_by": made_by, "result": result}, scratch)
                results[task] = result
                print(
                    f"{len(results):3} of {len(tasks)}: {scratch_name(*task)}, "
                    f"{len(result['misclassified'])} test mistakes",
                    flush=True,
                )
    return {task: results[task] for task in tasks}


def scratch_name(epsilon: float, seed: int) -> str:
    return f"{run_files.run_name(epsilon)}_seed_{seed}"


def finished(scratch: Path, epsilon: float, seed: int, made_by: str) -> dict | None:
    """The result that an earlier sweep left, unless it was made by other code or for other options."""
    try:
        content = json.loads((scratch / f"{scratch_name(epsilon, seed)}.json").read_text(encoding="utf-8"))
        return content["result"] if content["made_by"] == made_by else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def fingerprint(epochs: int) -> str:
    """A sum over all that a training's result depends on but its ε and seed."""
    digests = [run_files.sha256(study.ROOT / name) for name in (*SOURCES, DATA)]
    versions = [importlib.metadata.version(package) for package in run_files.PACKAGES]
    return hashlib.sha256(repr((epochs, digests, versions)).encode()).hexdigest()


# Statistics


def wilson(mistakes: int, images: int) -> list[float]:
    """The 95 % Wilson interval [low, high] of an accuracy."""
    with study.extra_libraries():
        from scipy.stats import binomtest
    interval = binomtest(images - mistakes, images).proportion_ci(0.95, method="wilson")
    return [float(interval.low), float(interval.high)]


def sign_test(first: int, second: int) -> float:
    """The exact two-sided p-value of a split `first` : `second` when either side is equally likely."""
    with study.extra_libraries():
        from scipy.stats import binomtest
    return float(binomtest(first, first + second).pvalue) if first + second else 1.0


def paired_test(first: Collection[int], second: Collection[int]) -> dict[str, int | float]:
    """McNemar's exact test between two models, from the images that each of them gets wrong.

    Images that both get right or both get wrong don't tell the models apart; of the others each model would
    get half if they were equally good.
    """
    only_first, only_second = len(set(first) - set(second)), len(set(second) - set(first))
    return {"only_first": only_first, "only_second": only_second, "p": sign_test(only_first, only_second)}


def smallest_p(first: int, second: int) -> float:
    """The smallest p-value of `paired_test` for these numbers of mistakes, whichever images they are."""
    return min(sign_test(first - both, second - both) for both in range(min(first, second) + 1))


def summary(seeds: Sequence[int], epochs: int, results: dict) -> dict:
    """All numbers of the study. Models are named as their runs are."""
    of_model = {run_files.run_name(e): [results[e, seed] for seed in seeds] for e in EPSILONS}
    wrong = {name: [result["misclassified"] for result in rows] for name, rows in of_model.items()}
    mistakes = {name: np.array([len(images) for images in rows]) for name, rows in wrong.items()}
    pairs = list(itertools.combinations(of_model, 2))
    return {
        "seeds": list(seeds),
        "epochs": epochs,
        "test_images": TEST_IMAGES,
        "epsilons": results[EPSILONS[0], seeds[0]]["epsilons"],
        "models": {
            name: {
                "test_mistakes": mistakes[name],
                "mean_mistakes": mistakes[name].mean(),
                "train_accuracy": [row["train_accuracy"] for row in rows],
                "test_accuracy": [row["test_accuracy"] for row in rows],
                "misclassified": wrong[name],
                "always_misclassified": sorted(set.intersection(*map(set, wrong[name]))),
                "correct": [row["correct"] for row in rows],
            }
            for name, rows in of_model.items()
        },
        "published": {
            name: {"mistakes": count, "wilson": wilson(count, TEST_IMAGES)}
            for name, count in PUBLISHED_MISTAKES.items()
        },
        "published_pairs": {
            f"{a}, {b}": {"smallest_p": smallest_p(PUBLISHED_MISTAKES[a], PUBLISHED_MISTAKES[b])}
            for a, b in pairs
        },
        "pairs": {f"{a}, {b}": compare(wrong[a], wrong[b]) for a, b in pairs},
    }


def compare(first: list[list[int]], second: list[list[int]]) -> dict:
    """Two models whose misclassified images are given for each seed.

    `images` has the paired test over test images for each seed: would other images give the same order?
    `seeds` has the sign test over seeds on the same images: would other initial weights?
    """
    tests = [paired_test(a, b) for a, b in zip(first, second, strict=True)]
    more = sum(test["only_first"] > test["only_second"] for test in tests)
    fewer = sum(test["only_first"] < test["only_second"] for test in tests)
    return {
        "mean_difference": float(np.mean([test["only_second"] - test["only_first"] for test in tests])),
        "images": tests,
        "largest_p": max(test["p"] for test in tests),
        "seeds_below_0.05": sum(test["p"] < 0.05 for test in tests),
        "seeds": {"first_worse": more, "second_worse": fewer, "p": sign_test(more, fewer)},
    }


# The figure


def draw(numbers: dict) -> Figure:
    """Left: the test mistakes of every seed. Right: median and range of the accuracy under attack."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=(1, 1.25), layout="constrained")
    colours = zip(style.MODEL_LINES, style.MODEL_FILLS, strict=True)
    models = list(zip(numbers["models"].items(), colours, strict=False))
    labels = [rf"$\epsilon={epsilon:g}$" if epsilon else "Regular" for epsilon in EPSILONS]
    for row, ((name, model), (colour, _)) in enumerate(models):
        counts, sizes = np.unique(model["test_mistakes"], return_counts=True)
        left.scatter(counts, np.full(len(counts), row), s=14 * sizes, color=colour, linewidths=0)
        for count, size in zip(counts, sizes, strict=True):
            left.text(count, row - 0.24, size, ha="center", va="bottom", fontsize=7)
        left.plot(
            numbers["published"][name]["mistakes"],
            row + 0.3,
            "^",
            color=style.BLACK,
            markersize=4,
            clip_on=False,
        )
    left.plot([], [], "^", color=style.BLACK, markersize=4, label="published")
    left.legend(frameon=False, fontsize=8, loc="lower left")
    left.set(
        title=f"Test Mistakes of {len(numbers['seeds'])} Seeds",
        xlabel=f"Mistakes of {numbers['test_images']:,}",
        xlim=(-0.6, None),
        ylim=(len(models) - 0.4, -0.6),
    )
    left.set_yticks(range(len(models)), labels)
    left.xaxis.get_major_locator().set_params(integer=True)

    for ((_, model), (colour, fill)), label in zip(models, labels, strict=True):
        accuracy = np.array(model["correct"]) / numbers["test_images"]
        right.fill_between(
            numbers["epsilons"], accuracy.min(axis=0), accuracy.max(axis=0), color=fill, linewidth=0
        )
        right.plot(numbers["epsilons"], np.median(accuracy, axis=0), color=colour, label=label, linewidth=1.2)
    right.set(
        title="Under Attack: Median and Range", xlabel=r"Perturbation Scale ($\epsilon$)", ylabel="Accuracy"
    )
    right.margins(x=0)
    right.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


# The command


def run(output_dir: Path, seeds: int = 20, epochs: int = 10, scheduler: str | None = None) -> Path:
    """Run the sweep over seeds 1, 2, … and write its numbers and figure below `output_dir`.

    Returns:
        The path of seeds.json.

    Raises:
        UserError: as `sweep`.
    """
    scratch = output_dir / "results" / ".seeds"
    numbers = range(1, seeds + 1)
    results = sweep(numbers, epochs, scratch, scheduler)
    path = study.write_json("seeds", summary(numbers, epochs, results), output_dir / "results")
    study.write_figure("seeds", draw(study.read_json("seeds", path.parent)), output_dir / "plots")
    shutil.rmtree(scratch, ignore_errors=True)
    return path


def main() -> None:
    parser = Parser(__doc__.splitlines()[0])
    parser.add_argument("--output-dir", type=Path, default=study.EXTENSIONS, help="gets results/ and plots/")
    parser.add_argument("--seeds", type=whole_number(1), default=20, help="number of seeds: 1, 2, and so on")
    parser.add_argument("--epochs", type=whole_number(1), default=10, help="passes over the data")
    parser.add_argument("--backend", choices=["joblib", "dask"], default="joblib", help="who does the work")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of the Dask cluster")
    arguments = parser.parse_args()
    if (arguments.backend == "dask") != bool(arguments.scheduler):
        parser.error("--backend dask and --scheduler ADDRESS belong together")
    with one_line_errors():
        print(run(arguments.output_dir, arguments.seeds, arguments.epochs, arguments.scheduler))


if __name__ == "__main__":
    from seeds import main  # under a name by which the workers find its functions

    main()
