"""Training that stops after the post's ten epochs: an L1 penalty and the robust loss, rate by rate.

Definitions, written before the numbers.

Two families, from the same start, in the same batches of the same order, each step on the batch's mean: the
robust hinge loss with the ε of STRENGTHS, and the hinge loss plus λ‖w‖₁ with its λ. What may differ:

update  how a step treats |w|: by a *subgradient*, which is of full size however near to 0 a weight is, so
        that a weight that should be 0 jumps about it; or *proximal*, towards 0 and no further (trainer.train)
steps   one of STEPS: a constant rate, or one that falls to zero, and the start; or AVERAGED, the mean of the
        weights over the second half of the epochs at the rate MAIN_RATE

Every fifth training image is held out, and on these each family chooses its strength for each attack: the
first of the best, from the weakest on. *Its own choice* is the best of all strengths, updates and OWN steps.
The *lead* of a pair of digits is the accuracy under this attack, on MNIST's test images, of the robust loss's
choice less that of the penalty's, in points; pixels may leave their range, as in the post.

Divided by c = 1 + ε‖w‖₁, the margin that it asks for, one robust step at a rate is one of the penalty's at a
rate c times smaller, of either update (PROOF.md).
"""

from typing import NamedTuple

import numpy as np

from studies.shared import attacks, trainer
from studies.shared.trainer import EPOCHS

FAMILIES = ("l1", "robust")
STRENGTHS = {"l1": np.geomspace(0.001, 0.3, 8), "robust": np.geomspace(0.03, 0.4, 8)}
UPDATES = ("subgradient", "proximal")
ATTACKS = (0.1, 0.2, 0.3)
MAIN = 1  # of ATTACKS, that of which pairs are counted
HELD_OUT = slice(None, None, 5)  # of the training images
POINT = 1.0  # a lead of a pair that counts


class Steps(NamedTuple):
    """How a family is trained."""

    rate: float
    falls: bool = False  # along half a cosine to zero
    start: str = "seed 1"


RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
MAIN_RATE = "0.1"  # that of the post's regular model
STEPS = {
    **{str(rate): Steps(rate) for rate in RATES},
    "falling": Steps(0.1, falls=True),
    **{start: Steps(0.1, start=start) for start in ("seed 2", "zeros")},
}
AVERAGED = "averaged"
OWN = (*map(str, RATES), "falling", AVERAGED)


def cosine(done: float) -> float:
    """A factor of the rate that falls from 1 to 0, by the share of the steps done."""
    return (1 + np.cos(np.pi * done)) / 2


def train(
    images: np.ndarray, labels: np.ndarray, starts: dict[str, np.ndarray]
) -> dict[tuple[str, str, str], np.ndarray]:
    """The weights (785, S) of every family, update and steps, one column a strength.

    Args:
        images, labels: those that the models see.
        starts: by name, (785,).
    """
    columns = [(family, name, of) for family in FAMILIES for name in STEPS for of in STRENGTHS[family]]
    epsilons, l1 = ([of * (one == family) for one, _, of in columns] for family in ("robust", "l1"))
    steps = [STEPS[name] for _, name, _ in columns]
    falls = np.array([one.falls for one in steps])
    found = {}
    for update in UPDATES:
        average = trainer.Average(EPOCHS // 2)
        last = trainer.train(
            images,
            labels,
            np.stack([starts[one.start] for one in steps], axis=1),
            epsilons,
            [one.rate for one in steps],
            np.zeros(len(steps), bool),
            EPOCHS,
            l1=np.array(l1),
            schedule=lambda done: np.where(falls, cosine(done), 1.0),
            proximal=update == "proximal",
            observe=average,
        )[-1]
        for family in FAMILIES:
            places = {name: [column[:2] == (family, name) for column in columns] for name in STEPS}
            found |= {(family, update, name): last[:, chosen] for name, chosen in places.items()}
            found[family, update, AVERAGED] = average.weights()[:, places[MAIN_RATE]]
    return found


def accuracies(
    train_images: tuple, test: tuple, starts: dict[str, np.ndarray]
) -> dict[tuple[str, str, str], tuple[np.ndarray, np.ndarray]]:
    """Of `train`'s models of a pair under ATTACKS, each (A, S): on held-out and on test images."""
    held_out = [array[HELD_OUT] for array in train_images]
    weights = train(*(np.delete(array, HELD_OUT, axis=0) for array in train_images), starts)
    return {
        key: tuple(attacks.accuracy(of, *split, ATTACKS) for split in (held_out, test))
        for key, of in weights.items()
    }


def of_choices(of_pair: dict, updates: tuple[str, ...], names: tuple[str, ...]) -> list[np.ndarray]:
    """In %, by FAMILIES and ATTACKS: the accuracy on test images of the choice among these `accuracies`."""
    found = []
    for family in FAMILIES:
        keys = [(family, update, name) for update in updates for name in names]
        held_out, tested = (np.hstack(of) for of in zip(*(of_pair[key] for key in keys), strict=True))
        found.append(100 * tested[range(len(ATTACKS)), held_out.argmax(axis=1)])
    return found


def summary(accuracy: np.ndarray) -> dict:
    """Of P pairs' accuracy (P, 2, A): the median lead at each attack, and (A, 2) what each family is right on
    in the median pair; at MAIN in how many pairs which family leads by more than a point."""
    leads = np.round(accuracy[:, 1] - accuracy[:, 0], 6)  # equal counts give 0
    return {
        "lead": np.round(np.median(leads, axis=0), 1) + 0.0,  # no -0.0
        "keep": np.round(np.median(accuracy, axis=0).T, 1),
        "robust": int((leads[:, MAIN] > POINT).sum()),
        "l1": int((leads[:, MAIN] < -POINT).sum()),
    }
