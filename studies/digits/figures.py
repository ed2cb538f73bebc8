"""The figure of the page."""

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from plots import style
from studies.digits.study import HARD

GREENS = LinearSegmentedColormap.from_list("greens", ["white", style.GREEN])
LIGHTEST, DARKEST = 0.2, 0.5  # ε*, white and green


def draw(numbers: dict, arrays: dict) -> dict[str, Figure]:
    """The limit of each pair, and what training for 0.3 gives under an attack of 0.3, over the limit."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.4))
    figure.subplots_adjust(left=0.04, right=0.99, bottom=0.13, top=0.86, wspace=0.14)
    draw_limits(left, {name: pair["threshold"] for name, pair in numbers["pairs"].items()})
    draw_attacked(right, numbers["pairs"].values())
    return {"limit": figure}


def draw_limits(axes: Axes, limits: dict[str, float]) -> None:
    """A square for each pair: the smaller digit is its row, the larger its column."""
    for name, limit in limits.items():
        row, column = map(int, name.split())
        shade = (limit - LIGHTEST) / (DARKEST - LIGHTEST)
        corner = column - 0.5, row - 0.5
        axes.add_patch(plt.Rectangle(corner, 1, 1, facecolor=GREENS(shade), edgecolor="white"))
        if limit <= HARD.epsilon:
            frame = {"fill": False, "edgecolor": style.BLACK, "linewidth": 1.2}
            axes.add_patch(plt.Rectangle((column - 0.44, row - 0.44), 0.88, 0.88, **frame))
        text, colour = f".{1000 * limit:.0f}", "white" if shade > 0.6 else style.BLACK
        axes.text(column, row, text, ha="center", va="center", fontsize=9, color=colour)
    axes.set(xlim=(0.45, 9.55), ylim=(8.55, -0.55), aspect="equal", xticks=range(1, 10), yticks=range(9))
    axes.set_title(r"The limit $\epsilon^\ast$ of each pair of digits", fontsize=12)
    axes.tick_params(length=0, labeltop=True, labelbottom=False, labelsize=11)
    axes.spines[:].set_visible(False)


def draw_attacked(axes: Axes, pairs: list[dict]) -> None:
    """Marks for each pair's trainings for 0.3, the smaller inside the larger; the line stands at ε* = 0.3."""
    for label, own_of, marker, size, colour, fill in (
        ("converged", lambda pair: pair["optimum"]["own"][HARD.key], "s", 6, style.GREEN, style.GREEN),
        ("100 epochs", lambda pair: pair.get("longer"), "o", 5.5, style.BLACK, "white"),
        ("ten epochs", lambda pair: pair["own"][HARD.key], "o", 3, style.BLACK, style.BLACK),
    ):
        found = [(pair["threshold"], 100 * own_of(pair)) for pair in pairs if own_of(pair) is not None]
        look = {"color": colour, "markerfacecolor": fill, "markersize": size, "label": label}
        axes.plot(*zip(*found, strict=True), marker, **look)
    axes.axvline(HARD.epsilon, color=style.BLACK, linewidth=0.8)
    axes.set_xlabel(r"limit $\epsilon^\ast$ of the pair")
    axes.set_ylim(-3, 103)
    axes.set_title(r"Trained and attacked at $\epsilon=0.3$: right in %", fontsize=12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
