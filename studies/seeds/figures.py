"""The figure of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from adversarial import ATTACK_EPSILONS
from plots import style
from studies.shared.drawing import open_axes
from studies.shared.models import POST


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """Left: the test mistakes of every seed. Right: median and range of the accuracy under attack."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=(1, 1.25))
    figure.subplots_adjust(left=0.09, right=0.99, bottom=0.15, top=0.9, wspace=0.18)
    for row, model in enumerate(POST):
        found = numbers["models"][model.key]
        counts, sizes = np.unique(found["mistakes"], return_counts=True)
        left.scatter(
            counts,
            np.full(len(counts), row),
            s=280 * sizes / numbers["seeds"],
            color=model.colour,
            linewidths=0,
        )
        for count, size in zip(counts, sizes, strict=True):
            left.text(count, row - 0.24, size, ha="center", va="bottom", fontsize=8)
        left.plot(found["published_mistakes"], row + 0.3, "^", color=style.BLACK, markersize=4)
        least, median, most = arrays["attacked"][:, :, row]
        right.fill_between(ATTACK_EPSILONS, least, most, color=model.fill, linewidth=0)
        right.plot(ATTACK_EPSILONS, median, color=model.colour, label=model.label, linewidth=1.2)
    left.plot([], [], "^", color=style.BLACK, markersize=4, label="published")
    left.legend(frameon=False, fontsize=9, loc="lower left")
    left.set(
        title=f"Test Mistakes of {numbers['seeds']} Seeds",
        xlabel=f"Mistakes of {numbers['test_images']:,}",
        xlim=(-0.6, None),
        ylim=(3.6, -0.6),
    )
    left.set_yticks(range(4), [model.label for model in POST])
    left.xaxis.get_major_locator().set_params(integer=True)
    right.set(
        title="Under Attack: Median and Range", xlabel=r"Perturbation Scale ($\epsilon$)", ylabel="Accuracy"
    )
    right.margins(x=0)
    right.legend(frameon=False, fontsize=9)
    open_axes(left, right)
    return {"seeds": figure}
