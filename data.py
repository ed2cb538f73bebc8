"""Two digits of MNIST, labelled -1 and +1, as a `tf.data.Dataset`.

    for image, label in binary_mnist("train", digits=(0, 1)):
        ...  # image float32 (28, 28, 1) in [0, 1]; label float32, -1 for a zero, +1 for a one

The examples come in the order in which TFDS gives all of MNIST. The post's zeros and ones lie beside this
file in `mnist/zero_one/`, a prepared TFDS data set; other digits come from TFDS's own `mnist`, prepared once
from the four original files in `mnist/original/`. No network is needed. To make `mnist/zero_one/` again:

    python data.py
"""

import contextlib
import functools
import io
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as Python does, unless it is told not to (PYTHONSAFEPATH)
import support.tensorflow_setup  # noqa: F401  before TensorFlow
import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from support.disk import holding, read_listed, write_sums
from support.options import POST_DIGITS, ROOT, Parser, UserError, one_line_errors, short

ORIGINALS = ROOT / "mnist" / "original"
ZERO_ONE = ROOT / "mnist" / "zero_one"
NAME = "mnist_zero_one"  # as TFDS knows it
VERSION = "1.0.0"
FILES = 4  # in either folder's list
COUNTS = {"train": 60_000, "test": 10_000}  # of all digits


def binary_mnist(split: str, digits: tuple[int, int] = POST_DIGITS) -> tf.data.Dataset:
    """Two digits of MNIST in TFDS's order, decoded once and then kept in memory.

    Args:
        split: "train" or "test"; for zeros and ones 12,665 and 2,115 examples.
        digits: the one that is labelled -1 and the one that is labelled +1.

    Returns:
        A data set of (image, label): float32 (28, 28, 1) in [0, 1] and float32 (), -1 or +1.

    Raises:
        UserError: a file is damaged or missing, or MNIST can't be prepared.
    """
    if set(digits) == set(POST_DIGITS):
        read_listed(ZERO_ONE, FILES, "restore it: `git checkout mnist/zero_one`, or rebuild it with data.py")
        builder = tfds.builder_from_directory(ZERO_ONE / VERSION)
    else:
        builder = prepared_mnist()

    def to_image_and_label(example: dict) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(example["image"], tf.float32) / 255, tf.where(example["label"] == digits[1], 1.0, -1.0)

    return examples(builder, split, digits).map(to_image_and_label).cache()


def examples(builder: tfds.core.DatasetBuilder, split: str, digits: tuple[int, int]) -> tf.data.Dataset:
    """What TFDS has of two digits, in its order: dictionaries of `image` uint8 and `label` 0 to 9."""
    every = builder.as_dataset(split=split, shuffle_files=False)
    return every.filter(lambda example: tf.reduce_any(example["label"] == digits))


def to_arrays(dataset: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """All of a data set at once: images float32 (N, 784) and labels float32 (N,)."""
    images, labels = zip(*dataset.batch(1000).as_numpy_iterator(), strict=True)
    return np.concatenate(images).reshape(-1, 784), np.concatenate(labels)


def prepared_mnist() -> tfds.core.DatasetBuilder:
    """TFDS's unmodified `mnist`, prepared from `mnist/` in TFDS's own data folder if it isn't there yet.

    Raises:
        UserError: an original file is damaged or missing, the data folder can't be written, or what lies
            there can't be read.
    """
    builder = mnist_builder()
    if not builder.is_prepared():
        read_listed(ORIGINALS, FILES, "restore it with `git checkout mnist/original`")
        print(f"preparing all of MNIST, once, in {builder.data_dir}: about a minute", flush=True)
        config = tfds.download.DownloadConfig(manual_dir=ORIGINALS, try_download_gcs=False)
        try:
            with holding(Path(builder.data_dir).parents[1], "mnist", wait=True):
                if not mnist_builder().is_prepared():  # by another process meanwhile
                    with contextlib.redirect_stdout(io.StringIO()):  # it would speak of a download
                        builder.download_and_prepare(download_config=config)
        except Exception as error:  # TFDS's own, protobuf's and the system's many kinds
            raise UserError(
                f"can't prepare MNIST ({error}); another folder can be named with TFDS_DATA_DIR"
            ) from None
    check_prepared(Path(builder.data_dir))
    return mnist_builder()


@functools.cache
def check_prepared(folder: Path) -> None:
    """Read each record of all of MNIST against the checksum that the format has for it.

    Raises:
        UserError: a record is damaged, some are missing, or they are in another of TFDS's file formats.
    """
    try:
        for split, count in COUNTS.items():
            paths = [str(path) for path in mnist_builder().info.splits[split].filepaths]
            records = tf.data.TFRecordDataset(paths, buffer_size=2**20).batch(1000).as_numpy_iterator()
            if sum(map(len, records)) != count:
                raise ValueError("records are missing")
    except Exception:  # TFDS's own and TensorFlow's many kinds
        raise unreadable(folder) from None


def mnist_builder() -> tfds.core.DatasetBuilder:
    try:
        return tfds.builder("mnist:3.0.1", try_gcs=False)
    except Exception:  # if what is written of its files is damaged
        raise unreadable(Path(tfds.core.constants.DATA_DIR, "mnist", "3.0.1")) from None


def unreadable(folder: Path) -> UserError:
    return UserError(
        f"TFDS's MNIST in {folder} is damaged, or in another file format than TFRecord: "
        "move that folder away, or name another place with TFDS_DATA_DIR"
    )


def rebuild(folder: Path) -> None:
    """Write the zeros and ones of MNIST to `folder` as a TFDS data set with its list of SHA-256 sums."""
    mnist = prepared_mnist()
    image, label = tfds.features.Image(shape=(28, 28, 1)), tfds.features.ClassLabel(num_classes=2)
    scratch_folder = tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{NAME}-")
    with scratch_folder as scratch, contextlib.redirect_stdout(io.StringIO()):
        built = tfds.dataset_builders.store_as_tfds_dataset(
            name=NAME,
            version=VERSION,
            data_dir=scratch,
            features=tfds.features.FeaturesDict({"image": image, "label": label}),
            split_datasets={split: examples(mnist, split, POST_DIGITS) for split in COUNTS},
            description="The digits zero and one of MNIST, in the order of TFDS's mnist 3.0.1.",
            homepage="http://yann.lecun.com/exdb/mnist/",
            disable_shuffling=True,
        )
        for path in map(str, built.data_path.glob("*.tfrecord*")):
            # TFDS leaves the order of a record's fields to protobuf, which draws it anew in each process
            records = [*tf.data.TFRecordDataset(path).as_numpy_iterator()]
            with tf.io.TFRecordWriter(path) as writer:
                for example in map(tf.train.Example.FromString, records):
                    writer.write(example.SerializeToString(deterministic=True))
        shutil.rmtree(folder / VERSION, ignore_errors=True)
        shutil.move(built.data_path, folder / VERSION)
    write_sums(folder, sorted((folder / VERSION).iterdir()))


def main() -> None:
    Parser("Rebuild mnist/zero_one/ from the original files in mnist/original/.").parse_args()
    with one_line_errors():
        rebuild(ZERO_ONE)
        print(f"rebuilt {short(ZERO_ONE)}")


if __name__ == "__main__":
    main()
