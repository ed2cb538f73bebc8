"""The figure of the page: converged training on one line, training that stops early on both sides of one."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.shared.drawing import open_axes

LOOKS = {
    "robust": (r"robust training, $\epsilon$ beside it", style.GREEN, "o"),
    "l1": (r"L1 penalty, $\lambda=\epsilon R$", style.BLACK, "x"),
    "l2": ("L2 penalty", "0.6", "."),
}
LABELS = {0.05: (-12, -3), 0.07: (-12, -3), 0.1: (12, -3), 0.2: (-12, -10)}  # points from the ring's middle
UPDATES = {
    "subgradient": "subgradients for both",
    "proximal": "proximal for both",
    "mixed": "proximal for L1 only",
}
STEPS = {
    "constant": "constant 0.1",
    "constant, rate / 10": "constant 0.01",
    "averaged": "constant 0.1, averaged",
    "cosine": "from 0.1 to 0",
}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """Left the converged models of fours and nines, right the leads of 45 pairs, one dot a pair."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6), width_ratios=(1, 1.35))
    figure.subplots_adjust(left=0.065, right=0.985, bottom=0.12, top=0.92, wspace=0.5)
    for family, (label, colour, marker) in LOOKS.items():
        left.plot(
            *([100 * point[of] for point in numbers["front"][family]] for of in ("attacked", "clean")),
            marker,
            color=colour,
            markersize=9 if family == "robust" else 6,
            markerfacecolor="none" if family == "robust" else colour,
            label=label,
        )
    for point in numbers["front"]["robust"]:
        if shift := LABELS.get(point["strength"]):
            text = f"{point['strength']:g}" if point["strength"] != 0.2 else "0.2 and 0.3"
            left.annotate(
                text,
                (100 * point["attacked"], 100 * point["clean"]),
                shift,
                textcoords="offset points",
                fontsize=10,
                color=style.GREEN,
                ha="left" if shift[0] > 0 else "right",
            )
    left.set_xlim(-4, 100)
    left.set_xlabel(r"Accuracy under attack at $\epsilon=0.2$, %", fontsize=11)
    left.set_ylabel("Clean accuracy, %", fontsize=11)
    left.set_title("Converged (fours and nines)", fontsize=12)
    left.legend(frameon=False, fontsize=11, loc="lower left")
    rows = [(update, name) for update in UPDATES for name in STEPS]
    spread = np.linspace(-0.25, 0.25, 5)  # of dots that would hide one another
    for row, (update, name) in enumerate(rows):
        leads = np.sort(np.subtract(*arrays[f"{name}: {update}"].T[::-1]))
        height = row + row // len(STEPS)
        right.plot(
            leads, height + spread[np.arange(len(leads)) % len(spread)], ".", color="0.65", markersize=4
        )
        middle = np.median(leads)
        right.plot([middle] * 2, [height - 0.4, height + 0.4], color=style.GREEN, linewidth=2.5)
    heights = [row + row // len(STEPS) for row in range(len(rows))]
    right.set_yticks(heights, [STEPS[name] for _, name in rows], fontsize=9)
    for place, title in enumerate(UPDATES.values()):
        right.text(
            0.02, place * (len(STEPS) + 1) - 0.62, title, fontsize=10, transform=right.get_yaxis_transform()
        )
    right.invert_yaxis()
    right.axvline(0, color=style.BLACK, linewidth=0.8)
    right.set_xlabel(r"Lead of robust training over L1 at $\epsilon=0.2$, points", fontsize=11)
    right.set_title("Stopped after ten epochs (45 pairs)", fontsize=12)
    open_axes(left, right)
    return {"leads": figure}
