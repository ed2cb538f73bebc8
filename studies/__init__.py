"""What goes beyond the post: a folder for each question, and what they share.

A study is a folder with study.py (`compute`), results.json and arrays.npz (what it gave), figures.py (`draw`,
from these two files) and README.md. Run them from the folder above: `python -m studies [NAME...]`.

images.py    the digits as arrays, and the 45 pairs
models.py    the post's four models: how they start and are trained
trainer.py   many models of a pair at once, by stochastic gradient descent
solver.py    the optimum of the robust hinge objective, with a certificate
margins.py   accuracy under attack, exactly, in any norm, clipped to valid pixels or not
chance.py    could a difference be chance?
evidence.py  what a claim or a finding is decided on: models of a pair and what they do
rules.py     what the post claims, and the rule that decides each claim
files.py     results.json and arrays.npz
work.py      the same function for many things, on all cores
drawing.py   what figures share
pages.py     the generated tables of the pages
"""

from importlib.util import find_spec

from support.options import one_line_errors

with one_line_errors():
    if not find_spec("joblib"):  # only what the reproduction needs is installed
        raise ModuleNotFoundError(name="joblib")

# In the order in which they build on one another; the benchmark runs only when named.
STUDIES = (
    "initialization",
    "seeds",
    "training",
    "dynamics",
    "digits",
    "accidents",
    "attackers",
    "penalties",
    "networks",
    "choices",
    "verdicts",
)
NAMES = (*STUDIES, "benchmark")
