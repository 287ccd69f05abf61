"""Products of spike trains, of which the van Rossum distance consists.

    (a, b) = sum of e^(-|s - t| / tau) over the spikes s of a and t of b
"""

from collections.abc import Iterator

import numpy as np

from .._compile import kernel
from .._utils import Array
from ._spike_lists import SpikeLists

BLOCK = 2**22  # numbers of filtered trains that are in memory at a time
CACHED = 2**16  # the same if each train is used once


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
