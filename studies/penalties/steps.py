"""Training that stops after the post's ten epochs: is the robust loss ahead of an L1 penalty, or behind?

Definitions, written before the numbers.

Two families, from the same start, in the same batches of the same order, each step on the batch's mean: the
robust hinge loss with the ε of STRENGTHS, and the hinge loss plus λ‖w‖₁ with its λ. What may differ:

update    how a step treats |w|: by a *subgradient*, which is 0 at 0 and of full size beside it, so that a
          weight that should be 0 jumps about it; or *proximal*, nearer to 0 and no further (trainer.train)
schedule  the rate is *constant*; or falls by a *cosine* or by *stairs*; *averaged* is the mean of a constant
          rate's weights over the second half of the epochs
rate      at the start; 0.1 is that of the post's regular model
start     the seed of the random weights, or zeros
images    the models are tested on MNIST's test images, or on every seventh of all images of the two digits

Every fifth training image is held out. On these each family's strength is chosen for each attack (the first
of the best, from the weakest on); where both may choose their steps, rate and schedule with it. The *lead* of
a pair of digits is the accuracy under this attack, on the test images, of the robust loss's choice less that
of the penalty's, in points; pixels may leave their range, as in the post.

A comparison is *fair* if both families have the same update and may take the same rates and schedules. (In
the *mixed* ones, which aren't, the penalty's steps are proximal and those of the robust loss subgradients.)
In a comparison a family is *ahead* if, at attack 0.2, its lead is above one point in the median pair and in
two thirds of the pairs or more. Stopped early a family is *better* if it is ahead in all fair comparisons. It
is *never behind* if it is ahead in some and the other in none. Otherwise neither is: the steps decide who is
ahead if both are somewhere, and nobody is if none is. At attacks 0.1 and 0.3 the same is counted, too.

Why? Divided by s = 1 + ε‖w‖₁, a robust model with subgradients goes as a penalty's would at a rate s times
smaller (PROOF.md). If that is why it is ahead at RATE, the penalty is not behind it any more at a SMALLER
rate of its own, about RATE / s: such a race is *slowed*. Of the choices for attack 0.2 `shape` tells s, and
‖w‖₁ over the median margin of the test images, which is above 5 exactly if most of them fall at 0.2. A choice
*at an end* of its family's STRENGTHS might be better beyond.
"""

from dataclasses import dataclass

import numpy as np

from studies.shared import attacks, trainer


def cosine(done: float) -> float:
    """A factor of the rate that falls along half a cosine from 1 to 0, by the share of the steps done."""
    return (1 + np.cos(np.pi * done)) / 2


def stairs(done: float) -> float:
    """One that is 1 for half of the steps, 0.1 for another quarter, then 0.01."""
    return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01


FAMILIES = ("l1", "robust")
STRENGTHS = {"l1": np.geomspace(0.001, 0.3, 8), "robust": np.geomspace(0.03, 0.4, 8)}
UPDATES = ("subgradient", "proximal")
SCHEDULES = {"constant": lambda done: 1.0, "cosine": cosine, "stairs": stairs}
ATTACKS = (0.1, 0.2, 0.3)
MAIN = 1  # of ATTACKS, that on which the rule decides
RATE = 0.1
EPOCHS = 10
HELD_OUT = slice(None, None, 5)  # of the training images
FOLD = slice(3, None, 7)  # of all images, for other test images
POINT, SHARE = 1.0, 2 / 3  # of the median pair, and of the pairs, for a family to be ahead


@dataclass(frozen=True)
class Steps:
    """How a family is trained."""

    schedule: str = "constant"
    rate: float = RATE
    start: str = "1"  # the seed, or zeros


# The updates of L1 and robust
BOTH = {
    "subgradient": ("subgradient", "subgradient"),
    "proximal": ("proximal", "proximal"),
    "mixed": ("proximal", "subgradient"),
}


def grid(rates: tuple, schedules: tuple, starts: tuple = ("1",)) -> tuple[Steps, ...]:
    return tuple(Steps(s, rate, start) for start in starts for rate in rates for s in schedules)


# What is asked of all pairs, of all pairs on other test images, and of some pairs: the steps of which each
# family takes its best. Below each what is trained for it; averages come with the constant rates
OF_ALL = {
    "constant": (Steps(),),
    "constant, rate / 10": (Steps(rate=0.01),),
    "averaged": (Steps("averaged"),),
    "cosine": (Steps("cosine"),),
}
ALL_GRID = grid((RATE, 0.01), ("constant", "cosine"))
OF_FOLD = {"constant, other images": (Steps(),), "averaged, other images": (Steps("averaged"),)}
FOLD_GRID = grid((RATE,), ("constant",))
RATES = (0.01, 0.03, RATE, 0.3, 1.0)
OF_SOME = {
    "stairs": (Steps("stairs"),),
    "each its best": grid(RATES, (*SCHEDULES, "averaged")),
    **{
        f"{schedule}, {name}": (Steps(schedule, start=start),)
        for schedule in ("constant", "averaged", "cosine")
        for name, start in {"seed 2": "2", "seed 3": "3", "from zeros": "zeros"}.items()
    },
}
SMALLER = {"0.03": 0.03, "0.01": 0.01}  # rates of the penalty in a slowed race
SOME_GRID = grid(RATES, tuple(SCHEDULES)) + grid((RATE,), ("constant", "cosine"), ("2", "3", "zeros"))


def train(
    images: np.ndarray, labels: np.ndarray, starts: dict[str, np.ndarray], steps: tuple[Steps, ...]
) -> dict[tuple[str, str, Steps], np.ndarray]:
    """The weights (785, S) of every family, update and steps, one column a strength, averages with them.

    Args:
        images, labels: those that the models see.
        starts: by name, (785,).
    """
    columns = [
        (family, one, strength) for family in FAMILIES for one in steps for strength in STRENGTHS[family]
    ]
    epsilons, l1 = ([s * (f == family) for f, _, s in columns] for family in ("robust", "l1"))
    groups = [np.flatnonzero([one.schedule == name for _, one, _ in columns]) for name in SCHEDULES]
    start = np.stack([starts[one.start] for _, one, _ in columns], axis=1)

    def schedule(done: float) -> np.ndarray:
        factors = np.empty(len(columns))
        for places, falling in zip(groups, SCHEDULES.values(), strict=True):
            factors[places] = falling(done)
        return factors

    found = {}
    for update in UPDATES:
        average = trainer.Average(EPOCHS // 2)
        last = trainer.train(
            images,
            labels,
            start,
            epsilons,
            [one.rate for _, one, _ in columns],
            np.zeros(len(columns), bool),
            EPOCHS,
            l1=np.array(l1),
            schedule=schedule,
            proximal=update == "proximal",
            observe=average,
        )[-1]
        for family in FAMILIES:
            for one in steps:
                places = [place for place, column in enumerate(columns) if column[:2] == (family, one)]
                found[family, update, one] = last[:, places]
                if one.schedule == "constant":
                    averaged = Steps("averaged", one.rate, one.start)
                    found[family, update, averaged] = average.weights()[:, places]
    return found


class Race:
    """The trained models of a pair, with their accuracy under ATTACKS on held-out and on test images."""

    def __init__(self, train_images: tuple, test: tuple, starts: dict, steps: tuple[Steps, ...]):
        held_out = tuple(array[HELD_OUT] for array in train_images)
        seen = np.ones(len(train_images[1]), bool)
        seen[HELD_OUT] = False
        self.test = test
        self.weights = train(*(array[seen] for array in train_images), starts, steps)
        self.held_out, self.tested = (
            {key: attacks.accuracy(weights, *split, ATTACKS) for key, weights in self.weights.items()}
            for split in (held_out, test)
        )

    def chosen(self, family: str, update: str, steps: tuple[Steps, ...], attack: int) -> tuple:
        """The key of `weights` and the column that a family takes for an attack."""
        keys = [(family, update, one) for one in steps]
        accuracy = np.concatenate([self.held_out[key][attack] for key in keys])
        place, column = divmod(int(accuracy.argmax()), len(STRENGTHS[family]))
        return keys[place], column

    def accuracy(self, updates: tuple[str, str], *steps: tuple[Steps, ...]) -> list[list[float]]:
        """In %, on the test images, of FAMILIES' choices for each of ATTACKS: (2, A).

        Args:
            updates: of each family.
            steps: of which both families choose, or of each.
        """
        found = []
        for family, update, taken in zip(FAMILIES, updates, (steps * 2)[:2], strict=True):
            chosen = [self.chosen(family, update, taken, attack) for attack in range(len(ATTACKS))]
            found.append(
                [100 * self.tested[key][attack, column] for attack, (key, column) in enumerate(chosen)]
            )
        return found

    def at_an_end(self, family: str, update: str, steps: tuple[Steps, ...]) -> bool:
        """Whether the choice for MAIN is the family's weakest or strongest."""
        return self.chosen(family, update, steps, MAIN)[1] in (0, len(STRENGTHS[family]) - 1)

    def shape(self, family: str, update: str, steps: Steps) -> dict[str, float]:
        """Of the choice for MAIN ‖w‖₁ over the median margin, and the margin that the loss asks for, s."""
        key, column = self.chosen(family, update, (steps,), MAIN)
        weights = self.weights[key][:, [column]].astype(float)
        size = np.abs(weights[:-1]).sum()
        return {
            "weight_over_margin": size / np.median(attacks.margins(weights, *self.test)),
            "asked": 1 + size * (STRENGTHS[family][column] if family == "robust" else 0),
        }


def summary(accuracy: np.ndarray) -> dict:
    """Of P pairs' accuracy (P, 2, A): the median lead at each attack; at MAIN what each family keeps in the
    median pair, and in how many pairs which family is more than a point ahead."""
    leads = np.round(accuracy[:, 1] - accuracy[:, 0], 6)
    return {
        "lead": np.round(np.median(leads, axis=0), 1) + 0.0,  # no -0.0
        "keep": np.round(np.median(accuracy[:, :, MAIN], axis=0), 1),
        "robust": int((leads[:, MAIN] > POINT).sum()),
        "l1": int((leads[:, MAIN] < -POINT).sum()),
    }


def ahead(accuracy: np.ndarray, attack: int = MAIN) -> str:
    """By the rule, at one of ATTACKS: "robust", "l1" or "neither"."""
    leads = np.round(accuracy[:, 1, attack] - accuracy[:, 0, attack], 6)
    for name, lead in (("robust", leads), ("l1", -leads)):
        if np.median(lead) > POINT and (lead > POINT).mean() >= SHARE:
            return name
    return "neither"
