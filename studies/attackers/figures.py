"""The figure of the page."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.attackers.study import VICTIMS
from studies.shared.drawing import open_axes
from studies.shared.models import POST, REGULAR

LINES = {
    "robust": (f"trained for {VICTIMS[1].label},\nattacked itself", VICTIMS[1].colour, "-"),
    "ten images": ("regular, attack made\nfrom ten images", style.BLACK, ":"),
    "another seed": ("regular, copy trained\nfrom another start", style.BLACK, "--"),
    "zero weights": ("regular, copy trained\nfrom zero weights", style.BLACK, "-"),
    "white box": ("regular,\nattacked itself", REGULAR.colour, "-"),
}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """Left, the transfer over the attacker's images; right, what is left of which model after what."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.8, 3.8))
    figure.subplots_adjust(left=0.06, right=0.825, bottom=0.14, top=0.91, wspace=0.2)
    for place, model in enumerate(POST):
        low, median, high = arrays["transfer"][..., place]
        left.fill_between(arrays["counts"], low, high, color=model.fill, linewidth=0, alpha=0.7)
        label = f"trained for {model.label}" if model.epsilon else None
        left.plot(arrays["counts"], median, ".-", color=model.colour, lw=1.4, markersize=4, label=label)
    low, median, high = arrays["transfer startless"]
    left.fill_between(arrays["counts"], low, high, color=REGULAR.fill, linewidth=0, alpha=0.7)
    left.plot(arrays["counts"], median, ".--", color=REGULAR.colour, lw=1.4, markersize=4)
    left.text(1000, 0.54, "regular, trained from zero weights", fontsize=9, ha="right")
    left.text(1000, 0.2, "regular, trained from a random start", fontsize=9, ha="right")
    left.set(xscale="log", ylim=(0, 1.03), xlabel="attacker's images of each digit")
    left.set_title("How Much of the Worst Attack a Copy Achieves", fontsize=11)
    left.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1000"))
    left.set_ylabel("transfer $t$ (1: as if the model were known)")
    left.legend(frameon=False, fontsize=9, loc="center right", bbox_to_anchor=(1, 0.79))
    for name, (label, colour, line) in LINES.items():
        curve = style.without_straight(arrays["grid"], arrays[f"curve {name}"])
        right.plot(*curve, line, color=colour, label=label, linewidth=1.3)
    right.set(xlim=(0, 0.5), ylim=(0, 1.03), xlabel=r"$\epsilon$", ylabel="accuracy under attack")
    right.set_title("What the Attacks Leave Right", fontsize=11)
    right.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(0.98, 0.6))
    open_axes(left, right)
    return {"black_box": figure}
