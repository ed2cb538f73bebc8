"""The tables of verdicts: in short for the page of all studies, and with their conditions."""

from compare import markdown
from studies import files
from studies.choices.choices import CHOICES
from studies.rules import CLAIMS, LEARNING


def verdict(numbers: dict, name: str) -> str:
    return numbers["claims"][name]["verdict"] if name in numbers["claims"] else "no verdict"


def short(numbers: dict, choices: dict) -> str:
    """One row for each claim: its verdict, and in how many choices and pairs it is the same."""
    rows = [
        (
            name,
            claim.text,
            verdict(numbers, name),
            *carries(numbers, choices, name),
            f"[{claim.study}]({claim.study}/README.md)",
        )
        for name, claim in CLAIMS.items()
    ]
    return markdown(("", "claim of the post", "verdict", "choices", "pairs", ""), rows)


def carries(numbers: dict, choices: dict, name: str) -> tuple[str, str]:
    """In how many other choices, and for how many pairs, the verdict is the same."""
    if not CLAIMS[name].decide:
        return "", ""
    ours = verdict(numbers, name)
    others = [found for found in choices["verdicts"][name][1:] if found]
    pairs = numbers["pairs"][name]
    return f"{others.count(ours)} of {len(others)}", f"{pairs.count(ours)} of {len(pairs)}"


def conditions(numbers: dict, choices: dict) -> str:
    """Each claim that has a verdict: what holds of it, what does not, and (?) what can't be told."""
    rows = []
    for name, found in numbers["claims"].items():
        holds, fails, unclear = (
            [text for text, value in found["conditions"].items() if value is wanted]
            for wanted in (True, False, None)
        )
        fails += [f"{text}?" for text in unclear]
        text = f"**{name}** {CLAIMS[name].text}"
        rows.append(
            (text, found["verdict"], "; ".join(holds), "; ".join(fails), *carries(numbers, choices, name))
        )
    return markdown(("claim", "verdict", "holds", "does not", "choices", "pairs"), rows)


def confirmed_but(numbers: dict, choices: dict) -> str:
    """Claims that are confirmed, and the choices with which they are not."""
    rows = []
    for name, found in numbers["claims"].items():
        if found["verdict"] == "confirmed":
            verdicts = zip(CHOICES, choices["verdicts"][name], strict=True)
            turned = [choice.name for choice, other in verdicts if other not in (None, "confirmed")]
            rows += [(name, "; ".join(turned))] if turned else []
    return markdown(("confirmed", "but not with"), rows)


def learning(numbers: dict, choices: dict) -> str:
    """What is said of machine learning at large gets no verdict; what was found that bears on it."""
    transfer = choices["findings"]["transfer"]
    accidents = files.numbers("accidents")
    low, high = (f"{100 * value:.0f}" for value in transfer["range"])
    found = {
        "O1": "An attack made for another seed's linear model fools "
        f"{100 * transfer['post']:.0f} % of zeros and ones at ε = 0.2; with other choices {low} to {high} %",
        "O2": f"Accidents of middle strength cost the regular linear model "
        f"{100 * (accidents['clean']['accuracy']['regular'] - accidents['mean']['seeds']['regular'][2]):.1f} "
        "points in the mean",
        "T7": "Not contradicted: between every test zero and one some pixel differs by "
        f"{numbers['least_distance']:.3f} or more, so no image is within 0.3 of both. Nobody was asked what "
        "the images mean",
        "D1": "Linear models can't tell; the study of networks asks",
    }
    rows = [(name, claim.text, found[name]) for name, claim in CLAIMS.items() if claim.scope == LEARNING]
    return markdown(("", "claim", "what was found here"), rows)
