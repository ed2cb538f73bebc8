"""Both README files against results, sources and files."""

import json
import re

import benchmark
import prose
import pytest
from conftest import ROOT

import compare

PAGES = ["README.md", "extensions/README.md"]
# Settings of the experiment, versions and names; anything measured carries its expression instead.
GIVEN = {
    "README.md": {
        *("0", "1", "2", "0.1", "0.2", "0.3", "0.35", "0.5", "-1"),  # labels and sizes of perturbations
        *("784", "100", "101", "99.64"),  # settings; the post's slip
        *("2.0", "3.11", "3.13", "3", "3.0"),  # versions and the licence's
    },
    "extensions/README.md": {
        *map(str, range(15)),  # the claims' numbers, labels, and the counts that the post published
        *("0.1", "0.2", "0.3", "0.5", "784", "12,665", "2,115", "100"),  # settings
        *(
            "0.001",
            "0.003",
            "0.01",
            "0.05",
            "1e-6",
            "30",
            "50",
            "90",
            "95",
            "99.9",
        ),  # rules, defaults, the post
    },
}


@pytest.fixture(scope="module")
def names(committed) -> dict:
    return prose.namespace(committed)


@pytest.fixture(params=PAGES)
def page(request) -> str:
    return request.param


@pytest.fixture
def text(page) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def test_every_number_is_that_of_the_results(text, names):
    assert len(prose.MARKED.findall(text)) > 20
    assert prose.wrong_numbers(text, names) == []


def test_no_number_is_typed_by_hand(page, text, committed):
    text = text.replace(compare.table(committed / "results"), "").replace(costs(committed), "")
    text = re.sub(r"(?m)^\d+\. ", "", text)  # numbered lists
    assert prose.unmarked_numbers(text) - GIVEN[page] == set()


def test_code_links_pictures_and_formulas(page, text):
    assert prose.foreign_code(text) == []
    assert prose.broken_links(text, (ROOT / page).parent) == []
    assert prose.poor_pictures(text) == []
    assert prose.risky_formulas(text) == []


def test_the_table_is_the_one_that_make_prints(committed):
    assert compare.table(committed / "results") in (ROOT / "README.md").read_text(encoding="utf-8")


def costs(committed) -> str:
    found = json.loads((committed / "extensions" / "results" / "benchmark.json").read_text(encoding="utf-8"))
    return benchmark.table(found)


def test_the_costs_are_those_that_the_benchmark_measured(committed):
    assert costs(committed) in (ROOT / "extensions" / "README.md").read_text(encoding="utf-8")


def test_every_figure_is_shown():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for figure in (ROOT / "plots").glob("*.png"):
        assert f'src="plots/{figure.name}"' in text


def test_the_first_two_commands_are_those_that_ci_runs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"(?m)^    (make\b.*?) *(?:#.*)?$", text)
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert commands == ["make", "make test"]
    assert all(command in lines for command in commands)


def test_the_checks_can_fail(names):
    """Each on a text with the fault that it looks for."""
    assert prose.wrong_numbers("99.9 %<!--= attacked(regular, 0.2) -->", names)
    assert not prose.wrong_numbers("1<!--= 1.4 --> and 2,115<!--= len(regular.labels) -->", names)
    assert prose.unmarked_numbers("about 7 of `8` [9](10) $11$ 12<!--= 12 -->") == {"7", "9"}
    assert prose.foreign_code("<!-- code: data.py -->\n```python\nno such line\n```")
    assert prose.broken_links("[a](nowhere.md) ![b](gone.png) [c](#no-heading)\n# Heading", ROOT)
    assert prose.poor_pictures('<img src="a.png" alt="a figure">')
    for formula in (r"\{x\}", r"\lVert w \rVert\_1", "}_1 a_2", "a*b", "a<b", r"a\,b"):
        assert prose.risky_formulas(f"${formula}$"), formula
