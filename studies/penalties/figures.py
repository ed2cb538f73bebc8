"""The figure of the page: accuracy under attack of both families over the rate, by how steps treat zero."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.penalties.steps import FAMILIES, MAIN, RATES, UPDATES
from studies.shared.drawing import open_axes

LOOKS = {
    "l1": {"label": "L1 penalty", "color": style.BLACK, "marker": "x"},
    "robust": {"label": "robust training", "color": style.GREEN, "marker": "o", "markerfacecolor": "none"},
}
SLOWER = {"label": "robust training, at its rate divided by c", "color": style.GREEN, "linestyle": ":"}
TITLES = {
    "subgradient": "Subgradient steps, which jump over zero",
    "proximal": "Proximal steps, which stop at zero",
}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """Of the median of 45 pairs."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
    figure.subplots_adjust(left=0.065, right=0.985, bottom=0.13, top=0.92, wspace=0.08)
    for axes, update in zip(panels, UPDATES, strict=True):
        axes.axhline(
            numbers["converged"]["right"][MAIN], color="0.6", linestyle="--", label="both, converged for 0.2"
        )
        for place, family in enumerate(FAMILIES):
            right = [numbers["early"][str(rate)][update]["keep"][MAIN][place] for rate in RATES]
            axes.plot(np.log10(RATES), right, markersize=8, **LOOKS[family])
        if update == "subgradient":  # where the rate matters most
            asked = [numbers["asked"][update][str(rate)] for rate in RATES]
            axes.plot(np.log10(np.divide(RATES, asked)), right, **SLOWER)  # that of robust training, the last
        axes.set_xticks(np.log10(RATES), [f"{rate:g}" for rate in RATES])
        axes.set_title(TITLES[update], fontsize=12)
        axes.set_xlabel("Learning rate, constant over ten epochs", fontsize=11)
    panels[0].set_ylim(40, 84)
    panels[0].set_ylabel(r"Right under attack at $\epsilon=0.2$, %", fontsize=11)
    panels[0].legend(frameon=False, fontsize=11, loc="lower left")
    open_axes(*panels)
    return {"rates": figure}
