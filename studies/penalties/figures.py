"""The figure of the page: the median lead of robust training over the rate, by attack and kind of steps."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.penalties.steps import ATTACKS, MAIN, RATES, UPDATES
from studies.shared.drawing import open_axes

LOOKS = {
    "subgradient": {"label": "subgradient steps, which may jump across zero", "marker": "x"},
    "proximal": {"label": "proximal steps, which stop at zero", "marker": "o", "markerfacecolor": "none"},
}
COLORS = {"subgradient": style.BLACK, "proximal": style.GREEN}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """One panel for each attack from MAIN on."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
    figure.subplots_adjust(left=0.065, right=0.985, bottom=0.145, top=0.915, wspace=0.08)
    for attack, axes in enumerate(panels, start=MAIN):
        axes.axhline(0, color="0.6", linewidth=1)
        for update in UPDATES:
            leads = [numbers["early"][str(rate)][update]["lead"][attack] for rate in RATES]
            axes.plot(np.log10(RATES), leads, color=COLORS[update], markersize=8, **LOOKS[update])
        axes.set_xticks(np.log10(RATES), [f"{rate:g}" for rate in RATES])
        axes.set_title(f"Attack of {ATTACKS[attack]}", fontsize=12)
        axes.set_xlabel("Learning rate, constant over ten epochs", fontsize=11)
    panels[0].set_ylabel("Median lead of robust training, points", fontsize=11)
    panels[0].legend(frameon=False, fontsize=11, loc="upper left")
    open_axes(*panels)
    return {"rates": figure}
