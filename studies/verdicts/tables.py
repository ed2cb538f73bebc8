"""The tables of the page."""

from studies.shared import models
from studies.shared.files import Numbers
from studies.verdicts.choices import POST
from studies.verdicts.statements import SENTENCES, STATEMENTS
from support.tables import markdown

VERDICTS = ("firm", "depends", "wrong")
HEADER = (
    "verdict",
    "the post says, in our words",
    "we asked",
    "on what it depends",
    "pairs of digits on which it holds (the verdict is for zeros and ones)",
)


def by_verdict(found: Numbers) -> list[tuple[str, list[str]]]:
    """The statements of each verdict; of those that depend, first those that hold with the post's choices."""
    asked = sorted(STATEMENTS, key=lambda name: POST.name in found[name]["fails"])
    return [(verdict, [n for n in asked if found[n]["verdict"] == verdict]) for verdict in VERDICTS]


def statements(numbers: Numbers) -> str:
    """The statements by verdict: the post's sentence, what was asked, what decides, and pairs."""
    rows = [HEADER, ("---",) * len(HEADER)]
    for verdict, names in by_verdict(numbers["statements"]):
        for name in names:
            statement, found = STATEMENTS[name], numbers["statements"][name]
            says = f"{SENTENCES[statement.of]} ({statement.of[1:]})"
            pairs = "{} of {}".format(*found["pairs"])
            rows.append((verdict, says, statement.words, depends_on(found), pairs))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def depends_on(found: dict) -> str:
    """Whether it holds with the post's choices, and which choices or starts decide otherwise."""
    if found["verdict"] != "depends":
        return "nothing"
    fails = POST.name in found["fails"]
    holds, asked = found["starts"]
    names, count = (found["holds"], holds) if fails else (found["fails"], asked - holds)
    *others, last = names
    listed = f"{', '.join(others)} {'and' if fails else 'or'} {last}" if others else last
    starts = f", {'and' if fails else 'nor'} from {count} of ten starts" if count else ""
    return f"{'fails, but holds' if fails else 'holds, but not'} with {listed}{starts}"


def brittleness(numbers: Numbers) -> str:
    """Of the regular model under some choices: its weight, how much it has learnt, and its margin."""
    rows = [
        (name, f"{of.norm:.1f}", f"{of.learnt:.1f}", f"{of.margin:.1f}", f"{of.margin / of.norm:.3f}")
        for name, of in numbers.brittleness.items()
    ]
    return markdown(("choice", "‖w‖₁", "learnt", "median margin", "margin / ‖w‖₁"), rows)


def recipes(numbers: dict) -> str:
    """From how many of ten starts each recipe's models make the published mistakes."""
    rows = [("ours" if name == "the post's" else name, *of) for name, of in numbers["recipes"].items()]
    return markdown(("recipe", *(model.title for model in models.POST), "all four"), rows)
