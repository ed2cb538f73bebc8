"""The tables of the page."""

from studies.shared.models import POST
from studies.verdicts.statements import SENTENCES, STATEMENTS
from support.tables import markdown

VERDICTS = {"firm": "firm", "conditional": "needs a condition", "open": "open", "wrong": "wrong"}
ASKED = [name for name, statement in STATEMENTS.items() if not statement.of_pairs]  # on zeros and ones


def answer(numbers: dict) -> str:
    """The statements by verdict: the post's sentence, what was asked, exceptions, and the share of pairs."""
    rows = [("verdict", "the post says", "we asked", "exceptions", "pairs"), ("---",) * 5]
    for verdict, words in VERDICTS.items():
        for name in ASKED:
            statement, found = STATEMENTS[name], numbers["statements"][name]
            if found["verdict"] == verdict:
                says = f"{SENTENCES[statement.of]} ({statement.of})" if statement.of else "(ours)"
                pairs = "{} of {}".format(*found["pairs"])
                rows.append((words, says, statement.words, exceptions(found), pairs))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def exceptions(found: dict) -> str:
    """Where it fails; of what is wrong with the post's choices, where it holds."""
    if found["verdict"] == "wrong":
        kind, names = "Only", found["holds"]
    else:
        alone = found["starts"][1] - found["starts"][0]
        kind, names = "Not", found["fails"] + [f"{alone} of ten starts"] * (alone > 0)
    return f"{kind} with {', '.join(names)}" if names else "none"


def recipes(numbers: dict) -> str:
    """From how many of ten starts each recipe's models make the published mistakes."""
    rows = [("ours" if name == "the post's" else name, *of) for name, of in numbers["recipes"].items()]
    return markdown(("recipe", *(model.title for model in POST), "all four"), rows)
