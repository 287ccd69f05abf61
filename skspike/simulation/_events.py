"""Inputs as lists of events, the form that the time loops read.

Each sample holds, for every step, the channels that spike in it, and for learning also, for every channel, the steps in which it
spikes. Constant currents are events too: they stand in an extra step after the last, whose events act at every step, each
weighted by its current. So spikes, graded spikes and currents take one path through the network.

Samples in which more than a share DENSE of all places spike have no lists: they are kept as they are, for matrix products.
"""

from typing import NamedTuple

import numpy as np

from .._jit import kernel, scalar

DENSE, FEW = 0.25, 32  # measured; with few channels a list is never long
IN_CACHE = 2**17  # numbers

# The position of the lowest bit of a 64-bit word: its product with this number differs in the highest six bits for all of them.
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
POSITION = np.empty(64, np.uint8)
POSITION[[(int(DE_BRUIJN) << k) % 2**64 >> 58 for k in range(64)]] = range(64)


class Sparse(NamedTuple):
    """Lists of indices: list k is ``idx[ptr[k]:ptr[k + 1]]``, weighted by ``val`` unless that is empty (all ones)."""

    ptr: np.ndarray
    idx: np.ndarray
    val: np.ndarray


class Events(NamedTuple):
    """The events of samples `rows`, sorted by step, and by channel where learning has asked for it.

    `dense` is the raster of the samples without lists, and `place` says where in it a sample stands (-1: it has lists).
    """

    rows: np.ndarray
    n_channels: int
    n_steps: int
    by_step: Sparse
    by_channel: Sparse | None
    dense: np.ndarray
    place: np.ndarray

    def with_channels(self):
        """Return the events sorted by channel as well."""
        if self.by_channel is not None:
            return self
        return self._replace(by_channel=_transposed(self.by_step, self.n_steps + 1, self.n_channels))

    def listed(self):
        """Return the events of `rows` with lists for the dense samples too."""
        place, ptr = self.place[self.rows], self.by_step.ptr
        if (place < 0).all():
            return self
        raster = np.zeros((len(place), self.n_steps, self.n_channels), np.uint8)
        for b, row in enumerate(self.rows):
            if place[b] >= 0:
                raster[b] = self.dense[place[b]].T
            else:
                lists = ptr[row * (self.n_steps + 1) : (row + 1) * (self.n_steps + 1)]
                raster[b, np.repeat(np.arange(self.n_steps), np.diff(lists)), self.by_step.idx[lists[0] : lists[-1]]] = 1
        return from_raster(np.ascontiguousarray(raster.transpose(0, 2, 1)), self.by_step.val.dtype, densest=1.0)

    def activity(self):
        """Return how many events each channel holds, (len(rows), n_channels)."""
        counts = np.diff(self.with_channels().by_channel.ptr).reshape(-1, self.n_channels)[self.rows]
        dense = self.place[self.rows] >= 0
        counts[dense] = self.dense[self.place[self.rows[dense]]].sum(axis=2)
        return counts

    def take(self, rows):
        """Return the events of some of the samples; nothing is copied."""
        return self._replace(rows=self.rows[rows])

    def dense_rows(self):
        """Return the positions of the dense samples in `rows`."""
        return np.flatnonzero(self.place[self.rows] >= 0) if len(self.dense) else np.empty(0, int)

    def matrices(self, at, dtype):
        """Yield dense samples at some positions, as many as the cache holds: their positions and (n, n_steps, n_channels) spikes."""
        few = max(1, IN_CACHE // (self.n_channels * self.n_steps))
        for k in range(0, len(at), few):
            some = at[k : k + few]
            yield some, self.dense[self.place[self.rows[some]]].astype(dtype).transpose(0, 2, 1)


@scalar
def lowest_bit(word):
    """Return the position of the lowest bit that is set, and the word without it."""
    bit = word & (~word + np.uint64(1))
    return np.int64(POSITION[(bit * DE_BRUIJN) >> np.uint64(58)]), word ^ bit


@kernel
def _list_by_step(raster, place, octets, words, ptr, idx):
    """List the channels that spike in each step of the samples without a place among the dense ones.

    `octets` and `words` are the same memory: one bit a channel, for each step.
    """
    n_samples, n_channels, n_steps = raster.shape
    column = np.empty(n_steps, np.uint8)
    n = 0
    for b in range(n_samples):
        if place[b] >= 0:
            ptr[b * (n_steps + 1) : (b + 1) * (n_steps + 1)] = n
            continue
        for g in range((n_channels + 7) // 8):
            c, last = 8 * g, n_channels - 1
            r0, r1, r2, r3 = raster[b, c], raster[b, min(c + 1, last)], raster[b, min(c + 2, last)], raster[b, min(c + 3, last)]
            c, valid = c + 4, np.uint8(2 ** min(n_channels - c, 8) - 1)
            r4, r5, r6, r7 = raster[b, min(c, last)], raster[b, min(c + 1, last)], raster[b, min(c + 2, last)], raster[b, min(c + 3, last)]
            for t in range(n_steps):
                low = r0[t] | r1[t] << 1 | r2[t] << 2 | r3[t] << 3
                column[t] = (low | r4[t] << 4 | r5[t] << 5 | r6[t] << 6 | r7[t] << 7) & valid
            for t in range(n_steps):
                octets[t, g] = column[t]
        for t in range(n_steps):
            ptr[b * (n_steps + 1) + t] = n
            for k in range(words.shape[1]):
                word = words[t, k]
                while word != 0:
                    bit, word = lowest_bit(word)
                    idx[n] = 64 * k + bit
                    n += 1
        ptr[b * (n_steps + 1) + n_steps] = n
    ptr[-1] = n


@kernel
def _transpose(source, n_outer, n_inner, ptr, idx, val):
    """Sort the events of each sample, n_outer lists of indices below n_inner, the other way round; both orders are ascending."""
    first, inner_of, value_of = source
    place = np.empty(n_inner, np.int64)
    for b in range((len(first) - 1) // n_outer):
        place[:] = 0
        for e in range(first[b * n_outer], first[(b + 1) * n_outer]):
            place[inner_of[e]] += 1
        n = first[b * n_outer]
        for k in range(n_inner):
            ptr[b * n_inner + k] = n
            count = place[k]
            place[k] = n
            n += count
        for k in range(n_outer):
            for e in range(first[b * n_outer + k], first[b * n_outer + k + 1]):
                i = place[inner_of[e]]
                place[inner_of[e]] = i + 1
                idx[i] = k
                if len(value_of):
                    val[i] = value_of[e]
    ptr[-1] = first[-1]


def _transposed(source, n_outer, n_inner):
    ptr = np.empty((len(source.ptr) - 1) // n_outer * n_inner + 1, np.int64)
    target = Sparse(ptr, np.empty_like(source.idx), np.empty_like(source.val))
    _transpose(tuple(source), n_outer, n_inner, *target)
    return target


def from_raster(raster, dtype=np.float32, densest=DENSE):
    """Return the events of a C-contiguous uint8 raster of 0 and 1, (n_samples, n_channels, n_steps).

    Samples in which more than a share `densest` of all places spike get no lists.
    """
    n_samples, n_channels, n_steps = raster.shape
    counts = np.fromiter(map(np.count_nonzero, raster.view(bool)), int, n_samples)  # this way the fast one
    many = counts > (densest if n_channels >= FEW else 1) * n_channels * n_steps
    dense, place = raster if many.all() else raster[many], np.where(many, np.cumsum(many) - 1, -1)
    raster = raster.view()
    raster.flags.writeable = False  # as memory maps are: one signature for all
    octets = np.zeros((n_steps, -(-n_channels // 64) * 8), np.uint8)
    ptr = np.empty(n_samples * (n_steps + 1) + 1, np.int64)
    idx = np.empty(counts[~many].sum(), np.int32)
    with np.errstate(over="ignore"):  # that product wraps around, of which only numpy without numba warns
        _list_by_step(raster, place, octets, octets.view(np.uint64), ptr, idx)
    return Events(np.arange(n_samples), n_channels, n_steps, Sparse(ptr, idx, np.empty(0, dtype)), None, dense, place)


def joined(parts):
    """Return the events of several lots of samples as one, sorted by channel too; each lot in its own order."""
    parts = [part.with_channels() for part in parts]
    if len(parts) == 1:
        return parts[0]

    def join(lists):
        starts = np.cumsum([0] + [len(part.idx) for part in lists])
        ptr = np.concatenate([part.ptr[:-1] + start for part, start in zip(lists, starts[:-1], strict=True)] + [starts[-1:]])
        return Sparse(ptr, np.concatenate([part.idx for part in lists]), np.concatenate([part.val for part in lists]))

    starts = np.cumsum([0] + [len(part.dense) for part in parts])
    place = np.concatenate([part.place + start * (part.place >= 0) for part, start in zip(parts, starts[:-1], strict=True)])
    dense = np.concatenate([part.dense for part in parts])
    lists = join([part.by_step for part in parts]), join([part.by_channel for part in parts])
    return Events(np.arange(len(place)), *parts[0][1:3], *lists, dense, place)


def from_values(values, steps, n_steps):
    """Return the events of an array (n_samples, n_channels, len(steps)): its nonzero values, at the given steps."""
    n_samples, n_channels, _ = values.shape
    sample, channel, step = np.nonzero(values)
    ptr = np.zeros(n_samples * n_channels + 1, np.int64)
    np.cumsum(np.bincount(sample * n_channels + channel, minlength=n_samples * n_channels), out=ptr[1:])
    by_channel = Sparse(ptr, np.asarray(steps, np.int32)[step], values[sample, channel, step])
    by_step = _transposed(by_channel, n_channels, n_steps + 1)
    dense, place = np.empty((0, n_channels, n_steps)), np.full(n_samples, -1)
    return Events(np.arange(n_samples), n_channels, n_steps, by_step, by_channel, dense, place)


def from_graded(spikes):
    """Return the events of graded spikes, (n_samples, n_channels, n_steps) of real numbers."""
    return from_values(spikes, np.arange(spikes.shape[2]), spikes.shape[2])


def from_currents(currents, n_steps):
    """Return constant currents, (n_samples, n_channels), as events that act at every step."""
    return from_values(currents[:, :, None], [n_steps], n_steps)
