"""How neurons lie in memory.

The loops handle neurons in tiles of LANES. What belongs to a tile stands in one short row, LANES numbers for each quantity, so
that quantities lie a constant distance apart: the compiler then sees that they do not overlap, and makes vector instructions of
the loop over the lanes. Layers whose size is no multiple of LANES are filled up with silent neurons (all weights zero).

Arrays begin at a cache line: large ones from numpy never do, and vectors that straddle two lines cost a fifth of all time.
"""

import functools
import math

import numpy as np

from .._jit import scalar

LANES = 16
LINE = 64  # bytes


def n_tiles(n_neurons):
    """Return how many tiles hold a layer."""
    return -(-n_neurons // LANES)


def empty(shape, dtype):
    """Return an array, not filled, that begins at a cache line."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + n_bytes].view(dtype).reshape(shape)


def filled(shape, dtype, values):
    """Return an array that begins at a cache line and holds `values`."""
    array = empty(shape, dtype)
    array[...] = values
    return array


def pad(array):
    """Fill the last axis up to whole tiles with zeros (no copy where nothing is to do)."""
    size = array.shape[-1]
    if size % LANES == 0 and array.flags.carray and array.ctypes.data % LINE == 0:
        return array
    padded = empty((*array.shape[:-1], n_tiles(size) * LANES), array.dtype)
    padded[..., :size] = array
    padded[..., size:] = 0
    return padded


def to_tiles(rows):
    """Turn (n_quantities, n_neurons) into (n_tiles, n_quantities * LANES); silent neurons copy the last one's values."""
    missing = -rows.shape[1] % LANES
    if missing:
        rows = np.concatenate([rows, np.repeat(rows[:, -1:], missing, axis=1)], axis=1)
    tiles = rows.reshape(len(rows), -1, LANES).swapaxes(0, 1)
    return filled(tiles.shape, rows.dtype, tiles).reshape(-1, len(rows) * LANES)


def from_tiles(tiles, n_neurons):
    """Undo `to_tiles`."""
    return tiles.reshape(len(tiles), -1, LANES).swapaxes(0, 1).reshape(-1, len(tiles) * LANES)[:, :n_neurons]


@functools.lru_cache(maxsize=None)
def tuple_access(n):
    """Return `gather` and `scatter` for n coefficients: numba builds tuples only at a length that it knows."""
    if n == 0:
        return scalar(lambda p, lane: ()), scalar(lambda total, lane, dp: None)
    gather_rest, scatter_rest = tuple_access(n - 1)
    last, offset = n - 1, (n - 1) * LANES

    @scalar
    def gather(p, lane):
        return gather_rest(p, lane) + (p[lane + offset],)

    @scalar
    def scatter(total, lane, dp):
        scatter_rest(total, lane, dp)
        total[lane + offset] += dp[last]

    return gather, scatter
