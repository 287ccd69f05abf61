"""Matrix product and scan over time in numpy and numba, and spikes drawn by numpy.

Event-driven code must be faster than this.
"""

import numba
import numpy as np

from ..cases import DECAY

PACKAGES = ("numpy", "numba")
# bytes of currents at a time, which fit in the cache
GROUP = 2**20


@numba.njit(cache=True)
def scan(currents, decay, spikes):
    """Write the spikes of some samples (batch, steps, hidden)."""
    v = np.empty(currents.shape[2], np.float32)
    for b in range(len(currents)):
        v[:] = 0
        for t in range(currents.shape[1]):
            x, out = currents[b, t], spikes[b, t]
            for h in range(len(v)):
                charged = decay * v[h] + x[h]
                fires = charged > np.float32(1)
                out[h] = fires
                v[h] = np.float32(0) if fires else charged


def density(data, compiled):
    """Return a call that computes the spikes of a layer."""
    return (_compiled if compiled else _vectorised)(data)


def _compiled(data):
    dense = np.ascontiguousarray(data["raster"].transpose(0, 2, 1), np.float32)
    weights, decay = data["weights"], np.float32(DECAY)
    size = max(1, GROUP // (4 * dense.shape[1] * weights.shape[1]))

    def call():
        spikes = np.empty((*dense.shape[:2], weights.shape[1]), np.uint8)
        for k in range(0, len(dense), size):
            group = dense[k : k + size]
            currents = group.reshape(-1, group.shape[2]) @ weights
            scan(currents.reshape(*group.shape[:2], -1), decay, spikes[k : k + size])
        return spikes

    return call


def _vectorised(data):
    dense = np.ascontiguousarray(data["raster"].transpose(2, 0, 1), np.float32)
    weights, decay = data["weights"], np.float32(DECAY)

    def call():
        currents = (dense.reshape(-1, dense.shape[2]) @ weights).reshape(*dense.shape[:2], -1)
        v, spikes = np.zeros(currents.shape[1:], np.float32), np.empty(currents.shape, bool)
        for x, s in zip(currents, spikes, strict=True):
            v *= decay
            v += x
            np.greater(v, 1, out=s)
            v[s] = 0
        return spikes

    return call


def encoding(data):
    """Return a call that draws spikes (samples, channels, steps)."""
    x, steps, rng = data["x"], int(data["steps"]), np.random.default_rng(0)
    return lambda: rng.random((*x.shape, steps), dtype=np.float32) < x[:, :, None]
