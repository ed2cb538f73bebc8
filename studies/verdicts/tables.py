"""The tables of the page."""

from studies.shared.files import Numbers
from studies.shared.models import POST
from studies.verdicts.statements import SENTENCES, STATEMENTS
from support.tables import markdown

VERDICTS = {
    "firm": "firm",
    "holds": "holds, with exceptions",
    "open": "open",
    "fails": "wrong, with exceptions",
    "wrong": "wrong",
}
ASKED = [name for name, statement in STATEMENTS.items() if not statement.of_pairs]  # on zeros and ones


def answer(numbers: Numbers, accidents: Numbers) -> str:
    """The statements by verdict: the post's sentence, what was asked, exceptions, and the share of pairs."""
    rows = [("verdict", "the post says, in our words", "we asked", "exceptions", "pairs"), ("---",) * 5]
    for verdict, words in VERDICTS.items():
        for name in ASKED:
            statement, found = STATEMENTS[name], numbers["statements"][name]
            if found["verdict"] == verdict:
                says = f"{SENTENCES[statement.of]} ({statement.of})"
                pairs = "{} of {}".format(*found["pairs"])
                rows.append((words, says, statement.words, exceptions(found), pairs))
        rows += [(words, *after_accidents(accidents))] * (verdict == "fails")
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def after_accidents(accidents: Numbers) -> tuple[str, ...]:
    """The row of another chapter, which asks after each kind of accident in place of each choice."""
    link = "[accident](../accidents/README.md)"
    asked = f"after an {link} the model for 0.1 is right more often than the regular one"
    mean = accidents.accuracy
    gains = [kind for kind in mean if kind != "mean" and mean[kind]["0.1"] > mean[kind].regular]
    pairs = f"{accidents.better.mean[1]} of 45"
    return f"{SENTENCES['R13b']} (R13b)", asked, f"holds with {', '.join(gains)}", pairs


def exceptions(found: dict) -> str:
    """The choices with which it fails; of what fails with the post's, those with which it holds."""
    if found["verdict"] in ("fails", "wrong"):
        return f"holds with {', '.join(found['holds'])}" if found["holds"] else "none"
    names = list(found["fails"])
    for key, of in {"starts": "ten", "cross_validated_starts": "five cross-validated"}.items():
        holds, asked = found[key]
        names += [f"{asked - holds} of {of} starts"] * (holds < asked)
    return f"fails with {', '.join(names)}" if names else "none"


def recipes(numbers: dict) -> str:
    """From how many of ten starts each recipe's models make the published mistakes."""
    rows = [("ours" if name == "the post's" else name, *of) for name, of in numbers["recipes"].items()]
    return markdown(("recipe", *(model.title for model in POST), "all four"), rows)
