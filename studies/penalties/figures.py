"""The figure of the page."""

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from plots import style
from studies.shared.drawing import open_axes

LOOKS = {
    "l1": ("L1 penalty", style.BLACK, "x"),
    "l2": ("L2 penalty", "0.6", "."),
    "robust": ("robust", style.GREEN, "o"),
}
PAIRS = {"0 1": "Zeros and Ones", "4 9": "Fours and Nines"}


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """Finished training: clean accuracy over accuracy under attack, one mark a strength."""
    attacks = ("0.1", "0.2")
    figure, places = plt.subplots(len(PAIRS), len(attacks), figsize=(8, 6), sharey="row")
    figure.subplots_adjust(left=0.08, right=0.985, bottom=0.09, top=0.94, wspace=0.06, hspace=0.36)
    for (pair, title), row in zip(PAIRS.items(), places, strict=True):
        for attack, axes in zip(attacks, row, strict=True):
            for family, (label, colour, marker) in LOOKS.items():
                points = numbers["fronts"][pair][family]
                axes.plot(
                    [100 * point["attacked"][attack] for point in points],
                    [100 * point["clean"] for point in points],
                    marker,
                    color=colour,
                    markersize=7 if family == "robust" else 5,
                    markerfacecolor="none" if family == "robust" else colour,
                    label=label,
                )
            axes.set_title(title, fontsize=12)
            axes.set_xlabel(rf"Accuracy at attack $\epsilon={attack}$, %", fontsize=11)
            axes.set_xlim(-3, 103)
        row[0].set_ylabel("Clean accuracy, %", fontsize=11)
        row[0].set_ylim(93 if pair == "0 1" else 70, 100.5)
    open_axes(*places.flat)
    places[0, 0].legend(frameon=False, fontsize=11, loc="lower right")
    return {"fronts": figure}
