"""What the generators share: checks of their parameters, and rasters filled batch by batch so that memory stays flat."""

import numpy as np
from sklearn.utils import gen_batches

from .._checks import DT, SIZE, check_number, check_numbers, shown

# Spikes are drawn for about so many cells (samples, channels, steps) at once, from a few MB of
# random numbers. A seed's data depend on it.
CELLS = 2**19


def check_shape(n_samples, n_channels, n_steps, dt):
    """Return the shape of a raster, and the step; raise unless they are possible."""
    sizes = {"n_samples": n_samples, "n_channels": n_channels, "n_steps": n_steps}
    return tuple(check_number(size, name, **SIZE) for name, size in sizes.items()), check_number(
        dt, "dt", **DT)


def check_rate(rate, name, dt):
    """Return a rate in Hz; raise unless it gives a probability per step."""
    return check_number(rate, name, low=0, high=1000 / dt)


def check_classes(values, name, **limits):
    """Return a parameter that has one number per class as an array; raise unless each is within the limits of check_number."""
    checked = check_numbers(values, name, **limits) if np.iterable(values) else ()
    if not checked:
        raise ValueError(f"{name} must hold one number per class, got {shown(values)}.")
    return np.array(checked)


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


def once(places, n_steps):
    """Return a raster (..., n_steps) with one spike in each train, at its place from 0, the first step, to 1, the last."""
    raster = np.zeros((*places.shape, n_steps), dtype=np.uint8)
    steps = np.clip((places * n_steps).astype(np.intp), 0, n_steps - 1)
    np.put_along_axis(raster, steps[..., None], 1, axis=-1)
    return raster
