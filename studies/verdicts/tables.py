"""The lists and tables of the pages, and how a statement's values are written."""

import numpy as np

from studies.shared import files
from studies.shared.models import POST
from studies.verdicts.choices import BY_NAME, CHOICES
from studies.verdicts.statements import STARTS, STATEMENTS, Statement
from support.tables import markdown

VERDICTS = {  # what a list of each begins with
    "firm": "Firm: it holds under every choice listed",
    "conditional": "Needs a condition: it holds with the post's choices and not with all others",
    "open": "Open: the ten starts, or test set and cross-validation, disagree",
    "wrong": "Wrong: it fails with the post's choices, from every start, and cross-validated",
}
TELLING = (  # the statements of the page; those with True are also in its figure
    *(("withstands_more", True), ("ahead_under_attack", True), ("in_order", True)),
    *(("single_mistakes", False), ("slightly", True), ("gap", False), ("robust_pixels", False)),
    *(("about_zero", True), ("brittle", True), ("many", False), ("most_to_zero", True), ("by_mean", True)),
    *(("surest", True), ("robust_at_02", True), ("price_of_03", False)),
    *(("each_worse", True), ("unusual", True)),
    *(("by_start", True), ("erased", True), ("learnt", False), ("like_the_digits", True)),
    *(("surest_at_equal_shares", True),),
)
RECIPES = (
    *("the post's", "rates / 2", "rates × 2", "rates × 10", "8 epochs", "12 epochs"),
    *("batches of 64", "batches of 128", "first 5/6 of the images", "the files' order", "reshuffled"),
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


def exceptions(name: str, fails: list[str]) -> str:
    """Where a statement fails, or where alone it holds if these choices are fewer; single starts apart."""
    row = files.arrays("verdicts")["values"][list(STATEMENTS).index(name)]
    asked = [choice for choice, value in zip(BY_NAME, row, strict=True) if np.isfinite(value)]
    without = [choice for choice in asked if choice in fails and choice not in STARTS]
    having = [choice for choice in asked if choice not in fails and choice not in STARTS]
    if not without or not having:
        return ""
    few = len(having) < len(without)
    return f" *{'Only with' if few else 'Not with'}:* {listed(having if few else without)}."


def answer(numbers: dict) -> str:
    """The telling statements by verdict, each with where it fails or holds, and what is true instead."""
    lines = []
    for verdict, heading in VERDICTS.items():
        lines += ["", f"**{heading}.**", ""]
        for name, _ in TELLING:
            statement, found = STATEMENTS[name], numbers["statements"][name]
            if found["verdict"] != verdict:
                continue
            words = statement.words[0].upper() + statement.words[1:]
            where = f" ({statement.of or 'ours'}"
            where += f"; {found['pairs'][0]} of {found['pairs'][1]} pairs)" if verdict == "firm" else ")"
            more = f" But {statement.instead}." if verdict == "wrong" else ""
            if verdict == "open":
                holds = "holds" if statement.holds(found["cross_validated"]) else "doesn't hold"
                count = sum(start in found["fails"] for start in STARTS)
                more = f" Fails from {count} of 10 starts, {holds} cross-validated."
            lines.append(f"- {words}{where}.{more}{exceptions(name, found['fails'])}")
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
    rows = [("ours" if name == "the post's" else name, *numbers["recipes"][name]) for name in RECIPES]
    return markdown(("recipe", *(model.title for model in POST), "all four"), rows)
