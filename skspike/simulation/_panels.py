"""Memory layout of neurons: panels of WIDTH neurons.

A panel runs through all steps of a sample before the next panel starts. So everything that it needs
in a step (input, state, coefficients) stays in registers. The arrays of a panel are contiguous,
WIDTH numbers for each quantity. Layers whose size is no multiple of WIDTH are padded with neurons
that have weights of zero and never spike.

Arrays are aligned to cache lines. Large numpy arrays are not, and vectors that cross a cache line
cost a fifth of the run time.
"""

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import DTypeLike

from .._base import LINE, Array

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
    start = -memory.__array_interface__["data"][0] % LINE
    return np.ndarray(shape, dtype, memory, start)


def aligned(shape: tuple[int, ...], dtype: DTypeLike, values: Any) -> Array:
    """Return an aligned array with some values."""
    array = aligned_empty(shape, dtype)
    array[...] = values
    return array


def to_panels(table: Array) -> Array:
    """Turn (..., n_rows, n_neurons) into (..., n_panels, n_rows, WIDTH), padded with zeros."""
    *outer, n_rows, size = table.shape
    missing = -size % WIDTH
    if missing:
        table = np.concatenate([table, np.zeros((*outer, n_rows, missing), table.dtype)], axis=-1)
    panels = table.reshape(*outer, n_rows, -1, WIDTH).swapaxes(-2, -3)
    return aligned(panels.shape, table.dtype, panels)


def from_panels(panels: Array, size: int) -> Array:
    """Undo `to_panels`."""
    *outer, n, n_rows, _ = panels.shape
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
