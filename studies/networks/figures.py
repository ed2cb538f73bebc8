"""The figures of the page."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.drawing import open_axes, show_weights
from studies.files import Numbers
from studies.networks import exact
from studies.networks.study import EPSILONS, GRID, POST_PAIR, WIDTHS, images

KEYS = {"regular": "Regular", "adversarial 0.2": "Adversarial", "certified 0.2": "Certified"}
COLOURS = dict(zip(KEYS, (style.MODEL_LINES[0], style.MODEL_LINES[1], style.MODEL_LINES[3]), strict=True))
SHOWN_WIDTHS = (8, 16, 256)
SHOWN_UNITS = 8


def draw(numbers: Numbers, arrays: dict[str, np.ndarray]) -> dict[str, Figure]:
    return {
        "band": band(numbers, arrays),
        "cost": cost(numbers),
        "weights": weights(arrays),
    }


def band(numbers: Numbers, arrays: dict[str, np.ndarray]) -> Figure:
    """From proof to attack, by training (rows) and size (columns), the linear first; points are exact."""
    figure, places = plt.subplots(3, 4, figsize=(9, 6.2), sharex=True, sharey=True)
    figure.subplots_adjust(left=0.1, right=0.99, bottom=0.08, top=0.94, wspace=0.08, hspace=0.1)
    for row, (key, title) in zip(places, KEYS.items(), strict=True):
        for axes, shape in zip(row, (0, *SHOWN_WIDTHS), strict=True):
            of_linear = key if shape else key.replace("adversarial", "certified")
            intervals, proved, attacked = arrays[f"band {shape}, {of_linear}"]
            axes.fill_between(GRID, proved, attacked, color=style.PALE_GREEN, linewidth=0)
            axes.plot(GRID, attacked, color=style.BLACK, linewidth=1, label="attack (from above)")
            axes.plot(GRID, proved, color=style.GREEN, linewidth=1, label="proof")
            axes.plot(GRID, intervals, ":", color=style.GREEN, linewidth=1, label="by intervals alone")
            if shape in exact.WIDTHS:
                for epsilon, found in zip(EPSILONS, numbers["exact"][str(shape)][key], strict=True):
                    between = [found["robust"][name] / found["images"] for name in ("proved", "attained")]
                    axes.plot([epsilon] * 2, between, "o-", color=style.BLACK, markersize=3.5, linewidth=2)
            axes.margins(x=0)
        row[0].set_ylabel(f"{title}\nAccuracy")
    for axes, shape in zip(places[0], (0, *SHOWN_WIDTHS), strict=True):
        axes.set_title(f"{shape} Hidden Units" if shape else "Linear", fontsize=11)
    places[0, 3].plot([], [], "o", color=style.BLACK, markersize=3.5, label="exact, of the sample")
    places[0, 3].legend(frameon=False, fontsize=8, loc="upper right")
    figure.supxlabel(r"Perturbation Scale ($\epsilon$)", fontsize=10, y=0.005)
    open_axes(*places.flat)
    return figure


def cost(numbers: Numbers) -> Figure:
    """Left: the gap over the width, median and range of seeds. Right: what an exact image takes."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    figure.subplots_adjust(left=0.08, right=0.99, bottom=0.16, top=0.9, wspace=0.22)
    cells = numbers["networks"][images.key(POST_PAIR)]
    for key, title in KEYS.items():
        gaps = [cells[str(width)][key]["gap"] for width in WIDTHS]
        left.plot(
            WIDTHS, [np.median(gap) for gap in gaps], "o-", color=COLOURS[key], markersize=4, label=title
        )
        left.fill_between(
            WIDTHS, [min(gap) for gap in gaps], [max(gap) for gap in gaps], color=COLOURS[key], alpha=0.15
        )
        middle = [numbers["exact"][str(width)][key][1] for width in exact.WIDTHS]
        solved = [found["solved"] == found["images"] for found in middle]
        seconds = np.array([max(found["seconds"], 0.005) for found in middle])
        right.plot(exact.WIDTHS, seconds, color=COLOURS[key])
        right.scatter(
            exact.WIDTHS,
            seconds,
            s=24,
            edgecolors=COLOURS[key],
            facecolors=[COLOURS[key] if done else "white" for done in solved],
            zorder=3,
            label=title,
        )
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
    for row, (key, title) in zip(places, KEYS.items(), strict=True):
        (first, _), (last, _) = exact.stored_layers(arrays, 16, key)
        felt = first * last[:, 0]
        strongest = np.argsort(-np.abs(felt).sum(axis=0))[:SHOWN_UNITS]
        for axes, unit in zip(row, strongest, strict=True):
            show_weights(axes, felt[:, unit], np.abs(felt[:, strongest]).max())
        row[0].set_ylabel(title)
    return figure
