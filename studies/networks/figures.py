"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.networks import exact
from studies.networks.answers import TRAININGS
from studies.networks.study import GRID, WIDTHS
from studies.shared.drawing import open_axes, show_weights
from studies.shared.files import Numbers

TITLES = dict(zip(TRAININGS, ("Regular", "Adversarial", "Certified"), strict=True))
COLOURS = dict(zip(TRAININGS, (style.MODEL_LINES[row] for row in (0, 1, 3)), strict=True))
SHOWN_WIDTHS = (0, 8, 16, 256)
SHOWN_UNITS = 8


def draw(numbers: Numbers, arrays: dict[str, np.ndarray]) -> dict[str, Figure]:
    return {"band": band(arrays), "cost": cost(numbers), "weights": weights(arrays)}


def band(arrays: dict[str, np.ndarray]) -> Figure:
    """From proof to attack, by training (rows) and size (columns), with the exact curve if there is one."""
    figure, places = plt.subplots(3, 4, figsize=(9, 6.2), sharex=True, sharey=True)
    figure.subplots_adjust(left=0.1, right=0.99, bottom=0.08, top=0.94, wspace=0.08, hspace=0.1)
    for row, (key, title) in zip(places, TITLES.items(), strict=True):
        for axes, shape in zip(row, SHOWN_WIDTHS, strict=True):
            if shape in exact.WIDTHS:
                proof, truth, _, attack = arrays[f"exact {shape}, {key}"]
            else:
                of_linear = key if shape else key.replace("adversarial", "certified")
                proof, attack = arrays[f"band {shape}, {of_linear}"]
                truth = None if shape else attack
            axes.fill_between(GRID, proof, attack, color=style.GREEN, alpha=0.2, linewidth=0)
            axes.plot(GRID, attack, color=style.MODEL_LINES[0], linewidth=1.2, label="stands the attack")
            axes.plot(GRID, proof, color=style.GREEN, linewidth=1.2, label="proved robust")
            if truth is not None:
                axes.plot(GRID, truth, ".-", color=style.BLACK, linewidth=1.6, label="robust, exactly")
            axes.margins(x=0)
        row[0].set_ylabel(f"{title}\nAccuracy")
    for axes, shape in zip(places[0], SHOWN_WIDTHS, strict=True):
        axes.set_title(f"{shape} Hidden Units" if shape else "Linear", fontsize=11)
    places[0, 1].legend(frameon=False, fontsize=9, loc="upper right")
    places[0, 0].text(0.98, 0.93, "all three are one", transform=places[0, 0].transAxes, ha="right")
    places[0, 3].text(0.98, 0.93, "exact: out of reach", transform=places[0, 3].transAxes, ha="right")
    for axes in places[1:, 1]:
        axes.text(
            0.98, 0.8, "attack blind\n(seed 1)", transform=axes.transAxes, ha="right", va="top", fontsize=9
        )
    figure.supxlabel(r"Perturbation Scale ($\epsilon$)", fontsize=10, y=0.005)
    open_axes(*places.flat)
    return figure


def cost(numbers: Numbers) -> Figure:
    """Left: the gap over the width, median and range of seeds. Right: what an exact image takes."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    figure.subplots_adjust(left=0.08, right=0.99, bottom=0.16, top=0.9, wspace=0.22)
    for key, title in TITLES.items():
        gaps, line = numbers["answers"]["gap"][key], {"color": COLOURS[key], "markersize": 4, "label": title}
        left.plot(WIDTHS, [np.median(gap) for gap in gaps], "o-", **line)
        left.fill_between(
            WIDTHS, [min(gap) for gap in gaps], [max(gap) for gap in gaps], color=COLOURS[key], alpha=0.15
        )
        seconds = [max(numbers["exact"][str(width)][key]["seconds"], 0.005) for width in exact.WIDTHS]
        right.plot(exact.WIDTHS, seconds, "o-", **line)
    left.set_xscale("log", base=2)
    left.set_xticks(WIDTHS, WIDTHS)
    left.set(
        title=r"Attack Minus Proof, Mean over $\epsilon$",
        xlabel="Hidden Units",
        ylabel="Accuracy",
        ylim=(0, None),
    )
    left.legend(frameon=False, fontsize=9)
    right.set_xscale("log", base=2)
    right.set_yscale("log")
    right.set_xticks(exact.WIDTHS, exact.WIDTHS)
    right.set(title=r"Exact: Seconds for an Image, $\epsilon=0.2$", xlabel="Hidden Units", ylabel="Seconds")
    open_axes(left, right)
    return figure


def weights(arrays: dict[str, np.ndarray]) -> Figure:
    """The strongest of 16 hidden units by training: their weights, times what they count in the end."""
    figure, places = plt.subplots(3, SHOWN_UNITS, figsize=(9, 3.3))
    figure.subplots_adjust(left=0.09, right=0.995, bottom=0.01, top=0.99, wspace=0.06, hspace=0.06)
    for row, (key, title) in zip(places, TITLES.items(), strict=True):
        (first, _), (last, _) = exact.stored_layers(arrays, 16, key)
        felt = first * last[:, 0]
        strongest = np.argsort(-np.abs(felt).sum(axis=0))[:SHOWN_UNITS]
        for axes, unit in zip(row, strongest, strict=True):
            show_weights(axes, felt[:, unit], np.abs(felt[:, strongest]).max())
        row[0].set_ylabel(title)
    return figure
