"""The generated tables of the pages: `python -m studies.pages` writes them and names the pages that changed.

A page holds a block such as

    <!-- [[[cog from studies.seeds import tables; show(tables.mistakes, "seeds") ]]] -->

whose table is what the function makes of the study's numbers.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from cogapp import Cog

from studies import NAMES
from studies.shared import files
from support import runs as run_files
from support.options import ROOT, Parser, one_line_errors


def paths() -> list[Path]:
    """Every page, the front page first."""
    return [ROOT / "README.md", *sorted(files.HERE.glob("**/*.md")), ROOT / "explorer" / "README.md"]


def show(table: Callable[..., str], *studies: str) -> None:
    """Put what `table` makes of the numbers of these studies into the page."""
    print(table(*map(files.numbers, studies)))


def published(table: Callable[[list], str]) -> None:
    """Put what `table` of compare.py makes of the post's four runs into the page."""
    print(table(run_files.load_models()))


def put(check: bool = False) -> int:
    """Write the tables of all pages, or only say which differ (exit code 5)."""
    prologue = "import compare; from studies.shared.pages import published, show"
    options = ["--check" if check else "-r", "-P", "--verbosity=1", "-p", prologue]
    return Cog().main(["cog", *options, *map(str, paths())])


def main() -> None:
    Parser(__doc__).parse_args()
    with one_line_errors():
        for study in NAMES:  # here a lost file is one line, there a page of traceback
            files.numbers(study)
        sys.exit(put())


if __name__ == "__main__":
    main()
