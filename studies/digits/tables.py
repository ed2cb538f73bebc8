"""The tables of the page."""

from compare import markdown
from studies.digits.study import ROBUST, price


def pairs(numbers: dict, shown: int = 5) -> str:
    """The pairs with the largest and the smallest ε*."""
    every = numbers["pairs"]
    order = sorted(every, key=lambda name: -every[name]["threshold"])
    rows = [
        (
            name.replace(" ", " and "),
            f"{pair['threshold']:.3f}",
            f"{pair['threshold_by_mean_images']:.3f}",
            f"{100 * pair['clean']['regular']:.2f}",
            *(f"{100 * price(pair, key):.2f}" for key in ROBUST),
            *(f"{100 * pair['own'][key]:.1f}" for key in ROBUST),
        )
        for name in order[:shown] + order[-shown:]
        for pair in [every[name]]
    ]
    head = ("digits", "ε*", "mean images", "regular, %")
    return markdown((*head, *(f"price, {e}" for e in ROBUST), *(f"attacked, {e}" for e in ROBUST)), rows)


def prediction(numbers: dict) -> str:
    """How many pairs have a model no better than the constant, below ε* and beyond."""
    rows = []
    for key in ROBUST:
        found = numbers["summary"]["models"][key]
        for place, (side, count) in enumerate((("below", 45 - found["beyond"]), ("beyond", found["beyond"]))):
            if count:
                cells = (
                    found["constant"][name][place] for name in ("clean", "own", "longer_own", "optimum_own")
                )
                rows.append((f"ε = {key}, {side} ε*", count, *cells))
    head = ("", "pairs", "10 epochs, clean", "attacked", "100 epochs, attacked", "optimum, attacked")
    return markdown(head, rows)


def causes(numbers: dict) -> str:
    """Medians over the pairs, and for how many the objective or the training is to blame."""
    rows = []
    for key in ROBUST:
        found = numbers["summary"]["models"][key]
        medians = found["medians"]
        trainings = (
            (medians["clean"], medians["own"]),
            (found["longer_median_clean"], medians["longer_own"]),
            (found["optimum_median_clean"], medians["optimum_own"]),
        )
        blames = (" : ".join(map(str, found[what])) for what in ("price_blame", "attack_blame"))
        rows.append((key, *(f"{100 * clean:.1f} / {100 * own:.1f}" for clean, own in trainings), *blames))
    return markdown(("ε", "10 epochs", "100 epochs", "optimum", "price", "mistakes under attack"), rows)
