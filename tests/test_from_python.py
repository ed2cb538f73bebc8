"""The pages' lines for use from Python, run as they stand there."""

import re

import pytest
from conftest import ROOT, run


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "studies/README.md"])
def test_a_page_s_lines_run(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    (code,) = re.findall(r"<!-- code: from Python -->\s+```python\n(.*?)```", text, re.DOTALL)
    process = run("-c", code, MPLBACKEND="agg")
    assert process.returncode == 0, process.stderr
