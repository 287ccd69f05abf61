"""Symbols of a raster: the spikes of all channels in a step become one integer."""

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_spikes
from .._compile import kernel, scalar
from .._utils import Array
from ._base import merged
from ._hashing import EMPTY, KEY, slot_of, table_size

CHANNELS = 32  # channels per pass: a key has 32 bits for the symbol so far and 32 for channels
SYMBOL = 1  # column of the symbol, after KEY


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


def column_symbols(x: ArrayLike) -> Array:
    """Number the spike patterns over channels: each step of a raster becomes one symbol.

    Patterns are numbered from 0 in order of appearance in each raster. Steps with equal symbols
    have equal spikes.

    Parameters
    ----------
    x : array-like of shape (..., n_channels, n_steps)
        Rasters of 0 and 1 of any dtype.

    Returns
    -------
    symbols : ndarray of shape (..., n_steps), int32
        Symbol of each step.

    Raises
    ------
    ValueError
        If a value is neither 0 nor 1, or there are no channels or steps.

    See Also
    --------
    lz76_joint : Count the words of series of symbols.

    Examples
    --------
    >>> from skspike.complexity import column_symbols
    >>> column_symbols([[0, 1, 0, 1, 1], [0, 0, 0, 1, 0]])
    array([0, 1, 0, 2, 1], dtype=int32)
    """
    x = as_spikes(x, "column_symbols", "n_channels", "n_steps")
    return symbols(merged(x)).reshape(*x.shape[:-2], x.shape[-1])
