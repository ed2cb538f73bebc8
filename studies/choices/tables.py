"""The tables of the page, and the sentence of each finding."""

from compare import markdown
from studies.choices.choices import CHOICES, POST
from studies.choices.findings import FINDINGS, Finding

GROUPS = {choice.name: choice.group for choice in CHOICES}


def shown(finding: Finding, *values: float) -> str:
    """One value, or the ends of a range, as pages write them."""
    if finding.unit:
        return " to ".join(f"{100 * value:.1f}" for value in values) + f" {finding.unit}"
    return " to ".join(f"{value:.0f}" if value == int(value) else f"{value:.2g}" for value in values)


def turning(names: list[str]) -> str:
    """The choices that turn a finding; of the many of a kind how many."""
    counted = {"seed": "seeds", "crossed": "crossed", "accidents": "lists of accidents or strengths"}
    words = [name for name in names if GROUPS[name] not in counted]
    for group, called in counted.items():
        some = sum(GROUPS[name] == group for name in names)
        words += [f"{some} of {list(GROUPS.values()).count(group)} {called}"] if some else []
    return "; ".join(words)


def turned(numbers: dict) -> str:
    """Each finding that some choice turns: in how many of them it holds, and which turn it."""
    rows = []
    for name, finding in FINDINGS.items():
        found = numbers["findings"][name]
        if not found["turned"]:
            continue
        holds = f"{found['tried'] - len(found['turned'])}/{found['tried']}"
        rows.append(
            (
                finding.text,
                holds,
                turning(found["turned"]),
            )
        )
    return markdown(("finding", "holds in", "turned by"), rows)


def choices(numbers: dict) -> str:
    """The choices with their reasons, those that are many of a kind in one row."""
    rows = {}
    for choice in CHOICES:
        if choice is not POST and choice.name in numbers["choices"]:
            rows.setdefault((choice.group, choice.reason), []).append(choice.name)
    return markdown(
        ("choices", "why as good as the post's"),
        [(in_short(names), reason) for (_, reason), names in rows.items()],
    )


def in_short(names: list[str]) -> str:
    """A few names, or the first of many."""
    return ", ".join(names) if len(names) < 6 else f"{names[0]}, ... ({len(names)})"


def sentence(name: str, numbers: dict) -> str:
    """A finding as pages may state it."""
    finding, found = FINDINGS[name], numbers["findings"][name]
    text = finding.text[0].upper() + finding.text[1:]
    span = shown(finding, *found["range"])
    if not found["turned"]:
        return f"{text} ({span})."
    if len(found["turned"]) < 4:
        return f"{text}, but not with {'; '.join(found['turned'])} ({span})."
    post = shown(finding, found["values"][0])
    return f"With the post's choices {finding.text} ({post}); with others as good it may not ({span})."
