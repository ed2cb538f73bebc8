"""CITATION.cff and the licences."""

import subprocess

import pytest
from conftest import ROOT

yaml = pytest.importorskip("yaml")


def test_citation_is_valid_and_names_what_this_stands_on():
    """The keys that the Citation File Format 1.2.0 requires, of the whole and of each reference."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    references = citation["references"]
    assert all({"type", "title", "authors"} <= reference.keys() for reference in references)
    authors = [author for part in (citation, *references) for author in part["authors"]]
    names = {author.get("family-names", author.get("name")) for author in authors}
    assert names == {"The contributors", "Scalac", "LeCun", "Cortes", "Burges", "Kolter", "Madry"}
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith(f"{citation['license']} License\n")


@pytest.mark.parametrize("folder", ["mnist", "mnist_zero_one"])
def test_the_data_say_their_own_licence_and_how_to_check_them(folder):
    text = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    command = "sha256sum -c SHA256SUMS"
    assert "CC BY-SA 3.0" in text and command in text
    checked = subprocess.run(command.split(), cwd=ROOT / folder, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout.count(": OK\n")) == (0, 4), checked.stderr
