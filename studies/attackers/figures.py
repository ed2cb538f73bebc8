"""The figures of the page."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.attackers.black_box import CLOSE
from studies.attackers.norms import MIDDLE, MODELS, NORMS
from studies.shared.drawing import open_axes
from studies.shared.models import POST, REGULAR

# Trained against: the two that are the post's in their colours
NORM_LINES = dict(
    zip(
        MODELS,
        ((REGULAR.colour, "-"), (style.MODEL_LINES[2], "-"), (style.BLACK, "--"), (style.BLACK, ":")),
        strict=True,
    )
)


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {
        "black_box": draw_black_box(arrays),
        "norms": draw_norms(numbers["norms"], arrays),
    }


def draw_black_box(arrays: dict) -> Figure:
    """Left, transfer over the attacker's images; right, what the regular model loses to whom."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6))
    figure.subplots_adjust(left=0.08, right=0.985, bottom=0.15, top=0.9, wspace=0.22)
    for model in POST:
        low, median, high = arrays[f"means {model.key}"].T
        left.fill_between(arrays["counts"], low, high, color=model.fill, linewidth=0, alpha=0.7)
        left.plot(arrays["counts"], median, ".-", color=model.colour, lw=1.4, markersize=4, label=model.label)
    left.axhline(CLOSE, color=style.BLACK, linewidth=0.5, linestyle=(0, (1, 3)))
    left.set(title="Mean Difference", xscale="log", ylim=(0, 1.03), xlabel="Attacker's Images of Each Digit")
    left.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1000"))
    left.set_ylabel("Transfer $t$ (white box: 1)")
    left.legend(frameon=False, fontsize=9, loc="center right")
    lines = {
        "white box": ("white box", REGULAR.colour, "-"),
        "zeros": ("one from zeros", style.BLACK, "-"),
        "another seed": ("another seed's", style.BLACK, "--"),
        "10 of each": ("ten images of each", style.BLACK, ":"),
    }
    for name, (label, colour, line) in lines.items():
        curve = style.without_straight(arrays["grid"], arrays[f"curve {name}"])
        right.plot(*curve, line, color=colour, label=label, linewidth=1.2)
    right.set(title="The Regular Model", xlabel=r"Perturbation Scale ($\epsilon$)", ylabel="Accuracy")
    right.set(xlim=(0, 0.5), ylim=(0, 1.03))
    right.legend(frameon=False, fontsize=9, loc="upper right")
    open_axes(left, right)
    return figure


def draw_norms(numbers: dict, arrays: dict) -> Figure:
    """A panel for each attacker's norm: accuracy over the share, of models trained for the middle one."""
    figure, panels = plt.subplots(1, 3, figsize=(9, 4), sharey=True)
    figure.subplots_adjust(left=0.065, right=0.985, bottom=0.27, top=0.84, wspace=0.1)
    for attacked, axes in zip(NORMS, panels, strict=True):
        half = numbers["half_distances"][attacked]
        for trained, (colour, line) in NORM_LINES.items():
            curve = arrays[f"{trained} under {attacked}"]
            label = "Regular" if trained == "regular" else f"trained against the {trained}"
            axes.plot(arrays["shares"], curve, line, color=colour, linewidth=1.4, label=label)
        trained_for = numbers["budgets"][attacked][MIDDLE] / half
        axes.axvline(trained_for, color=style.BLACK, linewidth=0.5, linestyle=(0, (1, 3)))
        axes.set(title=f"Attacked in the {attacked}", xlim=(0, 1), ylim=(-0.02, 1.03), xlabel="share $s$")
        scales = (lambda share, half=half: share * half, lambda epsilon, half=half: epsilon / half)
        axes.secondary_xaxis(-0.27, functions=scales).set_xlabel(r"budget $\epsilon$")
    panels[0].set_ylabel("Accuracy")
    open_axes(*panels)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="upper center", ncols=4, frameon=False, fontsize=10
    )
    return figure
