"""Training that stops early: the three families after the post's ten epochs, and under other choices.

One choice is the post's order, batches and first seed, with the regular model's step on the mean for all
families, so that nothing differs but the loss. The others are as good, and change one thing each. But steps
of the same size aren't the same for the two losses: scaled as in PROOF.md, by 1 / (1 + ε‖w‖₁), a robust model
takes shorter ones. So there are cases in which one family's steps are shorter than the other's, and others
in which a family is the union of its models over many RATES, as if each strength could pick its own.
That one family gets further than another is said without a condition only if it does so in all cases.
"""

from dataclasses import dataclass, replace

import numpy as np

from studies.choices import choices
from studies.shared import trainer

FAMILIES = ("l1", "l2", "robust")
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)  # factors of the regular model's 0.1
MEAN = choices.MEAN


@dataclass(frozen=True)
class Case:
    """Families trained by a choice, the penalised ones with the steps of its regular model."""

    choice: choices.Choice
    rates: tuple[float, ...] = (1,)  # each strength with each of these factors of the steps
    strengths: int = 15  # of each family

    @property
    def name(self) -> str:
        return self.choice.name


EQUAL = replace(choices.POST, name="ten epochs, equal steps", robust=choices.POST.regular, seed=1)
ANY = replace(EQUAL, name="ten epochs, any steps")
ALL_PAIRS = (Case(EQUAL), Case(ANY, RATES))
CASES = (
    *ALL_PAIRS,
    *(Case(replace(EQUAL, name=f"seed {seed}", seed=seed)) for seed in (2, 3)),
    Case(replace(EQUAL, name="start at zero", start=0)),
    Case(replace(EQUAL, name="rate / 10", rate=0.1)),
    Case(replace(EQUAL, name="rate × 10", rate=10)),
    Case(replace(EQUAL, name="the robust models' own steps", robust=choices.POST.robust)),
    Case(replace(EQUAL, name="30 epochs", epochs=30)),
    Case(replace(EQUAL, name="100 epochs", epochs=100)),
    Case(replace(EQUAL, name="batch 10", batch=10)),
    Case(replace(EQUAL, name="penalties' rate / 3", regular=(0.1 / 3, MEAN))),
    Case(replace(EQUAL, name="penalties' rate / 10", regular=(0.01, MEAN))),
    Case(replace(EQUAL, name="robust rate / 3", robust=(0.1 / 3, MEAN))),
    Case(replace(EQUAL, name="robust rate / 10", robust=(0.01, MEAN))),
    Case(replace(EQUAL, name="twice the strengths"), strengths=29),
    Case(replace(ANY, name="any steps, seed 2", seed=2), RATES),
    Case(replace(ANY, name="any steps, start at zero", start=0), RATES),
    Case(replace(ANY, name="any steps, 30 epochs", epochs=30), RATES),
    Case(replace(ANY, name="any steps, twice the strengths"), RATES, 29),
)


def strengths(count: int) -> dict[str, np.ndarray]:
    """As many of each family, and where they lie; the ends are the same for every count."""
    return {
        "l1": np.logspace(-4, -0.5, count),
        "l2": np.logspace(1.5, -2, count),
        "robust": np.geomspace(0.01, 0.4, count),
    }


def train(case: Case, images: np.ndarray, labels: np.ndarray, start: np.ndarray) -> dict[str, np.ndarray]:
    """The weights (785, K) of each family, one rate after the other, from a random start (785,)."""
    choice, columns = case.choice, []
    for name, values in strengths(case.strengths).items():
        rate, of_sum = choice.robust if name == "robust" else choice.regular
        for factor in case.rates:
            for value in values:
                epsilon, l1, l2 = (value * (name == family) for family in ("robust", "l1", "l2"))
                # or large penalties overshoot
                columns.append((epsilon, choice.rate * factor * rate / max(1, l2), of_sum, l1, l2))
    epsilons, rates, of_sums, l1, l2 = map(np.array, zip(*columns, strict=True))
    weights = trainer.train(
        images,
        labels,
        np.tile(choice.start * start[:, None], len(columns)),
        epsilons,
        rates,
        of_sums,
        choice.epochs,
        l1=l1,
        l2=l2,
        batches=choices.batches(choice, len(labels)),
    )[-1]
    return dict(zip(FAMILIES, np.split(weights, len(FAMILIES), axis=1), strict=True))
