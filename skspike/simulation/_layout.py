"""How neurons lie in memory: in panels of WIDTH.

A panel runs through all steps of a sample before the next one does, so what it needs in a step
(input sums, state, coefficients) stays in registers. What belongs to a panel lies in one piece,
WIDTH numbers for each quantity. Layers whose size is no multiple of WIDTH are filled up with silent
neurons: all their weights are zero.

Arrays begin at a cache line: large ones from numpy never do, and vectors that straddle two lines
cost a fifth of all time.
"""

import functools
import math

import numba
import numpy as np

from .._compile import scalar
from ._instructions import LINE

# measured: less is slower even for ten neurons; without compilation lanes cost
WIDTH = 4 if numba.config.DISABLE_JIT else 64


def n_panels(n_neurons):
    """Return how many panels hold a layer."""
    return -(-n_neurons // WIDTH)


def empty(shape, dtype):
    """Return an array, not filled, that begins at a cache line."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + LINE, np.uint8)
    start = -memory.__array_interface__["data"][0] % LINE
    return memory[start : start + n_bytes].view(dtype).reshape(shape)


def filled(shape, dtype, values):
    """Return an array that begins at a cache line and holds `values`."""
    array = empty(shape, dtype)
    array[...] = values
    return array


def to_panels(table):
    """Turn (..., n_rows, n_neurons) into (..., n_panels, n_rows, WIDTH), with zeros for the missing neurons."""
    *outer, n_rows, size = table.shape
    panels = empty((*outer, n_panels(size), n_rows, WIDTH), table.dtype)
    whole, rest = size // WIDTH, size % WIDTH
    panels[..., :whole, :, :] = table[..., : whole * WIDTH].reshape(
        *outer, n_rows, whole, WIDTH).swapaxes(-2, -3)
    if rest:
        panels[..., -1, :, :rest] = table[..., whole * WIDTH :]
        panels[..., -1, :, rest:] = 0
    return panels


def from_panels(panels, size):
    """Undo `to_panels`."""
    *outer, n, n_rows, _ = panels.shape
    return panels.swapaxes(-2, -3).reshape(*outer, n_rows, n * WIDTH)[..., :size]


def lanes(array):
    """Turn (..., n_neurons) into (..., n_panels, WIDTH), with zeros for the missing neurons."""
    size = array.shape[-1]
    panels = empty((*array.shape[:-1], n_panels(size) * WIDTH), array.dtype)
    panels[..., :size] = array
    panels[..., size:] = 0
    return panels.reshape(*array.shape[:-1], -1, WIDTH)


def repeated(rows):
    """Fill rows, (n_quantities, n_neurons), up to whole panels: silent neurons have the last one's coefficients, not zeros."""
    missing = -rows.shape[1] % WIDTH
    return np.concatenate([rows, np.repeat(rows[:, -1:], missing, axis=1)], axis=1)


@functools.lru_cache(maxsize=None)
def tuples(n):
    """Return functions on tuples of n numbers, which numba builds only at a length that it knows.

    ``take(array, h)`` reads one neuron's quantities from those of its panel, ``put`` writes them,
    ``add`` adds to them; ``plus`` is the sum of two tuples, ``times`` a number times a tuple.
    """
    if n == 0:
        return {
            "take": scalar(lambda array, h: ()),
            "put": scalar(lambda array, h, z: None),
            "add": scalar(lambda array, h, z: None),
            "plus": scalar(lambda y, z: ()),
            "times": scalar(lambda factor, z: ()),
        }
    rest, last, offset = tuples(n - 1), n - 1, (n - 1) * WIDTH
    take_rest, put_rest, add_rest, plus_rest, times_rest = (
        rest[name] for name in ("take", "put", "add", "plus", "times"))

    @scalar
    def take(array, h):
        return take_rest(array, h) + (array[h + offset],)

    @scalar
    def put(array, h, z):
        put_rest(array, h, z)
        array[h + offset] = z[last]

    @scalar
    def add(array, h, z):
        add_rest(array, h, z)
        array[h + offset] += z[last]

    @scalar
    def plus(y, z):
        return plus_rest(y, z) + (y[last] + z[last],)

    @scalar
    def times(factor, z):
        return times_rest(factor, z) + (factor * z[last],)

    return {"take": take, "put": put, "add": add, "plus": plus, "times": times}
