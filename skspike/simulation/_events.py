"""Inputs as lists of events, the form that the time loops read.

Each sample holds, for every step, the channels that spike in it, and once more, for every channel, the steps in which it spikes.
Constant currents are events too: they stand in an extra step after the last, whose events act at every step, each
weighted by its current. So spikes, graded spikes and currents take one path through the network.
"""

from typing import NamedTuple

import numpy as np

from .._jit import kernel, scalar


BYTES = np.uint64(0x0001020304050607)  # times 2**(8 i), its highest byte is i


class Sparse(NamedTuple):
    """Lists of indices: list k is ``idx[ptr[k]:ptr[k + 1]]``, weighted by ``val`` unless that is empty (all ones)."""

    ptr: np.ndarray
    idx: np.ndarray
    val: np.ndarray


class Events(NamedTuple):
    """The events of samples `rows`, sorted by step and by channel."""

    rows: np.ndarray
    by_step: Sparse
    by_channel: Sparse
    n_channels: int
    n_steps: int

    def take(self, rows):
        """Return the events of some of the samples; nothing is copied."""
        return self._replace(rows=self.rows[rows])


@scalar
def lowest(word):
    """Return the position of the first byte of ones in a word of eight bytes of 0 and 1, and the word without it."""
    first = word & (~word + np.uint64(1))
    return np.int64((first * BYTES) >> np.uint64(56)), word ^ first


@kernel
def _scan(words, tail, n_rows, n_steps, ptr, idx):
    """List the positions of the ones in rows of n_steps bytes of 0 and 1, which come eight to a little-endian word."""
    row, start, n = 0, 0, 0
    for k in range(len(words) + 1):
        word = words[k] if k < len(words) else tail
        while word != 0:
            byte, word = lowest(word)
            position = 8 * k + byte
            while position >= start + n_steps:
                row += 1
                start += n_steps
                ptr[row] = n
            idx[n] = position - start
            n += 1
    for k in range(row + 1, n_rows + 1):
        ptr[k] = n


@kernel
def _transpose(by_channel, n_channels, n_steps, ptr, idx, val):
    """Sort the events of each sample by step instead of by channel; both orders keep the other index ascending."""
    source, step_of, value_of = by_channel
    place = np.empty(n_steps + 1, np.int64)
    for b in range((len(source) - 1) // n_channels):
        first, stop = source[b * n_channels], source[(b + 1) * n_channels]
        place[:] = 0
        for e in range(first, stop):
            place[step_of[e]] += 1
        n = first
        for t in range(n_steps + 1):
            ptr[b * (n_steps + 1) + t] = n
            count = place[t]
            place[t] = n
            n += count
        for c in range(n_channels):
            for e in range(source[b * n_channels + c], source[b * n_channels + c + 1]):
                t = step_of[e]
                idx[place[t]] = c
                if len(value_of):
                    val[place[t]] = value_of[e]
                place[t] += 1
    ptr[-1] = source[-1]


def _both_orders(by_channel, n_samples, n_channels, n_steps):
    ptr = np.empty(n_samples * (n_steps + 1) + 1, np.int64)
    by_step = Sparse(ptr, np.empty_like(by_channel.idx), np.empty_like(by_channel.val))
    _transpose(tuple(by_channel), n_channels, n_steps, *by_step)
    return Events(np.arange(n_samples), by_step, by_channel, n_channels, n_steps)


def from_raster(raster, dtype=np.float32):
    """Return the events of a C-contiguous uint8 raster of 0 and 1, (n_samples, n_channels, n_steps)."""
    n_samples, n_channels, n_steps = raster.shape
    flat = np.require(raster.reshape(-1), requirements="A")
    whole = flat.size // 8 * 8
    words = np.require(flat[:whole].view(np.uint64), requirements="A")
    tail = np.uint64(int.from_bytes(flat[whole:].tobytes(), "little"))
    words.flags.writeable = False  # memory maps are read-only: one signature for all
    ptr = np.zeros(n_samples * n_channels + 1, np.int64)
    idx = np.empty(np.count_nonzero(flat.view(bool)), np.int32)
    with np.errstate(over="ignore"):  # that product wraps around, of which only numpy without numba warns
        _scan(words, tail, n_samples * n_channels, n_steps, ptr, idx)
    return _both_orders(Sparse(ptr, idx, np.empty(0, dtype)), n_samples, n_channels, n_steps)


def from_values(values, steps, n_steps):
    """Return the events of an array (n_samples, n_channels, len(steps)): its nonzero values, at the given steps."""
    n_samples, n_channels, _ = values.shape
    sample, channel, step = np.nonzero(values)
    ptr = np.zeros(n_samples * n_channels + 1, np.int64)
    np.cumsum(np.bincount(sample * n_channels + channel, minlength=n_samples * n_channels), out=ptr[1:])
    by_channel = Sparse(ptr, np.asarray(steps, np.int32)[step], values[sample, channel, step])
    return _both_orders(by_channel, n_samples, n_channels, n_steps)


def from_graded(spikes):
    """Return the events of graded spikes, (n_samples, n_channels, n_steps) of real numbers."""
    return from_values(spikes, np.arange(spikes.shape[2]), spikes.shape[2])


def from_currents(currents, n_steps):
    """Return constant currents, (n_samples, n_channels), as events that act at every step."""
    return from_values(currents[:, :, None], [n_steps], n_steps)
