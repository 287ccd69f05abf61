"""Random events in the format of tonic."""

import numpy as np

EVENTS = np.dtype([("t", "i8"), ("x", "i2"), ("y", "i2"), ("p", "i1")])


def events_of(rng, n, sensor_size, duration):
    """Return n random events, sorted by time."""
    times = np.sort(rng.integers(0, duration, n))
    fields = [times, *(rng.integers(0, size, n) for size in sensor_size)]
    return np.array(list(zip(*fields, strict=True)), dtype=EVENTS)
