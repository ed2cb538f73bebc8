"""The figure of the page."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.attackers.study import CLOSE
from studies.shared.drawing import open_axes
from studies.shared.models import POST, REGULAR

LINES = {
    "white box": ("the model itself", REGULAR.colour, "-"),
    "from zeros": ("trained from zeros", style.BLACK, "-"),
    "another seed": ("trained from another start", style.BLACK, "--"),
    "ten images": ("ten images of each digit", style.BLACK, ":"),
}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """Left, the transfer over the attacker's images; right, what the regular model loses to which copy."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
    figure.subplots_adjust(left=0.07, right=0.985, bottom=0.14, top=0.91, wspace=0.2)
    for place, model in enumerate(POST):
        low, median, high = arrays["transfer"][..., place]
        left.fill_between(arrays["counts"], low, high, color=model.fill, linewidth=0, alpha=0.7)
        left.plot(arrays["counts"], median, ".-", color=model.colour, lw=1.4, markersize=4, label=model.label)
    left.axhline(CLOSE, color=style.BLACK, linewidth=0.5, linestyle=(0, (1, 3)))
    left.set(xscale="log", ylim=(0, 1.03), xlabel="attacker's images of each digit")
    left.set_title("A Copy Made from a Few Images", fontsize=11)
    left.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1000"))
    left.set_ylabel("transfer $t$ (the model itself: 1)")
    left.legend(frameon=False, fontsize=9, loc="center right")
    for name, (label, colour, line) in LINES.items():
        curve = style.without_straight(arrays["grid"], arrays[f"curve {name}"])
        right.plot(*curve, line, color=colour, label=label, linewidth=1.3)
    right.set(xlim=(0, 0.5), ylim=(0, 1.03), xlabel=r"$\epsilon$", ylabel="accuracy of the regular model")
    right.set_title("The Attack Is Made for ...", fontsize=11)
    right.legend(frameon=False, fontsize=9, loc="upper right")
    open_axes(left, right)
    return {"black_box": figure}
