"""The benchmark: both sides of its ratios do the same work, and the table says what was measured."""

import contextlib
import json
from unittest import mock

import benchmark
import numpy as np
import pytest
from conftest import ROOT

import adversarial
import data
import run_files
import training

RESULTS = ROOT / "results"


@pytest.mark.slow
@pytest.mark.parametrize("model", ["regular", "robust"])
def test_the_numpy_floor_trains_the_same_model(model):
    """One epoch from the committed run's start ends where the committed run was."""
    train, test = (data.to_arrays(data.binary_mnist(part)) for part in ("train", "test"))
    epsilon, rate = benchmark.MODELS[model], 0.0001 if model == "robust" else 0.1
    start, end = run_files.load_history(RESULTS / run_files.run_name(epsilon))["weights"][:2]
    found = benchmark.numpy_training(train, test, epsilon, rate, 1, weights=start)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, end, atol=1e-3)


@pytest.mark.slow
def test_the_bare_loop_takes_the_same_steps(capsys):
    """Steps of the experiment, counted: as many as `training.train` takes."""
    counts = {}

    def counted(name, loop):
        def count(train_step, train_dataset, test_step, test_dataset, epochs, callbacks):
            def step(images, labels, step, kind):
                counts[name, kind] = counts.get((name, kind), 0) + len(images)
                return step(images, labels)

            loop(
                lambda x, y: step(x, y, train_step, "train"),
                train_dataset,
                lambda x, y: step(x, y, test_step, "test"),
                test_dataset,
                epochs,
                callbacks,
            )

        return count

    train = benchmark.trainer("regular", 1, graph=False)
    for name, loop in (("train", training.train), ("bare", benchmark.bare_loop)):
        with mock.patch.object(training, "train", counted(name, loop)), contextlib.suppress(benchmark.Done):
            train()
    assert counts == {(name, part): n for name in ("train", "bare") for part, n in SIZES.items()}


SIZES = {"train": 12665, "test": 2115}


def test_the_image_by_image_attack_gives_the_same_logits(test_arrays):
    run = run_files.load(RESULTS / "regular")
    images, labels = (array[:10] for array in test_arrays)
    epsilons = np.array([0.1, 0.3])
    found = benchmark.image_by_image(run.weights, run.bias, images, labels, epsilons)
    expected = adversarial.evaluate(run.weights, run.bias, images, labels, epsilons)["logits"]
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.slow
def test_a_phase_in_a_process_of_its_own(test_arrays, tmp_path):
    """Four times the images need room for the copies, not for images times ε."""
    np.savez(tmp_path / "test.npz", images=test_arrays[0], labels=test_arrays[1])
    few, many, large = (
        benchmark.in_own_process("attack", grid, factor, str(tmp_path / "test.npz"))
        for grid, factor in ((5, 1), (101, 1), (5, 4))
    )
    assert all(found["seconds"] > 0 for found in (few, many, large))
    one_copy = test_arrays[0].nbytes / 2**20  # MB
    assert many["memory"] - few["memory"] < 5 * one_copy
    assert 20 < few["memory"] < large["memory"] < few["memory"] + 5 * 4 * one_copy


def test_turns_and_medians(monkeypatch):
    """The first call doesn't count, and each figure is its own median."""
    times = {"one": iter([99, 1, 5, 3]), "other": iter([99, 40, 20, 30])}
    monkeypatch.setattr(benchmark, "seconds", lambda work: work())
    found = benchmark.in_turns(one=lambda: next(times["one"]), other=lambda: next(times["other"]))
    assert found == {"one": 3, "other": 30}


def test_ratios_and_the_table(monkeypatch):
    """With invented times: training by its floor, the slow attack by the fast one, and every figure shown."""

    def invented(phase, *arguments):
        sides = {"eager_against_bare": (1.5, 1.25), "graph_against_numpy": (0.75, 0.125)}
        seconds, floor = sides.get(phase, (0.5, 400.0))
        return {"seconds": seconds, "memory": 123.0} | ({"floor": floor} if "against" in phase else {})

    monkeypatch.setattr(benchmark, "in_own_process", invented)
    found = benchmark.measure(progress=lambda phase: None)
    ratios = {name: sides["ratio"] for name, sides in found["ratios"].items()}
    assert ratios == pytest.approx(
        {
            "eager training, regular": 1.2,
            "eager training, robust": 1.2,
            "graph training, regular": 6,
            "graph training, robust": 6,
            "attack": 800,
        }
    )
    table = benchmark.table(found)
    assert table == benchmark.table(json.loads(json.dumps(found)))
    assert "| attack | 0.50 | image by image | 400.00 | 800 |" in table
    assert "| figure accuracy_noise | 0.50 | 123 |" in table
    assert str(ROOT) not in json.dumps(found)


def test_the_machine_has_no_name():
    assert set(benchmark.machine()) == {"processor", "cores", "memory", "system"}
