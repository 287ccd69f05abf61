"""Dropout of events: some inputs are left out in training, the rest count the more."""

import numpy as np

from .._compile import GOLDEN, S32, draw, kernel, mix, row_keys
from ._events import Lists

LOW = np.uint64(0xFFFFFFFF)


@kernel
def _thin(keys, rows, n_steps, below, scale, ptr, idx, val, new_ptr, new_idx, new_val):
    """Copy the events of `rows` whose 32 random bits, by sample, step and channel, are not below a level, each times a scale."""
    n = 0
    for b in range(len(rows)):
        for t in range(n_steps + 1):
            word = mix(keys[b] + np.uint64(t + 1) * GOLDEN)
            low = np.uint32(word & LOW)
            high = np.uint32(word >> S32)
            k = rows[b] * (n_steps + 1) + t
            for e in range(ptr[k], ptr[k + 1]):
                if draw(idx[e], low, high) >= below:
                    new_idx[n], new_val[n] = idx[e], scale * val[e] if len(val) else scale
                    n += 1
            new_ptr[b * (n_steps + 1) + t + 1] = n


def thinned(events, dropout, seed, epoch, rows):
    """Return events of which a share `dropout` is left out and the rest weighted by ``1 / (1 - dropout)``.

    What is left out depends on the seed, the epoch, and the numbers `rows` of the samples, not on
    their batch. A constant current is one event: it is there for the whole sample, or it is not.
    """
    events = events.spikes_only()
    keys = np.empty(len(rows), np.uint64)
    row_keys(np.uint64(seed), np.uint64(epoch), np.asarray(rows), keys)
    ptr, idx, val = events.by_step
    n = len(events.rows) * (events.n_steps + 1)
    starts = ptr[:-1].reshape(-1, events.n_steps + 1)[events.rows, 0]
    ends = ptr[1:].reshape(-1, events.n_steps + 1)[events.rows, -1]
    size = int((ends - starts).sum())
    kept = Lists(np.zeros(n + 1, np.int64), np.empty(size, idx.dtype), np.empty(size, val.dtype))
    scale = val.dtype.type(1 / (1 - dropout))
    _thin(
        keys, events.rows, events.n_steps, np.uint32(dropout * 2**32), scale, ptr, idx, val, *kept)
    kept = Lists(kept.ptr, kept.idx[: kept.ptr[-1]], kept.val[: kept.ptr[-1]])
    return events._replace(
        rows=np.arange(len(events.rows)), by_step=kept, by_channel=None, full=events.full[:0])
