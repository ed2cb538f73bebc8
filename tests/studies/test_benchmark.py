"""The benchmark: what stands side by side does the same work, and its tables show what was measured."""

import numpy as np
import pytest
import shared
import trainer
from benchmark import study

import adversarial
from command_line import UserError


@pytest.mark.slow
def test_by_hand_and_by_fit_the_same_models_come_out(test_arrays):
    """After an epoch on two thousand images: the last batch is a smaller one."""
    train, start = tuple(array[:1950] for array in shared.pair("train")), shared.glorot_start(1)
    for epsilon, kind in ((0.0, trainer.REGULAR), (0.2, trainer.ROBUST)):
        columns = ([value] for value in (epsilon, *kind))
        expected = trainer.train(*train, start[:, None], *columns, epochs=1)[-1, :, 0]
        by_hand = study.sgd_by_hand(train, test_arrays, start, epsilon, epochs=1)
        np.testing.assert_allclose(by_hand, expected, atol=1e-4)
        if not epsilon:
            np.testing.assert_allclose(
                study.keras_fit(train, test_arrays, start, epochs=1), expected, atol=1e-4
            )


def test_the_attack_by_hand_is_that_of_the_reproduction(test_arrays):
    weights, grid = shared.glorot_start(1), np.array([0, 0.1, 0.3])
    expected = adversarial.evaluate(weights[:-1], weights[-1], *test_arrays, grid)["accuracy"]
    np.testing.assert_allclose(study.attack_by_hand(weights, *test_arrays, grid), expected, atol=0.002)


def test_sides_take_turns_and_the_first_round_is_not_counted(monkeypatch):
    clock, called = iter(range(1000)), []
    monkeypatch.setattr(study.time, "perf_counter", lambda: next(clock) ** 2)
    found = study.take_turns({name: lambda name=name: called.append(name) for name in "ab"}, rounds=2)
    assert "".join(called) == "ababab"
    assert {name: list(times) for name, times in found.items()} == {"a": [9, 17], "b": [13, 21]}


def test_a_command_is_measured_and_its_failure_is_one(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys; assert sys.argv[1] == 'word'; block = bytearray(200 * 2**20)")
    found = study.measure_all({"a": [script, "word"], "studies b": [script, "word"]})
    assert 200 < found["a"]["memory"] < 260
    assert 0 < found["a"]["seconds"][0] < found["a"]["seconds"][1] < found["a"]["seconds"][2]
    assert len(set(found["studies b"]["seconds"])) == 1
    with pytest.raises(UserError, match=r"script.py another` failed"):
        study.measure([script, "another"])


def test_tables_show_the_numbers_and_call_noise_noise():
    sides = {
        "first": {"seconds": [1.0, 2.0, 3.0], "faster": [1.0, 1.0, 1.0]},
        "noise": {"seconds": [1.0, 1.5, 3.0], "faster": [0.9, 1.3, 1.5]},
        "fast": {"seconds": [0.001, 0.002, 0.004], "faster": [500.0, 1000.0, 1500.0]},
    }
    assert study.table_beside({"beside": {"work": sides}}).splitlines()[2:] == [
        "| work | first | 2 (1 to 3) |  |",
        "|  | noise | 1.5 (1 to 3) | no difference |",
        "|  | fast | 0.002 (0.001 to 0.004) | 1000 (500 to 1500) |",
    ]
    commands = {"experiment.py --graph": {"seconds": [2.5, 2.5, 2.5], "memory": 123.4}}
    assert "| `experiment.py --graph` | 2.5 | 123 |" in study.table_commands({"commands": commands})
    assert "host" not in study.machine() and study.platform.node() not in str(study.machine())
