"""The tables of the page."""

from compare import markdown
from studies.penalties.study import FAMILIES

CASES = {
    "finished": "finished training",
    "clipped": "finished, attacks clipped",
    "chosen": "finished, strengths chosen on training images",
    "epochs": "ten epochs, equal steps",
}
TITLES = {"l1": "L1", "l2": "L2", "robust": "robust"}


def covers(numbers: dict) -> str:
    """For how many pairs and attacks a family has a model as good as another's best, clean and attacked."""
    found = numbers["summary"]["covers"]
    first, *_ = found.values()
    head = ("", *(" covers ".join(TITLES[name] for name in pair.split(" covers ")) for pair in first))
    return markdown(head, [(title, *found[case].values()) for case, title in CASES.items()])


def best(numbers: dict) -> str:
    """The best accuracy under each attack that a family reaches, in the median pair, in %."""
    found = numbers["summary"]["median_best"]
    rows = [
        (f"{CASES[case]}: {TITLES[name]}", *(f"{100 * value:.1f}" for value in found[case][name]))
        for case in found
        for name in FAMILIES
    ]
    return markdown(("", "at 0.1", "at 0.2", "at 0.3"), rows)


def losses(numbers: dict) -> str:
    """Robust training with other losses, finished: accuracy clean and at its own ε, and how many weights."""
    rows = []
    for pair, by_loss in numbers["losses"].items():
        for name, by_epsilon in by_loss.items():
            cells = []
            for place, found in enumerate(by_epsilon.values(), start=1):
                clean, own = (100 * found["accuracy"][row] for row in (0, place))
                cells.append(f"{clean:.1f} / {own:.1f} ({found['weights']})")
            rows.append((f"{pair.replace(' ', ' and ')}, {name}", *cells))
    return markdown(("", "ε = 0.1", "ε = 0.2", "ε = 0.3"), rows)
