"""Do others agree? The saved models under the attacks of Foolbox, ART and CleverHans.

Each library gets a model as two logits and attacks every test image. The project's own arithmetic judges the
images that they return, and each verdict is compared with that under the project's own perturbation.

two_logits()   a linear model as a differentiable classifier
foolbox_attack(), art_attack(), cleverhans_attack()   each library's perturbed images
compare()      their verdicts against the project's, image for image: max norm, FGSM and PGD
compare_norms()   the same in the 2-norm and the 1-norm, one step
agreement()    what came out for each library
curves()       accuracy over ε: worst case, clipped, random signs
study()        the numbers of the page
"""

import itertools
import logging
import warnings
from collections.abc import Callable, Iterator

import tensorflow_setup
import numpy as np
import shared
import tensorflow as tf
from attackers import norms

import adversarial
from run_files import Run, load_post_models

with tensorflow_setup.silence(), warnings.catch_warnings():
    warnings.simplefilter("ignore")  # ART's, of other frameworks that it doesn't find
    import foolbox
    from art.attacks.evasion import FastGradientMethod, ProjectedGradientDescent
    from art.estimators.classification import TensorFlowV2Classifier
    from cleverhans.tf2.attacks.fast_gradient_method import fast_gradient_method
    from cleverhans.tf2.attacks.projected_gradient_descent import projected_gradient_descent

logging.getLogger("tensorflow").setLevel(logging.ERROR)  # Foolbox calls a function that is deprecated

EPSILONS = (0.1, 0.2, 0.3)
METHODS = ("FGSM", "PGD")
STEPS = 10
STEP = 0.25  # of ε: from a random start at one side of the box, 2ε away from the other, ten steps suffice
SEED = 1
ROUNDING = 1e-4  # a margin this near 0 may fall to either side by rounding
RANDOM_DRAWS = 10
UNCLIPPED = (-1000.0, 1000.0)  # for Foolbox, which needs bounds: no perturbed pixel gets there


# The libraries' attacks: (model, images, labels, ε, method, clipped, norm) -> perturbed images (N, 784)


def two_logits(model: np.ndarray) -> Callable:
    """The weights (785,) as a classifier: images (N, 784) -> the logits (N, 2) of the labels -1 and +1.

    Their difference is the model's logit z, so their softmax is its sigmoid. They are -z/2 and z/2, not 0 and
    z: then the gradient with respect to z would be sigmoid(z) - 1 for label +1, and where float32 rounds that
    to 0 a library would find no direction to attack in.
    """
    weights, bias = tf.constant(model[:-1, None]), tf.constant(model[-1])
    halves = tf.constant([[-0.5, 0.5]])
    return lambda images, training=False: (tf.reshape(images, (-1, 784)) @ weights + bias) * halves


def classes(labels: np.ndarray) -> np.ndarray:
    """The labels -1 and +1 as the indices 0 and 1 of `two_logits`."""
    return (labels > 0).astype(np.int64)


def foolbox_attack(model, images, labels, epsilon, method, clipped, norm=np.inf) -> np.ndarray:
    """Foolbox. The default step of its PGD, ε/30 forty times, can't cross the box from a random start."""
    attacks = foolbox.attacks
    if method == "PGD":
        attack = attacks.LinfProjectedGradientDescentAttack(rel_stepsize=STEP, steps=STEPS)
    else:
        attack = {
            np.inf: attacks.LinfFastGradientAttack,
            2: attacks.L2FastGradientAttack,
            1: attacks.L1FastGradientAttack,
        }[norm]()
    wrapped = foolbox.TensorFlowModel(two_logits(model), bounds=(0, 1) if clipped else UNCLIPPED)
    _, perturbed, _ = attack(wrapped, tf.constant(images), tf.constant(classes(labels)), epsilons=epsilon)
    return perturbed.numpy()


def art_attack(model, images, labels, epsilon, method, clipped, norm=np.inf) -> np.ndarray:
    """The Adversarial Robustness Toolbox."""
    classifier = TensorFlowV2Classifier(
        model=two_logits(model),
        nb_classes=2,
        input_shape=(784,),
        loss_object=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        clip_values=(0, 1) if clipped else None,
    )
    options = {"norm": norm, "eps": epsilon, "batch_size": len(images)}
    if method == "PGD":
        options |= {"eps_step": STEP * epsilon, "max_iter": STEPS, "num_random_init": 1, "verbose": False}
    attack = {"FGSM": FastGradientMethod, "PGD": ProjectedGradientDescent}[method]
    return attack(classifier, **options).generate(images, classes(labels))


def cleverhans_attack(model, images, labels, epsilon, method, clipped, norm=np.inf) -> np.ndarray:
    """CleverHans."""
    low, high = (0.0, 1.0) if clipped else (None, None)
    options = {"clip_min": low, "clip_max": high, "y": tf.constant(classes(labels))}
    attacked = two_logits(model), tf.constant(images), epsilon
    if method == "PGD":
        return projected_gradient_descent(*attacked, STEP * epsilon, STEPS, norm, **options).numpy()
    return fast_gradient_method(*attacked, norm, **options).numpy()


LIBRARIES = {"Foolbox": foolbox_attack, "ART": art_attack, "CleverHans": cleverhans_attack}


# The comparison


def perturb(library: str, *attack) -> np.ndarray:
    """The library's perturbed images with repeatable random starts; `attack` as for the functions above."""
    tf.random.set_seed(SEED)  # Foolbox and CleverHans draw from TensorFlow, ART from NumPy
    np.random.seed(SEED)
    return LIBRARIES[library](*attack)


def weights_of(run: Run) -> np.ndarray:
    """w and b of a saved model as the library attacks want them: float32 (785,)."""
    return np.append(run.weights, run.bias)


def margins(run: Run, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """y (w·x + b) of every image (N,), as the project judges: a mistake where it isn't above 0."""
    return labels * adversarial.decision_function(images, run.weights, run.bias)


def clipped_worst_case(run: Run, images: np.ndarray, labels: np.ndarray, epsilon: float) -> np.ndarray:
    """The images (N, 784) of lowest margin within ε, in the max norm, and within [0, 1].

    The margin is a sum over pixels, so each pixel can be taken to its own worst value: as far in the
    direction of δ* as both intervals allow.
    """
    return np.clip(images + adversarial.worst_case_perturbation(run.weights, labels, epsilon), 0, 1)


def compare(
    run: Run, images: np.ndarray, labels: np.ndarray, epsilons=EPSILONS, libraries=tuple(LIBRARIES)
) -> Iterator[dict]:
    """Attack `run` with every library and method, unclipped and clipped, at every ε.

    Yields:
        What `judge` says of each attack.
    """
    for epsilon, clipped in itertools.product(epsilons, (False, True)):
        worst = clipped_worst_case(run, images, labels, epsilon)
        if not clipped:
            worst = images + adversarial.worst_case_perturbation(run.weights, labels, epsilon)
        for library, method in itertools.product(libraries, METHODS):
            perturbed = perturb(library, weights_of(run), images, labels, epsilon, method, clipped)
            own, theirs = (margins(run, x, labels) for x in (worst, perturbed))
            row = {"model": run.folder.name, "library": library, "norm": "inf", "method": method}
            difference = np.abs(perturbed - worst).max()
            yield row | judge(own, theirs) | {"epsilon": epsilon, "clipped": clipped, "pixels": difference}


def compare_norms(
    run: Run, images: np.ndarray, labels: np.ndarray, budgets: dict[int, list[float]]
) -> Iterator[dict]:
    """The libraries' one-step attacks in other norms, unclipped, against the closed form.

    Args:
        budgets: the ε for each norm, 1 and 2.
    """
    for norm, epsilons in budgets.items():
        for epsilon, library in itertools.product(epsilons, LIBRARIES):
            own = margins(run, images, labels) - epsilon * np.linalg.norm(run.weights, norms.DUAL[norm])
            perturbed = perturb(library, weights_of(run), images, labels, epsilon, "FGSM", False, norm)
            row = {"model": run.folder.name, "library": library, "norm": str(norm), "method": "FGSM"}
            yield row | judge(own, margins(run, perturbed, labels)) | {"epsilon": epsilon}


def judge(own: np.ndarray, theirs: np.ndarray) -> dict:
    """An attack's margins (N,) beside those of the project's.

    Returns:
        Its accuracy; how many verdicts differ; how many images only the one or the other fools by more than
        rounding.
    """
    differs = (theirs > 0) != (own > 0)
    clear = differs & (np.maximum(np.abs(own), np.abs(theirs)) > ROUNDING)
    return {
        "accuracy": (theirs > 0).mean(),
        "differing": differs.sum(),
        "only_theirs": (clear & (theirs <= 0)).sum(),
        "only_own": (clear & (own <= 0)).sum(),
    }


def agreement(rows: list[dict]) -> dict:
    """For each library and norm the attacks, and the sums over them."""
    result = {}
    for norm, library in itertools.product(("inf", "2", "1"), LIBRARIES):
        of_library = [row for row in rows if (row["library"], row["norm"]) == (library, norm)]
        result[f"{library}, {norm}"] = {
            "attacks": len(of_library),
            **{
                name: sum(row[name] for row in of_library)
                for name in ("differing", "only_theirs", "only_own")
            },
            "largest_pixel_difference": max((row.get("pixels", 0) for row in of_library), default=0),
        }
    return result


def curves(run: Run, images: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy over every second ε of the run's grid: `unclipped` as saved, `clipped`, under `random_sign`.

    A random sign moves the logit by ε s·w, so each draw of signs s serves all ε; the mean of several draws.
    """
    random = np.random.default_rng(SEED)
    epsilons = run.epsilons[::2]
    clean = margins(run, images, labels).astype(np.float64)
    random_sign = np.zeros(len(epsilons))
    for _ in range(RANDOM_DRAWS):
        pushes = random.choice((-1.0, 1.0), size=images.shape) @ run.weights.astype(np.float64)
        random_sign += (clean + np.outer(epsilons, labels * pushes) > 0).mean(axis=1) / RANDOM_DRAWS
    worst = [margins(run, clipped_worst_case(run, images, labels, epsilon), labels) for epsilon in epsilons]
    return {
        "epsilons": epsilons,
        "unclipped": run.accuracy[::2],
        "clipped": (np.array(worst) > 0).mean(axis=1),
        "random_sign": random_sign,
    }


def study(budgets: dict[int, list[float]]) -> dict:
    """The four saved models under the libraries' attacks and the project's own.

    Args:
        budgets: as in `compare_norms`.
    """
    test = shared.pair("test")
    runs, rows = load_post_models(), []
    for run in runs:
        rows += [*compare(run, *test), *compare_norms(run, *test, budgets)]
    found = {}  # accuracies of all libraries and methods, max norm
    for row in rows:
        if row["norm"] == "inf":
            found.setdefault((row["model"], row["epsilon"], row["clipped"]), []).append(row["accuracy"])
    return {
        "test_images": len(test[1]),
        "random_draws": RANDOM_DRAWS,
        "agreement": agreement(rows),
        "models": {run.folder.name: curves(run, *test) for run in runs},
        "rings": [[*where, min(values), max(values)] for where, values in found.items()],
    }
