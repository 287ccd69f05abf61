"""Input events: the lists of spikes and currents that the time loops read.

A sample has one list for every step: the channels that spike in the step. For learning, it also has
one list for every channel: the steps of the channel's spikes. Constant currents are events too:
they are listed in an extra step after the last one, act in every step, and have the currents as
values. So spikes, graded spikes and currents take one path through the network.

A step is *dense* if more than a quarter of the channels spike. Its list names *patterns*: spikes of
4 neighbouring channels, for which the loops have a table of the sums of weights. So no list is
longer than a quarter of the channels, and a list depends only on its own step. For learning, the
lists of channels that spike often name patterns of 4 steps.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .._compile import (
    GOLDEN, S32, clear_lowest, count_ones, draw, kernel, mix, row_keys, scalar, stack_array,
    trailing_zeros)
from .._utils import Array
from ._layout import N_PATTERNS

UNROLLED = 8  # positions that are written at a time, to avoid a branch for each of them
DENSE_SHARE = 0.25  # then the list has at most as many patterns as spikes
FEW_ROWS = 32  # with fewer channels or steps no list is dense, because all lists are short
FEW_LISTS = 16  # with fewer dense channels of a sample, the sums of patterns of steps take too long
LOW = np.uint64(0xFFFFFFFF)


class Lists(NamedTuple):
    """Lists of indices: list k is ``idx[ptr[k]:ptr[k + 1]]``.

    Its values are the same entries of `val`, or all one if `val` is empty.
    """

    ptr: Array
    idx: Array
    val: Array


class Events(NamedTuple):
    """Input of a batch of samples, as lists of events.

    The learning rules get events from ``task.inputs.batch(rows)`` and pass them on to a `Network`.
    `from_raster` turns a raster into events, and the method `raster` does the reverse.

    Parameters
    ----------
    rows : ndarray of shape (n_samples,)
        Index of each sample among the listed samples.
    n_channels : int
        Number of input channels.
    n_steps : int
        Number of time steps.
    by_step : tuple of ndarray
        Named tuple (ptr, idx, val) of the channels that spike in each step of each listed sample.
        A sample has ``n_steps + 1`` lists. List k names the channels
        ``idx[ptr[k]:ptr[k + 1]]``, with the values ``val[ptr[k]:ptr[k + 1]]`` or, if that
        array is empty, 1. The last list of a sample holds its constant currents. The list of a
        dense step names patterns instead: ``n_channels + 15 * i + pattern - 1`` stands for the
        channels ``4 * i + j`` whose bit j is set in the pattern. `spikes_only` returns events
        without patterns.
    by_channel : tuple of ndarray or None, default=None
        The same events as lists of steps, ``n_channels`` for each sample, or None. The lists of
        busy channels name patterns of 4 steps, from ``n_steps + 1`` on.
    dense, busy : bool, default=False
        Whether lists of `by_step` and of `by_channel` name patterns.

    See Also
    --------
    from_raster : Makes events of a raster.
    Network : Takes events.

    Examples
    --------
    Two channels that spike in the first and the last of three steps:

    >>> import numpy as np
    >>> from skspike.simulation import from_raster
    >>> events = from_raster(np.array([[[1, 0, 0], [0, 0, 1]]], dtype=np.uint8))
    >>> events.by_step.ptr.tolist(), events.by_step.idx.tolist()
    ([0, 1, 1, 2, 2], [0, 1])
    >>> events.activity()
    array([[1, 1]])
    """

    rows: Array
    n_channels: int
    n_steps: int
    by_step: Lists
    by_channel: Any = None  # Lists or None
    dense: bool = False
    busy: bool = False

    @property
    def weighted(self) -> bool:
        """Whether the events have values."""
        return len(self.by_step.val) > 0

    def with_channels(self) -> "Events":
        """Return the events with `by_channel`.

        Returns
        -------
        events : Events
            The same events.
        """
        if self.by_channel is not None:
            return self
        if self.weighted:
            events = self.spikes_only()
            lists = _transposed(events.by_step, self.n_steps + 1, self.n_channels)
            return events._replace(by_channel=lists, busy=False)
        n_listed = (len(self.by_step.ptr) - 1) // (self.n_steps + 1)
        most = len(self.by_step.idx) * (4 if self.dense else 1)
        words = np.empty((-(-self.n_steps // 64), self.n_channels), np.uint64)
        ptr = np.zeros(n_listed * self.n_channels + 1, np.int64)
        idx = np.empty(most + UNROLLED, np.int32)
        busy = _list_by_channel(
            tuple(self.by_step), self.n_steps, np.uint64(max_listed(self.n_steps)), words, ptr, idx)
        return self._replace(
            by_channel=Lists(ptr, idx[: ptr[-1]], self.by_step.val), busy=busy)

    def with_values(self) -> "Events":
        """Return the events with values, which are 1 for spikes.

        Returns
        -------
        events : Events
            The same events.
        """
        if self.weighted or not len(self.by_step.idx):
            return self
        events = self.spikes_only()
        lists = events.by_step
        return events._replace(
            by_step=lists._replace(val=np.ones(len(lists.idx), lists.val.dtype)), by_channel=None,
            busy=False)

    def take(self, rows: Array) -> "Events":
        """Return the events of some samples, without a copy.

        Parameters
        ----------
        rows : ndarray of shape (n_taken,)
            Indices into `rows`.

        Returns
        -------
        events : Events
            Their events, in this order.
        """
        return self._replace(rows=self.rows[rows])

    def raster(self) -> Array:
        """Return the events as a raster.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_channels, n_steps)
            Spikes as uint8, or values in the dtype of the events. Constant currents are left out.
        """
        raster = np.zeros(
            (len(self.rows), self.n_steps, self.n_channels),
            self.by_step.val.dtype if self.weighted else np.uint8)
        events = self.spikes_only()
        ptr, idx, val = events.by_step
        for b, row in enumerate(events.rows):
            lists = ptr[row * (self.n_steps + 1) : (row + 1) * (self.n_steps + 1)]
            listed = slice(lists[0], lists[-1])
            steps = np.repeat(np.arange(self.n_steps), np.diff(lists))
            raster[b, steps, idx[listed]] = val[listed] if self.weighted else 1
        return np.ascontiguousarray(raster.transpose(0, 2, 1))

    def spikes_only(self) -> "Events":
        """Return the events without dense steps: all lists of steps name channels.

        Returns
        -------
        events : Events
            The same spikes or values.
        """
        if not self.dense:
            return self
        starts, stops = self.ranges()
        ptr, size = np.zeros(len(starts) * (self.n_steps + 1) + 1, np.int64), (stops - starts).sum()
        idx = np.empty(4 * size, np.int32)
        val = np.empty(len(idx) if self.weighted else 0, self.by_step.val.dtype)
        n = _unpack(
            tuple(self.by_step), self.rows, self.n_steps + 1, self.n_channels, ptr, idx, val)
        return Events(
            np.arange(len(starts)), self.n_channels, self.n_steps, Lists(ptr, idx[:n], val[:n]))

    def ranges(self) -> tuple[Array, Array]:
        """Return where the events of each sample start and stop in the lists of steps.

        Returns
        -------
        starts, stops : ndarray of shape (n_samples,)
            Indices into ``by_step.idx``.
        """
        starts = self.by_step.ptr[:: self.n_steps + 1]
        return starts[self.rows], starts[self.rows + 1]

    def activity(self) -> Array:
        """Return the number of active steps of each channel.

        Returns
        -------
        activity : ndarray of shape (n_samples, n_channels)
            Constant currents are active in all steps.
        """
        events = self.spikes_only()
        ptr, idx, _ = _transposed(events.by_step, self.n_steps + 1, self.n_channels)
        acts = np.concatenate([[0], np.cumsum(np.where(idx == self.n_steps, self.n_steps, 1))])
        return (acts[ptr[1:]] - acts[ptr[:-1]]).reshape(-1, self.n_channels)[events.rows]


@scalar
def count_bits(words, counts):
    """Count the bits in each column of some words."""
    counts[:] = 0
    for k in range(len(words)):
        for t in range(len(counts)):
            counts[t] += count_ones(words[k, t])


@scalar
def append_lists(words, counts, max_listed, n_rows, ptr, idx, start):
    """Write one list for each column of `words`, from number `start` on.

    It names the positions of the bits or, if their count is more than `max_listed`, their patterns,
    from `n_rows` on. Return whether any list does so.
    """
    n, any_dense = np.uint64(ptr[start]), False
    for t in range(len(counts)):
        is_dense = counts[t] > max_listed
        any_dense |= is_dense
        for k in range(len(words)):
            word = words[k, t]
            if is_dense:
                pattern = n_rows + 16 * N_PATTERNS * k - 1
                for _ in range(16):
                    idx[n] = pattern + np.int64(word & np.uint64(15))
                    n += np.uint64((word & np.uint64(15)) != np.uint64(0))
                    word >>= np.uint64(4)
                    pattern += N_PATTERNS
            else:
                base, stop = np.uint64(64 * k), n + count_ones(word)
                while n < stop:
                    for j in range(UNROLLED):
                        idx[n + np.uint64(j)] = base + trailing_zeros(word)
                        word = clear_lowest(word)
                    n += np.uint64(UNROLLED)
                n = stop
        ptr[start + t + 1] = n
    return any_dense


@kernel
def _list_by_step(raster, n_channels, max_listed, octets, words, ptr, idx):
    """List the channels that spike in each step of each sample. Return whether a step is dense.

    The `raster` is flat. Steps with more than `max_listed` spikes are dense. `octets` (8, n_steps)
    and `words` (n_words, n_steps) are working memory: the bits of 8 channels in a byte, and of 64
    channels in a word. `idx` has UNROLLED extra places.
    """
    n_steps = words.shape[1]
    limit, starts = np.uint64(max_listed), stack_array(8, np.uint64(0))
    counts, last, any_dense = np.empty(n_steps, np.uint64), n_channels - 1, False
    for b in range((len(ptr) - 1) // (n_steps + 1)):
        for k in range(len(words)):
            # pack 8 channels at a time into bytes
            for o in range(8):
                c = 64 * k + 8 * o
                valid = np.uint8(255 >> min(max(c + 8 - n_channels, 0), 8))
                for j in range(8):
                    starts[j] = np.uint64((b * n_channels + min(c + j, last)) * n_steps)
                for t in range(n_steps):
                    byte = np.uint8(0)
                    for j in range(8):
                        byte |= raster[starts[j] + np.uint64(t)] << np.uint8(j)
                    octets[o, t] = byte & valid
            # join 8 bytes to a word
            for t in range(n_steps):
                word = np.uint64(0)
                for o in range(8):
                    word |= np.uint64(octets[o, t]) << np.uint64(8 * o)
                words[k, t] = word
        start = b * (n_steps + 1)
        count_bits(words, counts)
        any_dense |= append_lists(words, counts, limit, n_channels, ptr, idx, start)
        ptr[start + n_steps + 1] = ptr[start + n_steps]
    return any_dense


@kernel
def _list_by_channel(source, n_steps, max_listed, words, ptr, idx):
    """List the steps in which each channel spikes. Return whether lists name patterns.

    `source` are lists of the channels in each step, and patterns of them. The lists of a sample
    name patterns if they have more than `max_listed` spikes and are at least FEW_LISTS. `words`
    (n_words, n_channels) are working memory, the bits of 64 steps in a word. `idx` has UNROLLED
    extra places.
    """
    source_ptr, source_idx, _ = source
    n_channels, any_dense = words.shape[1], False
    counts = np.empty(n_channels, np.uint64)
    for b in range((len(ptr) - 1) // n_channels):
        words[:] = 0
        for t in range(n_steps):
            word, place = words[t // 64], np.uint64(t % 64)
            k = b * (n_steps + 1) + t
            for e in range(source_ptr[k], source_ptr[k + 1]):
                c = np.int64(source_idx[e])
                if c < n_channels:
                    word[c] |= np.uint64(1) << place
                else:
                    pattern = np.uint64((c - n_channels) % N_PATTERNS + 1)
                    c = (c - n_channels) // N_PATTERNS * 4
                    for j in range(min(4, n_channels - c)):
                        word[c + j] |= (pattern >> np.uint64(j) & np.uint64(1)) << place
        count_bits(words, counts)
        n_busy = 0
        for c in range(n_channels):
            n_busy += counts[c] > max_listed
        limit = max_listed if n_busy >= FEW_LISTS else np.uint64(n_steps)
        any_dense |= append_lists(words, counts, limit, n_steps + 1, ptr, idx, b * n_channels)
    return any_dense


@kernel
def _pack(ptr, idx, val, dense, n_rows):
    """Let the dense lists name patterns, from `n_rows` on, in place. Return their total length."""
    n, start = 0, 0
    for k in range(len(dense)):
        stop, last = ptr[k + 1], -1
        ptr[k] = n
        for e in range(start, stop):
            four, bit = idx[e] // 4, 1 << idx[e] % 4
            if dense[k] and four == last:
                idx[n - 1] += bit
            else:
                idx[n] = n_rows + N_PATTERNS * four + bit - 1 if dense[k] else idx[e]
                if len(val):
                    val[n] = val[e]
                n, last = n + 1, four
        start = stop
    ptr[-1] = n
    return n


@kernel
def _unpack(source, rows, n_lists, n_rows, ptr, idx, val):
    """Replace the patterns in the lists of some samples, from `n_rows` on, by their indices.

    A sample has `n_lists`. Return the number of indices.
    """
    source_ptr, source_idx, source_val = source
    n = 0
    for b in range(len(rows)):
        for t in range(n_lists):
            k = rows[b] * n_lists + t
            for e in range(source_ptr[k], source_ptr[k + 1]):
                index, pattern = np.int64(source_idx[e]), np.uint64(1)
                if index >= n_rows:
                    pattern = np.uint64((index - n_rows) % N_PATTERNS + 1)
                    index = (index - n_rows) // N_PATTERNS * 4
                while pattern != np.uint64(0):
                    idx[n] = index + np.int64(trailing_zeros(pattern))
                    if len(val):
                        val[n] = source_val[e]
                    pattern = clear_lowest(pattern)
                    n += 1
            ptr[b * n_lists + t + 1] = n
    return n


@kernel
def _transpose(source, n_outer, n_inner, ptr, idx, val):
    """Turn n_outer lists of indices below n_inner for each sample into n_inner lists.

    Indices are in ascending order in both.
    """
    source_ptr, source_idx, source_val = source
    place = np.empty(n_inner, np.int64)
    for b in range((len(source_ptr) - 1) // n_outer):
        # count the events of each new list
        place[:] = 0
        for e in range(source_ptr[b * n_outer], source_ptr[(b + 1) * n_outer]):
            place[source_idx[e]] += 1
        # compute where each new list begins
        n = source_ptr[b * n_outer]
        for k in range(n_inner):
            ptr[b * n_inner + k] = n
            count = place[k]
            place[k] = n
            n += count
        # write the events
        for k in range(n_outer):
            for e in range(source_ptr[b * n_outer + k], source_ptr[b * n_outer + k + 1]):
                i = place[source_idx[e]]
                place[source_idx[e]] = i + 1
                idx[i] = k
                if len(source_val):
                    val[i] = source_val[e]
    ptr[-1] = source_ptr[-1]


def _transposed(source, n_outer, n_inner):
    ptr = np.empty((len(source.ptr) - 1) // n_outer * n_inner + 1, np.int64)
    target = Lists(ptr, np.empty_like(source.idx), np.empty_like(source.val))
    _transpose(tuple(source), n_outer, n_inner, *target)
    return target


def max_listed(n_rows, dense_share=DENSE_SHARE):
    """Return the largest number of spikes in a list of channels or steps that is not dense."""
    return int(dense_share * n_rows) if n_rows >= FEW_ROWS else n_rows


def from_raster(
        raster: Array, dtype: DTypeLike = np.float32, dense_share: float = DENSE_SHARE) -> Events:
    """Return the events of a raster.

    Parameters
    ----------
    raster : ndarray of shape (n_samples, n_channels, n_steps), uint8
        1 for a spike, else 0. In C order.
    dtype : dtype
        The dtype of the network's weights. The default is float32.
    dense_share : float, default=0.25
        Share of the channels above which a step is dense. The order of sums depends on it, and so
        do the last bits of a result.

    Returns
    -------
    events : Events
        One list of channels for each step.

    See Also
    --------
    Events : The result.
    Network.rasters : Returns the raster of a network.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.simulation import from_raster
    >>> raster = np.array([[[1, 0, 1], [0, 0, 1]]], dtype=np.uint8)
    >>> from_raster(raster).raster().tolist()
    [[[1, 0, 1], [0, 0, 1]]]
    """
    n_samples, n_channels, n_steps = raster.shape
    raster = raster.reshape(-1)
    raster.flags.writeable = False  # like memory maps, so that one compiled version serves both
    limit = max_listed(n_channels, dense_share)
    n_spikes = np.count_nonzero(raster.view(bool))  # faster than on numbers
    octets = np.empty((8, n_steps), np.uint8)
    words = np.empty((-(-n_channels // 64), n_steps), np.uint64)
    ptr = np.zeros(n_samples * (n_steps + 1) + 1, np.int64)
    longest = max(limit, -(-n_channels // 4))
    idx = np.empty(min(n_spikes, n_samples * n_steps * longest) + UNROLLED, np.int32)
    dense = _list_by_step(raster, n_channels, limit, octets, words, ptr, idx)
    return Events(
        np.arange(n_samples), n_channels, n_steps, Lists(ptr, idx[: ptr[-1]], np.empty(0, dtype)),
        dense=dense)


def joined(parts: list[Events]) -> Events:
    """Return the events of several batches as one batch, with `by_channel`."""
    parts = [part.with_channels() for part in parts]
    if len(parts) == 1:
        return parts[0]

    def join(lists):
        starts = np.cumsum([0] + [len(part.idx) for part in lists])
        ptr = [part.ptr[:-1] + start for part, start in zip(lists, starts[:-1], strict=True)]
        return Lists(
            np.concatenate([*ptr, starts[-1:]]), np.concatenate([part.idx for part in lists]),
            np.concatenate([part.val for part in lists]))

    lists = join([part.by_step for part in parts]), join([part.by_channel for part in parts])
    return Events(
        np.arange(sum(len(part.rows) for part in parts)), *parts[0][1:3], *lists,
        any(part.dense for part in parts), any(part.busy for part in parts))


def from_values(values: Array, steps: ArrayLike, n_steps: int) -> Events:
    """Return as events the nonzero values (n_samples, n_channels, len(steps)) at some steps."""
    n_samples, n_channels, _ = values.shape
    sample, channel, step = np.nonzero(values)
    ptr = np.zeros(n_samples * n_channels + 1, np.int64)
    np.cumsum(
        np.bincount(sample * n_channels + channel, minlength=n_samples * n_channels), out=ptr[1:])
    by_channel = Lists(ptr, np.asarray(steps, np.int32)[step], values[sample, channel, step])
    by_step = _transposed(by_channel, n_channels, n_steps + 1)
    return Events(np.arange(n_samples), n_channels, n_steps, by_step, by_channel)


def from_graded(spikes: Array) -> Events:
    """Return the events of graded spikes, (n_samples, n_channels, n_steps) real numbers."""
    return from_values(spikes, np.arange(spikes.shape[2]), spikes.shape[2])


def from_series(series: Array, dense_share: float = DENSE_SHARE) -> Events:
    """Return the events of currents over time, (n_samples, n_channels, n_steps).

    A step with only 0 and 1 is dense if it would be in a raster, and gives the same bits.
    """
    is_raster = ((series == 0) | (series == 1)).all(axis=1)
    n_active = np.count_nonzero(series, axis=1)
    dense = is_raster & (n_active > max_listed(series.shape[1], dense_share))
    # the lists of constant currents are empty
    return packed(from_graded(series), np.pad(dense, ((0, 0), (0, 1))).ravel())


def packed(events: Events, dense: Array) -> Events:
    """Return events with patterns in the lists of steps that are `dense`."""
    if not dense.any():
        return events
    ptr, idx, val = (array.copy() for array in events.by_step)
    n = _pack(ptr, idx, val, dense, events.n_channels)
    return events._replace(by_step=Lists(ptr, idx[:n], val[:n]), dense=True)


@kernel
def _list_currents(currents, n_steps, ptr, idx, val):
    """List the channels with currents that are not 0, in the extra step. Return their number.

    `idx` and `val` have an extra place.
    """
    n = np.uint64(0)
    for b in range(len(currents)):
        ptr[b * (n_steps + 1) : (b + 1) * (n_steps + 1)] = n
        for c in range(currents.shape[1]):
            current = currents[b, c]
            idx[n], val[n] = c, current
            n += np.uint64(current != 0)
    ptr[-1] = n
    return n


def from_currents(currents: Array, n_steps: int) -> Events:
    """Return the events of constant currents, (n_samples, n_channels)."""
    n_samples, n_channels = currents.shape
    currents = np.ascontiguousarray(currents).view()
    currents.flags.writeable = False  # so that one compiled version serves both
    ptr = np.empty(n_samples * (n_steps + 1) + 1, np.int64)
    idx, val = np.empty(currents.size + 1, np.int32), np.empty(currents.size + 1, currents.dtype)
    n = _list_currents(currents, n_steps, ptr, idx, val)
    return Events(np.arange(n_samples), n_channels, n_steps, Lists(ptr, idx[:n], val[:n]))


@kernel
def _drop(
        keys, rows, n_steps, below, scale, units, whole, ptr, idx, val, new_ptr, new_idx, new_val):
    """Copy the events whose random bits reach the level `below`, with their values times a scale.

    The 32 random bits of an event depend on its sample and the unit of its channel and, unless
    `whole`, on its step.
    """
    n = 0
    for b in range(len(rows)):
        for t in range(n_steps + 1):
            word = mix(keys[b] + np.uint64((n_steps if whole else t) + 1) * GOLDEN)
            low, high = np.uint32(word & LOW), np.uint32(word >> S32)
            k = rows[b] * (n_steps + 1) + t
            for e in range(ptr[k], ptr[k + 1]):
                if draw(units[idx[e]], low, high) >= below:
                    new_idx[n], new_val[n] = idx[e], scale * val[e] if len(val) else scale
                    n += 1
            new_ptr[b * (n_steps + 1) + t + 1] = n


def with_dropout(
        events: Events, dropout: float, seed: int, epoch: int, rows: Array,
        features: Array | None = None) -> Events:
    """Drop a random share `dropout` of the events. Scale the others by ``1 / (1 - dropout)``.

    Which events are dropped depends on the seed, the epoch and the numbers `rows` of the samples,
    and not on their batch. A constant current is one event: it is dropped for a whole sample. With
    `features`, the feature of each channel, all events of a feature are dropped together.
    """
    events = events.spikes_only()
    keys = np.empty(len(rows), np.uint64)
    row_keys(np.uint64(seed), np.uint64(epoch), np.asarray(rows), keys)
    ptr, idx, val = events.by_step
    n = len(events.rows) * (events.n_steps + 1)
    starts, stops = events.ranges()
    size = (stops - starts).sum()
    kept = Lists(np.zeros(n + 1, np.int64), np.empty(size, idx.dtype), np.empty(size, val.dtype))
    scale = val.dtype.type(1 / (1 - dropout))
    whole = features is not None
    units = features if features is not None else np.arange(events.n_channels)
    _drop(
        keys, events.rows, events.n_steps, np.uint32(dropout * 2**32), scale,
        units.astype(idx.dtype), whole, ptr, idx, val, *kept)
    n_kept = kept.ptr[-1]
    return events._replace(
        rows=np.arange(len(events.rows)),
        by_step=Lists(kept.ptr, kept.idx[:n_kept], kept.val[:n_kept]), by_channel=None, busy=False)
