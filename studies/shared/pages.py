"""What the pages take from the numbers: `python -m studies.shared.pages [--mend]`.

It writes the generated tables, and lists every wrong number of the prose. With --mend it writes the right
number, with as many decimals, into page and ledger.

A table is a block such as

    <!-- [[[cog from studies.digits import tables; show(tables.thresholds, "digits") ]]] -->

The ledger of a page's prose is tests/numbers/<chapter>.numbers, that of the front page README.numbers. For
each section, in the order of the page, it has a number or word as shown, and the expression that gives it or
"setting" for a choice. In an expression the names are those of the page's own results.json; other chapters
stand behind theirs, as in `digits.pairs["0 1"]`. A word may stand for a number ("eighteen"). Numbers after
"settings:" need no line.
"""

import re
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, partial
from itertools import zip_longest
from pathlib import Path

import numpy as np
from cogapp import Cog

import adversarial
from plots import adversarial_example, style
from studies import STUDIES
from studies.shared import files
from support.options import ROOT, Parser, one_line_errors, short
from support.runs import Run, load_models

LEDGERS = ROOT / "tests" / "numbers"
NUMBER = r"(?<![\w.,-])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?"
# Of the experiments; a ledger may name more.
SETTINGS = {"0.1", "0.2", "0.3", "784", "100", "12,665", "2,115"}
WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"""


def paths() -> list[Path]:
    """Every page, the front page first."""
    return [ROOT / "README.md", *sorted(files.HERE.glob("**/*.md")), ROOT / "explorer" / "README.md"]


# Tables


def show(table: Callable[..., str], *studies: str) -> None:
    """Put what `table` makes of the numbers of these studies into the page."""
    print(table(*map(files.numbers, studies)))


def published(table: Callable[[list], str]) -> None:
    """Put what `table` of compare.py makes of the post's four runs into the page."""
    print(table(load_models()))


def put(check: bool = False) -> int:
    """Write the tables of all pages, or only say which differ (exit code 5)."""
    prologue = "import compare; from studies.shared.pages import published, show"
    options = ["--check" if check else "-r", "-P", "--verbosity=1", "-p", prologue]
    return Cog().main(["cog", *options, *map(str, paths())])


# What a page says, and what its ledger says


@dataclass(frozen=True)
class Place:
    """A number or word in a text: a page's, or a ledger's with its expression."""

    shown: str
    start: int  # in the text
    expression: str = ""

    @property
    def is_word(self) -> bool:
        return not any(map(str.isdigit, self.shown))


def ledger(page: Path) -> Path:
    """The list of a page's numbers."""
    if not page.is_relative_to(ROOT):
        return page.with_suffix(".numbers")
    return LEDGERS / f"{'README' if page.parent == ROOT else page.parent.name}.numbers"


def entries(text: str) -> tuple[set[str], dict[str, list[Place]]]:
    """A ledger's settings, and the entries of each section."""
    settings, sections = set(SETTINGS), {}
    for line in re.finditer(r"^.+$", text, re.MULTILINE):
        if line[0].startswith("settings:"):
            settings |= set(line[0].split()[1:])
        elif line[0].startswith("## "):
            section = sections.setdefault(" ".join(prose(line[0][3:]).split()), [])
        elif not line[0].startswith("# "):
            shown, expression = line[0].split(maxsplit=1)
            section.append(Place(shown, line.start(), expression))
    return settings, sections


def prose(text: str) -> str:
    """The text with spaces for all that is no prose: code, formulas, targets, tags, comments, tables."""
    dropped = (
        r"<!-- \[\[\[cog.*?<!-- \[\[\[end\]\]\] -->",
        r"```.*?```",
        r"(?m:^(?: {4}|\t|\|)[^\n]*$)",
        r"(?m:^\d+\. )",  # of numbered lists
        r"<!--.*?-->",
        r"!\[.*?\]",
        r"\$\$.*?\$\$",
        r"\$[^$\n]*\$",
        r"`[^`]*`",
        r"\]\([^)]*\)",
        r"<[^>]*>",
    )
    for pattern in dropped:
        text = re.sub(pattern, lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    return text


def said(text: str, words: dict[str, set[str]]) -> dict[str, list[Place]]:
    """The numbers of each section of a page's prose, and those of its words that are among `words`."""
    text, found = prose(text), {}
    headings = list(re.finditer(r"^#+ (.*)$", text, re.MULTILINE))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=True):
        name = " ".join(heading[1].split())
        patterns = [NUMBER, *(rf"\b{re.escape(word)}\b" for word in sorted(words.get(name, ()), key=len))]
        pattern = re.compile("|".join(reversed(patterns)))  # "forty-five" before "forty"
        found[name] = [Place(m[0], m.start()) for m in pattern.finditer(text, heading.end(), end)]
    return found


def matched(shown: list[Place], listed: list[Place], settings: set[str]) -> Iterator[tuple]:
    """Pairs (shown, listed), None for what is left over of either.

    Words, and numbers that are settings, may be shown without being listed. One that a section lists once and
    shows more often is best listed each time: alignment may take another for it.
    """
    texts = [[place.shown for place in places] for places in (shown, listed)]
    for _, first, last, *there in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        here = shown[first:last]
        if there[1] - there[0] != len(here):
            here = [place for place in here if not place.is_word and place.shown not in settings]
        yield from zip_longest(here, listed[slice(*there)])


# Wrong numbers


@dataclass(frozen=True)
class Fault:
    """A number of a page that is wrong; `right` is as it should be shown, None if nobody knows."""

    page: Path
    line: int
    shown: str
    right: str | None
    why: str
    place: Place | None = None
    entry: Place | None = None

    def __str__(self) -> str:
        mend = f" -> {self.right}" if self.right else ""
        return f"{short(self.page)}:{self.line}: {self.shown}{mend} ({self.why})"


def wrong_numbers(page: Path) -> list[Fault]:
    """Numbers of the prose that are listed nowhere or differ from what they are said to be."""
    text, path = page.read_text(encoding="utf-8"), ledger(page)
    settings, sections = entries(path.read_text(encoding="utf-8") if path.exists() else "")
    names = namespace(page)
    words = {name: {e.shown for e in listed if e.is_word} for name, listed in sections.items()}
    shown = said(text, words)
    faults = [Fault(page, 1, name, None, "no such section") for name in sections if name not in shown]
    for name, places in shown.items():
        line = 1
        for place, entry in matched(places, sections.get(name, []), settings):
            line = text.count("\n", 0, place.start) + 1 if place else line
            right = None
            if not entry:
                why = "not listed"
            elif not place:
                why = "listed, but not said near here"
            else:
                why = entry.expression
                try:
                    right = correct(place.shown, entry.expression, names)
                except Exception as error:  # of whatever kind: the numbers have changed their form
                    why += f": {type(error).__name__}: {error}"
                if place.shown == entry.shown == right:
                    continue
            faults.append(Fault(page, line, (place or entry).shown, right, why, place, entry))
    return faults


def correct(shown: str, expression: str, names: dict) -> str:
    """The value as it should be shown: as it is if that is right, otherwise in the same form."""
    if expression == "setting":
        return shown
    value = eval(expression, dict(names))
    if isinstance(value, str):
        return value
    if not any(map(str.isdigit, shown)):
        word = in_words(int(value)) if value == int(value) else f"{value:g}"
        return word.capitalize() if shown[0].isupper() else word
    mantissa, _, exponent = shown.replace(",", "").replace("−", "-").partition("e")
    decimals = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - decimals)
    if abs(float(mantissa) * 10.0 ** int(exponent or 0) - float(value)) <= 0.5 * unit * (1 + 1e-9):
        return shown
    if exponent:
        mantissa, _, exponent = f"{value:.{decimals}e}".partition("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:z,.{decimals}f}" if "," in shown or value >= 10_000 else f"{value:z.{decimals}f}"
    return text.replace("-", "−") if "−" in shown else text


def in_words(number: int) -> str:
    """A number from 0 to 99 in words; another in digits."""
    words = WORDS.split()
    if not 0 <= number < 100:
        return str(number)
    if number < 20:
        return words[number]
    return words[18 + number // 10] + (f"-{words[number % 10]}" if number % 10 else "")


def mend(page: Path) -> None:
    """Write the right numbers into a page and its ledger, where they are known."""
    faults = [fault for fault in wrong_numbers(page) if fault.right]
    for path, of in ((page, "place"), (ledger(page), "entry")):
        if faults:
            text = path.read_text(encoding="utf-8")
            for fault in sorted(faults, key=lambda fault: -getattr(fault, of).start):
                old = getattr(fault, of)
                new = fault.right.ljust(len(old.shown)) if of == "entry" else fault.right
                text = text[: old.start] + new + text[old.start + len(old.shown) :]
            path.write_text(text, encoding="utf-8")


# What expressions may use


def namespace(page: Path) -> dict:
    """The names for a page's expressions."""
    chapters = {name: files.numbers(name) for name in STUDIES}
    return {
        **chapters,
        **dict(zip(("regular", "robust_01", "robust_02", "robust_03"), runs(), strict=True)),
        "attacked": attacked,
        "attacked_valid": partial(attacked, valid=True),
        "ink": lambda run: logit(run) - run.bias,
        "logit": logit,
        "logit_valid": partial(logit, valid=True),
        "median_margin": median_margin,
        "norm": norm,
        "reach": lambda run, epsilon: epsilon * norm(run),
        "median": statistics.median,
        **chapters.get(page.parent.name, {}),
    }


runs = cache(load_models)


def attacked(run: Run, epsilon: float, valid: bool = False) -> float:
    """Accuracy in % under attack, of any pixel values or of valid ones."""
    return 100 * (run.accuracy_valid if valid else run.accuracy)[style.row_at(run, epsilon)]


def median_margin(run: Run) -> float:
    """Of the test images as they are."""
    return float(np.median(run.logits[style.row_at(run, 0)] * run.labels))


def logit(run: Run, valid: bool = False) -> float:
    """Of the one in the first picture, as it is or after the worst valid change of 0.2."""
    seen, label = adversarial_example.example(runs()[0])
    if valid:
        seen = adversarial.worst_valid_images(run.weights, seen, label, adversarial_example.EPSILON)
    return float((seen @ run.weights)[0] + run.bias)


def norm(run: Run) -> float:
    """‖w‖₁."""
    return float(np.abs(run.weights).sum())


def main() -> None:
    parser = Parser(__doc__)
    parser.add_argument("--mend", action="store_true", help="write the right numbers into page and ledger")
    arguments = parser.parse_args()
    with one_line_errors():
        for study in STUDIES:  # here a lost file is one line, there a page of traceback
            files.numbers(study)
        code = put()
        for page in paths():
            if page.name == "README.md":  # of proofs, numbers stand in tables and formulas only
                faults = wrong_numbers(page)
                print(*faults, sep="\n", end="\n" if faults else "")
                if arguments.mend:
                    mend(page)
                    faults = wrong_numbers(page)
                code = code or bool(faults)
        sys.exit(code)


if __name__ == "__main__":
    main()
