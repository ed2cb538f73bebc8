"""Published against obtained: the post's accuracy table beside that of the runs in results/, as Markdown.

python compare.py
"""

from pathlib import Path

from command_line import RESULTS, Parser, one_line_errors, short
from run_files import load_post_models

# The post's table, in %. Its 99.64 for the regular model repeats that of ε = 0.2 and looks like a slip.
PUBLISHED_TRAIN = (99.64, 99.81, 99.64, 99.37)
PUBLISHED_TEST = (99.90, 99.85, 99.90, 99.76)


def table(results_dir: Path = RESULTS) -> str:
    """A row for each model: accuracies in % and the number of test images that it gets wrong.

    Training accuracy is that of the last epoch, while the weights change, as in the post.
    """
    lines = [
        "| model        | train, post |  here | test, post |  here | wrong, post | here |",
        "|--------------|------------:|------:|-----------:|------:|------------:|-----:|",
    ]
    for run, train, test in zip(load_post_models(results_dir), PUBLISHED_TRAIN, PUBLISHED_TEST, strict=True):
        name = f"robust ε={run.epsilon}" if run.epsilon else "regular"
        wrong = round(len(run.labels) * (1 - test / 100))
        lines.append(
            f"| {name:12} | {train:11.2f} | {100 * run.history['train_accuracy'][-1]:5.2f} "
            f"| {test:10.2f} | {100 * run.final['test_accuracy']:5.2f} "
            f"| {wrong:11} | {run.final['test_mistakes']:4} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = Parser("Print the post's accuracy table beside that of the runs.")
    parser.add_argument("--results-dir", type=Path, default=RESULTS, help="where the runs lie")
    arguments = parser.parse_args()
    with one_line_errors():
        print(table(arguments.results_dir))
        print(f"\nruns: {short(arguments.results_dir)}   figures: {short(RESULTS.with_name('plots'))}")


if __name__ == "__main__":
    main()
