"""The figure of the page."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.shared.drawing import open_axes
from studies.shared.models import POST


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"confidence": draw_confidence(arrays)}


def draw_confidence(arrays: dict) -> Figure:
    """Left: confidence of the fooled over ε. Right: relative, over the share of fooled images."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for place, model in enumerate(POST):
        for axes, where, name in (
            (left, arrays["epsilons"], "over epsilon"),
            (right, 100 * arrays["shares"], "over share"),
        ):
            low, middle, high = arrays[name][:, :, place]
            axes.fill_between(where, low, high, color=model.fill, linewidth=0)
            curve = style.without_straight(where, middle)
            axes.plot(*curve, color=model.colour, linewidth=1.2, label=model.label)
    left.set(
        title="Same Perturbation",
        xlabel=r"Perturbation Scale ($\epsilon$)",
        ylabel="Median absolute logit of the fooled",
        xlim=(0, 0.5),
    )
    right.set(
        title="Same Share of Fooled Images",
        xlabel="Fooled, %",
        ylabel="The same over the clean median",
        xlim=(0, 100),
    )
    left.legend(frameon=False, fontsize=9)
    for axes in (left, right):
        axes.set_ylim(bottom=0)
    open_axes(left, right)
    return figure
