"""The README's lines for use from Python, run as they stand there."""

import re

import pytest
from conftest import ROOT, run


@pytest.mark.slow
def test_the_readme_s_lines_run():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- code: from Python -->\s+```python\n(.*?)```", text, re.DOTALL)
    if not block:
        pytest.skip("the README has no such lines yet")
    process = run("-c", block[1], MPLBACKEND="agg")
    assert process.returncode == 0, process.stderr
