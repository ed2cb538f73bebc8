"""Training and attack in a few plain lines: what the chapters' numbers are held to."""

import numpy as np


def train(images, labels, start, epsilon, rate, epochs=10):
    """SGD in batches of 100 on the mean of the robust hinge loss, for one model that starts from (785,).

    Returns:
        w, b, and the mean of y·(x, 1) over the images that had a loss when their batch came.
    """
    images, labels = images.astype(float), labels.astype(float)
    w, b = start[:-1].astype(float), float(start[-1])
    total, count = 0, 0
    for first in [*range(0, len(labels), 100)] * epochs:
        x, y = images[first : first + 100], labels[first : first + 100]
        active = y * (x @ w + b) < 1 + epsilon * np.abs(w).sum()
        total, count = total + (y * active) @ np.column_stack([x, np.ones(len(x))]), count + active.sum()
        step = rate / (len(y) if epsilon == 0 else 100)  # the post's robust loss is a sum: 0.0001 · 100
        w, b = (
            w + step * ((y * active) @ x - epsilon * active.sum() * np.sign(w)),
            b + step * (y * active).sum(),
        )
    return w, b, total / count


def right(w, b, images, labels, epsilon, clip=False):
    """Which images are right after each is really moved by its worst step, bool (N,)."""
    moved = images.astype(float) - epsilon * np.outer(labels, np.sign(w))
    return labels * ((moved.clip(0, 1) if clip else moved) @ w + b) > 0


def bounds(w, b, alpha, images, labels, epsilon):
    """What (w, b) and α prove of the least robust hinge loss: from above, from below."""
    images, labels, slack = images.astype(float), labels.astype(float), 1e-12
    assert alpha.min() >= 0 and alpha.max() <= 1 / len(labels) + slack and abs(alpha @ labels) < slack
    assert np.abs((alpha * labels) @ images).max() <= epsilon * alpha.sum() + slack
    losses = np.maximum(0, 1 - labels * (images @ w + b) + epsilon * np.abs(w).sum())
    return losses.mean(), alpha.sum()
