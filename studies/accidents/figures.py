"""The figures of the accidents."""

import numpy as np
import style
from accidents.kinds import ACCIDENTS, MIDDLE_STRENGTH, SIDE, STRENGTHS, happen
from accidents.verdicts import MODELS, REGULAR, ROBUST, at_strength, difference, title
from matplotlib import pyplot as plt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

BLOCKS = 2  # side by side
MISTAKES = LinearSegmentedColormap.from_list("mistakes", ["white", "#404040"])
NAMES = {model: "Regular" if model == REGULAR else rf"$\epsilon={model}$" for model in MODELS}
COLOURS = dict(zip(MODELS, style.MODEL_LINES, strict=True))


def draw_gallery(images: np.ndarray, labels: np.ndarray) -> Figure:
    """The first test zero under every accident (its first variant), at all strengths."""
    zero = images[np.flatnonzero(labels < 0)[:1]].reshape(1, SIDE, SIDE)
    rows = len(ACCIDENTS) // BLOCKS
    figure, places = plt.subplots(
        rows,
        BLOCKS * (1 + len(STRENGTHS)),
        figsize=(8, 5.6),
        width_ratios=BLOCKS * [1.25, *[1] * len(STRENGTHS)],
        gridspec_kw={
            "left": 0.005,
            "right": 0.995,
            "bottom": 0.005,
            "top": 0.955,
            "wspace": 0.06,
            "hspace": 0.06,
        },
    )
    for axes in places.flat:
        axes.axis("off")
    for index, name in enumerate(ACCIDENTS):
        block, row = divmod(index, rows)
        head, *tiles = places[row, block * (1 + len(STRENGTHS)) :][: 1 + len(STRENGTHS)]
        head.text(0.95, 0.5, title(name).replace(" ", "\n"), ha="right", va="center", fontsize=11)
        for strength, axes in zip(STRENGTHS, tiles, strict=True):
            after = next(iter(happen(name, zero, strength).values()))
            axes.axis("on")
            style.show_image(axes, after[0])
            axes.images[0].set_clim(0, 1)
            if not row:
                axes.set_title(str(strength), fontsize=11, pad=3)
    return figure


def draw_robust_to_what(results: dict) -> Figure:
    """How much more accurate than the regular model each robust one is: under attack, and by accident."""
    now = at_strength(results)
    cases = {rf"attack, $\epsilon={box}$": results["attacked"][box] for box in ("0.1", "0.2")}
    cases["nothing happens"] = results["clean"]
    cases |= {title(name): now[name] for name in sorted(now, key=lambda name: -difference(now[name], "0.2"))}
    heights = -np.arange(len(cases)) - 0.7 * (np.arange(len(cases)) > 1) - 0.7 * (np.arange(len(cases)) > 2)
    figure, axes = plt.subplots(figsize=(8, 6.4), layout="constrained")
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    for shift, model, marker in zip((0.22, 0, -0.22), ROBUST, "osD", strict=True):
        low, median, high = (
            100 * np.array([case["against_regular"][model]["difference"] for case in cases.values()]).T
        )
        axes.hlines(heights + shift, low, high, color=COLOURS[model], linewidth=1.2)
        label = rf"Robust, $\epsilon={model}$"
        axes.plot(median, heights + shift, marker, color=COLOURS[model], markersize=4.5, label=label)
    axes.set_xscale("symlog", linthresh=1, linscale=1)
    ticks = [-100, -30, -10, -3, -1, -0.5, 0, 0.5, 1, 3, 10, 30, 100]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(yticks=heights, yticklabels=list(cases), xlim=(-100, 130), ylim=(heights[-1] - 0.7, 0.7))
    axes.tick_params(labelsize=11)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color="#e0e0e0", linewidth=0.5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("Points more accurate than the regular model", fontsize=12)
    axes.legend(frameon=False, fontsize=11, loc="lower right")
    return figure


def draw_accuracy(results: dict) -> Figure:
    """Accuracy in % in the median seed: a row for each accident, a column for each model and strength."""
    found = results["accidents"]
    values = 100 * np.array(
        [
            [[strength["accuracy"]["seeds"][model][1] for strength in found[name]] for model in MODELS]
            for name in found
        ]
    )
    figure, places = plt.subplots(1, len(MODELS), figsize=(8, 5.6), sharey=True, layout="constrained")
    for column, (axes, model) in enumerate(zip(places, MODELS, strict=True)):
        axes.imshow(100 - values[:, column], cmap=MISTAKES, vmin=0, vmax=50, aspect="auto")
        for (row, strength), value in np.ndenumerate(values[:, column]):
            colour = "white" if value < 65 else style.BLACK
            text = "100" if value == 100 else f"{np.floor(10 * value) / 10:.1f}"
            axes.text(strength, row, text, ha="center", va="center", fontsize=8.5, color=colour)
        axes.set_title(NAMES[model], fontsize=12)
        axes.set_xticks(range(len(STRENGTHS)), STRENGTHS)
        axes.set_yticks(range(len(found)), [title(name) for name in found])
        axes.tick_params(length=0, labelsize=11)
        axes.spines[:].set_visible(False)
    return figure


def draw_harm(results: dict) -> Figure:
    """At middle strength, what each accident does to the margin, and the worst with its largest pixel."""
    now = at_strength(results, MIDDLE_STRENGTH)
    names = sorted(now, key=lambda name: now[name]["harm"][REGULAR])
    figure, places = plt.subplots(1, 2, figsize=(8, 5.6), sharey=True, layout="constrained")
    heights = np.arange(len(names))
    heads = {"harm": "What the accident does", "worst": "The worst with the same largest pixel"}
    for axes, (key, head) in zip(places, heads.items(), strict=True):
        for model, marker in zip(MODELS, "^osD", strict=True):
            values = [now[name][key][model] for name in names]
            axes.plot(values, heights, marker, color=COLOURS[model], markersize=5, label=NAMES[model])
        axes.axvline(1, color=style.BLACK, linewidth=0.8, linestyle=(0, (4, 4)))
        axes.axvline(0, color=style.BLACK, linewidth=0.8)
        axes.set_title(head, fontsize=12)
        axes.set_xlabel("Margin lost, in median clean logits", fontsize=11)
        axes.set_yticks(heights, [title(name) for name in names])
        axes.grid(axis="y", color="#e0e0e0", linewidth=0.5)
        axes.tick_params(labelsize=11)
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
    places[0].set_xlim(-0.3, 1.1)
    places[0].legend(frameon=False, fontsize=11, loc="lower right", bbox_to_anchor=(0.93, 0))
    return figure


FIGURES = {"robust_to_what": draw_robust_to_what, "accuracy": draw_accuracy, "harm": draw_harm}
