"""TensorFlow with one way to round, on every machine, and without its greeting. To be imported before it.

What a training's last bits would otherwise depend on: oneDNN, which is on by default on some processors and
off on others; a graphics card; kernels that sum in whatever order their threads finish; and, in graph mode,
the optimizer that rewrites the graph.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # read once, at the import
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Drop what native code writes to file descriptor 2 meanwhile; an exception still passes."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


logging.getLogger("absl").setLevel(logging.ERROR)
with silence():
    import tensorflow as tf
    import tensorflow_datasets as tfds

    tf.config.set_visible_devices([], "GPU")
    tf.config.list_logical_devices()  # starts the runtime, which has a greeting of its own
tfds.disable_progress_bar()
tf.config.experimental.enable_op_determinism()
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
