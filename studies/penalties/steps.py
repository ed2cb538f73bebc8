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

Why one leads: divided by c = 1 + ε‖w‖₁, the margin that it asks for, one robust step at a rate is one of the
penalty's at a rate c times smaller, of either update (PROOF.md). If that is the reason, robust training at a
rate is as good as the penalty at rate / c. So where the penalty's accuracy falls with the rate, robust
training leads over the penalty at the next of RATES above rate / c, and trails it at the next below.
`lead_over` has its leads over the penalty at each of RATES; `asked` is c of the model chosen for attack MAIN.
An earlier form of this: robust training is nearer to the penalty at the next smaller of RATES, about a third,
than at its own. `smaller_rate` has the lead over that one at the largest attack.

What jumps: where no image of the training has ink, a step pulls a weight and nothing else moves it, so that
it should be 0. `size` is, of the models chosen for attack MAIN and divided by c (1 for the penalty), ‖w‖₁ and
its part on the pixels without ink.
"""

from dataclasses import dataclass

import numpy as np

from studies.shared import attacks, trainer

FAMILIES = ("l1", "robust")
STRENGTHS = {"l1": np.geomspace(0.001, 0.3, 8), "robust": np.geomspace(0.03, 0.4, 8)}
UPDATES = ("subgradient", "proximal")
ATTACKS = (0.1, 0.2, 0.3)
MAIN = 1  # of ATTACKS, that of the figure
EPOCHS = 10
HELD_OUT = slice(None, None, 5)  # of the training images
POINT = 1.0  # a lead of a pair that counts


@dataclass(frozen=True)
class Steps:
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


class Race:
    """The trained models of a pair, with their accuracy under ATTACKS on held-out and on test images."""

    def __init__(self, train_images: tuple, test: tuple, starts: dict):
        held_out = tuple(array[HELD_OUT] for array in train_images)
        seen = np.ones(len(train_images[1]), bool)
        seen[HELD_OUT] = False
        self.blank = ~train_images[0][seen].any(axis=0)
        self.weights = train(*(array[seen] for array in train_images), starts)
        self.held_out, self.tested = (
            {key: attacks.accuracy(weights, *split, ATTACKS) for key, weights in self.weights.items()}
            for split in (held_out, test)
        )

    def chosen(self, keys: list[tuple], attack: int) -> tuple[tuple, int]:
        """Of these `weights` the key and the column that a family takes for an attack."""
        accuracy = np.concatenate([self.held_out[key][attack] for key in keys])
        place, column = divmod(int(accuracy.argmax()), len(STRENGTHS[keys[0][0]]))
        return keys[place], column

    def accuracy(self, updates: tuple[str, ...], names: tuple[str, ...]) -> list[list[float]]:
        """In %, on the test images, of FAMILIES' choices among these for each of ATTACKS: (2, A)."""
        found = []
        for family in FAMILIES:
            keys = [(family, update, name) for update in updates for name in names]
            chosen = [self.chosen(keys, attack) for attack in range(len(ATTACKS))]
            found.append([100 * self.tested[key][a, column] for a, (key, column) in enumerate(chosen)])
        return found

    def size(self, family: str, update: str, name: str) -> tuple[float, float, float]:
        """Of the choice for MAIN c, and, divided by it, ‖w‖₁ and its part on the pixels without ink."""
        key, column = self.chosen([(family, update, name)], MAIN)
        sizes = np.abs(self.weights[key][:-1, column].astype(float))
        asked = 1 + (STRENGTHS["robust"][column] * sizes.sum() if family == "robust" else 0)
        return asked, sizes.sum() / asked, sizes[self.blank].sum() / asked


def leads(robust: np.ndarray, l1: np.ndarray) -> np.ndarray:
    """Of robust training in points, from accuracy in %; equal counts give 0."""
    return np.round(robust - l1, 6)


def median_lead(robust: np.ndarray, l1: np.ndarray) -> np.ndarray:
    """Of P pairs' accuracy (P, ...) the median lead, (...)."""
    return np.round(np.median(leads(robust, l1), axis=0), 1) + 0.0  # no -0.0


def summary(accuracy: np.ndarray) -> dict:
    """Of P pairs' accuracy (P, 2, A): the median lead at each attack, and (A, 2) what each family is right on
    in the median pair; at MAIN in how many pairs which family leads by more than a point."""
    of_pairs = leads(accuracy[:, 1, MAIN], accuracy[:, 0, MAIN])
    return {
        "lead": median_lead(accuracy[:, 1], accuracy[:, 0]),
        "keep": np.round(np.median(accuracy, axis=0).T, 1),
        "robust": int((of_pairs > POINT).sum()),
        "l1": int((of_pairs < -POINT).sum()),
    }
