"""The tables of the page."""

from statistics import median

from studies.networks.study import MEASURED
from support.tables import markdown

NAMES = {
    "regular": "no attack in training",
    "usual": "usual start",
    "longer": "usual start, four times as long",
    "small start": "a start a tenth as large",
    "weight decay": "weight decay",
    "weak L1": "weak L1 penalty",
    "L1": "strong L1 penalty",
    "proved bounds": "trained on proved bounds",
}
LINEAR = "best linear model"


def takings(numbers: dict) -> str:
    """Zeros and ones, 256 units: margins, what is taken from them, what is left; medians over the seeds."""
    rows = []
    for name, found in numbers["networks"]["0 1"]["256"].items():
        sizes = found["margin"], *found["taken"].values(), found["reach"]
        shares = (share(median(found[of])) for of in ("attacked", "proved"))
        rows.append((NAMES[name], *(f"{median(size):.1f}" for size in sizes), *shares))
    linear = numbers["linear"]["0 1"]
    sizes = (f"{linear[of]:.1f}" for of in ("margin", "reach", "reach", "reach"))
    rows.append((LINEAR, *sizes, *2 * [share(linear["attacked"])]))
    heads = "margin", "one image takes", "the proof takes", "sum of reaches", "right under attack", "proved"
    return markdown(("0 or 1 at 0.2, 256 units", *heads), rows)


def prices(numbers: dict) -> str:
    """256 units, in %: zeros and ones clean and in range, fours and nines clean and at any pixel values."""
    rows = []
    easy, hard = (numbers["networks"][pair]["256"] for pair in ("0 1", "4 9"))
    linear, linear_hard = (numbers["linear"][pair] for pair in ("0 1", "4 9"))
    for name, found in easy.items():
        cells = share(median(found["clean"]), linear["images"]), *map(of_seeds, found["in range"].values())
        if name in hard:
            clean = share(median(hard[name]["clean"]), linear_hard["images"])
            cells += clean, of_seeds(hard[name]["attacked"]), of_seeds(hard[name]["proved"])
        else:
            cells += 3 * ("not trained",)
        rows.append((NAMES[name], *cells))
    cells = share(linear["clean"], linear["images"]), *2 * [share(linear["in range"])]
    cells += share(linear_hard["clean"], linear_hard["images"]), *2 * [share(linear_hard["attacked"])]
    rows.append((LINEAR, *cells))
    easy_heads = "0 or 1: clean", "0 or 1: attack in range", "0 or 1: proof in range"
    hard_heads = "4 or 9: clean", "4 or 9: attack", "4 or 9: proof"
    return markdown(("256 hidden units", *easy_heads, *hard_heads), rows)


def of_seeds(counts: list[int]) -> str:
    return share(median(counts))


def share(count: float, of: int = MEASURED) -> str:
    return f"{100 * count / of:.1f}"
