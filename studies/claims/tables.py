"""The tables of verdicts: in short for the page of all studies, and with their conditions."""

from compare import markdown
from studies.choices.choices import CHOICES
from studies.models import ROBUST
from studies.rules import CLAIMS


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
    return f"{others.count(ours)}/{len(others)}", f"{pairs.count(ours)}/{len(pairs)}"


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


def learning(numbers: dict, choices: dict, accidents: dict, networks: dict) -> str:
    """What is said of machine learning at large gets no verdict; what was found that bears on it."""
    transfer, said = choices["findings"]["transfer"], networks["statements"]
    cost = accidents["clean"]["accuracy"]["regular"] - accidents["mean"]["seeds"]["regular"][2]
    contradicted = (
        "not contradicted" if numbers["least_distance"] > 2 * ROBUST[-1].epsilon else "contradicted"
    )
    needed = [value for ends in said["O1"].values() for value in ends]
    safer = {
        model.key: round(
            accidents["mean"]["seeds"][model.key][2] - accidents["mean"]["seeds"]["regular"][2], 9
        )
        for model in ROBUST
    }
    found = {
        "O1": (
            f"another seed's attack fools {100 * transfer['values'][0]:.0f} % at ε = 0.2, with other choices "
            f"{ends(transfer['range'], 100, 0)} %",
            f"images made for another model halve accuracy at {ends(needed, 1, 1)} times the white box's ε",
        ),
        "O2": (
            f"accidents cost {100 * cost:.1f} points in the mean",
            f"fooled logits are {ends(said['O2']['regular'], 1, 2)} of the clean ones",
        ),
        "T7": (
            f"{contradicted}: a zero and a one differ by {numbers['least_distance']:.2f} somewhere",
            f"for four pairs boxes meet from ε = {min(said['T7'].values()):.2f} on",
        ),
        "D1": (
            "",
            f"0.1 costs hard pairs {ends(said['D1']['0.1']['hard_pairs'], 100, 1)} points, 0.3 "
            f"{ends(said['D1']['0.3']['hard_pairs'], 100, 0)}",
        ),
        "safer": (
            f"accidents: {ends(safer.values(), 100, 1)} points beside the regular one",
            f"{ends([value for ends_ in said['safer'].values() for value in ends_], 100, 1)} points",
        ),
    }
    texts = {name: claim.text for name, claim in CLAIMS.items()} | {
        "safer": "Robust models are safer and more stable"
    }
    return markdown(
        ("claim", "linear models", "small networks"),
        [
            (f"**{name}** {texts[name]}" if name in CLAIMS else texts[name], *cells)
            for name, cells in found.items()
        ],
    )


def ends(values, factor: float, digits: int) -> str:
    """The least and the largest."""
    values = list(values)
    return f"{factor * min(values):.{digits}f} to {factor * max(values):.{digits}f}"
