"""What the generators share: checks of their parameters, and rasters filled batch by batch so that memory stays flat."""

import numpy as np
from sklearn.utils import gen_batches

from .._validation import check_number

# Spikes are drawn for about so many cells (samples, channels, steps) at once, from a few MB of random numbers. A seed's data depend on it.
CELLS = 2**19


def check_shape(n_samples, n_channels, n_steps, dt):
    """Return the shape of a raster; raise unless its sizes and the step are possible."""
    check_number(n_samples, "n_samples", low=1, integer=True)
    check_number(n_channels, "n_channels", low=1, integer=True)
    check_number(n_steps, "n_steps", low=1, integer=True)
    check_number(dt, "dt", above=0)
    return n_samples, n_channels, n_steps


def check_rate(rate, name, dt):
    """Raise unless a rate in Hz gives a probability per step."""
    check_number(rate, name, low=0, high=1000 / dt)


def check_classes(values, name, **limits):
    """Return a parameter that has one number per class as an array; raise unless each is within the limits of check_number."""
    if not np.iterable(values) or not len(values := list(values)):
        raise ValueError(f"{name} must hold one number per class, got {values!r}.")
    for label, value in enumerate(values):
        check_number(value, f"{name}[{label}]", **limits)
    return np.array(values, dtype=float)


def fill(shape, draw):
    """Return a raster; ``draw(rows, shape)`` makes the spikes, of that shape, of a slice of its samples."""
    n_samples, n_channels, n_steps = shape
    X = np.empty(shape, dtype=np.uint8)
    for rows in gen_batches(n_samples, max(1, CELLS // (n_channels * n_steps))):
        X[rows] = draw(rows, (rows.stop - rows.start, n_channels, n_steps))
    return X


def bernoulli(rng, probability, shape):
    """Draw independent spikes whose probability broadcasts to the shape."""
    return rng.random_sample(shape) < probability
