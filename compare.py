"""Published against obtained: the post's table and misclassified images beside those of the runs.

python compare.py
"""

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as Python does, unless it is told not to (PYTHONSAFEPATH)
import support.packages  # noqa: F401  says what a Python lacks
import numpy as np

from support.options import Parser, add_runs, figures_folder, one_line_errors, runs_folder, short
from support.runs import Run, load_models
from support.tables import markdown, truncated

# By the ε of training: the post's table, in % for training and test. The 99.64 of the regular model repeats
# that of ε = 0.2 and looks like a slip.
PUBLISHED = {0: (99.64, 99.90), 0.1: (99.81, 99.85), 0.2: (99.64, 99.90), 0.3: (99.37, 99.76)}
# The test images in the post's picture of misclassified examples, by their places in TFDS's order: the only
# ones of 2,115 that its pixels fit. It has room for four.
PUBLISHED_IMAGES = {0: (747, 739), 0.1: (1198, 1079, 747), 0.2: (747, 1079), 0.3: (1951, 739, 657, 747)}
PLACES = 4


def model_name(run: Run) -> str:
    return f"robust ε={run.epsilon}" if run.epsilon else "regular"


def accuracy_table(runs: list[Run]) -> str:
    """Accuracies in % and test mistakes of each model; of the post's models, the published ones beside them.

    Training accuracy is the running one of the last epoch, as in the post, whose mistakes follow from its
    test accuracies.
    """
    head = ("model", "train, post", "here", "test, post", "here", "wrong, post", "here")
    rows = []
    for run in runs:
        train, test = PUBLISHED.get(run.epsilon, (0, 0))
        wrong = math.floor(len(run.labels) * (1 - test / 100))
        here = [truncated(run.history["train_accuracy"][-1]), truncated(run.final["test_accuracy"])]
        mistakes = run.final["test_mistakes"]
        rows.append((model_name(run), f"{train:.2f}", here[0], f"{test:.2f}", here[1], wrong, mistakes))
    if not are_the_posts(runs):  # then without every second column, the post's
        head, rows = ("model", "train", "test", "mistakes"), [row[::2] for row in rows]
    return markdown(head, rows)


def are_the_posts(runs: list[Run]) -> bool:
    """Whether these models, with these settings, are in the post."""
    return all(run.epsilon in PUBLISHED and not run.changed for run in runs)


def image_table(runs: list[Run]) -> str:
    """The places of the misclassified test images, nearest the boundary first, that both figures show."""
    rows = []
    for run in runs:
        here = [place for place in run.closest[0, :PLACES] if place >= 0]
        texts = (", ".join(map(str, places)) for places in (PUBLISHED_IMAGES[run.epsilon], here))
        rows.append((model_name(run), *texts))
    return markdown(("model", "images that the post shows", "here"), rows)


def attack_table(runs: list[Run], epsilon: float = 0.2) -> str:
    """Accuracy in % under an attack of `epsilon`, with any pixel values, as in the post, and valid ones."""
    at = [int(np.argmin(np.abs(run.epsilons - epsilon))) for run in runs]
    any_values = [truncated(run.accuracy[row]) for run, row in zip(runs, at, strict=True)]
    valid = [truncated(run.accuracy_valid[row]) for run, row in zip(runs, at, strict=True)]
    head = (f"accuracy in % under an attack of ε = {epsilon}", *map(model_name, runs))
    return markdown(head, [("any pixel values, as in the post", *any_values), ("valid pixels", *valid)])


def main() -> None:
    parser = Parser(__doc__)
    add_runs(parser)
    arguments = parser.parse_args()
    with one_line_errors():
        results_dir = runs_folder("regular", arguments)
        runs = load_models(results_dir)
        print(accuracy_table(runs), attack_table(runs), sep="\n\n")
        if are_the_posts(runs):
            print(f"\n{image_table(runs)}")
        print(f"\nruns: {short(results_dir)}   figures: {short(figures_folder(results_dir))}")


if __name__ == "__main__":
    main()
