"""Blocks: all pieces of a series that have a given number of steps; they overlap.

To count them, each becomes one whole number: as many symbols as fit into 32 bits are read behind
the number of what was read before, and these keys are numbered anew in order of appearance, until
the block is read. So any length and alphabet will do, and equal numbers mean equal blocks.
"""

import numpy as np

from .._compile import kernel, scalar
from ._hashing import table_size
from ._symbols import rename, symbols

_PASS = 32  # bits of symbols a pass; the others are for the number of what was read before


def as_series(rasters):
    """Return checked rasters as series (n_rasters, n_steps) of symbols, and the number of symbols at most: one channel is one already."""
    if rasters.shape[1] == 1:
        return rasters[:, 0], 2
    series = symbols(rasters)
    return series, int(series.max(initial=0)) + 1


@scalar
def bit_width(n_symbols):
    """Return the number of bits that a symbol takes."""
    width = 1
    while 1 << width < n_symbols:
        width += 1
    return width


@scalar
def count_blocks(series, order, width, keys, table, counts):
    """Count the blocks of `order` steps, one from each of the first `keys.size` steps on; return how many differ.

    `counts` then starts with how often each of these occurs, in order of appearance.
    """
    keys[:] = 0
    n_different = 1
    for first in range(0, order, _PASS // width):
        for step in range(first, min(order, first + _PASS // width)):
            for t in range(keys.size):
                keys[t] = (keys[t] << width) | np.int64(series[t + step])
        n_different = rename(keys, table)
    counts[:n_different] = 0
    for t in range(keys.size):
        counts[keys[t]] += 1
    return n_different


@kernel
def entropies(series, n_symbols, order):
    """Return the entropy in bits of each series' blocks of `order` steps, at most as many as it has."""
    n_series, n_steps = series.shape
    out = np.empty(n_series)
    keys = np.empty(n_steps - order + 1, np.int64)
    table = np.empty((table_size(keys.size), 2), np.int64)
    counts = np.empty(keys.size, np.int64)
    for i in range(n_series):
        bits = 0.0
        for k in range(count_blocks(series[i], order, bit_width(n_symbols), keys, table, counts)):
            bits += counts[k] * np.log2(keys.size / counts[k])
        out[i] = bits / keys.size
    return out


@kernel
def equal_pairs(series, n_symbols, order):
    """Return how many pairs of blocks are equal over `order` steps, less than it has, and over one more, (n_series, 2).

    Both times the blocks from all steps but the last `order` on are compared.
    """
    n_series, n_steps = series.shape
    out = np.zeros((n_series, 2), np.int64)
    keys = np.empty(n_steps - order, np.int64)
    table = np.empty((table_size(keys.size), 2), np.int64)
    counts = np.empty(keys.size, np.int64)
    for i in range(n_series):
        for longer in range(2):
            for k in range(
                    count_blocks(
                        series[i], order + longer, bit_width(n_symbols), keys, table, counts)):
                out[i, longer] += counts[k] * (counts[k] - 1) // 2
    return out
