"""The table of the page, and how a finding's values are written."""

from compare import markdown
from studies.choices.choices import CHOICES
from studies.choices.findings import FINDINGS, Finding

GROUPS = {choice.name: choice.group for choice in CHOICES}
COUNTED = {"seed": "seeds", "crossed": "crossed", "accidents": "of accidents"}  # of which there are many


def shown(finding: Finding, *values: float) -> str:
    """One value, or the ends of a range, as pages write them."""
    if finding.unit:
        return " to ".join(f"{100 * value:.1f}" for value in values) + f" {finding.unit}"
    return " to ".join(f"{value:.0f}" if value == int(value) else f"{value:.2g}" for value in values)


def turning(names: list[str]) -> str:
    """The choices that turn a finding; of the many of a kind how many."""
    words = [name for name in names if GROUPS[name] not in COUNTED]
    for group, called in COUNTED.items():
        some = sum(GROUPS[name] == group for name in names)
        words += [f"{some} of {list(GROUPS.values()).count(group)} {called}"] if some else []
    return ", ".join(words)


def turned(numbers: dict) -> str:
    """Each finding that some choice turns: in how many of them it holds, and which turn it."""
    rows = []
    for name, found in numbers["findings"].items():
        tried, turned = sum(value is not None for value in found["values"]), found["turned"]
        if turned:
            rows.append((FINDINGS[name].text, f"{tried - len(turned)}/{tried}", turning(turned)))
    return markdown(("finding", "holds in", "turned by"), rows)
