"""The tables of the page, and the sentence of each finding."""

from compare import markdown
from studies.choices.choices import CHOICES, POST
from studies.choices.findings import FINDINGS, Finding

GROUPS = {choice.name: choice.group for choice in CHOICES}


def shown(finding: Finding, value: float) -> str:
    """A value as pages write it: fractions in %."""
    if finding.points:
        digits = 1 if abs(value) < 0.9995 and abs(100 * value) < 99.95 else 0
        return f"{100 * value:.{digits}f} %"
    return f"{value:.0f}" if value == int(value) else f"{value:.2g}"


def turning(names: list[str]) -> str:
    """The choices that turn a finding, seeds and accidents left out counted together."""
    seeds = [name for name in names if GROUPS[name] == "seed"]
    without = [name for name in names if name.startswith("without ")]
    words = [name for name in names if name not in seeds and name not in without]
    words += [f"{len(seeds)} of {sum(g == 'seed' for g in GROUPS.values())} seeds"] if seeds else []
    words += [f"leaving out {len(without)} of the accidents"] if without else []
    return "; ".join(words) or "none"


def findings(numbers: dict) -> str:
    """Each finding: the post's value, the range, and which choices turn it."""
    rows = []
    for name, finding in FINDINGS.items():
        found = numbers["findings"][name]
        low, high = (shown(finding, value) for value in found["range"])
        holds = f"{found['tried'] - len(found['turned'])} of {found['tried']}"
        rows.append(
            (finding.text, shown(finding, found["post"]), f"{low} to {high}", holds, turning(found["turned"]))
        )
    return markdown(("finding", "post's", "range", "holds in", "turned by"), rows)


def choices(numbers: dict) -> str:
    """The choices with their reasons, those that are many of a kind in one row."""
    rows = {}
    for choice in CHOICES:
        if choice is not POST and choice.name in numbers["choices"]:
            rows.setdefault((choice.group, choice.reason), []).append(choice.name)
    return markdown(
        ("what", "choices", "why as good as the post's"),
        [(group, in_short(names), reason) for (group, reason), names in rows.items()],
    )


def in_short(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 6 else f"{names[0]} to {names[-1]}, {len(names)} in all"


def sentence(name: str, numbers: dict) -> str:
    """A finding as pages may state it."""
    finding, found = FINDINGS[name], numbers["findings"][name]
    text = finding.text[0].upper() + finding.text[1:]
    low, high = (shown(finding, value) for value in found["range"])
    if not found["turned"]:
        return f"{text} ({low} to {high})."
    return (
        f"With the post's choices {finding.text} ({shown(finding, found['post'])}); with others as good it "
        f"may not: {low} to {high}."
    )
