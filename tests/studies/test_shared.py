"""What the studies share: files, models, chance, work, drawing."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import assert_one_line_error, run
from matplotlib import pyplot as plt
from scipy.special import comb

import experiment_regular
from studies.shared import chance, drawing, files, images, models, pages, work
from support import runs as run_files
from support.options import ROOT, UserError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "HERE", tmp_path)
    (tmp_path / "some").mkdir()
    return tmp_path / "some"


def test_numbers_come_back_with_ten_digits_and_never_as_nan(folder):
    files.write("some", {0.1: np.float64(1) / 3, "counts": np.arange(40), "deep": [{"x": True}]}, {})
    found = files.numbers("some")
    assert found == {"0.1": 0.3333333333, "counts": list(range(40)), "deep": [{"x": True}]}
    assert found.deep[0].x is True
    text = (folder / "results.json").read_text()
    assert json.loads(text) == found
    assert any(
        line.startswith(' "counts": [0, 1, 2') and line.rstrip(",").endswith("39]")
        for line in text.splitlines()
    )
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write("some", {"bad": np.nan}, {})
    assert (folder / "results.json").read_text() == text
    assert [entry.name for entry in folder.iterdir()] == ["results.json"]


@pytest.mark.parametrize("text", [None, "{"])
def test_missing_numbers_name_the_command_that_makes_them(folder, text):
    if text:
        (folder / "results.json").write_text(text)
    with pytest.raises(UserError, match=r"run `.*python\S* -m studies some`"):
        files.numbers("some")


@pytest.mark.parametrize("stored", [None, b"damaged"])
def test_missing_arrays_name_the_command_when_asked_for(folder, stored):
    files.write("some", {}, {"there": np.arange(3)} if stored else {})
    if stored:
        assert files.arrays("some")["there"].tolist() == [0, 1, 2]
        (folder / "arrays.npz").write_bytes(stored)
    with pytest.raises(UserError, match=r"run `.*python\S* -m studies some`"):
        files.arrays("some")["gone"]


def test_pages_with_lost_numbers_are_not_made(folder, refused):
    refused(1, ["missing or damaged", "-m studies initialization"], pages.main)


def test_without_their_packages_studies_say_so():
    lack = "import importlib.util as util; util.find_spec = {}.get; import explorer.build"
    assert_one_line_error(run("-c", lack), "no joblib here", "make test-environment")


def test_starts_are_the_experiments():
    stored = run_files.load(run_files.RESULTS / "regular").trajectory
    np.testing.assert_array_equal(models.start(1), [*stored["weights"][0], stored["biases"][0]])
    assert np.abs(models.start(1) - models.start(7)).max() > 0.05
    assert experiment_regular.parser.parse_args([]).learning_rate == models.REGULAR.learning_rate


def test_pairs_are_labelled_by_their_digits():
    pixels, digits = np.arange(6 * 784).reshape(6, 784) % 256, np.array([3, 7, 1, 3, 7, 9])
    found, labels = images.of_pair(pixels.astype(np.uint8), digits, (3, 7))
    np.testing.assert_array_equal(labels, [-1, 1, -1, 1])
    np.testing.assert_allclose(found * 255, pixels[[0, 1, 3, 4]], rtol=1e-6)


def test_paired_test_counts_how_unequally_two_models_share_the_images_that_one_gets_right():
    right, other = np.array([1, 1, 1, 1, 1, 0, 0], bool), np.array([1, 0, 0, 0, 0, 1, 0], bool)
    p = 2 * sum(comb(5, k) for k in (0, 1)) / 2**5  # one of five the one way
    assert chance.paired_test(right, other) == pytest.approx(p)
    assert chance.sign_test(0, 0) == 1


def double(value: int) -> int:
    return 2 * value


@pytest.mark.slow
def test_work_keeps_the_order_and_is_silent(capfd):
    with work.clock("some study"):
        assert work.spread(double, [(value,) for value in range(7)], "numbers") == [0, 2, 4, 6, 8, 10, 12]
    assert capfd.readouterr() == ("", "")


def test_a_terminal_shows_what_is_under_way(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", terminal)
    with work.clock("some study"):
        assert "some study: 00:00" in terminal.getvalue()


@pytest.mark.slow
def test_an_unknown_study_is_answered_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "studies", "nothing"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: unknown study 'nothing'") and done.stderr.count("\n") == 1


def test_weights_are_black_for_the_second_digit_and_green_for_the_first():
    weights = np.zeros(784)
    weights[[0, 1]] = 2, -2
    shown = drawing.show_weights(plt.figure().add_subplot(), weights)
    red, green, blue, _ = np.moveaxis(shown.to_rgba(shown.get_array()), -1, 0)
    assert (red[0, 0], green[0, 0], blue[0, 0]) == (0, 0, 0)
    assert (red[0, 1], blue[0, 1]) == (0, 0) and green[0, 1] > 0.4
    assert red[5, 5] == green[5, 5] == blue[5, 5] > 0.99
