"""The tables of the page."""

from studies.shared import models
from studies.shared.files import Numbers
from studies.verdicts.choices import POST
from studies.verdicts.statements import STATEMENTS, Statement
from support.tables import markdown

HEADER = (
    "verdict",
    "the post says, in our words",
    "we asked",
    "measured",
    "on what it depends",
    "pairs of digits",
)


def statements(numbers: Numbers) -> str:
    """The statements by verdict; of those that depend, first those that hold with the post's choices."""
    rows = [HEADER, ("---",) * len(HEADER)]
    asked = sorted(STATEMENTS, key=lambda name: POST.name in numbers.statements[name].fails)
    for verdict in ("firm", "depends", "wrong"):
        for name in asked:
            statement, found = STATEMENTS[name], numbers.statements[name]
            if found.verdict == verdict:
                pairs = "{} of {}".format(*found.pairs)
                measured = in_words(statement, found.range)
                rows.append((verdict, statement.says, statement.asked, measured, depends_on(found), pairs))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def in_words(statement: Statement, values: list[float]) -> str:
    """A range of values as the statement shows it."""
    scale = 100 if "%" in statement.shown or "points" in statement.shown else 1
    return statement.shown.format(*(f"{scale * value:.2g}" for value in values))


def depends_on(found: Numbers) -> str:
    """Whether it holds with the post's choices, and which choices or starts decide otherwise."""
    if found.verdict != "depends":
        return "nothing"
    fails = POST.name in found.fails
    holds, asked = found.starts
    names, count = (found.holds, holds) if fails else (found.fails, asked - holds)
    *others, last = names
    listed = f"{', '.join(others)} {'and' if fails else 'or'} {last}" if others else last
    starts = f", {'and' if fails else 'nor'} from {count} of ten starts" if count else ""
    return f"{'fails, but holds' if fails else 'holds, but not'} with {listed}{starts}"


def recipes(numbers: Numbers) -> str:
    """From how many of ten starts each recipe's models make the published mistakes."""
    rows = [("ours" if name == POST.name else name, *of) for name, of in numbers.recipes.items()]
    return markdown(("recipe", *(model.title for model in models.POST), "all four"), rows)
