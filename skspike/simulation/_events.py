"""Inputs as lists of events, the form that the time loops read.

Each sample holds, for every step, the channels that spike in it, and for learning also, for every
channel, the steps in which it spikes. Constant currents are events too: they stand in an extra step
after the last, whose events act at every step, each weighted by its current. So spikes, graded
spikes and currents take one path through the network.

A step in which more than half of the channels spike is *full*: it lists the silent ones, which are
to be taken from the sum over all. So a list never names more than half of the channels, and depends
on nothing but its own step.
"""

from typing import NamedTuple

import numpy as np

from .._compile import kernel
from ._instructions import population, trailing, without_lowest

LOT = 8  # positions that are written at a time, so that not every bit costs a branch
FEW = 32  # so few channels are listed as they are: no list is long


class Lists(NamedTuple):
    """Lists of indices: list k is ``idx[ptr[k]:ptr[k + 1]]``, weighted by ``val`` unless that is empty (all ones)."""

    ptr: np.ndarray
    idx: np.ndarray
    val: np.ndarray


class Events(NamedTuple):
    """The events of samples `rows`, sorted by step, and by channel where learning has asked for it.

    `full`, (n_samples, n_steps), marks the full steps; it has no rows where there are none.
    """

    rows: np.ndarray
    n_channels: int
    n_steps: int
    by_step: Lists
    by_channel: Lists | None
    full: np.ndarray

    @property
    def weighted(self):
        """Whether the events have values."""
        return len(self.by_step.val) > 0

    def with_channels(self):
        """Return the events sorted by channel as well."""
        if self.by_channel is not None:
            return self
        return self._replace(
            by_channel=_transposed(self.by_step, self.n_steps + 1, self.n_channels))

    def with_values(self):
        """Return the events as weighted ones; those of spikes have the value one."""
        if self.weighted or not len(self.by_step.idx):
            return self
        events = self.spikes_only()
        ones = np.ones(len(events.by_step.idx), events.by_step.val.dtype)
        return events._replace(by_step=events.by_step._replace(val=ones), by_channel=None)

    def take(self, rows):
        """Return the events of some of the samples; nothing is copied."""
        return self._replace(rows=self.rows[rows])

    def raster(self):
        """Return the spikes or values of `rows` again, (len(rows), n_channels, n_steps); spikes as uint8."""
        raster = np.zeros(
            (len(self.rows), self.n_steps, self.n_channels),
            self.by_step.val.dtype if self.weighted else np.uint8)
        ptr, idx, val = self.by_step
        for b, row in enumerate(self.rows):
            lists = ptr[row * (self.n_steps + 1) : (row + 1) * (self.n_steps + 1)]
            listed = slice(lists[0], lists[-1])
            raster[b, np.repeat(np.arange(self.n_steps), np.diff(lists)), idx[listed]] = val[
                listed] if self.weighted else 1
            if len(self.full):
                full = self.full[row]
                raster[b, full] = 1 - raster[b, full]
        return np.ascontiguousarray(raster.transpose(0, 2, 1))

    def spikes_only(self):
        """Return the events with lists of the channels that spike in full steps too."""
        if not len(self.full):
            return self
        return from_graded(self.raster()) if self.weighted else from_raster(
            self.raster(), self.by_step.val.dtype, most=1.0)

    def activity(self):
        """Return in how many steps each channel acts, (len(rows), n_channels)."""
        lists = self.spikes_only().with_channels()
        ptr, idx, _ = lists.by_channel
        acts = np.concatenate([[0], np.cumsum(np.where(idx == self.n_steps, self.n_steps, 1))])
        return (acts[ptr[1:]] - acts[ptr[:-1]]).reshape(-1, self.n_channels)[lists.rows]


@kernel
def _list_by_step(raster, most, octets, words, ptr, idx, full):
    """List the channels that spike in each step of each sample, or the silent ones where more than `most` spike; tell whether any do.

    `octets` (8, n_steps) holds the bits of eight channels a byte, `words` (n_words, n_steps) those
    of 64. `idx` has LOT places to spare.
    """
    n_samples, n_channels, n_steps = raster.shape
    n, last, any_full = np.uint64(0), n_channels - 1, False
    for b in range(n_samples):
        for k in range(len(words)):
            for o in range(8):
                column, c = octets[o], 64 * k + 8 * o
                valid = np.uint8(2 ** max(min(n_channels - c, 8), 0) - 1)
                rows = raster[b]
                r0 = rows[min(c, last)]
                r1 = rows[min(c + 1, last)]
                r2 = rows[min(c + 2, last)]
                r3 = rows[min(c + 3, last)]
                c += 4
                r4 = rows[min(c, last)]
                r5 = rows[min(c + 1, last)]
                r6 = rows[min(c + 2, last)]
                r7 = rows[min(c + 3, last)]
                for t in range(n_steps if valid else 0):
                    low = r0[t] | r1[t] << 1 | r2[t] << 2 | r3[t] << 3
                    column[t] = (low | r4[t] << 4 | r5[t] << 5 | r6[t] << 6 | r7[t] << 7) & valid
                for t in range(0 if valid else n_steps):
                    column[t] = 0
            word = words[k]
            for t in range(n_steps):
                low = np.uint64(octets[0, t]) | np.uint64(octets[1, t]) << np.uint64(8)
                low |= np.uint64(
                    octets[2, t]) << np.uint64(16) | np.uint64(octets[3, t]) << np.uint64(24)
                high = np.uint64(octets[4, t]) | np.uint64(octets[5, t]) << np.uint64(8)
                high |= np.uint64(
                    octets[6, t]) << np.uint64(16) | np.uint64(octets[7, t]) << np.uint64(24)
                word[t] = low | high << np.uint64(32)
        for t in range(n_steps):
            ptr[b * (n_steps + 1) + t] = n
            count = np.uint64(0)
            for k in range(len(words)):
                count += population(words[k, t])
            flip = count > most
            full[b, t] = flip
            any_full |= flip
            for k in range(len(words)):
                word, base = words[k, t], np.uint64(64 * k)
                if flip:
                    word = ~word & (~np.uint64(0) >> np.uint64(64 - min(n_channels - 64 * k, 64)))
                stop = n + population(word)
                while n < stop:
                    for j in range(LOT):
                        idx[n + np.uint64(j)] = base + trailing(word)
                        word = without_lowest(word)
                    n += np.uint64(LOT)
                n = stop
        ptr[b * (n_steps + 1) + n_steps] = n
    ptr[-1] = n
    return any_full


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
    target = Lists(ptr, np.empty_like(source.idx), np.empty_like(source.val))
    _transpose(tuple(source), n_outer, n_inner, *target)
    return target


def longest(n_channels, most=0.5):
    """Return how many channels spike at most in a step that is not full."""
    return int(most * n_channels) if n_channels >= FEW else n_channels


def from_raster(raster, dtype=np.float32, most=0.5):
    """Return the events of a C-contiguous uint8 raster of 0 and 1, (n_samples, n_channels, n_steps).

    Steps in which more than a share `most` of the channels spike are full.
    """
    n_samples, n_channels, n_steps = raster.shape
    raster = raster.view()
    raster.flags.writeable = False  # as memory maps are: one signature for all
    limit = longest(n_channels, most)
    n_spikes = sum(map(np.count_nonzero, raster.view(bool)))  # this way the fast one
    most_listed = min(n_spikes, n_samples * n_steps * limit)
    octets = np.empty((8, n_steps), np.uint8)
    words = np.empty((-(-n_channels // 64), n_steps), np.uint64)
    ptr = np.empty(n_samples * (n_steps + 1) + 1, np.int64)
    idx = np.empty(most_listed + LOT, np.int32)
    full = np.empty((n_samples, n_steps), bool)
    any_full = _list_by_step(raster, np.uint64(limit), octets, words, ptr, idx, full)
    full = full if any_full else full[:0]
    return Events(
        np.arange(n_samples), n_channels, n_steps, Lists(ptr, idx[: ptr[-1]], np.empty(0, dtype)),
        None, full)


def joined(parts):
    """Return the events of several lots of samples as one, sorted by channel too; each lot in its own order."""
    parts = [part.with_channels() for part in parts]
    if len(parts) == 1:
        return parts[0]

    def join(lists):
        starts = np.cumsum([0] + [len(part.idx) for part in lists])
        ptr = np.concatenate(
            [part.ptr[:-1] + start for part, start in zip(lists, starts[:-1], strict=True)]
            + [starts[-1:]])
        return Lists(
            ptr, np.concatenate([part.idx for part in lists]),
            np.concatenate([part.val for part in lists]))

    lists = join([part.by_step for part in parts]), join([part.by_channel for part in parts])
    if any(len(part.full) for part in parts):
        full = np.concatenate(
            [
                part.full if len(part.full) else np.zeros((len(part.rows), part.n_steps), bool)
                for part in parts])
    else:
        full = parts[0].full
    return Events(np.arange(sum(len(part.rows) for part in parts)), *parts[0][1:3], *lists, full)


def from_values(values, steps, n_steps):
    """Return the events of an array (n_samples, n_channels, len(steps)): its nonzero values, at the given steps."""
    n_samples, n_channels, _ = values.shape
    sample, channel, step = np.nonzero(values)
    ptr = np.zeros(n_samples * n_channels + 1, np.int64)
    np.cumsum(
        np.bincount(sample * n_channels + channel, minlength=n_samples * n_channels), out=ptr[1:])
    by_channel = Lists(ptr, np.asarray(steps, np.int32)[step], values[sample, channel, step])
    by_step = _transposed(by_channel, n_channels, n_steps + 1)
    return Events(
        np.arange(n_samples), n_channels, n_steps, by_step, by_channel,
        np.empty((0, n_steps), bool))


def from_graded(spikes):
    """Return the events of graded spikes, (n_samples, n_channels, n_steps) of real numbers."""
    return from_values(spikes, np.arange(spikes.shape[2]), spikes.shape[2])


def from_series(series, most=0.5):
    """Return the events of currents over time, (n_samples, n_channels, n_steps), of which a raster is the special case.

    A step of nothing but 0 and 1 is full as it would be in a raster, and gives the same bits.
    """
    full = ((series == 0) | (series == 1)).all(axis=1) & (
        np.count_nonzero(series, axis=1) > longest(series.shape[1], most))
    events = from_graded(np.where(full[:, None], 1 - series, series))
    return events._replace(full=full) if full.any() else events


def from_currents(currents, n_steps):
    """Return constant currents, (n_samples, n_channels), as events that act at every step."""
    return from_values(currents[:, :, None], [n_steps], n_steps)
