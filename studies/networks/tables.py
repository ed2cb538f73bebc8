"""The tables of the page."""

from statistics import median

from studies.networks.study import MEASURED
from support.tables import markdown

NAMES = {
    "regular": "no attack in training",
    "usual": "usual start",
    "small start": "a start a tenth as large",
    "weight decay": "weight decay",
    "weak L1": "weak L1 penalty",
    "L1": "strong L1 penalty",
    "proved bounds": "trained on proved bounds",
}
SHARED = "usual", "small start", "L1", "proved bounds"  # trained for both pairs
LINEAR = "best linear model"


def takings(numbers: dict) -> str:
    """Zeros and ones, 256 units: margins and what is taken from them; medians over the seeds."""
    rows = []
    for name in SHARED:
        found = numbers["networks"]["0 1"]["256"][name]
        sizes = found["margin"], *found["taken"].values(), found["reach"]
        rows.append((NAMES[name], *(f"{median(size):.1f}" for size in sizes)))
    linear = numbers["linear"]["0 1"]
    rows.append((LINEAR, *(f"{linear[of]:.1f}" for of in ("margin", "reach", "reach", "reach"))))
    heads = "margin", "the attack takes", "the proof takes", "sum of reaches"
    return markdown(("0 or 1 at 0.2, 256 units", *heads), rows)


def prices(numbers: dict) -> str:
    """Both pairs, 256 units: clean, under attack and proved, in %; medians over the seeds."""
    rows = []
    for name in ("regular", *SHARED):
        cells = []
        for pair, linear in numbers["linear"].items():
            found = numbers["networks"][pair]["256"][name]
            cells.append(share(median(found["clean"]), linear["images"]))
            cells += [share(median(found[of])) for of in ("attacked", "proved")]
        rows.append((NAMES[name], *cells))
    cells = []
    for linear in numbers["linear"].values():
        cells += [share(linear["clean"], linear["images"]), *2 * [share(linear["attacked"])]]
    rows.append((LINEAR, *cells))
    heads = (f"{pair}: {of}" for pair in ("0 or 1", "4 or 9") for of in ("clean", "attack", "proof"))
    return markdown(("right, in %", *heads), rows)


def share(count: float, of: int = MEASURED) -> str:
    return f"{100 * count / of:.1f}"
