"""The figure of the page."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.attackers.study import VICTIMS
from studies.shared.drawing import open_axes
from studies.shared.models import POST, REGULAR

LINES = {
    "robust": (f"robust ({VICTIMS[1].label}),\nattacked itself", VICTIMS[1].colour, "-"),
    "ten images": ("regular, attack made\nfrom ten images", style.BLACK, ":"),
    "another seed": ("regular, from a copy\nof another start", style.BLACK, "--"),
    "zero weights": ("regular, from a copy\nof zero weights", style.BLACK, "-"),
    "white box": ("regular,\nattacked itself", REGULAR.colour, "-"),
}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """Left, the transfer over the attacker's images; right, what is left of which model after what."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.8, 3.8))
    figure.subplots_adjust(left=0.06, right=0.825, bottom=0.14, top=0.91, wspace=0.2)
    for place, model in enumerate(POST):
        low, median, high = arrays["transfer"][..., place]
        left.fill_between(arrays["counts"], low, high, color=model.fill, linewidth=0, alpha=0.7)
        left.plot(arrays["counts"], median, ".-", color=model.colour, lw=1.4, markersize=4, label=model.label)
    left.set(xscale="log", ylim=(0, 1.03), xlabel="attacker's images of each digit")
    left.set_title("A Copy Made from a Few Images", fontsize=11)
    left.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1000"))
    left.set_ylabel("transfer $t$ (1: as if the model were known)")
    left.legend(frameon=False, fontsize=9, loc="center right")
    for name, (label, colour, line) in LINES.items():
        curve = style.without_straight(arrays["grid"], arrays[f"curve {name}"])
        right.plot(*curve, line, color=colour, label=label, linewidth=1.3)
    right.set(xlim=(0, 0.5), ylim=(0, 1.03), xlabel=r"$\epsilon$", ylabel="accuracy under attack")
    right.set_title("What the Attacks Leave Right", fontsize=11)
    right.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(0.98, 0.6))
    open_axes(left, right)
    return {"black_box": figure}
