"""The table of verdicts, and that of what was found about statements that get none."""

from collections.abc import Iterable
from itertools import chain

from compare import markdown
from studies.choices.choices import CHOICES
from studies.shared.models import ROBUST
from studies.verdicts.rules import CLAIMS, DECIDED


def verdicts(numbers: dict, choices: dict) -> str:
    """Each claim, its verdict, where that is mixed what holds and what doesn't, and how far it carries."""
    rows = []
    for name, found in numbers["claims"].items():
        parts = []
        for value, before in ((True, ""), (False, "not: "), (None, "open: ")):
            texts = [text for text, holds in found["conditions"].items() if holds is value]
            parts += [before + ", ".join(texts)] if texts else []
        verdict = f"**{found['verdict']}**"
        if name in DECIDED and len(parts) > 1:
            verdict += f": {'; '.join(parts)}"
        study = CLAIMS[name].study if name in DECIDED else "PROOFS.md"
        links = {"PROOFS.md": f"[{name}](PROOFS.md)", "claims": name}
        link = links.get(study, f"[{name}](../{study}/README.md)")
        rows.append((f"{link} {CLAIMS[name].text}", verdict, carries(numbers, choices, name)))
    return markdown(("claim", "verdict", "as far"), rows)


def carries(numbers: dict, choices: dict, name: str) -> str:
    """In how many other choices, and for how many pairs, the verdict is the same."""
    if name not in DECIDED:
        return ""
    asked = sum(choice.asks_claims for choice in CHOICES[1:])
    others = len(choices["otherwise_decided"][name])
    pairs = numbers["pairs"][name]
    same = pairs.get(numbers["claims"][name]["verdict"], 0)
    return f"{asked - others}/{asked}, {same}/{sum(pairs.values())}"


def general(numbers: dict, attackers: dict, accidents: dict, networks: dict) -> str:
    """What is said of machine learning at large, and what was found that bears on it."""
    said, least = networks["statements"], numbers["least_distance"]
    means, fooled = accidents["mean"]["seeds"], attackers["pairs"]["most_fooled"]["zeros"]
    cost = accidents["clean"]["accuracy"]["regular"] - means["regular"][2]
    confident = accidents["confident_share"]["regular"][2]
    safer = [round(means[model.key][2] - means["regular"][2], 9) for model in ROBUST]
    contradicted = "not contradicted" if least > 2 * ROBUST[-1].epsilon else "contradicted"
    found = {
        "O1": (
            f"one from zeros does, unclipped, for {fooled} of 45 pairs",
            f"another's attack needs {ends(chain(*said['O1'].values()), 1, 1)} times the ε",
        ),
        "O2": (
            f"{100 * cost:.1f} points (middle); {100 * confident:.1f} % of mistakes confident",
            f"fooled logits: {ends(said['O2']['regular'], 1, 2)} of clean ones",
        ),
        "T7": (
            f"{contradicted}: all differ by {least:.2f} (necessary only)",
            f"boxes meet from ε = {min(said['T7'].values()):.2f} on",
        ),
        "D1": (
            "",
            f"0.1 costs hard pairs {ends(said['D1']['0.1']['hard_pairs'], 100, 1)} points, "
            f"0.3 {ends(said['D1']['0.3']['hard_pairs'], 100, 0)}",
        ),
        "safer": (
            f"after middle accidents {ends(safer, 100, 1)} points",
            f"{ends(chain(*said['safer'].values()), 100, 1)} points",
        ),
    }
    texts = {name: f"{name} {claim.text}" for name, claim in CLAIMS.items()}
    texts["safer"] = "title: safer and more stable"
    rows = [(texts[name], *cells) for name, cells in found.items()]
    return markdown(("statement", "linear models", "small networks"), rows)


def ends(values: Iterable[float], factor: float, digits: int) -> str:
    """The least and the largest."""
    values = list(values)
    return f"{factor * min(values):.{digits}f} to {factor * max(values):.{digits}f}"
