"""The same bytes on every machine: training, attack and figures under what differs between x86-64 machines.

Each process is told by its environment to be another machine, and makes the committed bytes again. (That an
arm64 machine makes them too was tried under emulation.)
"""

import platform
import sys
from pathlib import Path

import pytest
from conftest import ROOT, bytes_of, locked_versions, run, without_network
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.machine() != "x86_64" or sys.platform != "linux", reason="not x86-64 Linux"),
    pytest.mark.skipif(not locked_versions(), reason="other versions than those of requirements.lock"),
]
NO_WIDE_LOOPS = {"NPY_DISABLE_CPU_FEATURES": " ".join(f for f in __cpu_dispatch__ if __cpu_features__[f])}
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
EIGHT_THREADS = dict.fromkeys(THREADS, "8")
ONE_CORE = {"ONE_CORE": "1"}
ONEDNN = {"TF_ENABLE_ONEDNN_OPTS": "1"}
PROCESSOR = Path("/proc/cpuinfo").read_text().split() if sys.platform == "linux" else []
NEEDED = {"Nehalem": "sse4_2", "Sandybridge": "avx"}
KERNELS = {name: {"OPENBLAS_CORETYPE": name} for name, flag in NEEDED.items() if flag in PROCESSOR}

START = """
import os, runpy, sys
if "ONE_CORE" in os.environ:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def script(path: str, *arguments: object, **environment) -> None:
    """Run a script that finds this environment."""
    process = run("-c", START, path, *arguments, **environment)
    assert (process.returncode, process.stderr) == (0, "")  # TensorFlow's greeting is kept away


@pytest.mark.parametrize(
    ("name", "options", "kernel", "environment"),
    [
        ("regular", ["--graph"], "Nehalem", ONE_CORE | NO_WIDE_LOOPS),
        ("robust_0.2", ["--epsilons", 0.2], "Sandybridge", EIGHT_THREADS | ONEDNN),
    ],
    ids=["graph on one core", "eager with eight threads"],
)
def test_trainings_end_in_the_committed_bytes(name, options, kernel, environment, tmp_path):
    """All ten epochs, the attack and the files, without a network."""
    environment = environment | KERNELS.get(kernel, {})
    path = f"experiment_{name.partition('_')[0]}.py"
    script(path, "--results-dir", tmp_path, *options, prefix=without_network(), **environment)
    found, committed = bytes_of(tmp_path / name), bytes_of(ROOT / "results" / name)
    assert found.keys() == committed.keys()
    assert [file for file in found if found[file] != committed[file]] == []


def test_figures_are_the_committed_bytes(tmp_path):
    script("plots", "--output-dir", tmp_path, **KERNELS["Nehalem"], **NO_WIDE_LOOPS, **ONE_CORE)
    committed = {path.name: path.read_bytes() for path in (ROOT / "plots").glob("*.png")}
    found = bytes_of(tmp_path)
    assert found.keys() == committed.keys()
    assert [name for name in found if found[name] != committed[name]] == []
