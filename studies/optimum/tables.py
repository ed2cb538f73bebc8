"""The table of the page."""

from compare import markdown
from studies.models import ROBUST
from studies.optimum.study import EPOCHS, STEPS


def mistakes(numbers: dict) -> str:
    """Test mistakes under attack at the ε of training, and on clean images, of each training and optimum."""
    found = [numbers["models"][model.key] for model in ROBUST]
    rows = [
        (f"{steps}, {epochs} epochs", *(cell(one[steps][str(epochs)]) for one in found))
        for steps in STEPS
        for epochs in EPOCHS
    ]
    rows.append(("optimum", *(cell(one["optimum"]) for one in found)))
    return markdown(("", *(model.title for model in ROBUST)), rows)


def cell(model: dict) -> str:
    return f"{model['own_mistakes']:g} / {model['mistakes']:g}"
