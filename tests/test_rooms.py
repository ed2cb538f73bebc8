"""Which room may know which: data flows one way, and whoever only reads runs does without TensorFlow."""

import ast

import pytest
from conftest import ROOT

ROOMS = sorted([*ROOT.glob("*.py"), *ROOT.glob("plots/*.py")])
BEYOND = {
    path.stem
    for folder in ("studies", "explorer")
    for path in [ROOT / folder, *(ROOT / folder).rglob("*.py")]
}


def imported(node: ast.AST) -> set[str]:
    """The modules that the code imports, at its top or anywhere else."""
    found = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            found |= {name.name.split(".")[0] for name in inner.names}
        elif isinstance(inner, ast.ImportFrom):
            found.add(inner.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.name)
def test_no_room_knows_what_goes_beyond_it_or_hides_an_import(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = {"__main__", "style"}
    assert not imported(tree) & (BEYOND - own)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            assert not imported(function), function.name


def needed(module: str) -> set[str]:
    """All modules of the project that a module needs, and what else these import."""
    found, todo = set(), {module}
    while todo:
        name = todo.pop()
        found.add(name)
        for path in (ROOT / f"{name}.py", ROOT / "plots" / f"{name}.py"):
            if path.exists():
                todo |= imported(ast.parse(path.read_text(encoding="utf-8"))) - found
    return found


@pytest.mark.parametrize("name", ["compare", *(path.stem for path in (ROOT / "plots").glob("[a-z]*.py"))])
def test_who_only_reads_runs_imports_no_tensorflow(name):
    assert not needed(name) & {"tensorflow", "keras", "tensorflow_datasets", "tensorflow_setup"}
    assert "run_files" in needed(name)
