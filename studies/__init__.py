"""What goes beyond the post: a chapter for each question, and what they share.

A chapter is a folder: study.py (`compute`), results.json and arrays.npz (what it gave), figures.py (`draw`,
from these two files), tables.py and README.md. Commands, from the folder above:

    python -m studies                  make all chapters: numbers, then figures
    python -m studies --stale          only those that were made from something else than what is there now
    python -m studies.shared.pages     put the tables into the pages, and list every wrong number

At the head of study.py stand READS, the chapters whose files it reads, and INPUTS, by name what else its
numbers depend on beyond the settings and the data, such as the accidents. No chapter imports another. What
several use lies in shared/.
"""

from importlib.util import find_spec

from support.options import one_line_errors

with one_line_errors():
    if not find_spec("joblib"):  # only what the reproduction needs is installed
        raise ModuleNotFoundError(name="joblib")

# Each after those that it reads
STUDIES = ("digits", "training", "penalties", "accidents", "attackers", "networks", "verdicts")
