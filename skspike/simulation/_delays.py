"""Delayed inputs: one input for each pair of a channel and a delay.

    input k of step t:    x[channel_k, t + advance - delay_k],    0 outside of the train
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._compile import kernel
from .._utils import Array
from ._events import Events, Lists, max_listed


def delayed(series: Array, channels: Array, delays: ArrayLike, advance: int = 0) -> Array:
    """Return delayed channels of `series`, (n_samples, n_channels, n_steps).

    Input k is ``channels[k]``, delayed by ``delays[k]`` steps. All inputs are advanced by
    `advance` steps. The result is (n_samples, n_inputs, n_steps).
    """
    start = advance - np.asarray(delays)
    before, after = max(-start.min(), 0), max(start.max(), 0)
    padded = np.pad(series, ((0, 0), (0, 0), (before, after)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, series.shape[2], axis=2)
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


@kernel
def _delay_lists(
        source: Any, n_steps: int, n_channels: int, delays: Array, ptr: Array, idx: Array) -> None:
    """List the channels of each step at each delay, from the lists of the channels in each step."""
    # slices and unsigned indices, so that the compiler can use vector instructions
    source_ptr, source_idx, _ = source
    step = np.empty(len(source_idx), np.uint64)
    n, place, shift = np.empty((3, n_steps), np.int64)
    for start in range(0, len(ptr) - 1, n_steps + 1):
        # compute where each list begins
        first, new = source_ptr[start : start + n_steps + 1], ptr[start : start + n_steps + 2]
        for t in range(n_steps):
            for e in range(first[t], first[t + 1]):
                step[e] = t
            n[t] = first[t + 1] - first[t]
        place[:] = 0
        for delay in delays:
            later = place[delay:]
            for t in range(len(later)):
                later[t] += n[t]
        for t in range(n_steps):
            new[t + 1] = new[t] + place[t]
            place[t] = new[t]
        new[n_steps + 1] = new[n_steps]
        # write the events, at one delay after the other
        for number in range(len(delays)):
            later, base = place[delays[number] :], np.int32(number * n_channels)
            for t in range(len(later)):
                shift[t] = later[t] - first[t]
                later[t] += n[t]
            for e in range(np.uint64(first[0]), np.uint64(first[len(later)])):
                idx[np.uint64(shift[step[e]]) + e] = base + source_idx[e]


@kernel
def _delay_channels(
        source: Any, n_steps: int, n_channels: int, delays: Array, ptr: Array, idx: Array) -> None:
    """List the steps of each channel at each delay, from the lists of the steps of each channel."""
    # one loop over the spikes of all channels, because most lists are short
    source_ptr, source_idx, _ = source
    n, k, n_before = 0, 0, np.zeros(len(source_idx) + 1, np.int64)
    for first in range(0, len(source_ptr) - 1, n_channels):
        start, stop = source_ptr[first], source_ptr[first + n_channels]
        for delay in delays:
            for e in range(start, stop):
                t = source_idx[e] + delay
                n_before[e] = n
                idx[n] = t  # a spike after the end is overwritten
                n += t < n_steps
            n_before[stop] = n
            for c in range(first, first + n_channels):
                k += 1
                ptr[k] = n_before[source_ptr[c + 1]]


def delayed_spikes(events: Events, delays: Sequence[int]) -> Events:
    """Return spikes at each delay: all channels at the first delay, then at the next.

    They equal the events of the raster of `delayed` inputs.
    """
    n_inputs, (rows, by_step) = len(delays) * events.n_channels, events.unpacked()
    by_channel = events.by_channel if isinstance(events.by_channel, Lists) else None
    if tuple(delays) != (0,):
        by_step = _delayed_lists(_delay_lists, by_step, events, delays, 1)
        by_channel = by_channel and _delayed_lists(
            _delay_channels, by_channel, events, delays, len(delays))
    dense = np.diff(by_step.ptr) > max_listed(n_inputs)
    return Events(rows, n_inputs, events.n_steps, by_step.packed(dense, n_inputs), by_channel)


def _delayed_lists(
        write: Callable[..., None], source: Lists, events: Events, delays: Sequence[int],
        n_copies: int) -> Lists:
    """Return lists with the events of a source at each delay, `n_copies` times as many lists."""
    ptr = np.zeros((len(source.ptr) - 1) * n_copies + 1, np.int64)
    idx = np.empty(len(delays) * len(source.idx) + 1, np.int32)
    write(tuple(source), events.n_steps, events.n_channels, np.asarray(delays), ptr, idx)
    return source._replace(ptr=ptr, idx=idx[: ptr[-1]])


class DelayLine:
    """The inputs of `delayed`, step by step: all channels at the first delay, then at the next.

    `kept` lists the arrays that change from step to step.
    """

    def __init__(self, delays: tuple[int, ...], n_channels: int, dtype: np.dtype[Any]):
        self.delays = np.array(delays)
        self.ring = np.zeros((max(delays) + 1, n_channels), dtype)
        self.position = np.zeros(1, np.int64)
        self.kept = [self.ring, self.position]

    def step(self, x: Array) -> Array:
        """Take the channels of one step, and return the delayed inputs of this step."""
        now = self.position[0] % len(self.ring)
        self.ring[now] = x
        # a negative index counts from the end
        inputs: Array = self.ring[now - self.delays].reshape(-1)
        self.position[0] = (now + 1) % len(self.ring)
        return inputs
