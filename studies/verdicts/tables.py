"""The tables of the page, and how a statement's values are written."""

from studies.shared.models import POST
from studies.verdicts.choices import BY_NAME
from studies.verdicts.statements import LEARNING, PROOFS, SENTENCES, STATEMENTS, Statement, parts, verdict
from support.tables import markdown

MANY = {"seed": "single seeds", "accidents": "choices of accidents"}  # counted, not listed
IN_MATHEMATICS = {"confirmed": "proved", "partly": "proved in part", "refuted": "disproved"}


def shown(statement: Statement, *values: float) -> str:
    """One value, or the ends of a range, as pages write them."""
    if statement.unit:
        digits = 2 if len(values) > 1 and max(values) - min(values) < 0.01 else 1
        return " to ".join(f"{100 * value:.{digits}f}" for value in values) + f" {statement.unit}"
    return " to ".join(f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}" for value in values)


def conditions(names: list[str]) -> str:
    """Choices in words; of the many of a kind how many."""
    words = [name for name in names if BY_NAME[name].group not in MANY]
    for group, called in MANY.items():
        some = sum(BY_NAME[name].group == group for name in names)
        words += [f"{some} {called}"] if some else []
    return "; ".join(words)


def verdicts(numbers: dict) -> str:
    """The post's sentences, their verdicts, what decides them, and where the verdict is another."""
    boxes = min(numbers["boxes_meet_from"]["7 9"].values())
    rows = [
        ("", "the post says", "verdict", "what holds, and what doesn't", "same for", "not under"),
        ("---",) * 6,
    ]
    for name, (words, scope, chapter) in SENTENCES.items():
        page = "PROOFS.md" if name in PROOFS else f"../{chapter}/README.md" if chapter else ""
        found, pairs = numbers["sentences"].get(name, {}), ""
        holds = PROOFS.get(name) or {
            STATEMENTS[part].words: STATEMENTS[part].beyond(numbers["statements"][part]["value"]) > 0
            for part in parts(name)
        }
        text = in_words(holds)
        if scope == LEARNING:
            given = "none"
            text = (
                text
                or {
                    "T7": f"boxes around a seven and a nine meet from ε = {boxes:.2f} on.",
                    "D1": "asked of small networks.",
                }[name]
            )
        elif name in PROOFS:
            given = IN_MATHEMATICS[verdict(list(holds.values()))]
        else:
            given, pairs = found["verdict"], f"{found['pairs']} of 45 pairs"
        link = f"[{name}]({page})" if page else name
        rows.append((link, words, f"**{given}**", text, pairs, conditions(found.get("otherwise", []))))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def in_words(holds: dict[str, bool]) -> str:
    """What holds, and what doesn't."""
    both = [("", [words for words, held in holds.items() if held])]
    both += [("*Not:* ", [words for words, held in holds.items() if not held])]
    return " ".join(before + "; ".join(words) + "." for before, words in both if words)


def recipes(numbers: dict) -> str:
    """Of how many of ten starts each recipe's models make the published mistakes."""
    rows = [(name, *of_models) for name, of_models in numbers["recipes"].items()]
    return markdown(("recipe", *(model.title for model in POST)), rows)
