"""What can an attacker do who doesn't know the model, or measures changes in another norm?"""

from studies.attackers import black_box, norms
from studies.shared import images


def compute() -> tuple[dict, dict]:
    train, test = images.pair("train"), images.pair("test")
    of_black_box, curves = black_box.compute(train, test)
    of_norms, more = norms.compute(train, test)
    return {**of_black_box, "norms": of_norms}, {**curves, **more}
