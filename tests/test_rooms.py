"""Which room may know which: data flows one way, and whoever only reads runs does without TensorFlow."""

import ast
import sys
from pathlib import Path

import pytest
from conftest import ROOT

ROOMS = sorted([*ROOT.glob("*.py"), *ROOT.glob("plots/*.py")])
READERS = {"adversarial", "command_line", "compare", "run_files"} | {
    path.stem for path in ROOT.glob("plots/*.py")
}
LIBRARIES = {"matplotlib", "mpl_toolkits", "numpy"}
TRAINERS = {"data", "experiment_regular", "experiment_robust", "tensorflow_setup", "training"}
HEAVY = {"keras", "tensorflow", "tensorflow_datasets"}


def imported(code: ast.AST) -> set[str]:
    """The modules that the code imports, at its top or anywhere else."""
    nodes = [*ast.walk(code)]
    names = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.name)
def test_a_room_knows_what_it_may_know_and_hides_no_import(path: Path):
    code = ast.parse(path.read_text(encoding="utf-8"))
    assert imported(code) <= READERS | LIBRARIES | (set() if path.stem in READERS else TRAINERS | HEAVY)
    for function in ast.walk(code):
        assert not isinstance(function, ast.FunctionDef) or not imported(function)
