"""The table of the page."""

from compare import markdown
from studies.shared.models import ROBUST
from studies.training.study import EPOCHS, STEPS


def mistakes(numbers: dict) -> str:
    """Test mistakes under attack at the ε of training, and on clean images, of each training and optimum."""
    found = [numbers["models"][model.key] for model in ROBUST]
    rows = [
        (
            f"{steps}, {epochs} epochs",
            *(
                f"{sgd['own_mistakes']:g} / {sgd['mistakes'][0]:g}"
                for model in found
                for sgd in [model[steps][str(epochs)]]
            ),
        )
        for steps in STEPS
        for epochs in EPOCHS
    ]
    best = (f"{model['optimum']['own_mistakes']} / {model['optimum']['mistakes']}" for model in found)
    return markdown(("", *(model.title for model in ROBUST)), [*rows, ("optimum", *best)])
