"""The optimum against whole programs, subgradient descent and the data; the certificate against spoilers."""

import json
from types import SimpleNamespace

import conftest
import numpy as np
import optimum
import pytest
import study
from optimum import Solution
from scipy.optimize import linprog

from command_line import UserError


def small_problem(seed, count=60, pixels=8):
    """Two overlapping clouds in [0, 1]."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(count) < 0.4, -1.0, 1.0)
    images = rng.random((count, pixels)) + 0.2 * labels[:, None] * rng.random(pixels)
    return np.clip(images, 0, 1), labels


def whole_program(images, labels, epsilon, cost=None, largest_objective=None):
    """The primal program at once, in w⁺, w⁻, b and slacks; with a cost of its own on the optimal face."""
    count, pixels = images.shape
    signed = labels[:, None] * images
    rows = -np.hstack([signed - epsilon, -signed - epsilon, labels[:, None], np.eye(count)])
    objective = np.r_[np.zeros(2 * pixels + 1), np.full(count, 1 / count)]
    limits = -np.ones(count)
    if cost is not None:
        rows, limits = np.vstack([rows, objective]), np.r_[limits, largest_objective]
    bounds = [(0, None)] * 2 * pixels + [(None, None)] + [(0, None)] * count
    result = linprog(objective if cost is None else cost, A_ub=rows, b_ub=limits, bounds=bounds)
    assert result.status in (0, 3), result.message  # 3: unbounded
    return result


@pytest.fixture
def tiny_steps(monkeypatch):
    """Start from few examples and pixels, so that most of a small problem has to be generated."""
    for name, size in {"FIRST_EXAMPLES": 7, "MORE_EXAMPLES": 4, "FIRST_PIXELS": 2, "MORE_PIXELS": 1}.items():
        monkeypatch.setattr(optimum, name, size)


@pytest.fixture(scope="module")
def train_arrays():
    return study.load_images("train")


@pytest.fixture(scope="module")
def stored():
    return study.read_json("optimum")


def stored_solution(epsilon):
    with np.load(study.RESULTS / f"optimum_{epsilon}.npz") as arrays:
        return Solution(arrays["w"], float(arrays["b"]), arrays["alpha"])


def test_objective_is_the_mean_over_examples():
    images, labels = small_problem(1)
    weights, bias = np.linspace(-1, 1, 8), 0.3
    losses = [
        max(
            0.0,
            1
            - label * (sum(w * x for w, x in zip(weights, image, strict=True)) + bias)
            + 0.2 * sum(map(abs, weights)),
        )
        for image, label in zip(images, labels, strict=True)
    ]
    assert optimum.objective(weights, bias, 0.2, images, labels) == pytest.approx(sum(losses) / len(losses))
    several = optimum.objective(np.stack([weights, -weights]), np.array([bias, 0]), 0.2, images, labels)
    assert several[0] == pytest.approx(sum(losses) / len(losses))
    assert several[1] == pytest.approx(optimum.objective(-weights, 0, 0.2, images, labels))


@pytest.mark.parametrize("epsilon", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_generation_equals_the_whole_program(seed, epsilon, tiny_steps):
    images, labels = small_problem(seed)
    upper, lower = optimum.certify(optimum.solve(images, labels, epsilon), epsilon, images, labels)
    assert upper == pytest.approx(whole_program(images, labels, epsilon).fun, abs=1e-7)
    assert lower == pytest.approx(upper, abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_subgradient_descent_comes_close_and_never_below(seed):
    images, labels = small_problem(seed)
    epsilon, best = 0.02, np.inf
    _, lower = optimum.certify(optimum.solve(images, labels, epsilon), epsilon, images, labels)
    weights, bias = np.zeros(8), 0.0
    for step in range(1, 20_001):
        losses = 1 - labels * (images @ weights + bias) + epsilon * np.abs(weights).sum()
        best = min(best, np.maximum(losses, 0).mean())
        active = losses > 0
        push = (labels * active) @ images / len(labels) - epsilon * active.mean() * np.sign(weights)
        weights = weights + push * 8 / np.sqrt(step)
        bias += (labels * active).mean() * 8 / np.sqrt(step)
    assert 0.1 < lower <= best + 1e-9 <= lower + 0.005


def test_separable_classes_without_epsilon_give_the_smallest_norm(tiny_steps):
    images, labels = small_problem(3)
    images = np.where(labels[:, None] > 0, 0.6 + 0.4 * images, 0.55 * images)
    solution = optimum.solve(images, labels, 0.0)
    assert (labels * (images @ solution.weights + solution.bias)).min() >= 1 - 1e-7
    signed = labels[:, None] * images
    whole = linprog(
        np.r_[np.ones(16), 0],
        A_ub=-np.hstack([signed, -signed, labels[:, None]]),
        b_ub=-np.ones(len(labels)),
        bounds=[(0, None)] * 16 + [(None, None)],
    )
    assert np.abs(solution.weights).sum() == pytest.approx(whole.fun, rel=1e-7)
    assert optimum.smallest_norm(solution.alpha, images, labels) == pytest.approx(whole.fun, rel=1e-6)
    zero = Solution(solution.weights, solution.bias, np.zeros(len(labels)))
    assert optimum.certify(zero, 0.0, images, labels)[1] == 0


def spoil(part, change):
    """A solution with one of its parts changed."""

    def spoiled(solution):
        parts = {name: getattr(solution, name) for name in ("weights", "bias", "alpha")}
        return Solution(**parts | {part: change(parts[part])})

    return spoiled


def first_nonzero(values, value):
    values = values.copy()
    values[np.flatnonzero(values)[0]] = value
    return values


SPOILED = {
    "weights moved": (spoil("weights", lambda w: w + 0.01), "apart"),
    "weight dropped": (spoil("weights", lambda w: first_nonzero(w, 0)), "apart"),
    "bias moved": (spoil("bias", lambda b: b + 0.01), "apart"),
    "weights not a number": (spoil("weights", lambda w: first_nonzero(w, np.nan)), "apart"),
    "alpha too large": (spoil("alpha", lambda a: 1.01 * a), "between 0 and 1/n"),
    "alpha negative": (spoil("alpha", lambda a: first_nonzero(a, -1e-6)), "between 0 and 1/n"),
    "alpha out of balance": (spoil("alpha", lambda a: first_nonzero(a, 0)), "not 0"),
    "alpha not a number": (spoil("alpha", lambda a: first_nonzero(a, np.nan)), "between 0 and 1/n"),
    "alpha proves too little": (spoil("alpha", lambda a: 0.99 * a), "apart"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_certificate_rejects_a_spoiled_solution(name):
    change, complaint = SPOILED[name]
    images, labels = small_problem(0)
    solution = optimum.solve(images, labels, 0.1)
    optimum.certify(solution, 0.1, images, labels)
    with pytest.raises(UserError, match=complaint):
        optimum.certify(change(solution), 0.1, images, labels)


def test_certificate_rejects_alpha_of_a_larger_epsilon():
    images, labels = small_problem(0)
    solution = optimum.solve(images, labels, 0.2)
    with pytest.raises(UserError, match="at a pixel"):
        optimum.certify(solution, 0.1, images, labels)


def test_solver_failure_is_one_line(monkeypatch):
    failed = SimpleNamespace(status=4, message="numerical\ntrouble")
    monkeypatch.setattr("scipy.optimize.linprog", lambda *_, **__: failed)
    with pytest.raises(UserError, match="HiGHS found no optimum"):
        optimum.solve(*small_problem(0), 0.1)


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_uniqueness_is_proven_only_where_the_optimal_face_is_a_point(seed, twins):
    """Twin pixels can share their weight as they like; the face's width is found by a program per weight."""
    images, labels = small_problem(seed, pixels=4)
    if twins:
        images = np.repeat(images, 2, axis=1)
    pixels = images.shape[1]
    solution = optimum.solve(images, labels, 0.05)
    best = whole_program(images, labels, 0.05).fun
    widths = []
    for pixel in range(pixels):
        cost = np.zeros(2 * pixels + 1 + len(labels))
        cost[[pixel, pixel + pixels]] = 1, -1
        ends = [whole_program(images, labels, 0.05, sign * cost, best + 1e-9) for sign in (1, -1)]
        widths.append(np.inf if any(end.status for end in ends) else -sum(end.fun for end in ends))
    unique = optimum.uniqueness(solution, 0.05, images, labels)["unique"]
    assert unique != twins
    assert max(widths) < 1e-4 if unique else max(widths) > 1e-4 or np.abs(solution.weights).max() < 1e-9


def test_share_of_mistakes_left_at_the_optimum():
    trained = np.arange(1000) < 400
    few, many = np.arange(1000) < 40, np.arange(1000) < 380
    half = np.arange(1000) < 200
    assert optimum.attacked_share(few, trained)["share_left"] == pytest.approx(0.1)
    verdicts = [optimum.attacked_share(ideal, trained)["verdict"] for ideal in (few, half, many)]
    assert verdicts == ["training", "undecided", "objective"]


@pytest.mark.slow
def test_generation_equals_the_whole_program_on_real_images(train_arrays):
    images, labels = (array[:500].astype(np.float64) for array in train_arrays)
    upper, _ = optimum.certify(optimum.solve(images, labels, 0.1), 0.1, images, labels)
    lit = images.max(axis=0) > 0
    assert upper == pytest.approx(whole_program(images[:, lit], labels, 0.1).fun, abs=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", optimum.EPSILONS)
def test_stored_optima_are_optimal(epsilon, stored, train_arrays, test_arrays):
    found, solution = stored[str(epsilon)], stored_solution(epsilon)
    upper, lower = optimum.certify(solution, epsilon, *train_arrays)
    assert found["objective"] == pytest.approx(upper, abs=1e-12)
    assert found["lower_bound"] == pytest.approx(lower, abs=1e-12)
    images, labels = test_arrays
    margins = labels * (images.astype(np.float64) @ solution.weights + solution.bias)
    reach = np.abs(solution.weights).sum()
    accuracy = [(margins > size * reach).mean() for size in optimum.adversarial.EPSILONS]
    np.testing.assert_allclose(found["accuracy"], accuracy, atol=1.5 / len(labels))  # float32 against float64
    for key in ("sgd_10_epochs", "sgd_100_epochs"):
        assert found[key]["objective"] >= lower
    if epsilon:
        assert found["uniqueness"] == pytest.approx(optimum.uniqueness(solution, epsilon, *train_arrays))


def test_other_optimum_is_as_good(stored):
    other = stored["0.0"]["other_optimum"]
    assert not stored["0.0"]["uniqueness"]["unique"]
    assert other["objective"] <= optimum.ROUNDING
    assert other["l1_norm"] > stored["0.0"]["l1_norm"] >= stored["0.0"]["l1_norm_lower_bound"]


def test_figures_show_the_numbers(stored):
    for axes, found in zip(optimum.draw_accuracy(stored).axes, stored.values(), strict=True):
        shown = [line.get_ydata() for line in axes.lines[:3]]
        for curve, expected in zip(shown, ("sgd_10_epochs", "sgd_100_epochs", None), strict=True):
            np.testing.assert_array_equal(curve, (found[expected] if expected else found)["accuracy"])
    lines = optimum.draw_gap(stored).axes[0].lines
    for line, found in zip(lines, stored.values(), strict=False):
        gaps = np.array(found["sgd_objective_by_epoch"]) - found["lower_bound"]
        np.testing.assert_allclose(line.get_ydata(), gaps[1:], atol=1e-6)
    rows = [np.linspace(-1, 2, 784) * factor for factor in (1, 2, 3, 4)]
    images = [axes.images[0] for axes in optimum.draw_weights([("a", rows), ("b", rows)]).axes]
    np.testing.assert_array_equal(images[5].get_array().ravel(), rows[1])


def test_missing_runs_are_one_line(tmp_path):
    process = conftest.run(
        "extensions/optimum.py", "--results-dir", tmp_path / "none", "--output-dir", tmp_path / "out"
    )
    conftest.assert_one_line_error(process, "metrics.json", "experiment_regular.py")
    assert not (tmp_path / "out").exists()


def test_missing_scipy_is_one_line(tmp_path):
    (tmp_path / "scipy.py").write_text("raise ModuleNotFoundError('no scipy', name='scipy')")
    process = conftest.run(
        "extensions/optimum.py", "--output-dir", tmp_path / "out", PYTHONPATH=str(tmp_path)
    )
    conftest.assert_one_line_error(process, "scipy is not installed", "extensions/requirements.txt")
    assert not (tmp_path / "out").exists()


def test_stored_file_is_strict_json(stored):
    assert list(stored) == ["0.0", "0.1", "0.2", "0.3"]
    json.dumps(stored, allow_nan=False)
    for found in stored.values():
        assert found["gap"] <= optimum.LARGEST_GAP
        assert len(found["accuracy"]) == 101
