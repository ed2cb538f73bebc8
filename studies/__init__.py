"""What goes beyond the post: a chapter for each question, and what they share.

A chapter is a folder: study.py (`compute`), results.json and arrays.npz (what it gave), figures.py (`draw`,
from these two files), tables.py and README.md. Commands, from the folder above:

    python -m studies                  make all chapters: numbers, then figures
    python -m studies --stale          only those that were made from something else than what is there now
    python -m studies.shared.pages     put the tables into the pages, and list every wrong number

At the head of study.py stand READS, the chapters whose files it reads, and INPUTS, by name what else its
numbers depend on beyond the settings and the data, such as the accidents. No chapter imports another.

In shared/:

images.py     the digits as arrays, and the 45 pairs
models.py     the post's four models: how they start and are trained
trainer.py    many models of a pair at once, by stochastic gradient descent
solver.py     the optimum of the robust hinge objective, with a certificate
stored.py     kept solutions, proved again from the data
threshold.py  the ε from which no model has less loss than a constant
attacks.py    accuracy under attack, exactly, clipped to valid pixels or not
accidents.py  what happens to images without malice
files.py      results.json and arrays.npz, and whether they are stale
work.py       the same function for many things, on all cores
drawing.py    what figures share
pages.py      the tables and numbers of the pages
"""

from importlib.util import find_spec

from support.options import one_line_errors

with one_line_errors():
    if not find_spec("joblib"):  # only what the reproduction needs is installed
        raise ModuleNotFoundError(name="joblib")

# Each after those that it reads
STUDIES = ("digits", "training", "penalties", "accidents", "attackers", "networks", "verdicts")
