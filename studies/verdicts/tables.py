"""The lists and tables of the pages, and how a statement's values are written."""

from studies.shared.models import POST
from studies.verdicts.choices import CHOICES
from studies.verdicts.statements import STARTS, STATEMENTS, Statement
from support.tables import markdown

VERDICTS = {  # what a list of each begins with
    "firm": "Firm: it holds under every choice listed",
    "conditional": "Needs a condition: it holds with the post's choices and not with all others",
    "open": "Open: the post's test set can't tell",
    "wrong": "Wrong: it fails with the post's choices, from every start, and cross-validated",
}
TELLING = (  # the statements of the page; those with True are also in its figure
    *(("withstands_more", True), ("ahead_under_attack", True), ("in_order", True)),
    *(("single_mistakes", False), ("slightly", True), ("gap", False), ("robust_pixels", False)),
    *(("about_zero", True), ("brittle", True), ("many", False), ("most_to_zero", True), ("by_mean", True)),
    *(("surest", True), ("robust_at_02", True), ("price_of_03", False)),
    *(("each_worse", True), ("each_larger", False), ("unusual", True)),
    *(("by_start", True), ("erased", True), ("learnt", False), ("like_the_digits", True)),
    *(("surest_at_equal_shares", True),),
)
RECIPES = (
    *("the post's", "rates / 10", "rates / 2", "rates × 2", "rates × 10"),
    *("5 epochs", "8 epochs", "12 epochs", "20 epochs"),
    *("batches of 50", "batches of 64", "batches of 128", "batches of 200"),
    *("5 % of the images", "first 5/6 of the images", "the files' order", "reshuffled"),
)


def shown(statement: Statement, *values: float) -> str:
    """One value, or the ends of a range, as pages write them."""
    if statement.unit:
        digits = 2 if max(values) - min(values) < 0.01 and len(values) > 1 else 1
        return " to ".join(f"{100 * value:.{digits}f}" for value in values) + f" {statement.unit}"
    return " to ".join(f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}" for value in values)


def listed(names: list[str]) -> str:
    """Choices in words; single starts are counted."""
    starts = sum(name in STARTS for name in names)
    return "; ".join(
        [name for name in names if name not in STARTS] + [f"{starts} of ten starts"] * (starts > 0)
    )


def answer(numbers: dict) -> str:
    """The telling statements by verdict, each with where it fails or what is true instead."""
    lines = []
    for verdict, heading in VERDICTS.items():
        lines += ["", f"**{heading}.**", ""]
        for name, _ in TELLING:
            statement, found = STATEMENTS[name], numbers["statements"][name]
            if found["verdict"] != verdict:
                continue
            words = statement.words[0].upper() + statement.words[1:]
            where = f" ({statement.of})" if statement.of else " (ours)"
            more = {
                "conditional": f" *Not with:* {listed(found['fails'])}.",
                "wrong": f" *{statement.instead}.*",
            }
            if verdict == "open":
                holds = "holds" if statement.holds(found["cross_validated"]) else "doesn't hold"
                count = sum(start in found["fails"] for start in STARTS)
                more["open"] = f" It fails from {count} of 10 starts, and cross-validated it {holds}."
            lines.append(f"- {words}{where}.{more.get(verdict, '')}")
    return "\n".join(lines[1:])


def everything(numbers: dict) -> str:
    """Every statement with its value and range, the values with which it holds, and where it doesn't."""
    head = ("of", "statement", "verdict", "value", "range", "holds", "fails under", "pairs")
    rows = []
    for name, statement in STATEMENTS.items():
        found = numbers["statements"][name]
        yes, asked = found["pairs"]
        words = statement.words + (f" (*{statement.instead}*)" if statement.instead else "")
        value, span = shown(statement, found["value"]), shown(statement, *found["range"])
        pairs = f"{yes} of {asked}" if asked else ""
        of, fails = statement.of or "ours", listed(found["fails"])
        rows.append((of, words, found["verdict"], value, span, statement.holds_at, fails, pairs))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def choices(_: dict) -> str:
    """What each choice changes, and why others would take it."""
    rows = [(c.name, c.meaning, c.reason) for c in CHOICES if not c.seed]
    rows.append(("start 1 to start 10", "each of the ten starts alone", "the post has one"))
    return "\n".join(f"| {' | '.join(row)} |" for row in (("choice", "meaning", "why"), ("---",) * 3, *rows))


def recipes(numbers: dict) -> str:
    """From how many of ten starts each recipe's models make the published mistakes."""
    rows = [(name, *numbers["recipes"][name]) for name in RECIPES]
    return markdown(("recipe", *(model.title for model in POST), "all four"), rows)
