"""Parameter checks and batch-wise drawing, shared by all generators."""

import numpy as np
from sklearn.utils import check_random_state, gen_batches

from .._base import DT_LIMITS, SIZE_LIMITS, check_number, check_numbers, shown

# Spikes are drawn in batches of about this many entries (samples x channels x steps), so that the
# random numbers take a few MB. A different value changes the data of every seed.
BATCH_ENTRIES = 2**19


def check_shape(n_samples, n_channels, n_steps, dt=1.0, first="n_samples"):
    """Return the checked shape of a raster, and the checked step in ms.

    `first` is the name of the first parameter.
    """
    sizes = {first: n_samples, "n_channels": n_channels, "n_steps": n_steps}
    shape = tuple(check_number(size, name, **SIZE_LIMITS) for name, size in sizes.items())
    return shape, check_number(dt, "dt", **DT_LIMITS)


def check_rate(rate, name, dt):
    """Return a checked rate in Hz, at most one spike per step of `dt` ms."""
    return check_number(rate, name, low=0, high=1000 / dt)


def check_classes(values, name, **limits):
    """Return the numbers of a parameter with one number per class, checked by `check_numbers`."""
    checked = check_numbers(values, name, **limits) if np.iterable(values) else ()
    if not checked:
        raise ValueError(f"{name} must hold one number per class, got {shown(values)}.")
    return np.array(checked)


def fill(shape, draw):
    """Return a raster drawn batch by batch.

    ``draw(rows, batch_shape)`` returns the spikes of the samples in the slice `rows`.
    """
    n_samples, n_channels, n_steps = shape
    X = np.empty(shape, dtype=np.uint8)
    for rows in gen_batches(n_samples, max(1, BATCH_ENTRIES // (n_channels * n_steps))):
        X[rows] = draw(rows, (rows.stop - rows.start, n_channels, n_steps))
    return X


def labelled(shape, n_classes, random_state, draw):
    """Return a raster drawn batch by batch, and labels of equal probability.

    ``draw(rng, y, batch_shape)`` returns the spikes of samples with the labels y.
    """
    rng = check_random_state(random_state)
    y = rng.randint(n_classes, size=shape[0])
    return fill(shape, lambda rows, batch_shape: draw(rng, y[rows], batch_shape)), y


def bernoulli(rng, probability, shape):
    """Draw independent spikes with a probability that broadcasts to `shape`."""
    return rng.random_sample(shape) < probability
