"""Input events: the lists of spikes and currents that the time loops read.

A sample has one list for every step: the channels that spike in the step. For learning, it also has
one list for every channel: the steps of the channel's spikes. Constant currents are events too:
they are listed in an extra step after the last one, act in every step, and have the currents as
values. So spikes, smooth spikes and currents take one path through the network.

A step is *dense* if more than a quarter of the channels spike. Its list has *patterns*: spikes of 4
neighbouring channels, for which the loops have a table of the sums of weights. So no list is longer
than a quarter of the channels, and a list depends only on its own step. For learning, the lists of
channels that spike often have patterns of 4 steps.

`Lists` hold indices of channels or steps. `PackedLists` hold *codes*, each of which stands for an
index or a pattern. They are different types, so that a type checker finds code that takes a code
for an index.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .._base import Array
from ._event_kernels import (
    UNROLLED, drop, fill_keys, fill_raster, list_by_channel, list_by_step, list_currents, pack,
    unpack)

DENSE_SHARE = 0.25  # then the list has at most as many patterns as spikes
UNCOUNTED = 2**21  # entries: getting more memory takes less time than counting the spikes
FEW_ROWS = 32  # with fewer channels or steps no list is dense, because all lists are short


class PackedLists(NamedTuple):
    """Lists of codes, of which some stand for patterns: list k is ``codes[ptr[k]:ptr[k + 1]]``.

    A code below the number n of channels or steps is an index. ``n + 15 * i + pattern - 1`` stands
    for the indices ``4 * i + j`` whose bit j is set in the pattern. `val` is as in `Lists`.
    """

    ptr: Array
    codes: Array
    val: Array


class Lists(NamedTuple):
    """Lists of indices: list k is ``idx[ptr[k]:ptr[k + 1]]``.

    Its values are the same entries of `val`, or all one if `val` is empty.
    """

    ptr: Array
    idx: Array
    val: Array

    def packed(self, dense: Array, n: int) -> "Lists | PackedLists":
        """Return the lists of indices below n, with patterns in the lists that are `dense`."""
        if not dense.any():
            return self
        ptr, codes, val = (array.copy() for array in self)
        length = pack(ptr, codes, val, dense, n)
        return PackedLists(ptr, codes[:length], val[:length])


AnyLists = Lists | PackedLists


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
        A sample has ``n_steps + 1`` lists. List k has the channels
        ``idx[ptr[k]:ptr[k + 1]]``, with the values ``val[ptr[k]:ptr[k + 1]]`` or, if that
        array is empty, 1. The last list of a sample holds its constant currents. If a step is
        dense, it is a named tuple (ptr, codes, val). A code below `n_channels` is a channel. The
        code ``n_channels + 15 * i + pattern - 1`` stands for the channels ``4 * i + j`` whose bit j
        is set in the pattern. `unpacked` returns lists of channels.
    by_channel : tuple of ndarray or None, default=None
        The same events as lists of steps, ``n_channels`` for each sample, or None. If there are
        many busy channels, codes from ``n_steps + 1`` on stand for patterns of 4 steps.

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
    by_step: AnyLists
    by_channel: AnyLists | None = None

    @property
    def dense(self) -> bool:
        """Whether lists of steps have patterns."""
        return isinstance(self.by_step, PackedLists)

    @property
    def busy(self) -> bool:
        """Whether lists of channels have patterns."""
        return isinstance(self.by_channel, PackedLists)

    @property
    def weighted(self) -> bool:
        """Whether the events have values."""
        return len(self.by_step.val) > 0

    def with_channels(self, dense_share: float = DENSE_SHARE) -> "Events":
        """Return spikes with `by_channel`. Events with values are returned as they are.

        Parameters
        ----------
        dense_share : float, default=0.25
            Share of the steps above which the list of a channel may have patterns.

        Returns
        -------
        events : Events
            The same events.
        """
        if self.by_channel is not None or self.weighted:
            return self
        n_listed = (len(self.by_step.ptr) - 1) // (self.n_steps + 1)
        most = self.by_step.ptr[-1] * (4 if self.dense else 1)
        words = np.empty((-(-self.n_steps // 64), self.n_channels), np.uint64)
        counts = np.empty(self.n_channels, np.uint64)
        ptr = np.zeros(n_listed * self.n_channels + 1, np.int64)
        codes = np.empty(most + UNROLLED, np.int32)
        busy = list_by_channel(
            tuple(self.by_step), self.n_steps, np.uint64(max_listed(self.n_steps, dense_share)),
            words, counts, ptr, codes)
        return self._replace(by_channel=_lists(busy, ptr, codes[: ptr[-1]], self.by_step.val))

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
        rows, lists = self.unpacked()
        dtype = lists.val.dtype if self.weighted else np.uint8
        raster = np.zeros((len(rows), self.n_channels, self.n_steps), dtype)
        fill_raster(tuple(lists), rows, raster)
        return raster

    def unpacked(self) -> tuple[Array, Lists]:
        """Return lists of the channels in each step, without patterns.

        Returns
        -------
        rows : ndarray of shape (n_samples,)
            Index of each sample among the listed samples.
        lists : tuple of ndarray
            Named tuple (ptr, idx, val) as `by_step`.
        """
        if isinstance(self.by_step, Lists):
            return self.rows, self.by_step
        n_samples, n_lists = len(self.rows), self.n_steps + 1
        ptr = np.zeros(n_samples * n_lists + 1, np.int64)
        idx = np.empty(4 * n_listed(self.by_step, self.rows, n_lists), np.int32)
        val = np.empty(len(idx) if self.weighted else 0, self.by_step.val.dtype)
        n = unpack(tuple(self.by_step), self.rows, n_lists, self.n_channels, ptr, idx, val)
        return np.arange(n_samples), Lists(ptr, idx[:n], val[:n])

    def with_plain_lists(self) -> "Events":
        """Return the events as lists of the channels in each step, without patterns.

        Returns
        -------
        events : Events
            The same events.
        """
        rows, lists = self.unpacked()
        return Events(rows, self.n_channels, self.n_steps, lists)

    def activity(self) -> Array:
        """Return the number of active steps of each channel.

        Returns
        -------
        activity : ndarray of shape (n_samples, n_channels)
            Constant currents are active in all steps.
        """
        (rows, lists), n_lists = self.unpacked(), self.n_steps + 1
        number = np.repeat(np.arange(len(lists.ptr) - 1), np.diff(lists.ptr))
        sample, step = np.divmod(number, n_lists)
        n_active = np.bincount(
            sample * self.n_channels + lists.idx, np.where(step < self.n_steps, 1, self.n_steps),
            len(lists.ptr) // n_lists * self.n_channels)
        return n_active.reshape(-1, self.n_channels)[rows].astype(int)


def n_listed(lists: AnyLists, rows: Array, n_lists: int) -> int:
    """Return the number of entries of some samples, which have `n_lists` lists each."""
    return int((lists.ptr[(rows + 1) * n_lists] - lists.ptr[rows * n_lists]).sum())


def _lists(is_packed: bool, ptr: Array, codes: Array, val: Array) -> AnyLists:
    return PackedLists(ptr, codes, val) if is_packed else Lists(ptr, codes, val)


def max_listed(n_rows: int, dense_share: float = DENSE_SHARE) -> int:
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
    raster.setflags(write=False)  # like memory maps, so that one compiled version serves both
    limit = max_listed(n_channels, dense_share)
    longest = max(limit, -(-n_channels // 4))
    most = n_samples * n_steps * longest
    if most > UNCOUNTED:
        most = min(most, np.count_nonzero(raster))
    words = np.empty((-(-n_channels // 64) + 1, n_steps), np.uint64)
    ptr = np.zeros(n_samples * (n_steps + 1) + 1, np.int64)
    codes = np.empty(most + UNROLLED, np.int32)
    dense = list_by_step(raster, n_channels, limit, words, ptr, codes)
    by_step = _lists(dense, ptr, codes[: ptr[-1]], np.empty(0, dtype))
    return Events(np.arange(n_samples), n_channels, n_steps, by_step)


def joined(batches: list[Events]) -> Events:
    """Return the events of several batches as one batch, of spikes with `by_channel`."""
    batches = [batch.with_channels() for batch in batches]
    first, n_samples = batches[0], sum(len(batch.rows) for batch in batches)
    if len(batches) == 1:
        return first
    by_channel = [batch.by_channel for batch in batches if batch.by_channel]
    return Events(
        np.arange(n_samples), first.n_channels, first.n_steps,
        _end_to_end([batch.by_step for batch in batches]),
        _end_to_end(by_channel) if by_channel else None)


def _end_to_end(batches: list[AnyLists]) -> AnyLists:
    """Return the lists of several batches, one batch after the other."""
    ptr, codes, val = zip(*batches, strict=True)
    starts = np.cumsum([0, *map(len, codes)])
    ptr = [own[:-1] + start for own, start in zip(ptr, starts[:-1], strict=True)]
    return _lists(
        any(isinstance(lists, PackedLists) for lists in batches),
        np.concatenate([*ptr, starts[-1:]]), np.concatenate(codes), np.concatenate(val))


def from_series(series: Array, dense_share: float = DENSE_SHARE) -> Events:
    """Return the events of currents over time or smooth spikes, (n_samples, n_channels, n_steps).

    A step with only 0 and 1 is dense if it would be in a raster, and gives the same bits.
    """
    n_samples, n_channels, n_steps = series.shape
    # each step, and the constant currents, which are zero
    steps = np.pad(series.transpose(0, 2, 1), ((0, 0), (0, 1), (0, 0)))
    by_step = _nonzero(steps)
    is_raster = ((steps == 0) | (steps == 1)).all(axis=2).ravel()
    dense = is_raster & (np.diff(by_step.ptr) > max_listed(n_channels, dense_share))
    return Events(
        np.arange(n_samples), n_channels, n_steps, by_step.packed(dense, n_channels),
        _nonzero(np.ascontiguousarray(series)))


def _nonzero(values: Array) -> Lists:
    """Return the nonzero numbers along the last axis, one list for each place in the others."""
    n = values.shape[-1]
    places = np.flatnonzero(values)
    ptr = np.searchsorted(places, np.arange(0, values.size + 1, n))
    return Lists(ptr, (places % n).astype(np.int32), values.reshape(-1)[places])


def from_currents(currents: Array, n_steps: int) -> Events:
    """Return the events of constant currents, (n_samples, n_channels)."""
    n_samples, n_channels = currents.shape
    currents = np.ascontiguousarray(currents).view()
    currents.flags.writeable = False  # so that one compiled version serves both
    ptr = np.empty(n_samples * (n_steps + 1) + 1, np.int64)
    idx, val = np.empty(currents.size + 1, np.int32), np.empty(currents.size + 1, currents.dtype)
    n = list_currents(currents, n_steps, ptr, idx, val)
    return Events(np.arange(n_samples), n_channels, n_steps, Lists(ptr, idx[:n], val[:n]))


def with_dropout(
        events: Events, dropout: float, seed: int, epoch: int, rows: Array,
        features: Array | None = None) -> Events:
    """Drop a random share `dropout` of the events. Scale the others by ``1 / (1 - dropout)``.

    Which events are dropped depends on the seed, the epoch and the numbers `rows` of the samples,
    and not on their batch. A constant current is one event: it is dropped for a whole sample. With
    `features`, the feature of each channel, all events of a feature are dropped together.
    """
    source, lists = events.unpacked()
    n_lists, scale = events.n_steps + 1, lists.val.dtype.type(1 / (1 - dropout))
    keys = np.empty(len(source), np.uint64)
    size = fill_keys(
        np.uint64(seed), np.uint64(epoch), np.asarray(rows), lists.ptr, source, n_lists, keys)
    ptr, idx = np.zeros(len(source) * n_lists + 1, np.int64), np.empty(size, np.int32)
    val = np.empty(size, lists.val.dtype)
    whole = features is not None
    units = np.arange(events.n_channels, dtype=np.int32) if features is None else features
    n = drop(
        tuple(lists), source, n_lists, keys, units, whole, np.uint32(dropout * 2**32), scale, ptr,
        idx, val)
    return Events(
        np.arange(len(source)), events.n_channels, events.n_steps, Lists(ptr, idx[:n], val[:n]))


def delayed(series: Array, channels: Array, delays: ArrayLike, advance: int = 0) -> Array:
    """Return delayed channels of `series`, (n_samples, n_channels, n_steps).

        input k of step t:    series[channels[k], t + advance - delays[k]],    0 outside a train

    The result is (n_samples, n_inputs, n_steps).
    """
    n_samples, n_channels, n_steps = series.shape
    start = advance - np.asarray(delays)
    before, after = max(-start.min(), 0), max(start.max(), 0)
    padded = np.zeros((n_samples, n_channels, before + n_steps + after), series.dtype)
    padded[:, :, before : before + n_steps] = series
    windows = np.lib.stride_tricks.sliding_window_view(padded, n_steps, axis=2)
    return np.ascontiguousarray(windows[:, channels, start + before])


def delayed_events(
        series: Array, channels: Array, delays: ArrayLike, advance: int = 0) -> Events:
    """Return `delayed` inputs as events that list every input in every step, including zeros."""
    inputs = delayed(series, channels, delays, advance)
    n_samples, n_inputs, n_steps = inputs.shape
    values = np.ascontiguousarray(inputs.transpose(0, 2, 1)).reshape(-1)
    idx = np.tile(np.arange(n_inputs, dtype=np.int32), n_samples * n_steps)
    # the last list of a sample holds constant currents; it is empty
    ptr = n_inputs * (n_steps * np.arange(n_samples)[:, None] + np.arange(n_steps + 1))
    lists = Lists(np.append(ptr, len(values)), idx, values)
    return Events(np.arange(n_samples), n_inputs, n_steps, lists)


def delayed_spikes(events: Events, delays: Sequence[int]) -> Events:
    """Return spikes at each delay: all channels at the first delay, then at the next.

    They equal the events of the raster of `delayed` inputs.
    """
    n_inputs, (rows, lists) = len(delays) * events.n_channels, events.unpacked()
    if tuple(delays) != (0,):
        lists = _repeated(lists, events.n_channels, events.n_steps, delays)
    packed = lists.packed(np.diff(lists.ptr) > max_listed(n_inputs), n_inputs)
    spikes = Events(rows, n_inputs, events.n_steps, packed)
    if tuple(delays) == (0,):
        return spikes._replace(by_channel=None if events.dense else events.by_channel)
    return spikes if events.by_channel is None else spikes.with_channels(dense_share=1.0)


def _repeated(lists: Lists, n_channels: int, n_steps: int, delays: Sequence[int]) -> Lists:
    """Return lists of channels in each step, repeated at each delay."""
    n = np.diff(lists.ptr).reshape(-1, n_steps + 1)
    copies = np.zeros((*n.shape, len(delays)), np.int64)
    for k, delay in enumerate(delays):
        copies[:, delay:n_steps, k] = n[:, : max(n_steps - delay, 0)]
    stops = np.cumsum(copies)
    starts = (stops - copies.ravel()).reshape(-1, len(delays))
    idx = np.empty(stops[-1], np.int32)
    # the list, place in it and step of each spike
    source = np.repeat(np.arange(n.size), n.ravel())
    place, step = np.arange(len(source)) - lists.ptr[source], source % (n_steps + 1)
    for k, delay in enumerate(delays):
        kept = np.flatnonzero(step < n_steps - delay)
        target = starts[source[kept] + delay, k] + place[kept]
        idx[target] = lists.idx[kept] + np.int32(k * n_channels)
    return Lists(np.append(0, stops[len(delays) - 1 :: len(delays)]), idx, lists.val)
