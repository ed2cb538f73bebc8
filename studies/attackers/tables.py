"""The tables of the page."""

from compare import markdown
from studies.attackers.norms import MODELS, NORMS
from studies.models import POST


def transfer(numbers: dict) -> str:
    """The median transfer to each victim by what the attacker has."""
    kinds = {
        "regular": "regular",
        "0.1": "ε = 0.1",
        "0.2": "ε = 0.2",
        "0.3": "ε = 0.3",
        "zeros": "from zeros",
        "all other seeds": "all seeds",
        "1 of each": "k = 1",
        "10 of each": "k = 10",
        "1000 of each": "k = 1,000",
    }
    rows = []
    for model in POST:
        victim = numbers["victims"][model.key]
        cells = (f"{victim['transfer'][kind]:.2f}" for kind in kinds)
        rows.append((model.title, *cells, victim["close_from"] or "none"))
    return markdown(("victim", *kinds.values(), "close from k"), rows)


def regular(numbers: dict) -> str:
    """The regular model as victim: medians, and how they spread over victims and draws."""
    kinds = {
        "white box": "white box",
        "all other seeds": "everything but the seed",
        "zeros": "regular from zeros",
        "regular": "another seed's model",
        "1000 of each": "mean difference, k = 1,000",
        "10 of each": "mean difference, k = 10",
        "random signs": "random signs",
    }
    rows = []
    for kind, title in kinds.items():
        victim = numbers["victims"]["regular"]
        found = victim["attacked"][kind]
        low, median, high = (f"{100 * value:.1f}" for value in found["0.2"])
        at_others = (f"{100 * found[e]:.1f}" for e in ("0.1", "0.3"))
        transfer = 1 if kind == "white box" else victim["transfer"][kind]
        rows.append((title, f"{transfer:.2f}", f"{median} ({low} to {high})", *at_others))
    return markdown(("attacker", "transfer t", "right at 0.2, %", "at 0.1", "at 0.3"), rows)


def choices(numbers: dict) -> str:
    """The share of images fooled at ε = 0.2 under other choices of training."""
    rows = [
        (name, *(f"{100 * found[kind]:.1f}" for kind in ("white box", "another seed", "zeros")))
        for name, found in numbers["choices"].items()
    ]
    return markdown(("training", "white box", "another seed's", "one from zeros"), rows)


def norms(numbers: dict) -> str:
    """Accuracy of models trained against each norm under each norm, and clipped."""
    found, rows = numbers["norms"], []
    for place, models in enumerate(found["by_share"]):
        budgets = ", ".join(f"{found['budgets'][norm][place]:.3g}" for norm in NORMS)
        for name in MODELS:
            ours = models[name]
            cells = (f"{100 * ours['attacked'][n]:.1f} → {100 * ours['clipped'][n]:.1f}" for n in NORMS)
            trained = "nothing" if name == "regular" else name
            rows.append((budgets if name == "regular" else "", trained, f"{100 * ours['clean']:.2f}", *cells))
    return markdown(("budgets", "trained against", "clean", *NORMS), rows)


def finer(numbers: dict) -> str:
    """Accuracy under the attack trained against: the post's steps, and finer ones."""
    rows = [
        (
            name,
            *(
                f"{100 * cell['post']:.1f} → {100 * cell['finer']:.1f}"
                for cell in numbers["norms"]["finer"][name]
            ),
        )
        for name in NORMS
    ]
    return markdown(("trained against", "as ε = 0.1", "as ε = 0.2", "as ε = 0.3"), rows)
