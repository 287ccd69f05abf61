"""Lists of spike times, and products of spike trains, for distances and experts.

The van Rossum distance consists of products:

    (a, b) = sum of e^(-|s - t| / tau) over the spikes s of a and t of b
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._base import Array, Ragged, as_numbers, as_spikes, check_raster, collected, kernel

BLOCK = 2**22  # numbers of filtered trains that are in memory at a time
CACHED = 2**16  # the same if each train is used once


@dataclass(frozen=True)
class SpikeLists:
    """Steps with a spike, listed for each train.

    Parameters
    ----------
    steps : ndarray of shape (n_spikes,), int64
        Steps of the spikes of all trains, ordered by sample, channel and time.
    starts : ndarray of shape (n_samples * n_channels + 1,), int64
        Index of the first spike of each train, and the number of spikes.
    n_channels : int
        Number of channels.
    lengths : ndarray of shape (n_samples,), int64
        Number of steps of each sample.
    """

    steps: Array
    starts: Array
    n_channels: int
    lengths: Array

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def n_steps(self) -> int:
        """Length of the longest sample, at least 1."""
        return int(self.lengths.max(initial=1))

    def pooled(self) -> "SpikeLists":
        """Return samples of one channel, which has the spikes of all channels."""
        return SpikeLists(self.steps, self.starts[:: self.n_channels], 1, self.lengths)

    def with_edges(self, n_steps: int) -> "SpikeLists":
        """Return trains with an auxiliary spike before the first and one after the last spike.

        Auxiliary spikes are at the ends of the recording, or further away if this makes the first
        or last interval as long as the interval next to it. A train without spikes gets spikes at
        both ends first.
        """
        steps, starts = add_edges(self.steps, self.starts, n_steps)
        return SpikeLists(steps, starts, self.n_channels, self.lengths)


def spike_lists(X: Any, name: str) -> SpikeLists:
    """Return the spikes of an array (n_samples, [n_channels,] n_steps), or of unequal samples."""
    X = collected(X, name)
    if isinstance(X, Ragged):
        return _unequal(X.with_values(check_raster(X.values, name)))
    X = as_numbers(X, name)
    if X.ndim not in (2, 3):
        raise ValueError(
            f"{name} expects rasters of shape (n_samples, n_channels, n_steps) or (n_samples, "
            f"n_steps), got shape {X.shape}. Pass a single raster as X[np.newaxis].")
    X = as_spikes(X, name, *("n_channels", "n_steps")[3 - X.ndim :])
    n_samples, n_steps = len(X), X.shape[-1]
    trains = X.reshape(-1, n_steps)
    return SpikeLists(
        np.nonzero(trains)[1], _starts(np.count_nonzero(trains, axis=1)),
        X.shape[1] if X.ndim == 3 else 1, np.full(n_samples, n_steps))


def _unequal(X):
    """Return the spikes of samples of unequal length."""
    n_samples, n_channels, _ = X.shape
    channel, place = np.nonzero(X.values[0])
    firsts = _starts(X.lengths)
    sample = np.searchsorted(firsts, place, side="right") - 1
    train = sample * n_channels + channel
    order = np.argsort(train, kind="stable")
    counts = np.bincount(train, minlength=n_samples * n_channels)
    return SpikeLists((place - firsts[sample])[order], _starts(counts), n_channels, X.lengths)


def _starts(counts):
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


@kernel
def add_edges(steps, starts, n_steps):
    """Return the steps and starts of trains with auxiliary spikes."""
    n_trains = starts.size - 1
    result = np.empty(steps.size + 4 * n_trains, np.int64)
    new_starts = np.zeros(n_trains + 1, np.int64)
    n = 0
    for k in range(n_trains):
        first = n + 1
        n = first
        for i in range(starts[k], starts[k + 1]):
            result[n] = steps[i]
            n += 1
        if n == first:
            result[n], result[n + 1] = 0, n_steps
            n += 2
        several = n > first + 1
        before = result[first + 1] - result[first] if several else 0
        after = result[n - 1] - result[n - 2] if several else 0
        result[first - 1] = min(0, result[first] - before)
        result[n] = max(n_steps, result[n - 1] + after)
        n += 1
        new_starts[k + 1] = n
    return result[:n], new_starts


@kernel
def filtered(steps, starts, n_steps, decay, unit):
    """Return the sum of decay^|t - s| over the spikes s of each train, at all steps t.

    Sums are rounded to multiples of a unit, unless it is 0.
    """
    table = np.empty((starts.size - 1, n_steps))
    spikes = np.empty(n_steps)
    for k in range(starts.size - 1):
        spikes[:] = 0.0
        for i in range(starts[k], starts[k + 1]):
            spikes[steps[i]] += 1.0
        # spikes up to step t
        trace = 0.0
        for t in range(n_steps):
            trace = trace * decay + spikes[t]
            table[k, t] = trace
        # spikes after step t
        trace = 0.0
        for t in range(n_steps - 1, -1, -1):
            table[k, t] += trace
            trace = (trace + spikes[t]) * decay
        if unit > 0:
            for t in range(n_steps):
                table[k, t] = np.rint(table[k, t] / unit) * unit
    return table


@kernel
def add_products(steps, starts, n_channels, table, column, result):
    """Add the entries of a table at the spikes of each sample to columns of the result.

    The table is (n_channels, n_steps, n_others). Its first sample has the given column.
    """
    for i in range(result.shape[0]):
        row = result[i, column : column + table.shape[2]]
        for c in range(n_channels):
            train = i * n_channels + c
            for spike in range(starts[train], starts[train + 1]):
                entries = table[c, steps[spike]]
                for j in range(entries.size):
                    row[j] += entries[j]


@kernel
def add_norms(steps, starts, row, trains, result):
    """Add the entries of filtered trains at their own spikes to the result, from a row on."""
    n_samples, n_channels, _ = trains.shape
    for i in range(n_samples):
        for c in range(n_channels):
            train = (row + i) * n_channels + c
            for spike in range(starts[train], starts[train + 1]):
                result[row + i] += trains[i, c, steps[spike]]


def products(
        first: SpikeLists, second: SpikeLists, decay: float, unit: float = 0.0) -> Array:
    """Return the products of all samples, (n_samples_X, n_samples_Y).

    With a `unit`, terms are rounded to its multiples, so that sums do not depend on their order.
    """
    result = np.zeros((len(first), len(second)))
    for column, trains in _filtered(
            second, max(first.n_steps, second.n_steps), decay, unit, BLOCK):
        table = np.ascontiguousarray(np.moveaxis(trains, 0, -1))
        add_products(first.steps, first.starts, first.n_channels, table, column, result)
    return result


def norms(lists: SpikeLists, decay: float, unit: float = 0.0) -> Array:
    """Return the product of each sample with itself."""
    result = np.zeros(len(lists))
    for row, trains in _filtered(lists, lists.n_steps, decay, unit, CACHED):
        add_norms(lists.steps, lists.starts, row, trains, result)
    return result


def _filtered(
        lists: SpikeLists, n_steps: int, decay: float, unit: float,
        block: int) -> Iterator[tuple[int, Array]]:
    """Yield the filtered trains of groups of samples, and the index of their first sample."""
    size, n_channels = max(block // (lists.n_channels * n_steps), 1), lists.n_channels
    for row in range(0, len(lists), size):
        starts = lists.starts[row * n_channels : (row + size) * n_channels + 1]
        trains = filtered(lists.steps, starts, n_steps, decay, unit)
        yield row, trains.reshape(-1, n_channels, n_steps)
