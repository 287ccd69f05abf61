"""Arrays by name that share one buffer for each dtype, so that one loop updates all of them."""

from typing import Any, Self

import numpy as np

from .._compile import kernel, set_zero, stack_array
from .._utils import Array

DOUBLE_ZERO, SUMS = np.float64(0), 16


class Flat(dict[Any, Array]):
    """Arrays by name. Arrays of one dtype lie end to end in a buffer, in their order.

    Values must be changed in place, because the arrays are views of the ``buffers``.

    Parameters
    ----------
    arrays : dict of ndarray
        Arrays by name, which are copied.
    """

    def __init__(self, arrays: dict[Any, Any]):
        stops: dict[str, int] = {}
        self.places: list[tuple[Any, str, slice, tuple[int, ...]]] = []
        for key, array in arrays.items():
            dtype, start = array.dtype.str, stops.get(array.dtype.str, 0)
            stops[dtype] = start + array.size
            self.places.append((key, dtype, slice(start, stops[dtype]), array.shape))
        self.sizes = stops
        self.allocate(np.empty)
        for key, array in arrays.items():
            self[key][...] = array

    def allocate(self, make: Any) -> None:
        """Set arrays from new buffers, which a function of size and dtype makes."""
        self.buffers = {dtype: make(size, dtype) for dtype, size in self.sizes.items()}
        for key, dtype, part, shape in self.places:
            buffer = self.buffers[dtype]
            self[key] = np.ndarray(shape, dtype, buffer, part.start * buffer.itemsize)

    def place(self, keys: list[Any]) -> tuple[str, slice]:
        """Return the buffer and the place in it of arrays that lie end to end."""
        places = {key: (dtype, part) for key, dtype, part, _ in self.places if key in keys}
        (dtype, first), (_, last) = places[keys[0]], places[keys[-1]]
        return dtype, slice(first.start, last.stop)

    def rows(self, keys: list[Any]) -> Array:
        """Return arrays of equal shape that lie end to end as the rows of one array."""
        if not keys:
            return np.empty((0, 0))
        dtype, part = self.place(keys)
        return np.asarray(self.buffers[dtype][part].reshape(len(keys), -1))

    def zeros(self, make: Any = np.zeros) -> Self:
        """Return arrays of zeros, or those that a function makes, in the same places."""
        other = type(self).__new__(type(self))
        other.places, other.sizes = self.places, self.sizes
        other.allocate(make)
        return other

    def quotients(self, arrays: dict[Any, Any], divisor: float) -> Self:
        """Return other arrays of the same shapes, divided by a number, in the same places."""
        found = self.zeros(np.empty)
        for key, array in found.items():
            np.divide(arrays[key], divisor, array, casting="same_kind")
        return found


@kernel
def all_below(array: Any, limit: Any) -> bool:
    """Return whether all absolute values of a flat array are below a limit. NaN is not."""
    found = True
    for value in array:
        found &= abs(value) < limit
    return found


@kernel
def add_penalty(grad: Any, p: Any, factor: Any) -> float:
    """Add a multiple of flat parameters to their gradient. Return the sum of their squares."""
    for k in range(len(p)):
        grad[k] += factor * p[k]
    # several sums, which are computed at the same time
    sums, n = stack_array(SUMS, DOUBLE_ZERO), len(p) // SUMS * SUMS
    set_zero(sums, SUMS)
    for first in range(0, n, SUMS):
        for h in range(SUMS):
            sums[h] += np.float64(p[first + h]) * np.float64(p[first + h])
    for k in range(n, len(p)):
        sums[0] += np.float64(p[k]) * np.float64(p[k])
    squares = 0.0
    for h in range(SUMS):
        squares += sums[h]
    return squares


def blocks(arrays: dict[Any, Array]) -> dict[Any, Array]:
    """Return the numbers of all arrays as few flat arrays, without a copy."""
    return arrays.buffers if isinstance(arrays, Flat) else {
        key: array.reshape(-1) for key, array in arrays.items()}


def block_names(arrays: dict[Any, Array]) -> dict[Any, list[Any]]:
    """Return the names of the arrays in each block, in their order."""
    if not isinstance(arrays, Flat):
        return {name: [name] for name in arrays}
    names: dict[Any, list[Any]] = {dtype: [] for dtype in arrays.buffers}
    for name, dtype, *_ in arrays.places:
        names[dtype].append(name)
    return names
