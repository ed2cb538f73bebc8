"""The tables of the page: a row for each training and one for the optimum, a column for each ε."""

from compare import markdown
from studies.models import POST, ROBUST
from studies.optimum.study import EPOCHS, STEPS


def table(numbers: dict, models, of_sgd, of_optimum=None) -> str:
    found = [numbers["models"][model.key] for model in models]
    rows = [
        (f"{steps}, {epochs} epochs", *(of_sgd(one[steps][str(epochs)]) for one in found))
        for steps in STEPS
        for epochs in EPOCHS
    ]
    if of_optimum:
        rows.append(("optimum", *(of_optimum(one["optimum"]) for one in found)))
    return markdown(("", *(model.title for model in models)), rows)


def objective(numbers: dict) -> str:
    return table(
        numbers, POST, lambda sgd: f"{sgd['objective']:.4f}", lambda best: f"{best['objective']:.4f}"
    )


def mistakes(numbers: dict) -> str:
    """Test mistakes under attack at the ε of training / on clean images."""
    return table(
        numbers,
        POST,
        lambda sgd: f"{sgd['own_mistakes']:g} / {sgd['mistakes'][0]:g}",
        lambda best: f"{best['own_mistakes']} / {best['mistakes']}",
    )


def shares(numbers: dict) -> str:
    """The share of the mistakes under attack that the optimum has, too; what is to blame in every seed."""

    def cell(sgd: dict) -> str:
        median, least, most = sgd["share_left"]
        blame = "objective" if least > 0.5 else "training" if most < 0.5 else "undecided"
        return f"{100 * median:.0f} % ({100 * least:.0f} to {100 * most:.0f}): {blame}"

    return table(numbers, ROBUST, cell)


def uniqueness(numbers: dict) -> str:
    """What the proof of uniqueness rests on."""
    rows = []
    for model in ROBUST:
        found = numbers["models"][model.key]["uniqueness"]
        values = (found[name] for name in ("least_singular_value", "least_slack", "least_distance"))
        equations = f"{found['equations']} for {found['free_weights']}"
        word = "yes" if found["unique"] else "not shown"
        rows.append((model.title, word, equations, *(f"{value:.4f}" for value in values)))
    return markdown(("", "unique", "equations for weights", "singular value", "slack", "distance"), rows)
