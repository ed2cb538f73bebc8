"""Do others agree? The saved models under the attacks of Foolbox, ART and CleverHans.

    python extensions/attacks.py

Each library gets the model as two logits and attacks every test image with FGSM and with PGD, first unclipped
as in the post, then with pixels kept in [0, 1]. The project's model judges the images that they return, and
each verdict is compared with the project's own perturbation δ* of the same image. As a baseline every pixel
moves by ±ε with a random sign: the same size of change, without the direction.

two_logits()   the linear model as a differentiable classifier
foolbox_attack(), art_attack(), cleverhans_attack()   each library's perturbed images
compare()      their verdicts against the project's, image for image
run()          the study: results/attacks.json and plots/attacks.png
"""

import importlib
import itertools
import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import study
import style
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import adversarial
import run_files
from command_line import one_line_errors, quiet_tensorflow
from run_files import Run

EPSILONS = (0.05, 0.1, 0.2, 0.3, 0.4)
METHODS = ("FGSM", "PGD")
STEPS = 10
STEP = 0.25  # of ε: from a random start at one side of the box, 2ε away from the other, ten steps suffice
SEED = 1
RANDOM_DRAWS = 10
UNCLIPPED = (-10.0, 10.0)  # for Foolbox, which needs bounds: no perturbed pixel gets there


# The libraries' attacks: (run, images, labels, ε, method, clipped) -> perturbed images, float32 (N, 784)


def two_logits(run: Run) -> Callable:
    """The model as a classifier: images (N, 784) -> the logits (N, 2) of the labels -1 and +1.

    Their difference is the model's logit z, so their softmax is its sigmoid. They are -z/2 and z/2, not 0 and
    z: then the gradient with respect to z would be sigmoid(z) - 1 for label +1, and where float32 rounds that
    to 0 a library would find no direction to attack in.
    """
    import tensorflow as tf

    weights, bias = tf.constant(run.weights[:, None]), tf.constant(run.bias)
    halves = tf.constant([[-0.5, 0.5]])
    return lambda images, training=False: (tf.reshape(images, (-1, 784)) @ weights + bias) * halves


def classes(labels: np.ndarray) -> np.ndarray:
    """The labels -1 and +1 as the indices 0 and 1 of `two_logits`."""
    return (labels > 0).astype(np.int64)


def foolbox_attack(run, images, labels, epsilon, method, clipped) -> np.ndarray:
    """Foolbox. The default step of its PGD, ε/30 forty times, can't cross the box from a random start."""
    import foolbox
    import tensorflow as tf

    model = foolbox.TensorFlowModel(two_logits(run), bounds=(0, 1) if clipped else UNCLIPPED)
    if method == "FGSM":
        attack = foolbox.attacks.LinfFastGradientAttack()
    else:
        attack = foolbox.attacks.LinfProjectedGradientDescentAttack(rel_stepsize=STEP, steps=STEPS)
    _, perturbed, _ = attack(model, tf.constant(images), tf.constant(classes(labels)), epsilons=epsilon)
    return perturbed.numpy()


def art_attack(run, images, labels, epsilon, method, clipped) -> np.ndarray:
    """The Adversarial Robustness Toolbox."""
    import tensorflow as tf
    from art.attacks.evasion import FastGradientMethod, ProjectedGradientDescent
    from art.estimators.classification import TensorFlowV2Classifier

    classifier = TensorFlowV2Classifier(
        model=two_logits(run),
        nb_classes=2,
        input_shape=(784,),
        loss_object=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 1) if clipped else None,
    )
    if method == "FGSM":
        attack = FastGradientMethod(classifier, eps=epsilon, batch_size=len(images))
    else:
        attack = ProjectedGradientDescent(
            classifier,
            eps=epsilon,
            eps_step=STEP * epsilon,
            max_iter=STEPS,
            num_random_init=1,
            batch_size=len(images),
            verbose=False,
        )
    return attack.generate(images, classes(labels))


def cleverhans_attack(run, images, labels, epsilon, method, clipped) -> np.ndarray:
    """CleverHans."""
    import tensorflow as tf
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method
    from cleverhans.tf2.attacks.projected_gradient_descent import projected_gradient_descent

    low, high = (0.0, 1.0) if clipped else (None, None)
    options = {"clip_min": low, "clip_max": high, "y": tf.constant(classes(labels))}
    if method == "FGSM":
        perturbed = fast_gradient_method(two_logits(run), tf.constant(images), epsilon, np.inf, **options)
    else:
        perturbed = projected_gradient_descent(
            two_logits(run), tf.constant(images), epsilon, STEP * epsilon, STEPS, np.inf, **options
        )
    return perturbed.numpy()


LIBRARIES = {
    "Foolbox": foolbox_attack,
    "ART": art_attack,
    "CleverHans": cleverhans_attack,
}


# The comparison


def perturb(library: str, *attack) -> np.ndarray:
    """The library's perturbed images with repeatable random starts; `attack` as for the functions above."""
    import tensorflow as tf

    tf.random.set_seed(SEED)  # Foolbox and CleverHans draw from TensorFlow, ART from NumPy
    np.random.seed(SEED)
    return LIBRARIES[library](*attack)


def margins(run: Run, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """y (w·x + b) of every image (N,): a mistake where it isn't above 0."""
    return labels * (images @ run.weights + run.bias)


def clipped_worst_case(run: Run, images: np.ndarray, labels: np.ndarray, epsilon: float) -> np.ndarray:
    """The images (N, 784) of lowest margin within ε and within [0, 1].

    The margin is a sum over pixels, so each pixel can be taken to its own worst value: as far in the
    direction of δ* as both intervals allow.
    """
    return np.clip(images + adversarial.worst_case_perturbation(run.weights, labels, epsilon), 0, 1)


def compare(
    run: Run,
    images: np.ndarray,
    labels: np.ndarray,
    epsilons: Sequence[float] = EPSILONS,
    libraries: Sequence[str] = tuple(LIBRARIES),
) -> list[dict]:
    """Attack `run` with every library and method, unclipped and clipped, at every ε.

    Unclipped, the project's verdicts are those of the logits saved with the run; clipped, those of
    `clipped_worst_case`.

    Returns:
        For each attack what it was, both accuracies, the images whose verdicts differ with both margins, and
        the largest difference between the perturbed images' pixels.
    """
    rows = []
    for epsilon, clipped in itertools.product(epsilons, (False, True)):
        if clipped:
            own_images = clipped_worst_case(run, images, labels, epsilon)
            own = margins(run, own_images, labels)
        else:
            own_images = images + adversarial.worst_case_perturbation(run.weights, labels, epsilon)
            own = labels * run.logits[style.row_at(run, epsilon)]
        for library, method in itertools.product(libraries, METHODS):
            perturbed = perturb(library, run, images, labels, epsilon, method, clipped)
            theirs = margins(run, perturbed, labels)
            differing = np.flatnonzero((theirs > 0) != (own > 0))
            rows.append(
                {
                    "model": run.folder.name,
                    "library": library,
                    "method": method,
                    "epsilon": epsilon,
                    "clipped": clipped,
                    "accuracy": (theirs > 0).mean(),
                    "project_accuracy": (own > 0).mean(),
                    "differing": [
                        {"image": i, "margin": theirs[i], "project_margin": own[i]} for i in differing
                    ],
                    "largest_pixel_difference": np.abs(perturbed - own_images).max(),
                }
            )
    return rows


def curves(run: Run, images: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy (E,) over the run's grid of ε: `unclipped` as saved, `clipped`, and under `random_sign`.

    A random sign moves the logit by ε s·w, so each draw of signs s serves all ε; the mean of several draws.
    """
    draws = np.random.default_rng(SEED)
    clean = margins(run, images, labels).astype(np.float64)
    random_sign = np.zeros(len(run.epsilons))
    for _ in range(RANDOM_DRAWS):
        signs = draws.choice((-1.0, 1.0), size=images.shape)
        moved = clean + run.epsilons[:, None] * labels * (signs @ run.weights)
        random_sign += (moved > 0).mean(axis=1) / RANDOM_DRAWS
    return {
        "unclipped": run.accuracy,
        "clipped": np.array(
            [
                (margins(run, clipped_worst_case(run, images, labels, epsilon), labels) > 0).mean()
                for epsilon in run.epsilons
            ]
        ),
        "random_sign": random_sign,
    }


def agreement(rows: list[dict], libraries: Sequence[str] = tuple(LIBRARIES)) -> dict:
    """For each library: its attacks, the verdicts that differ, and the largest difference of a pixel."""
    result = {}
    for library in libraries:
        of_library = [row for row in rows if row["library"] == library]
        result[library] = {
            "attacks": len(of_library),
            "differing": sum(len(row["differing"]) for row in of_library),
            "largest_pixel_difference": max(row["largest_pixel_difference"] for row in of_library),
        }
    return result


# The figure


def draw(numbers: dict, runs: list[Run]) -> Figure:
    """A panel for each model: its accuracy under the three perturbations, and the libraries' as rings."""
    figure, panels = plt.subplots(1, 4, figsize=(9, 2.9), sharey=True, layout="constrained")
    for run, axes, colour in zip(runs, panels, style.MODEL_LINES, strict=True):
        model = numbers["models"][run.folder.name]
        lines = [
            *axes.plot(numbers["epsilons"], model["random_sign"], ":", color=style.BLACK, linewidth=1),
            *axes.plot(numbers["epsilons"], model["clipped"], "--", color=colour, linewidth=1.2),
            *axes.plot(numbers["epsilons"], model["unclipped"], color=colour, linewidth=1.2),
        ]
        attacks = [row for row in numbers["attacks"] if row["model"] == run.folder.name]
        lines += axes.plot(
            [row["epsilon"] for row in attacks],
            [row["accuracy"] for row in attacks],
            "o",
            color=style.BLACK,
            markerfacecolor="none",
            markersize=4,
            markeredgewidth=0.6,
        )
        axes.set_title(style.model_name(run), fontsize=10)
        axes.set(xlim=(0, 0.5), ylim=(-0.03, 1.03), xticks=(0, 0.2, 0.4))
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("Accuracy")
    figure.supxlabel(r"Perturbation Scale ($\epsilon$)", fontsize=10)
    figure.legend(
        lines,
        ["random signs", "worst case, clipped to [0, 1]", "worst case", "Foolbox, ART, CleverHans"],
        loc="outside upper center",
        ncols=4,
        frameon=False,
        fontsize=9,
    )
    return figure


# The command


def import_libraries() -> None:
    """Import them quietly, all before the first attack. Raises UserError for one that is missing."""
    with study.extra_libraries(), quiet_tensorflow(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ART's, of other frameworks that it doesn't find
        for name in ("art.attacks.evasion", "art.estimators.classification", "cleverhans", "foolbox"):
            importlib.import_module(name)
        import tensorflow as tf

        tf.config.list_logical_devices()  # starts TensorFlow, while it can't greet
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # Foolbox calls a function that is deprecated


def run(results_dir: Path, output_dir: Path) -> Path:
    """Attack the four saved models and write the numbers and the figure below `output_dir`.

    Returns:
        The path of attacks.json.

    Raises:
        UserError: a run or a library is missing.
    """
    runs = run_files.load_post_runs(results_dir)
    import_libraries()
    images, labels = study.load_images("test")
    rows = []
    for attacked in runs:
        rows += compare(attacked, images, labels)
        print(f"{attacked.folder.name}: {agreement_line(rows)}", flush=True)
    numbers = {
        "test_images": len(labels),
        "epsilons": runs[0].epsilons,
        "attacked_at": EPSILONS,
        "random_draws": RANDOM_DRAWS,
        "agreement": agreement(rows),
        "models": {attacked.folder.name: curves(attacked, images, labels) for attacked in runs},
        "attacks": rows,
    }
    path = study.write_json("attacks", numbers, output_dir / "results")
    study.write_figure("attacks", draw(study.read_json("attacks", path.parent), runs), output_dir / "plots")
    return path


def agreement_line(rows: list[dict]) -> str:
    return f"{sum(len(row['differing']) for row in rows)} verdicts differ in {len(rows)} attacks so far"


def main() -> None:
    arguments = study.parser(__doc__).parse_args()
    with one_line_errors():
        print(run(arguments.results_dir, arguments.output_dir))


if __name__ == "__main__":
    main()
