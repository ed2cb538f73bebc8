"""The same bytes on every machine: training, attack and figures under what differs between x86-64 machines.

Each process is told by its environment to be another machine, and makes the committed bytes again. (That an
arm64 machine makes them too was tried under emulation.)
"""

import platform
import sys

import pytest
from conftest import ROOT, locked_versions, run, without_network
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.machine() != "x86_64" or sys.platform != "linux", reason="not x86-64 Linux"),
    pytest.mark.skipif(not locked_versions(), reason="other versions than those of requirements.lock"),
]
NO_WIDE_LOOPS = {"NPY_DISABLE_CPU_FEATURES": " ".join(f for f in __cpu_dispatch__ if __cpu_features__[f])}
ONE_CORE = {"ONE_CORE": "1", "OPENBLAS_CORETYPE": "Nehalem", **NO_WIDE_LOOPS}
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
EIGHT_THREADS = dict.fromkeys(THREADS, "8")
EIGHT_THREADS |= {"OPENBLAS_CORETYPE": "Sandybridge", "TF_ENABLE_ONEDNN_OPTS": "1"}
START = """
import os, runpy, sys
if "ONE_CORE" in os.environ:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


@pytest.mark.parametrize(
    ("command", "environment", "made"),
    [
        (["experiment_regular.py", "--graph", "--results-dir"], ONE_CORE, "results/regular/*"),
        (["experiment_robust.py", "--epsilons=0.2", "--results-dir"], EIGHT_THREADS, "results/robust_0.2/*"),
        (["plots", "--output-dir"], ONE_CORE, "plots/*.png"),
    ],
)
def test_commands_end_in_the_committed_bytes(command, environment, made, tmp_path):
    """All ten epochs, the attack and the files, without a network."""
    folder = tmp_path / made.partition("/")[0]
    process = run("-c", START, *command, folder, prefix=without_network(), **environment)
    assert (process.returncode, process.stderr) == (0, "")  # TensorFlow's greeting is kept away
    found, committed = (
        {path.name: path.read_bytes() for path in root.glob(made)} for root in (tmp_path, ROOT)
    )
    assert found.keys() == committed.keys()
    assert [name for name in found if found[name] != committed[name]] == []
