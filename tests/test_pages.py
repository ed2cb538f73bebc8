"""Every page against results, sources and files."""

import os
import re
import subprocess
import sys

import prose
import pytest
from conftest import ROOT

PAGES = prose.pages()
# Settings of the experiments and of the definitions; anything measured carries its expression instead.
SETTINGS = {"0.1", "0.2", "0.3", "784", "100", "12,665", "2,115"}
MORE_SETTINGS = {
    "README.md": {
        *(
            "0.35",
            "0.5",
            "101",
            "0.001",
            "0.0001",
            "99.64",
        ),  # the attack, the learning rates, the post's slip
        *("2.0", "3.11", "3.13", "3.0"),  # versions, of the licence too
    },
    "studies/attackers/README.md": {"0", "1", "2", "5", "95"},
    "studies/benchmark/README.md": {"40", "45", "1,800"},
    "studies/claims/README.md": {"0.5", "2", "1", "3", "5", "20"},  # conditions by their numbers; seeds
    "studies/digits/README.md": {"0.05", "0.33", "-1", "1", "2", "20", "44", "45", "2,000"},
    "studies/dynamics/README.md": {"1"},
    "studies/initialization/README.md": {"0", "1"},
    "studies/optimum/README.md": {"0", "1", "10"},
    "studies/seeds/README.md": {"0", "0.05"},
}
# Where a page says what was to be done, its numbers are settings; what was found has other headings.
PLANS = ("Asked", "Done", "Rules", "Proofs")


@pytest.fixture(params=PAGES)
def page(request) -> str:
    return request.param


@pytest.fixture
def text(page) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def test_every_number_is_that_of_the_results(page, text):
    assert prose.wrong_numbers(text, prose.namespace(page)) == []
    assert prose.stray_marks(text) == []


def test_no_number_is_typed_by_hand(page, text):
    sections = [section for section in re.split(r"(?m)^## ", text) if not section.startswith(PLANS)]
    unmarked = set().union(*map(prose.unmarked_numbers, sections))
    assert unmarked - SETTINGS - MORE_SETTINGS.get(page, set()) == set()


def test_code_links_pictures_and_formulas(page, text):
    assert prose.foreign_code(text) == []
    assert prose.broken_links(ROOT / page) == []
    assert prose.poor_pictures(text) == []
    assert prose.risky_formulas(text) == []


@pytest.mark.slow
def test_tables_are_those_of_the_numbers():
    """What `make pages` would write is what stands there."""
    folders = os.pathsep.join(str(ROOT / name) for name in ("studies", "plots", "."))
    process = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", "-p", "import pages", *PAGES],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout + process.stderr


def test_every_figure_is_shown_with_its_script():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for figure in (ROOT / "plots").glob("*.png"):
        assert f'src="plots/{figure.name}"' in text
        assert f'href="plots/{figure.stem}.py"' in text
    for figure in ROOT.glob("studies/*/*.png"):
        assert f"({figure.name})" in (figure.parent / "README.md").read_text(encoding="utf-8")


def test_every_study_stands_on_the_studies_page():
    text = (ROOT / "studies" / "README.md").read_text(encoding="utf-8")
    for study in ROOT.glob("studies/*/study.py"):
        assert f"({study.parent.name}/README.md" in text


def test_the_first_two_commands_are_those_that_ci_runs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"(?m)^    (make\b.*?) *(?:#.*)?$", text)
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert commands == ["make", "make test"]
    assert all(command in lines for command in commands)


def test_the_checks_can_fail(tmp_path):
    """Each on a text with the fault that it looks for."""
    names = prose.namespace("README.md")
    assert prose.wrong_numbers("99.9 %<!--= attacked(regular, 0.2) -->", names)
    assert prose.wrong_numbers('3<!--= regular.final["test_mistakes"] -->', names)
    assert not prose.wrong_numbers("1<!--= 1.4 --> and 2,115<!--= len(regular.labels) -->", names)
    assert prose.stray_marks("about (7)<!--= 7 -->")
    assert prose.unmarked_numbers("about 7 of `8` [9](10) $11$ 12<!--= 12 -->") == {"7", "9"}
    assert prose.foreign_code("<!-- code: data.py -->\n```python\nno such line\n```")
    page = tmp_path / "README.md"
    page.write_text("[a](nowhere.md) ![b](gone.png) [c](#no-heading) [d](#heading)\n# Heading")
    assert prose.broken_links(page) == ["nowhere.md", "gone.png", "#no-heading"]
    assert prose.poor_pictures('<img src="a.png" alt="a figure">')
    for formula in (r"\{x\}", r"\lVert w \rVert\_1", "}_1 a_2", "a*b", "a<b", r"a\,b", r"\mbox{x}"):
        assert prose.risky_formulas(f"${formula}$"), formula
