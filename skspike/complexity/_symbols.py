"""Symbols of a raster: the spikes of all channels in a step become one integer.

A hash table of integer keys, with open addressing, numbers them in order of appearance.
"""

import math

import numpy as np

from .._base import GOLDEN, S32, kernel, scalar

KEY = 0  # column of the keys
EMPTY = -1  # key of an empty row
CHANNELS = 32  # channels per pass: a key has 32 bits for the symbol so far and 32 for channels
SYMBOL = 1  # column of the symbol, after KEY


@scalar
def table_size(n_keys):
    """Return the number of rows, a power of two that is at least twice the number of keys."""
    size = 8
    while size < 2 * n_keys:
        size *= 2
    return size


@scalar
def slot_of(table, key):
    """Return the row of a key >= 0, or the empty row for it."""
    last = table.shape[0] - 1
    slot = np.int64(np.uint64(key) * GOLDEN >> S32) & last
    while table[slot, KEY] != key and table[slot, KEY] != EMPTY:
        slot = (slot + 1) & last
    return slot


@scalar
def bit_width(n_symbols):
    """Return the number of bits of a symbol."""
    width = 1
    while 1 << width < n_symbols:
        width += 1
    return width


@scalar
def rename(keys, table):
    """Replace keys by numbers in order of appearance, and return how many there are."""
    table[:, KEY] = EMPTY
    n_symbols = 0
    for t in range(keys.size):
        slot = slot_of(table, keys[t])
        if table[slot, KEY] == EMPTY:
            table[slot, KEY] = keys[t]
            table[slot, SYMBOL] = n_symbols
            n_symbols += 1
        keys[t] = table[slot, SYMBOL]
    return n_symbols


@kernel
def columns(rasters, symbols):
    """Fill `symbols` (n_samples, n_steps) from rasters (n_samples, n_channels, n_steps)."""
    n_channels, n_steps = rasters.shape[1:]
    table = np.empty((table_size(n_steps), 2), np.int64)
    keys = np.empty(n_steps, np.int64)
    for sample in range(rasters.shape[0]):
        keys[:] = 0
        # add the channels of each block to the keys, and number the keys
        for first in range(0, n_channels, CHANNELS):
            for t in range(n_steps):
                keys[t] <<= CHANNELS
            for channel in range(first, min(n_channels, first + CHANNELS)):
                train = rasters[sample, channel]
                for t in range(n_steps):
                    keys[t] |= np.int64(train[t]) << (channel - first)
            rename(keys, table)
        symbols[sample] = keys


# hashes wrap around, and numpy warns about it if kernels are not compiled
@np.errstate(over="ignore")
def symbols(rasters):
    """Return the symbols, (n_samples, n_steps), of checked rasters."""
    found = np.empty((rasters.shape[0], rasters.shape[2]), np.int32)
    columns(rasters, found)
    return found


def as_series(rasters):
    """Return rasters as series (n_rasters, n_steps) of symbols, and the number of symbols."""
    if rasters.shape[1] == 1:
        return rasters[:, 0], 2
    series = symbols(rasters)
    return series, int(series.max(initial=0)) + 1


def n_columns(rasters):
    """Return the number of different columns of each raster."""
    return symbols(merged(np.ascontiguousarray(rasters))).max(axis=1) + 1


def merged(rasters):
    """Return a read-only view of rasters with merged leading axes.

    It is always read-only, because numba would compile kernels again for writable arrays.
    """
    *lead, n_channels, n_steps = rasters.shape
    view = rasters.reshape(math.prod(lead), n_channels, n_steps)
    view.flags.writeable = False
    return view
