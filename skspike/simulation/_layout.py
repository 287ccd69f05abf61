"""Memory layout of neurons: panels of WIDTH neurons.

A panel runs through all steps of a sample before the next panel starts. So everything that it needs
in a step (input, state, coefficients) stays in registers. The arrays of a panel are contiguous,
WIDTH numbers for each quantity. Layers whose size is no multiple of WIDTH are padded with neurons
that have weights of zero and never spike.

Arrays are aligned to cache lines. Large numpy arrays are not, and vectors that cross a cache line
cost a fifth of the run time.
"""

import math
import sys
import threading
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import DTypeLike

from .._compile import LINE, POOL
from .._utils import Array

# neurons of a panel. Measured: smaller panels are slower, even for ten neurons. Without
# compilation, each neuron of the padding is expensive.
WIDTH = 4 if numba.config.DISABLE_JIT else 64

N_PATTERNS = 15  # choices of at least one of 4 rows


def n_panels(n_neurons: int) -> int:
    """Return the number of panels of a layer."""
    return -(-n_neurons // WIDTH)


def with_patterns(n_rows: int) -> int:
    """Return the number of rows of a table with the sums of all patterns."""
    return n_rows + -(-n_rows // 4) * N_PATTERNS


def aligned_empty(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an aligned array that is not initialised."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + LINE, np.uint8)
    return np.ndarray(shape, dtype, memory, _first_line(memory))


def _first_line(memory: Array) -> int:
    """Return the place of the first cache line in memory."""
    return int(-memory.__array_interface__["data"][0] % LINE)


class _Pool(threading.local):
    """Memory of one thread, to be used again, and the place of the first cache line in it.

    Small arrays lie end to end in one of two blocks. `free` is the place of the next one.
    """

    def __init__(self) -> None:
        self.buffers: list[Array] = []
        self.starts: list[int] = []
        self.blocks: list[Array] = []
        self.free = BLOCK  # full

    def small(self, n_bytes: int) -> tuple[Array, int]:
        """Return the block and the place of the next small array."""
        start = self.free
        self.free += n_bytes + -n_bytes % LINE
        if self.free > BLOCK:
            # use the older block again, unless an array refers to it
            self.blocks.reverse()
            if not self.blocks or _n_references(self.blocks, -1) != FREE:
                self.blocks = [*self.blocks[:1], np.empty(BLOCK + LINE, np.uint8)]
            start = _first_line(self.blocks[-1])
            self.free = start + n_bytes + -n_bytes % LINE
        return self.blocks[-1], start


def _n_references(buffers: list[Array], k: int) -> int:
    return sys.getrefcount(buffers[k])


N_BUFFERS, MIN_BYTES, MAX_BYTES = 8, 2**16, 2**23  # of a pool, and of the buffers in a pool
BLOCK = 2**18  # bytes of a block of small arrays
FREE = _n_references([np.empty(0)], 0)  # references to a buffer that no array uses
_pool = _Pool()


def scratch(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an aligned array that is not initialised, for use during one simulation.

    Its memory is used again when no array refers to it any more. Getting megabytes from the system
    and returning them takes longer than a small simulation.
    """
    if not POOL:
        return aligned_empty(shape, dtype)
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize + LINE
    if n_bytes < MIN_BYTES:
        return np.ndarray(shape, dtype, *_pool.small(n_bytes))
    buffers, starts, free = _pool.buffers, _pool.starts, None
    for k in range(len(buffers)):
        if _n_references(buffers, k) == FREE:
            if len(buffers[k]) >= n_bytes:
                return np.ndarray(shape, dtype, buffers[k], starts[k])
            free = k
    buffer = np.empty(n_bytes, np.uint8)
    start = _first_line(buffer)
    if n_bytes <= MAX_BYTES:
        if free is not None:  # too small
            del buffers[free], starts[free]
        if len(buffers) < N_BUFFERS:
            buffers.append(buffer)
            starts.append(start)
    return np.ndarray(shape, dtype, buffer, start)


def aligned(
        shape: tuple[int, ...], dtype: DTypeLike, values: Any,
        empty: Callable[[tuple[int, ...], DTypeLike], Array] = aligned_empty) -> Array:
    """Return an aligned array with some values."""
    array = empty(shape, dtype)
    array[...] = values
    return array


def to_panels(table: Array) -> Array:
    """Turn (..., n_rows, n_neurons) into (..., n_panels, n_rows, WIDTH), padded with zeros."""
    *outer, n_rows, size = table.shape
    panels = aligned_empty((*outer, n_panels(size), n_rows, WIDTH), table.dtype)
    if size == WIDTH:  # the default, in a fifth of the time
        panels[..., 0, :, :] = table
        return panels
    whole, rest = size // WIDTH, size % WIDTH
    panels[..., :whole, :, :] = table[..., : whole * WIDTH].reshape(
        *outer, n_rows, whole, WIDTH).swapaxes(-2, -3)
    if rest:
        panels[..., -1, :, :rest] = table[..., whole * WIDTH :]
        panels[..., -1, :, rest:] = 0
    return panels


def from_panels(panels: Array, size: int) -> Array:
    """Undo `to_panels`."""
    *outer, n, n_rows, _ = panels.shape
    if n == 1:
        return panels[..., 0, :, :size]
    return panels.swapaxes(-2, -3).reshape(*outer, n_rows, n * WIDTH)[..., :size]


def plus_cost(values: Array, cost: Array | None) -> Array:
    """Return values (n_samples, ...) plus a cost of each sample, if it is not None."""
    if cost is not None:
        values = values + cost[:, None, None]
    return values


def to_lanes(array: Array) -> Array:
    """Turn (..., n_neurons) into (..., n_panels, WIDTH), padded with zeros, in C order."""
    size = array.shape[-1]
    if size % WIDTH == 0:
        return np.ascontiguousarray(array).reshape(*array.shape[:-1], -1, WIDTH)
    panels = aligned_empty((*array.shape[:-1], n_panels(size) * WIDTH), array.dtype)
    panels[..., :size] = array
    panels[..., size:] = 0
    return panels.reshape(*array.shape[:-1], -1, WIDTH)


def repeat_last(rows: Array) -> Array:
    """Pad rows (n_quantities, n_neurons) to whole panels with the values of the last neuron.

    Coefficients of zero might give numbers that are not finite.
    """
    missing = -rows.shape[1] % WIDTH  # np.pad takes 10 times as long
    if not missing:
        return rows
    return np.concatenate([rows, np.repeat(rows[:, -1:], missing, axis=1)], axis=1)
