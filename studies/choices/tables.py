"""The table of the page, and how a finding's values are written."""

from compare import markdown
from studies.choices.choices import CHOICES
from studies.choices.findings import FINDINGS, Finding

GROUPS = {choice.name: choice.group for choice in CHOICES}
COUNTED = {
    "seed": "seeds",
    "crossed": "crossings",
    "accidents": "accident choices",
}  # of which there are many


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
        words += [f"{some} {called if some > 1 else called.removesuffix('s')}"] if some else []
    return "; ".join(words)


def turned(numbers: dict) -> str:
    """Each finding that some choice turns, and those that do."""
    findings = numbers["findings"].items()
    rows = [(FINDINGS[name].text, turning(found["turned"])) for name, found in findings if found["turned"]]
    return markdown(("finding", "turned by"), rows)
