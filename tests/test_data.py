"""Two digits of MNIST: what they are, what they are made from, and that damage is noticed."""

import functools
import gzip
import itertools
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import call

import data
from support.disk import SUMS, read_listed
from support.options import UserError


def original(split: str, digits: tuple[int, int]) -> list[tuple[bytes, int]]:
    """Images and labels ±1 of two digits from the original files, read by hand, sorted."""
    prefix = {"train": "train", "test": "t10k"}[split]
    images = gzip.decompress((data.ORIGINALS / f"{prefix}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((data.ORIGINALS / f"{prefix}-labels-idx1-ubyte.gz").read_bytes())[8:]
    sign = {digits[0]: -1, digits[1]: 1}
    return sorted(
        (images[784 * i : 784 * i + 784], sign[label]) for i, label in enumerate(labels) if label in sign
    )


def sorted_pairs(images: np.ndarray, labels: np.ndarray) -> list[tuple[bytes, int]]:
    pixels = np.round(255 * images).astype(np.uint8)
    return sorted((image.tobytes(), int(label)) for image, label in zip(pixels, labels, strict=True))


def test_the_zeros_and_ones_are_those_of_the_original_files(train_arrays):
    """The first digit is labelled -1, be it the zero or the one."""
    test = data.binary_mnist("test", (1, 0))
    image, label = test.element_spec
    assert (image.shape, image.dtype, label.shape, label.dtype) == ((28, 28, 1), "float32", (), "float32")
    for (images, labels), of in ((train_arrays, ("train", (0, 1))), (data.to_arrays(test), ("test", (1, 0)))):
        assert (images.min(), images.max()) == (0, 1)
        assert sorted_pairs(images, labels) == original(*of)
    assert (len(train_arrays[1]), len(labels)) == (12665, 2115)


# All of MNIST


@pytest.mark.slow
def test_other_digits_are_those_of_the_original_files_in_the_order_of_tfds(all_of_mnist):
    (images, labels), digits = data.to_arrays(data.binary_mnist("test", (4, 9))), (4, 9)
    assert sorted_pairs(images, labels) == original("test", digits)
    everything = all_of_mnist.as_dataset(split="test", shuffle_files=False).as_numpy_iterator()
    expected = [example for example in everything if example["label"] in digits]
    for image, label, example in zip(images, labels, expected, strict=True):
        np.testing.assert_array_equal(image, example["image"].ravel() / np.float32(255))
        assert digits[int(label > 0)] == example["label"]


@pytest.mark.slow
def test_zeros_and_ones_rebuilt_from_the_originals_are_the_committed_bytes(
    tmp_path, monkeypatch, all_of_mnist
):
    committed = read_listed(data.ZERO_ONE, data.FILES, "")
    monkeypatch.setattr(data, "ZERO_ONE", tmp_path)
    call(data.main)
    assert read_listed(tmp_path, data.FILES, "") == committed


class Preparing:
    """In the place of TFDS's builder: what is prepared is a folder, and preparing it twice fails."""

    def __init__(self, folder: Path):
        self.data_dir = folder / "mnist" / "3.0.1"

    def is_prepared(self) -> bool:
        return self.data_dir.exists()

    def download_and_prepare(self, download_config) -> None:
        time.sleep(0.1)
        self.data_dir.mkdir(parents=True)


def test_two_that_prepare_at_once_prepare_once(tmp_path, monkeypatch):
    pytest.importorskip("fcntl", reason="no file locks on this system")
    monkeypatch.setattr(data, "mnist_builder", lambda: Preparing(tmp_path))
    monkeypatch.setattr(data, "check_prepared", Path.exists)
    with ThreadPoolExecutor() as pool:
        ready = [pool.submit(data.prepared_mnist) for _ in range(3)]
    assert all(builder.result().is_prepared() for builder in ready)


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, refused):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(data, "mnist_builder", lambda: Preparing(tmp_path / "file"))
    words = [f"can't prepare MNIST (can't write {tmp_path}/file", "TFDS_DATA_DIR"]
    said = f"preparing all of MNIST, once, in {tmp_path}/file/mnist/3.0.1: about a minute\n"
    assert refused(1, words, data.main) == said


# Damage


@pytest.mark.parametrize(("digits", "source"), [((4, 9), data.ORIGINALS), ((0, 1), data.ZERO_ONE)])
def test_a_damaged_or_missing_file_ends_in_one_line(digits, source, tmp_path, monkeypatch):
    """Of the originals where they are to be prepared, of the zeros and ones where they are to be read."""
    copied = shutil.copytree(source, tmp_path / "copied")
    monkeypatch.setattr(data, "mnist_builder", lambda: Preparing(tmp_path))
    monkeypatch.setattr(data, "ORIGINALS", copied)
    monkeypatch.setattr(data, "ZERO_ONE", copied)
    listed = read_listed(copied, data.FILES, "")
    for name, damaged in itertools.product([SUMS, *listed], [None, b"something else"]):
        content = (copied / name).read_bytes()
        (copied / name).unlink()
        if damaged:
            (copied / name).write_bytes(damaged)
        with pytest.raises(UserError, match=rf"{copied / name}: .*git checkout mnist/{source.name}"):
            data.binary_mnist("test", digits)
        (copied / name).write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["missing", "flipped", "no info"])
def test_a_prepared_mnist_that_cannot_be_read_is_named(damage, all_of_mnist, tmp_path, monkeypatch):
    folder = shutil.copytree(all_of_mnist.data_dir, tmp_path / "mnist" / "3.0.1")
    monkeypatch.setattr(data.tfds, "builder", functools.partial(data.tfds.builder, data_dir=tmp_path))
    (file,) = folder.glob("*-test.tfrecord*")
    content = file.read_bytes()
    match damage:
        case "missing":
            file.unlink()
        case "flipped":
            file.write_bytes(content[:9000] + bytes([content[9000] ^ 4]) + content[9001:])
        case "no info":
            (folder / "dataset_info.json").write_text("")
    with pytest.raises(UserError, match=r"damaged, or in another file format.*move.*TFDS_DATA_DIR"):
        data.binary_mnist("test", (3, 5))
