"""The figures of the attackers' page."""

import numpy as np
import shared
import style
from attackers import black_box
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

MODEL_NAMES = ("Regular", *(rf"Robust ($\epsilon={epsilon:g}$)" for epsilon in shared.MODEL_EPSILONS[1:]))
NORM_NAMES = {"inf": "max norm", "2": "2-norm", "1": "1-norm"}
# Trained against: the two that are the post's in their colours
NORM_LINES = {
    "regular": (style.MODEL_LINES[0], "-"),
    "inf": (style.MODEL_LINES[2], "-"),
    "2": (style.BLACK, "--"),
    "1": (style.BLACK, ":"),
}


def finish(*panels: Axes) -> None:
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)


def draw_libraries(results: dict) -> Figure:
    """A panel for each saved model: accuracy under the three perturbations, the libraries' as rings."""
    figure, panels = plt.subplots(1, 4, figsize=(9, 3), sharey=True, layout="constrained")
    rows = zip(results["models"].items(), panels, style.MODEL_LINES, MODEL_NAMES, strict=True)
    for (name, model), axes, colour, title in rows:
        grid = model["epsilons"]
        axes.plot(grid, model["random_sign"], ":", color=style.BLACK, linewidth=1)
        axes.plot(grid, model["clipped"], "--", color=colour, linewidth=1.2)
        axes.plot(grid, model["unclipped"], color=colour, linewidth=1.2)
        rings = [(epsilon, low) for of, epsilon, _, low, _ in results["rings"] if of == name]
        ring = {"color": style.BLACK, "markerfacecolor": "none", "markersize": 5, "markeredgewidth": 0.7}
        dots = axes.plot(*zip(*rings, strict=True), "o", **ring)
        axes.set_title(title, fontsize=11)
        axes.set(xlim=(0, 0.5), ylim=(-0.03, 1.03), xticks=(0, 0.2, 0.4))
    finish(*panels)
    panels[0].set_ylabel("Accuracy")
    figure.supxlabel(r"Perturbation Scale ($\epsilon$)", fontsize=11)
    labels = ["random signs", "worst case, clipped to [0, 1]", "worst case", "Foolbox, ART, CleverHans"]
    handles = [Line2D([], [], color=style.BLACK, linestyle=line) for line in (":", "--", "-")]
    figure.legend([*handles, *dots], labels, loc="outside upper center", ncols=4, frameon=False, fontsize=10)
    return figure


def draw_black_box(results: dict) -> Figure:
    """Transfer over the attacker's images: mean differences, and training; right, what the regular loses."""
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9.5, 3.9), layout="constrained")
    rows = zip(results["victims"].items(), style.MODEL_LINES, style.MODEL_FILLS, strict=True)
    for (name, victim), colour, fill in rows:
        own = [row["transfer"] for row in victim["trained"][name]]
        for axes, counts, values in (
            (left, results["counts"], [row["transfer"] for row in victim["means"]]),
            (middle, black_box.TRAINED_COUNTS, own),
        ):
            low, median, high = np.transpose(values)
            axes.fill_between(counts, low, high, color=fill, linewidth=0, alpha=0.7)
            axes.plot(counts, median, color=colour, linewidth=1.4, marker=".", markersize=4)
    for axes, title in ((left, "Mean Difference"), (middle, "Training the Victim's Kind")):
        axes.set(title=title, xscale="log", ylim=(0, 1.03), xlabel="Attacker's Images of Each Digit")
        axes.axhline(black_box.CLOSE, color=style.BLACK, linewidth=0.5, linestyle=(0, (1, 3)))
        axes.set_xticks(black_box.TRAINED_COUNTS, map(str, black_box.TRAINED_COUNTS))
    left.set_ylabel("Transfer $t$ (white box: 1)")
    curves = results["curves"]
    lines = {
        "white box": (style.MODEL_LINES[0], "-"),
        "another seed": (style.BLACK, "-"),
        "1000 of each": (style.BLACK, "--"),
        "10 of each": (style.BLACK, "-."),
        "1 of each": (style.BLACK, ":"),
    }
    for name, (colour, line) in lines.items():
        right.plot(curves["epsilons"], curves[name], line, color=colour, label=name, linewidth=1.2)
    right.set(title="The Regular Model", xlabel=r"Perturbation Scale ($\epsilon$)", ylabel="Accuracy")
    right.set(xlim=(0, 0.5), ylim=(0, 1.03))
    right.legend(
        frameon=False, fontsize=8.5, loc="upper right", bbox_to_anchor=(1.05, 1.04), handlelength=1.7
    )
    finish(left, middle, right)
    handles = [Line2D([], [], color=colour) for colour in style.MODEL_LINES]
    handles.append(Patch(color=style.MODEL_FILLS[2]))
    names = [*MODEL_NAMES, "5 to 95 %"]
    figure.legend(handles, names, loc="outside lower center", ncols=5, frameon=False, fontsize=10)
    return figure


def draw_norms(results: dict) -> Figure:
    """A panel for each attacker's norm: accuracy over the share, of models trained for the middle one."""
    figure, panels = plt.subplots(1, 3, figsize=(9, 4), sharey=True)
    models, share = results["by_share"][1], results["shares"][1]
    for (norm, name), axes in zip(NORM_NAMES.items(), panels, strict=True):
        for model, (colour, line) in NORM_LINES.items():
            axes.plot(
                results["curve_shares"], models[model][norm]["curve"], line, color=colour, linewidth=1.4
            )
        axes.axvline(share, color=style.BLACK, linewidth=0.5, linestyle=(0, (1, 3)))
        axes.set(title=f"Attacked in the {name}", xlim=(0, 1), ylim=(-0.02, 1.03), xlabel="share $s$")
        budgets = axes.secondary_xaxis(-0.27, functions=scales(results["half_distances"][norm]))
        budgets.set_xlabel(r"budget $\epsilon$")
    panels[0].set_ylabel("Accuracy")
    finish(*panels)
    handles = [Line2D([], [], color=colour, linestyle=line) for colour, line in NORM_LINES.values()]
    names = ["Regular", *(f"trained against the {name}" for name in NORM_NAMES.values())]
    figure.legend(handles, names, loc="upper center", ncols=4, frameon=False, fontsize=10)
    figure.subplots_adjust(left=0.065, right=0.985, bottom=0.27, top=0.84, wspace=0.1)
    return figure


def scales(half_distance: float) -> tuple:
    """From a share to its ε and back."""
    return lambda share: share * half_distance, lambda epsilon: epsilon / half_distance


def draw_weights(models: np.ndarray) -> Figure:
    """Weights (785, 4) of the regular model and of those trained against each norm, each on its own scale."""
    figure, panels = plt.subplots(1, 4, figsize=(8, 2.4), layout="constrained")
    names = ("Regular", *(f"Against the {name}" for name in NORM_NAMES.values()))
    for axes, weights, name in zip(panels, models[:-1].T, names, strict=True):
        shared.show_weights(axes, weights)
        axes.set_title(name, fontsize=11)
        axes.set_xlabel(f"largest {np.abs(weights).max():.2f}", fontsize=10)
    return figure
