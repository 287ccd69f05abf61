"""Objects whose state is an array that can be read, stored and restored."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._checks import as_numbers
from ._typing import Array

MAX_INTEGER = 2**53  # float64 holds all integers up to this


class Stateful:
    """Base of streams: their state, and the way back to rest.

    A subclass sets ``_name``, for messages, ``_shape``, the shape of one step, and ``_kept``, the
    arrays that change from step to step. Then it sets ``_rest`` to its state.
    """

    _name: str
    _shape: tuple[int]
    _kept: list[Array]
    _rest: Array

    @property
    def state(self) -> Array:
        """State, a float64 array of one dimension. Assign it to restore it."""
        return np.concatenate([array.ravel() for array in self._kept], dtype=float)

    @state.setter
    def state(self, values: ArrayLike) -> None:
        values, sizes = as_numbers(values, f"{self._name}.stream"), [a.size for a in self._kept]
        if values.shape != (sum(sizes),) or not np.isfinite(values).all():
            wanted = f"an array of {sum(sizes)} finite numbers, as a stream of the same model has"
            raise ValueError(f"state must be {wanted}. Got an array of shape {values.shape}.")
        parts = np.split(values, np.cumsum(sizes)[:-1])
        if not all(map(_can_hold, self._kept, parts)):
            dtypes = ", ".join(sorted({str(array.dtype) for array in self._kept}))
            raise ValueError(
                f"state holds numbers that do not fit arrays of {dtypes}. Assign the state of a "
                "stream of the same model.")
        for array, part in zip(self._kept, parts, strict=True):
            array[...] = part.reshape(array.shape)

    def reset(self) -> None:
        """Reset the stream to rest before the next train."""
        self.state = self._rest

    def _check_shape(self, x: Array) -> None:
        """Raise unless x has the channels of one step, or of several."""
        if x.ndim not in (1, 2) or x.shape[:1] != self._shape or 0 in x.shape:
            (n,) = self._shape
            raise ValueError(
                f"{self._name}.stream expects the {n} channels of one step, shape ({n},), or of "
                f"several, shape ({n}, n_steps). Got shape {x.shape}.")


def _can_hold(array: Array, values: Any) -> bool:
    """Return whether the dtype of an array can hold values exactly."""
    if array.dtype.kind == "f":
        return bool(np.abs(values).max(initial=0.0) <= np.finfo(array.dtype).max)
    low, high = 0, 1
    if array.dtype.kind != "b":
        limits = np.iinfo(array.dtype)
        low, high = max(limits.min, -MAX_INTEGER), min(limits.max, MAX_INTEGER)
    return bool(((values >= low) & (values <= high) & (values == np.floor(values))).all())
