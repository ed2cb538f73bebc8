"""Zeros and ones of MNIST, labelled -1 and +1, as a `tf.data.Dataset`.

    for image, label in binary_mnist("train"):
        ...  # image float32 (28, 28, 1) in [0, 1]; label float32, -1 for a zero, +1 for a one

The examples lie beside this file in `mnist_zero_one/` as a prepared TFDS data set, in the order in which
TFDS gives all of MNIST. `python data.py` makes that folder again from TFDS's own `mnist` builder:

    python data.py                      # TFDS downloads MNIST
    python data.py --manual-dir DIR     # offline, from the four original .gz files in DIR
"""

import shutil
import tempfile
import urllib.request
from pathlib import Path

from command_line import ROOT, Parser, UserError, one_line_errors, quiet_tensorflow
from run_files import sha256

with quiet_tensorflow():
    import numpy as np
    import tensorflow as tf
    import tensorflow_datasets as tfds

BUNDLED = ROOT / "mnist_zero_one"
VERSION = "1.0.0"
CHECKSUMS = "SHA256SUMS"
FILES = [
    f"{VERSION}/dataset_info.json",
    f"{VERSION}/features.json",
    f"{VERSION}/mnist_zero_one-test.tfrecord-00000-of-00001",
    f"{VERSION}/mnist_zero_one-train.tfrecord-00000-of-00001",
]
MNIST_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"  # where TFDS downloads from
MNIST_FILES = [
    "train-labels-idx1-ubyte.gz",
    "train-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
]
REPAIR = "restore it with `git checkout mnist_zero_one` or rebuild it with `python data.py`"


def binary_mnist(split: str, source: str = "bundled") -> tf.data.Dataset:
    """The digits zero and one of MNIST in TFDS's order, decoded once and then kept in memory.

    Args:
        split: "train" (12,665 examples) or "test" (2,115).
        source: "bundled", the folder beside this file, or "tfds", all of MNIST through TFDS, filtered;
            both give the same examples in the same order.

    Returns:
        A data set of (image, label): float32 (28, 28, 1) in [0, 1] and float32 (), -1 or +1.

    Raises:
        UserError: the bundled files are damaged or missing, or TFDS can't get at MNIST.
    """
    if source == "bundled":
        check_bundled_files()
        builder = tfds.builder_from_directory(BUNDLED / VERSION)
    elif source == "tfds":
        builder = prepared_mnist()
    else:
        raise UserError(f"unknown source {source!r}: choose 'bundled' or 'tfds'")
    examples = builder.as_dataset(split=split, shuffle_files=False)
    if source == "tfds":
        examples = examples.filter(is_zero_or_one)
    return examples.map(to_image_and_label).cache()


def is_zero_or_one(example: dict) -> tf.Tensor:
    return example["label"] <= 1


def to_image_and_label(example: dict) -> tuple[tf.Tensor, tf.Tensor]:
    image = tf.cast(example["image"], tf.float32) / 255
    label = 2 * tf.cast(example["label"], tf.float32) - 1
    return image, label


def to_arrays(dataset: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """All of a data set at once: images float32 (N, 784) and labels float32 (N,)."""
    images, labels = zip(*dataset.batch(1000).as_numpy_iterator(), strict=True)
    return np.concatenate(images).reshape(-1, 784), np.concatenate(labels)


def check_bundled_files(folder: Path = BUNDLED) -> None:
    """Compare every bundled file with its SHA-256 sum (`sha256sum -c` reads the same list).

    Raises:
        UserError: a file is missing or differs; the message names it and says how to mend it.
    """
    try:
        *lines, rest = (folder / CHECKSUMS).read_bytes().decode().split("\n")
        if rest:
            raise ValueError("no newline at the end")
        expected = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError):
        raise UserError(f"{folder / CHECKSUMS} is missing or damaged: {REPAIR}") from None
    for name in FILES:
        try:
            digest = sha256(folder / name)
        except OSError:
            raise UserError(f"{folder / name} is missing or can't be read: {REPAIR}") from None
        if digest != expected.get(name):
            raise UserError(f"{folder / name} is damaged (its SHA-256 differs): {REPAIR}")


def prepared_mnist(manual_dir: Path | None = None) -> tfds.core.DatasetBuilder:
    """TFDS's unmodified `mnist`, prepared in TFDS's own data folder if it isn't there yet.

    Args:
        manual_dir: the folder of the four original files; without it TFDS downloads them (11 MB).

    Raises:
        UserError: neither prepared, nor at hand, nor downloadable.
    """
    tfds.disable_progress_bar()
    builder = tfds.builder("mnist:3.0.1", try_gcs=False)
    if builder.is_prepared():
        return builder
    try:
        if manual_dir is None:  # TFDS itself would retry for minutes
            urllib.request.urlopen(MNIST_URL + MNIST_FILES[0], timeout=20).close()
        else:
            for name in MNIST_FILES:  # TFDS would try to download a missing one
                (manual_dir / name).open("rb").close()
        config = tfds.download.DownloadConfig(manual_dir=manual_dir, try_download_gcs=False)
        builder.download_and_prepare(download_config=config)
    except Exception as error:  # of TFDS's own, its HTTP library's or the system's many kinds
        if manual_dir is None:
            raise UserError(
                f"TFDS can't download MNIST ({error}): without a network, prepare it once with "
                "`python data.py --manual-dir DIR` from the four original .gz files, "
                "or use the bundled data (--source bundled)"
            ) from None
        raise UserError(
            f"can't prepare MNIST from {manual_dir} ({error}): "
            f"it must hold the original {', '.join(MNIST_FILES)}"
        ) from None
    return builder


def rebuild(folder: Path, manual_dir: Path | None = None) -> None:
    """Write the zeros and ones of MNIST to `folder` as a TFDS data set with its checksums."""
    mnist = prepared_mnist(manual_dir)
    splits = {
        split: mnist.as_dataset(split=split, shuffle_files=False).filter(is_zero_or_one)
        for split in ("train", "test")
    }
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        built = tfds.dataset_builders.store_as_tfds_dataset(
            name=folder.name,
            version=VERSION,
            data_dir=scratch,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(28, 28, 1)),
                    "label": tfds.features.ClassLabel(num_classes=2),
                }
            ),
            split_datasets=splits,
            description="The digits zero and one of MNIST, in the order of TFDS's mnist 3.0.1.",
            homepage="http://yann.lecun.com/exdb/mnist/",
            disable_shuffling=True,
        )
        shutil.rmtree(folder / VERSION, ignore_errors=True)
        shutil.move(built.data_path, folder / VERSION)
    lines = [f"{sha256(folder / name)}  {name}\n" for name in FILES]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def main() -> None:
    parser = Parser("Rebuild mnist_zero_one/ from TFDS's own MNIST.")
    parser.add_argument("--manual-dir", type=Path, help="folder of MNIST's four original .gz files")
    arguments = parser.parse_args()
    with one_line_errors():
        rebuild(BUNDLED, arguments.manual_dir)
        check_bundled_files()
        print(f"rebuilt {BUNDLED}")


if __name__ == "__main__":
    main()
