"""The figures of the page."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from adversarial import ATTACK_EPSILONS
from plots import style
from studies.shared.drawing import open_axes, show_weights
from studies.shared.models import POST
from studies.training.study import EPOCHS

SHOWN = {
    "Slow,\n10 epochs": "slow 10",
    "Fast,\n10 epochs": "fast 10",
    "Fast,\n100 epochs": "fast 100",
    "Optimum": "",
}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    return {"weights": draw_weights(arrays), "accuracy": draw_accuracy(arrays)}


def draw_weights(arrays: dict) -> Figure:
    """Weights as images, each on a scale of its own: SGD's of the first seed, and the optimum's."""
    figure, places = plt.subplots(len(SHOWN), len(POST), figsize=(6, 5.2))
    figure.subplots_adjust(left=0.1, right=0.85, bottom=0.01, top=0.94, wspace=0.05, hspace=0.05)
    for (title, name), row in zip(SHOWN.items(), places, strict=True):
        row[0].set_ylabel(title, fontsize=11)
        for model, place in zip(POST, row, strict=True):
            shown = show_weights(place, arrays[" ".join(f"{model.key} {name} weights".split())][:-1])
    for model, place in zip(POST, places[0], strict=True):
        place.set_title(model.label, fontsize=12)
    key = figure.colorbar(shown, cax=figure.add_axes((0.87, 0.25, 0.015, 0.45)))
    low, high = shown.get_clim()
    key.set_ticks([low, 0, high], labels=["for zero", "neither", "for one"], fontsize=11)
    return figure


def draw_accuracy(arrays: dict) -> Figure:
    """Accuracy under attack of SGD's models, trained with their own steps, and of the optimum."""
    figure, places = plt.subplots(2, 2, figsize=(7, 5), sharex=True, sharey=True)
    figure.subplots_adjust(left=0.1, right=0.985, bottom=0.1, top=0.94, wspace=0.07, hspace=0.2)
    for model, axes in zip(POST, places.flat, strict=True):
        steps = "slow" if model.epsilon else "fast"
        for epochs, line in zip(EPOCHS, (":", "--"), strict=True):
            low, median, high = arrays[f"{model.key} {steps} {epochs} accuracy"]
            axes.fill_between(ATTACK_EPSILONS, low, high, color=style.BLACK, alpha=0.12, linewidth=0)
            curve = style.without_straight(ATTACK_EPSILONS, median)
            axes.plot(*curve, line, color=style.BLACK, label=f"{epochs} epochs")
        curve = style.without_straight(ATTACK_EPSILONS, arrays[f"{model.key} accuracy"])
        axes.plot(*curve, color=style.BLACK, label="Optimum")
        if model.epsilon:
            axes.axvline(model.epsilon, color=style.BLACK, linewidth=0.5)
        axes.set_title(model.label, fontsize=12)
    open_axes(*places.flat)
    places[0, 1].legend(frameon=False)
    figure.supxlabel(r"Perturbation Scale ($\epsilon$)", fontsize=11)
    figure.supylabel("Accuracy", fontsize=11)
    return figure
