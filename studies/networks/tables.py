"""The table of the page."""

from statistics import median

from studies.networks.study import MEASURED
from support.tables import markdown

NAMES = {
    "usual": "usual start",
    "small start": "a start a tenth as large",
    "L1": "L1 penalty",
    "proved bounds": "trained on proved bounds",
}


def prices(numbers: dict) -> str:
    """Both pairs, 256 units: right under attack and proved, and clean fours and nines; medians, in %."""
    linear = numbers["linear"]
    rows = []
    for name, shown in NAMES.items():
        easy, hard = (numbers["networks"][pair]["256"][name] for pair in ("0 1", "4 9"))
        clean = share(median(hard["clean"]), linear["4 9"]["images"])
        others = [share(median(found[of])) for found in (easy, hard) for of in ("attacked", "proved")]
        rows.append((shown, *others[:2], clean, *others[2:]))
    easy, hard = (share(linear[pair]["attacked"]) for pair in ("0 1", "4 9"))
    clean = share(linear["4 9"]["clean"], linear["4 9"]["images"])
    rows.append(("best linear model", easy, easy, clean, hard, hard))
    heads = "0 or 1, attacked", "0 or 1, proved", "4 or 9, clean", "4 or 9, attacked", "4 or 9, proved"
    return markdown(("right, in %", *heads), rows)


def share(count: float, of: int = MEASURED) -> str:
    return f"{100 * count / of:.1f}"
