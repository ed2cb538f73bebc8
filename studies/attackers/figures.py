"""The figure of the page."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.attackers.study import ROBUST
from studies.shared.drawing import open_axes
from studies.shared.models import POST, REGULAR

GREY = REGULAR.colour
RANDOM, STARTLESS = 0, -1  # the regular victims
CURVES = (
    ("white box", POST.index(ROBUST), ROBUST.colour, "-", f"trained for {ROBUST.label},\nits own attack"),
    ("ten images", STARTLESS, GREY, "--", "regular, zero weights,\nattack from ten images"),
    ("ten images", RANDOM, style.BLACK, ":", "regular, random start,\nattack from ten images"),
    ("white box", STARTLESS, GREY, "-", "regular, zero weights,\nits own attack"),
    ("white box", RANDOM, style.BLACK, "-", "regular, random start,\nits own attack"),
)


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """Left, the transfer over the attacker's images; right, how accurate which attack leaves which model."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.8, 3.8))
    figure.subplots_adjust(left=0.06, right=0.8, bottom=0.14, top=0.91, wspace=0.2)
    lines = [(place, model.colour, model.fill) for place, model in enumerate(POST) if model.epsilon]
    lines += [(STARTLESS, GREY, REGULAR.fill), (RANDOM, style.BLACK, REGULAR.fill)]
    for place, colour, fill in lines:
        low, median, high = arrays["transfer"][..., place]
        left.fill_between(arrays["counts"], low, high, color=fill, linewidth=0, alpha=0.7)
        label = f"trained for {POST[place].label}" if place > 0 else None
        left.plot(arrays["counts"], median, ".-", color=colour, lw=1.4, markersize=4, label=label)
    left.text(1000, 0.54, "regular, trained from zero weights", fontsize=9, ha="right", color=GREY)
    left.text(1000, 0.2, "regular, trained from a random start", fontsize=9, ha="right")
    left.set(xscale="log", ylim=(0, 1.03), xlabel="images of each digit that the attacker has")
    left.set_title("What the Copy's Attack Achieves", fontsize=11)
    left.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1000"))
    left.set_ylabel("transfer $t$ (1: as if the model were known)")
    left.legend(frameon=False, fontsize=9, loc="center right", bbox_to_anchor=(1, 0.79))
    for attack, place, colour, line, label in CURVES:
        low, median, high = arrays[f"curve {attack}"][..., place]
        if line == ":":
            right.fill_between(arrays["grid"], low, high, color=REGULAR.fill, linewidth=0)
        curve = style.without_straight(arrays["grid"], median)
        right.plot(*curve, line, color=colour, label=label, linewidth=2 if line == ":" else 1.4)
    right.set(xlim=(0, 0.5), ylim=(0, 1.03), xlabel=r"$\epsilon$ of the attack")
    right.set_ylabel("accuracy under attack")
    right.set_title("What an Attack Leaves Right", fontsize=11)
    right.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(0.98, 0.55))
    open_axes(left, right)
    return {"black_box": figure}
