"""The post's fourteen claims, each with its verdict: confirmed, corrected or refuted.

    python extensions/claims.py

A verdict follows from a rule, stated in the docstring of the function `claim_N` and carried out by its code,
on numbers of the saved runs and of the other studies. `corrected` is a claim that holds in part, or not for
the reason given. Claims 7, 11, 12 and 13 are mathematics: the README has the proofs, and tests decide.

Evidence         what the rules are given: the saved runs, the images, the other studies' numbers
claim_1() ...    the rules; each returns the verdict and its numbers
PROOFS           the claims that are proved, with the verdict and the test of each
run()            all of them: results/claims.json, plots/specks.png and plots/confidence.png

Needs the other studies' files: run seeds.py, initialization.py, optimum.py and dynamics.py first.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import study
import style
from matplotlib import pyplot as plt
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

import run_files
from command_line import UserError, one_line_errors
from run_files import Run

ATTACKED_AT = (0.2, 0.3, 0.4, 0.5)  # for claim 10: from where the regular model is at about zero
ACCURACIES = (0.9, 0.75, 0.5, 0.25, 0.1)  # for claim 10: levels at which all models are compared
SIGNIFICANT = 0.05
ROBUST = tuple(run_files.run_name(epsilon) for epsilon in run_files.POST_EPSILONS)

CLAIMS = {
    1: "The regular model reaches about 99.9 % on the test set, with single mistakes.",
    2: "The robust models are slightly worse on clean data.",
    3: "There is no overfitting: the gap between train and test is tiny.",
    4: "A dot beside the digit is what confuses the models.",
    5: "The regular model's weights are a huge number of weak features that generalise well.",
    6: "Robust training wipes off the features smaller than ε.",
    7: "For a linear model δ* = -y ε sign(w) is the worst perturbation of size ε in the max norm.",
    8: "The regular model is at about zero accuracy at ε = 0.2.",
    9: "Robust models withstand larger perturbations, the more the larger their ε.",
    10: "The regular model is extremely confident when fooled; the robust one's logits stay near zero.",
    11: "The robust loss tolerates mistakes near the boundary.",
    12: "The gradient shrinks by ε or changes sign.",
    13: "Unlike an L1 penalty, the robust loss leaves weights alone through examples far beyond the margin.",
    14: "The robust models are still far from ideal.",
}

PROOFS = {  # claim: (verdict, the test that decides it, in tests/test_claims.py)
    7: ("confirmed", "test_claim_7_no_perturbation_in_the_box_is_worse"),
    11: ("refuted", "test_claim_11_the_kink_moves_to_a_larger_margin"),
    12: ("corrected", "test_claim_12_epsilon_enters_the_gradient_of_the_weights_only"),
    13: ("confirmed", "test_claim_13_beyond_the_margin_only_an_l1_penalty_pulls"),
}


@dataclass(frozen=True)
class Evidence:
    """What the rules are given; what takes time is read when first asked for."""

    runs: list[Run]
    results: Path  # the folder of the other studies' numbers

    def numbers(self, name: str) -> dict:
        """Another study's numbers. Raises UserError if they are missing."""
        return study.read_json(name, self.results)

    @cached_property
    def seeds(self) -> dict:
        return self.numbers("seeds")

    @cached_property
    def train(self) -> tuple[np.ndarray, np.ndarray]:
        return study.load_images("train")

    @cached_property
    def test(self) -> tuple[np.ndarray, np.ndarray]:
        return study.load_images("test")


def verdict(*conditions: bool) -> str:
    """Confirmed if all conditions hold, refuted if none does, otherwise corrected."""
    return "confirmed" if all(conditions) else "corrected" if any(conditions) else "refuted"


# The claims that a measurement decides. The docstrings are the rules, and claims.json quotes them.


def claim_1(evidence: Evidence) -> dict:
    """Confirmed if the median accuracy over the seeds lies in the published accuracy's 95 % Wilson interval
    and no seed makes more than nine mistakes; refuted if neither, else corrected."""
    mistakes = np.array(evidence.seeds["models"]["regular"]["test_mistakes"])
    low, high = evidence.seeds["published"]["regular"]["wilson"]
    median = 1 - np.median(mistakes) / evidence.seeds["test_images"]
    return {
        "verdict": verdict(low <= median <= high, mistakes.max() <= 9),
        "median_accuracy": median,
        "published_wilson": [low, high],
        "fewest_mistakes": mistakes.min(),
        "most_mistakes": mistakes.max(),
    }


def claim_2(evidence: Evidence) -> dict:
    """Two questions for each robust model: does it make more mistakes than the regular one over the seeds,
    on these test images (sign test, p < 0.05)? And are they more than chance in the choice of images
    explains (paired exact test, p < 0.05 for most seeds)? Confirmed if yes throughout, refuted if no
    throughout, else corrected."""
    numbers = {}
    for name in ROBUST:
        pair = evidence.seeds["pairs"][f"regular, {name}"]
        over_seeds = pair["seeds"]["p"] < SIGNIFICANT and pair["mean_difference"] > 0
        over_images = pair["seeds_below_0.05"] > len(evidence.seeds["seeds"]) / 2
        numbers[name] = {
            "mean_difference": pair["mean_difference"],
            "p_over_seeds": pair["seeds"]["p"],
            "smallest_p_over_images": min(test["p"] for test in pair["images"]),
            "worse_over_seeds": over_seeds,
            "worse_over_images": over_images,
        }
    answers = [row[key] for row in numbers.values() for key in ("worse_over_seeds", "worse_over_images")]
    return {"verdict": verdict(*answers), "models": numbers}


def claim_3(evidence: Evidence) -> dict:
    """Three gaps between train and test: accuracy (median over the seeds), hinge loss and accuracy under
    attack at the model's own ε (both of the saved weights). Confirmed if in no model the test set is worse
    by more than 0.1 points of accuracy or a tenth of the loss; refuted if all models fail in all three,
    else corrected."""
    numbers, answers = {}, []
    for run in evidence.runs:
        model = evidence.seeds["models"][run.folder.name]
        shift = run.epsilon * np.abs(run.weights.astype(np.float64)).sum()
        train, test = (
            labels * (images @ run.weights + run.bias) for images, labels in (evidence.train, evidence.test)
        )
        row = {
            "accuracy_gap": np.median(np.subtract(model["train_accuracy"], model["test_accuracy"])),
            "train_hinge_loss": np.maximum(0, 1 - train).mean(),
            "test_hinge_loss": np.maximum(0, 1 - test).mean(),
            "attacked_accuracy_gap": (train > shift).mean() - (test > shift).mean(),
        }
        answers += [
            row["accuracy_gap"] <= 0.001,
            row["test_hinge_loss"] <= 1.1 * row["train_hinge_loss"],
            row["attacked_accuracy_gap"] <= 0.001,
        ]
        numbers[run.folder.name] = row
    return {"verdict": verdict(*answers), "models": numbers}


def claim_4(evidence: Evidence) -> dict:
    """Every misclassified test image is judged again with its detached specks erased. Confirmed if that
    puts right more than half of all models' mistakes, refuted if none, else corrected."""
    images, labels = evidence.test
    specks = np.array([pieces(image) > 1 for image in images])
    models = {}
    for run in evidence.runs:
        wrong = np.flatnonzero(labels * run.logits[0] <= 0)
        before = images[wrong] @ run.weights + run.bias
        after = np.array([erase_specks(images[i]) for i in wrong]).reshape(-1, 784) @ run.weights + run.bias
        models[run.folder.name] = [
            {
                "image": i,
                "label": labels[i],
                "pieces": pieces(images[i]),
                "logit": logit,
                "logit_without_specks": erased,
                "put_right": labels[i] * erased > 0,
            }
            for i, logit, erased in zip(wrong, before, after, strict=True)
        ]
    mistakes = [row for rows in models.values() for row in rows]
    put_right = sum(bool(row["put_right"]) for row in mistakes)
    return {
        "verdict": verdict(put_right > 0, put_right > len(mistakes) / 2),
        "mistakes": len(mistakes),
        "with_specks": sum(row["pieces"] > 1 for row in mistakes),
        "put_right": put_right,
        "test_images_with_specks": specks.sum(),
        "mistakes_on_images_with_specks": {
            name: sum(row["pieces"] > 1 for row in rows) for name, rows in models.items()
        },
        "models": models,
    }


def claim_5(evidence: Evidence) -> dict:
    """As initialization.py's claim_5 decides."""
    return evidence.numbers("initialization")["claim_5"]


def claim_6(evidence: Evidence) -> dict:
    """As dynamics.py's claim_6 decides."""
    return evidence.numbers("dynamics")["claim_6"]


def claim_8(evidence: Evidence) -> dict:
    """About zero is at most 1 %. Confirmed if every seed of random initial weights and zeros end there,
    refuted if neither, corrected if only the one or the other."""
    regular = np.array(evidence.seeds["models"]["regular"]["correct"]) / evidence.seeds["test_images"]
    at = int(np.flatnonzero(np.isclose(evidence.seeds["epsilons"], 0.2))[0])
    zeros = evidence.numbers("initialization")["models"]["0.0"]["zeros"]["accuracy"][at]
    return {
        "verdict": verdict(regular[:, at].max() <= 0.01, zeros <= 0.01),
        "largest_accuracy_of_seeds": regular[:, at].max(),
        "accuracy_from_zeros": zeros,
    }


def claim_9(evidence: Evidence) -> dict:
    """Confirmed if the ε that halves the accuracy rises from model to model in every seed and, at every ε
    of the attack, so does the median accuracy (up to one image); refuted if neither, else corrected."""
    grid, images = np.array(evidence.seeds["epsilons"]), evidence.seeds["test_images"]
    correct = {name: np.array(model["correct"]) for name, model in evidence.seeds["models"].items()}
    half = {name: [half_accuracy(grid, row) for row in rows / images] for name, rows in correct.items()}
    medians = np.array([np.median(rows, axis=0) for rows in correct.values()])
    rises = np.all(np.diff(list(half.values()), axis=0) > 0)
    falls = np.any(np.diff(medians, axis=0) < -1, axis=0)
    at = {epsilon: int(np.argmin(np.abs(grid - epsilon))) for epsilon in (0.1, 0.2, 0.3, 0.4, 0.5)}
    return {
        "verdict": verdict(rises, not falls.any()),
        "half_accuracy_epsilon": {name: np.median(values) for name, values in half.items()},
        "rises_in_every_seed": rises,
        "epsilons_out_of_order": grid[falls],
        "median_accuracy": {
            name: {str(e): median[i] / images for e, i in at.items()}
            for name, median in zip(correct, medians, strict=True)
        },
    }


def claim_10(evidence: Evidence) -> dict:
    """Is the median absolute logit of the fooled images larger for the regular model than for every robust
    one, at the same ε (0.2 to 0.5) in raw logits, at the same ε relative to the model's median absolute
    clean logit, and relative at the same accuracy (0.9 to 0.1)? Confirmed if throughout, refuted if in none
    of the three, else corrected."""
    numbers = {
        run.folder.name: {
            "median_clean_logit": np.median(np.abs(run.logits[0])),
            "at_epsilon": {str(e): confidence(run, style.row_at(run, e)) for e in ATTACKED_AT},
            "at_accuracy": {
                str(level): confidence(run, int(np.argmin(np.abs(run.accuracy - level))))
                for level in ACCURACIES
            },
        }
        for run in evidence.runs
    }

    def larger(where: str, kind: str) -> bool:
        """Whether the regular model's figures are above every robust one's."""
        regular, *robust = ([row[kind] for row in model[where].values()] for model in numbers.values())
        return bool(np.all(np.array(regular) > np.array(robust)))

    answers = {
        "raw_at_same_epsilon": larger("at_epsilon", "raw"),
        "relative_at_same_epsilon": larger("at_epsilon", "relative"),
        "relative_at_same_accuracy": larger("at_accuracy", "relative"),
    }
    return {"verdict": verdict(*answers.values()), **answers, "models": numbers}


def claim_12(evidence: Evidence) -> dict:
    """As dynamics.py's claim_12 decides."""
    return evidence.numbers("dynamics")["claim_12"]


def claim_14(evidence: Evidence) -> dict:
    """Far from ideal is an objective more than a tenth above the global optimum. Confirmed if ten epochs
    leave every robust model there, refuted if none, else corrected. What is to blame: optimum.py decides
    for each ε whether the mistakes under attack are left at the optimum (the objective) or vanish
    (training)."""
    numbers = {}
    for epsilon in run_files.POST_EPSILONS:
        row = evidence.numbers("optimum")[str(epsilon)]
        trained = row["sgd_10_epochs"]["objective"]
        numbers[str(epsilon)] = {
            "objective": trained,
            "optimum": row["objective"],
            "ratio": trained / row["objective"],
            "attacked": row["attacked"],
        }
    return {"verdict": verdict(*(row["ratio"] > 1.1 for row in numbers.values())), "models": numbers}


RULES = {1: claim_1, 2: claim_2, 3: claim_3, 4: claim_4, 5: claim_5, 6: claim_6, 8: claim_8, 9: claim_9}
RULES |= {10: claim_10, 12: claim_12, 14: claim_14}


# What they measure with


def connected_pieces(image: np.ndarray) -> tuple[np.ndarray, int]:
    """An image's ink (784,) in pieces that don't touch, not even at a corner: numbers (28, 28), count."""
    with study.extra_libraries():
        from scipy import ndimage
    return ndimage.label(image.reshape(28, 28) > 0, structure=np.ones((3, 3)))


def pieces(image: np.ndarray) -> int:
    return connected_pieces(image)[1]


def erase_specks(image: np.ndarray) -> np.ndarray:
    """The image (784,) with only its largest piece, by number of pixels; the first of several largest."""
    numbers, count = connected_pieces(image)
    if count < 2:
        return image
    largest = 1 + np.argmax(np.bincount(numbers.ravel())[1:])
    return np.where(numbers.ravel() == largest, image, 0).astype(image.dtype)


def half_accuracy(epsilons: np.ndarray, accuracy: np.ndarray) -> float:
    """The first ε of the grid at which the accuracy is below a half, or the last; both arrays (E,)."""
    return epsilons[min(int((accuracy >= 0.5).sum()), len(epsilons) - 1)]


def confidence(run: Run, row: int) -> dict[str, float | None]:
    """Median absolute logit of the images fooled at one ε: raw, and as a multiple of the clean images'."""
    logits = run.logits[row]
    fooled = np.abs(logits[run.labels * logits <= 0])
    raw = float(np.median(fooled)) if len(fooled) else None
    clean = float(np.median(np.abs(run.logits[0])))
    return {
        "epsilon": run.epsilons[row],
        "accuracy": run.accuracy[row],
        "raw": raw,
        "relative": None if raw is None else raw / clean,
    }


# The figures


def draw_specks(evidence: Evidence, numbers: dict) -> Figure:
    """All misclassified images, what is erased in green; below, each model's logit before and after."""
    images, labels = evidence.test
    shown = sorted({row["image"] for rows in numbers["models"].values() for row in rows})
    figure, panels = plt.subplots(1, len(shown), figsize=(9, 2.7), squeeze=False)
    figure.subplots_adjust(left=0.1, right=0.99, top=0.92, bottom=0.38, wspace=0.12)
    for column, (index, axes) in enumerate(zip(shown, panels[0], strict=True)):
        kept = erase_specks(images[index])
        style.show_image(axes, kept.reshape(28, 28))
        specks = np.ma.masked_equal((images[index] - kept).reshape(28, 28), 0)
        axes.imshow(specks > 0, cmap=ListedColormap([style.GREEN]), interpolation="none")
        axes.set_title(f"{'one' if labels[index] > 0 else 'zero'}, no. {index}", fontsize=9)
        for line, run in enumerate(evidence.runs):
            height = -0.14 - 0.17 * line
            if column == 0:
                axes.text(
                    -0.08, height, style.short_name(run), transform=axes.transAxes, ha="right", va="center"
                )
            before, after = (float(x @ run.weights + run.bias) for x in (images[index], kept))
            wrong = labels[index] * before <= 0
            text = (
                rf"${{{before:+.2f}}} \to {{{after:+.2f}}}$" if np.any(~specks.mask) else f"${before:+.2f}$"
            )
            axes.text(
                0.5,
                height,
                text,
                transform=axes.transAxes,
                ha="center",
                va="center",
                fontsize=9,
                color=style.BLACK if wrong else style.MODEL_LINES[0],
                bbox={"facecolor": style.PALE_GREEN if wrong else "none", "edgecolor": "none", "pad": 1.5},
            )
    return figure


def draw_confidence(evidence: Evidence) -> Figure:
    """Left: confidence over ε, raw. Right: relative, over the share of fooled images."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for run, colour in zip(evidence.runs, style.MODEL_LINES, strict=True):
        rows = [confidence(run, row) for row in range(len(run.epsilons))]
        raw, relative = (np.array([row[kind] for row in rows], float) for kind in ("raw", "relative"))
        left.plot(run.epsilons, raw, color=colour, linewidth=1.2, label=style.model_name(run))
        partly = (run.accuracy > 0.02) & (run.accuracy < 0.98)
        right.plot(100 * (1 - run.accuracy[partly]), relative[partly], color=colour, linewidth=1.2)
    left.set(
        title="Same Perturbation",
        xlabel=r"Perturbation Scale ($\epsilon$)",
        ylabel="Median absolute logit of the fooled",
    )
    right.set(title="Same Share of Fooled Images", xlabel="Fooled, %", ylabel="Relative to the clean logits")
    left.legend(frameon=False, fontsize=9)
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    left.set_xlim(0, 0.5)
    right.set_xlim(0, 100)
    return figure


# The command


def decide(number: int, evidence: Evidence) -> dict:
    """A claim's verdict and what it rests on. What is proved and measured must come to the same verdict."""
    found = {}
    if number in PROOFS:
        outcome, test = PROOFS[number]
        found = {"evidence": "proof", "verdict": outcome, "test": f"tests/test_claims.py::{test}"}
    if number in RULES:
        rule = RULES[number]
        measured = {"rule": " ".join(rule.__doc__.split()), **rule(evidence)}
        if found and measured["verdict"] != found["verdict"]:
            raise UserError(
                f"claim {number} is {found['verdict']} by proof, {measured['verdict']} by measurement"
            )
        evidence_kind = "proof and measurement" if found else "measurement"
        found |= {**measured, "evidence": evidence_kind}
    return found


def run(results_dir: Path, output_dir: Path) -> Path:
    """Decide all claims; the files are written when all is decided.

    Returns:
        The path of claims.json.

    Raises:
        UserError: a run or another study's numbers are missing.
    """
    evidence = Evidence(run_files.load_post_runs(results_dir), output_dir / "results")
    decided = {}
    for number, text in CLAIMS.items():
        decided[str(number)] = {"claim": text, **decide(number, evidence)}
        print(f"{number:2} {decided[str(number)]['verdict']:9}  {text}", flush=True)
    path = study.write_json("claims", decided, output_dir / "results")
    specks = study.read_json("claims", path.parent)["4"]
    study.write_figure("specks", draw_specks(evidence, specks), output_dir / "plots")
    study.write_figure("confidence", draw_confidence(evidence), output_dir / "plots")
    return path


def main() -> None:
    arguments = study.parser(__doc__).parse_args()
    with one_line_errors():
        print(run(arguments.results_dir, arguments.output_dir))


if __name__ == "__main__":
    main()
