"""1,800 models: the post's four from ten starts for each of the 45 pairs of digits, ten epochs, two threads.

Without TensorFlow: images uint8 (N, 784), digits (N,) and starts (785, 10) come from an .npz file.
"""

import itertools
import os
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a core for each thread

import joblib
import numpy as np
import trainer

data = np.load(sys.argv[1])
images, digits = data["images"], data["digits"]
starts = np.tile(data["starts"], (1, 4))
rates, sums = zip(trainer.REGULAR, *[trainer.ROBUST] * 3, strict=True)
columns = [np.repeat(values, 10) for values in ((0.0, 0.1, 0.2, 0.3), rates, sums)]


def train(pair: tuple[int, int]) -> np.ndarray:
    chosen = np.isin(digits, pair)
    labels = np.where(digits[chosen] == pair[1], 1, -1)
    return trainer.train(images[chosen] / np.float32(255), labels, starts, *columns)[-1]


pairs = itertools.combinations(range(10), 2)
models = joblib.Parallel(n_jobs=2, prefer="threads")(joblib.delayed(train)(pair) for pair in pairs)
print(sum(weights.shape[1] for weights in models), "models")
