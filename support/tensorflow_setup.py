"""TensorFlow computing in float64, whatever the reader's settings, and without its greeting. Comes before it.

In float64 the last bits, which depend on the processor, the threads and the order of a sum, lie so far below
those of float32 that they are gone when a result is rounded to float32: it is the same on every machine.
"""

import contextlib
import faulthandler
import logging
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import support.packages  # noqa: F401  says what a Python lacks

from support.options import one_line_errors

HARMLESS = ("TF_NUM_", "TF_ENABLE_ONEDNN_OPTS")  # how many threads, and which of the same sums
for name in [*os.environ]:
    if name.startswith(("KERAS_", "TF_", "TF2_", "XLA_")) and not name.startswith(HARMLESS):
        del os.environ[name]
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["KERAS_HOME"] = os.devnull  # so that no keras.json is read, or written
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Drop what native code writes to file descriptor 2 meanwhile; exceptions and crashes still pass."""
    sys.stderr.flush()
    stderr = os.dup(2)
    faulthandler.enable(stderr)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        faulthandler.disable()
        os.close(stderr)


processor = Path("/proc/cpuinfo")
if platform.machine() == "x86_64" and processor.exists() and "avx" not in processor.read_text().split():
    sys.exit("error: TensorFlow needs a processor with AVX, which this one hasn't: use another machine")
logging.getLogger("absl").setLevel(logging.ERROR)
with one_line_errors(), silence():
    import keras
    import tensorflow as tf
    import tensorflow_datasets as tfds

    tf.config.set_visible_devices([], "GPU")  # slower than a processor with so small a model
    tf.config.list_logical_devices()  # starts the runtime, which has a greeting of its own
keras.config.set_floatx("float64")
keras.config.set_image_data_format("channels_last")  # if Keras was there before
tfds.disable_progress_bar()
