"""Training that stops early: the three families after the post's ten epochs, and under other choices.

One choice is the post's order, batches and first seed, with the regular model's step on the mean for all
families, so that nothing differs but the loss. The others are as good, and change one thing each. That one
family gets further than another is said without a condition only if it does so under all of them.
"""

from dataclasses import replace

import numpy as np

from studies import trainer
from studies.choices import choices

FAMILIES = ("l1", "l2", "robust")
L1 = tuple(np.logspace(-4, -0.5, 15))
L2 = tuple(np.logspace(1.5, -2, 15))
EPSILONS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4)

EQUAL = replace(choices.POST, name="ten epochs, equal steps", robust=choices.POST.regular, seed=1)
CHOICES = (
    EQUAL,
    *(replace(EQUAL, name=f"seed {seed}", seed=seed) for seed in (2, 3)),
    replace(EQUAL, name="start at zero", start=0),
    replace(EQUAL, name="rate / 10", rate=0.1),
    replace(EQUAL, name="rate × 10", rate=10),
    replace(EQUAL, name="the robust models' own steps", robust=choices.POST.robust),
    replace(EQUAL, name="30 epochs", epochs=30),
    replace(EQUAL, name="100 epochs", epochs=100),
    replace(EQUAL, name="batch 10", batch=10),
)


def train(
    choice: choices.Choice, images: np.ndarray, labels: np.ndarray, start: np.ndarray
) -> dict[str, np.ndarray]:
    """The weights (785, K) of each family, from a random start (785,)."""
    families = (L1, L2, EPSILONS)
    counts = [len(strengths) for strengths in families]
    ends = np.cumsum(counts)
    strengths = np.zeros((3, ends[-1]))
    for row, end, of_family in zip(strengths, ends, families, strict=True):
        row[end - len(of_family) : end] = of_family
    l1, l2, epsilons = strengths
    steps = (choice.regular, choice.regular, choice.robust)
    rates, of_sums = (np.repeat([step[part] for step in steps], counts) for part in (0, 1))
    weights = trainer.train(
        images,
        labels,
        np.tile(choice.start * start[:, None], ends[-1]),
        epsilons,
        choice.rate * rates / np.maximum(1, l2),  # or large penalties overshoot
        of_sums,
        choice.epochs,
        l1=l1,
        l2=l2,
        batches=choices.batches(choice, len(labels)),
    )[-1]
    return dict(zip(FAMILIES, np.split(weights, ends[:-1], axis=1), strict=True))
