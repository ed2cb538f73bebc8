"""The bundled zeros and ones: what they are, what they are made from, and that damage is noticed."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from conftest import assert_one_line_error, run
from hypothesis import given, settings
from hypothesis import strategies as st

import data
from command_line import UserError

MNIST_DIR = os.environ.get("MNIST_DIR")
needs_mnist = pytest.mark.skipif(
    not MNIST_DIR, reason="MNIST_DIR doesn't name the folder of MNIST's four original files"
)


@pytest.mark.parametrize(("split", "count", "zeros"), [("train", 12665, 5923), ("test", 2115, 980)])
def test_counts_types_and_ranges(split, count, zeros):
    dataset = data.binary_mnist(split)
    image, label = dataset.element_spec
    assert (image.shape, image.dtype, label.shape, label.dtype) == ((28, 28, 1), "float32", (), "float32")
    images, labels = data.to_arrays(dataset)
    assert (len(images), (labels == -1).sum(), (labels == 1).sum()) == (count, zeros, count - zeros)
    assert (images.min(), images.max()) == (0, 1)
    np.testing.assert_allclose(images * 255, np.round(images * 255), atol=1e-4)


def test_zeros_are_rings_and_ones_are_strokes(test_arrays):
    """The labels are the right way round: a one has ink at the centre, a zero has none."""
    images, labels = test_arrays
    centre = images.reshape(-1, 28, 28)[:, 13:15, 13:15].mean(axis=(1, 2))
    assert centre[labels == 1].mean() > 0.8
    assert centre[labels == -1].mean() < 0.1


def test_images_are_decoded_once(monkeypatch):
    """A second pass reads no file: the examples are kept in memory."""
    copy = data.binary_mnist("test")
    first = list(copy.take(5).as_numpy_iterator())
    assert len(list(copy)) == 2115
    monkeypatch.setattr(data, "BUNDLED", Path("/nowhere"))
    for (image, label), (again, label_again) in zip(first, copy.as_numpy_iterator(), strict=False):
        np.testing.assert_array_equal(image, again)
        assert label == label_again


@needs_mnist
@pytest.mark.slow
def test_bundled_and_rebuilt_examples_are_those_of_tfds(tmp_path, monkeypatch):
    """Example by example, in TFDS's order, from the original files, without a network."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    folder = tmp_path / "rebuilt" / "mnist_zero_one"
    folder.mkdir(parents=True)
    code = "import data, pathlib, sys; data.rebuild(*map(pathlib.Path, sys.argv[1:]))"
    script = tmp_path / "rebuild.py"
    script.write_text(code)
    process = run(script, folder, MNIST_DIR, PYTHONPATH=str(data.ROOT))
    assert process.returncode == 0, process.stderr
    data.check_bundled_files(folder)

    full = tfds.builder("mnist:3.0.1", data_dir=tmp_path / "tfds")
    rebuilt = tfds.builder_from_directory(folder / data.VERSION)
    for split in ("train", "test"):
        images, labels = data.to_arrays(data.binary_mnist(split))
        original = [e for e in tfds.as_numpy(full.as_dataset(split=split)) if e["label"] <= 1]
        again = list(tfds.as_numpy(rebuilt.as_dataset(split=split)))
        assert len(original) == len(again) == len(images)
        for image, label, one, other in zip(images, labels, original, again, strict=True):
            np.testing.assert_array_equal(image, one["image"].ravel() / np.float32(255))
            np.testing.assert_array_equal(one["image"], other["image"])
            assert label == 2 * one["label"] - 1
            assert one["label"] == other["label"]

    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path / "tfds"), raising=False)
    through_tfds, _ = data.to_arrays(data.binary_mnist("test", source="tfds"))
    np.testing.assert_array_equal(through_tfds, data.to_arrays(data.binary_mnist("test"))[0])


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "mnist_zero_one"
    shutil.copytree(data.BUNDLED, folder)
    data.check_bundled_files(folder)
    return folder


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_flipped_or_cut_byte_is_noticed(copied, draw):
    """Every region of every file that is read, the list of sums included."""
    path = copied / draw.draw(st.sampled_from([*data.FILES, data.CHECKSUMS]))
    content = path.read_bytes()
    place = draw.draw(st.integers(0, len(content) - 1))
    damaged = bytearray(content)
    damaged[place] ^= draw.draw(st.integers(1, 255))
    cut = draw.draw(st.booleans())
    path.write_bytes(content[:place] if cut else damaged)
    try:
        with pytest.raises(UserError, match=r"git checkout mnist_zero_one.*python data\.py"):
            data.check_bundled_files(copied)
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("name", [*data.FILES, data.CHECKSUMS])
def test_a_missing_file_is_named(copied, name):
    moved = (copied / name).rename(copied / "elsewhere")
    try:
        with pytest.raises(UserError, match=Path(name).name):
            data.check_bundled_files(copied)
    finally:
        moved.rename(copied / name)


def test_an_unknown_source_is_refused():
    with pytest.raises(UserError, match="bundled"):
        data.binary_mnist("train", source="kaggle")


@pytest.mark.slow
def test_tfds_without_a_network_says_what_to_do(tmp_path):
    """A proxy that refuses every connection stands for the missing network."""
    nowhere = "http://127.0.0.1:9"
    environment = {"TFDS_DATA_DIR": str(tmp_path / "tfds"), "https_proxy": nowhere, "HTTPS_PROXY": nowhere}
    process = run(
        "experiment_regular.py", "--source", "tfds", "--results-dir", tmp_path / "results", **environment
    )
    assert_one_line_error(process, "--manual-dir", "--source bundled")
    assert not (tmp_path / "results" / "regular").exists()


@pytest.mark.slow
def test_a_folder_without_the_original_files_is_refused(tmp_path):
    process = run("data.py", "--manual-dir", tmp_path, TFDS_DATA_DIR=str(tmp_path / "tfds"))
    assert_one_line_error(process, str(tmp_path), "train-labels-idx1-ubyte.gz")
    data.check_bundled_files()
