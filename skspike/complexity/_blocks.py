"""Counts of the overlapping blocks of a series.

A block is a fixed number of consecutive symbols. It is converted to one integer in several passes.
Each pass shifts the integer of the previous pass to the left, fills up to 32 bits with symbols, and
renumbers the results in order of appearance. Equal integers mean equal blocks, for any length and
alphabet.
"""

import numpy as np

from .._compile import kernel, scalar
from ._bits import bit_width
from ._hashing import table_size
from ._symbols import rename, symbols

PASS_BITS = 32  # bits of symbols per pass


def as_series(rasters):
    """Return rasters as series (n_rasters, n_steps) of symbols, and the number of symbols."""
    if rasters.shape[1] == 1:
        return rasters[:, 0], 2
    series = symbols(rasters)
    return series, int(series.max(initial=0)) + 1


@scalar
def count_blocks(series, order, width, keys, table, counts):
    """Count the blocks of `order` steps that start at each of the first `keys.size` steps.

    Return the number of different blocks, k. The first k entries of `counts` are set to the count
    of each block, in order of appearance.
    """
    keys[:] = 0
    n_different = 1
    for first in range(0, order, PASS_BITS // width):
        # append the symbols of one pass to the keys
        for step in range(first, min(order, first + PASS_BITS // width)):
            for t in range(keys.size):
                keys[t] = (keys[t] << width) | np.int64(series[t + step])
        n_different = rename(keys, table)
    counts[:n_different] = 0
    for t in range(keys.size):
        counts[keys[t]] += 1
    return n_different


@kernel
def entropies(series, n_symbols, order):
    """Return the block entropy of each series in bits. `order` is at most n_steps."""
    n_series, n_steps = series.shape
    width = bit_width(n_symbols)
    out = np.empty(n_series)
    keys = np.empty(n_steps - order + 1, np.int64)
    table = np.empty((table_size(keys.size), 2), np.int64)
    counts = np.empty(keys.size, np.int64)
    for i in range(n_series):
        bits = 0.0
        for block in range(count_blocks(series[i], order, width, keys, table, counts)):
            bits += counts[block] * np.log2(keys.size / counts[block])
        out[i] = bits / keys.size
    return out


@kernel
def equal_pairs(series, n_symbols, order):
    """Return the numbers of pairs of blocks that are equal over `order` and over one more step.

    The shape is (n_series, 2). `order` is less than n_steps, and blocks start at all but the last
    `order` steps.
    """
    n_series, n_steps = series.shape
    width = bit_width(n_symbols)
    out = np.zeros((n_series, 2), np.int64)
    keys = np.empty(n_steps - order, np.int64)
    table = np.empty((table_size(keys.size), 2), np.int64)
    counts = np.empty(keys.size, np.int64)
    for i in range(n_series):
        for longer in range(2):
            for block in range(
                    count_blocks(series[i], order + longer, width, keys, table, counts)):
                out[i, longer] += counts[block] * (counts[block] - 1) // 2
    return out
