"""The tables of verdicts: in short for the page of all studies, and with their conditions."""

from compare import markdown
from studies import files
from studies.choices.choices import CHOICES
from studies.rules import CLAIMS, LEARNING


def verdict(numbers: dict, name: str) -> str:
    return numbers["claims"][name]["verdict"] if name in numbers["claims"] else "no verdict"


def short(numbers: dict, choices: dict) -> str:
    """One row for each claim: scope, verdict, and in how many choices and pairs it is the same."""
    rows = []
    for name, claim in CLAIMS.items():
        link = f"[{claim.study}]({claim.study}/README.md)"
        rows.append((name, claim.text, verdict(numbers, name), *carries(numbers, choices, name), link))
    return markdown(("", "claim of the post", "verdict", "choices", "pairs", ""), rows)


def carries(numbers: dict, choices: dict, name: str) -> tuple[str, str]:
    """In how many other choices, and for how many pairs, the verdict is the same."""
    if not CLAIMS[name].decide:
        return "", ""
    ours = verdict(numbers, name)
    others = [found for found in choices["verdicts"][name][1:] if found]
    pairs = numbers["pairs"][name]
    return f"{others.count(ours)} of {len(others)}", f"{pairs.count(ours)} of {len(pairs)}"


def conditions(numbers: dict) -> str:
    """Each claim that has a verdict: what holds of it, what does not, and (?) what can't be told."""
    rows = []
    for name, found in numbers["claims"].items():
        holds, fails, unclear = (
            [text for text, value in found["conditions"].items() if value is wanted]
            for wanted in (True, False, None)
        )
        fails += [f"{text}?" for text in unclear]
        rows.append((name, CLAIMS[name].text, found["verdict"], "; ".join(holds), "; ".join(fails)))
    return markdown(("", "claim", "verdict", "holds", "does not"), rows)


def other_verdicts(numbers: dict, choices: dict) -> str:
    """For each claim about the post's models: which choices give another verdict, and all pairs' verdicts."""
    rows = []
    for name, claim in CLAIMS.items():
        if not claim.decide:
            continue
        ours = verdict(numbers, name)
        turned = {}
        for choice, found in zip(CHOICES, choices["verdicts"][name], strict=True):
            if found and found != ours:
                turned.setdefault(found, []).append(choice.name)
        texts = [f"{found}: {in_words(names)}" for found, names in turned.items()]
        pairs = numbers["pairs"][name]
        counts = [f"{pairs.count(found)} {found}" for found in sorted(set(pairs), key=pairs.count)[::-1]]
        rows.append((name, ours, "; ".join(texts) or "none", ", ".join(counts)))
    return markdown(("", "verdict", "other verdicts, with", "of the 45 pairs"), rows)


def in_words(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 5 else f"{len(names)} choices"


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


def published_images(numbers: dict) -> str:
    """Seeds of ten that make the post's mistakes, by order of the images and model."""
    rows = [(order, *counts) for order, counts in numbers["published_images"].items()]
    return markdown(("order of the images", "regular", "ε = 0.1", "ε = 0.2", "ε = 0.3"), rows)
