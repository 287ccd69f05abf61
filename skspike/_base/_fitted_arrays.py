"""Checks of fitted attributes, which a damaged file or a user may have changed.

Compiled loops read arrays without checks of their bounds. So an estimator compares its arrays with
the dtypes and shapes that its other attributes imply, before it passes them to a loop.
"""

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import validation

from ._numbers import SIZE_LIMITS, check_numbers

REMEDY = "Fitted attributes belong together: restore them, or fit the estimator again."


def check_is_fitted(estimator: Any, attribute: str = "n_features_in_") -> None:
    """Raise NotFittedError unless an estimator has an attribute of `fit`.

    scikit-learn's check collects the tags of the estimator first, which can take longer than a
    prediction.
    """
    if not hasattr(estimator, attribute):
        validation.check_is_fitted(estimator, attribute)


class FittedArray(NamedTuple):
    """A fitted array, with the shape and the dtype that it must have.

    Parameters
    ----------
    name : str
        Name of the attribute, for messages.
    array : object
        Its value.
    shape : tuple of int
        The shape. -1 stands for any length of at least 1.
    dtype : type, default=float
        The dtype, or an abstract type of numpy such as ``np.integer``.
    finite : bool, default=True
        Whether infinity and NaN are refused.
    reason : str, default=""
        Where the shape comes from, for messages.
    """

    name: str
    array: Any
    shape: tuple[int, ...]
    dtype: Any = np.float64
    finite: bool = True
    reason: str = ""


def check_arrays(wanted: Iterable[FittedArray]) -> None:
    """Raise unless each array has its dtype and shape."""
    for name, array, shape, dtype, finite, reason in wanted:
        lengths = ", ".join("n" if length < 0 else str(length) for length in shape)
        comma = "," * (len(shape) == 1)
        expected = f"an array of {dtype.__name__} with the shape ({lengths}{comma}){reason}"
        if not _has_dtype(array, dtype):
            kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise TypeError(f"{name} must be {expected}, got {kind}. {REMEDY}")
        check_fits(
            _has_shape(array, shape), f"{name} must be {expected}, got the shape {array.shape}.")
        check_fits(
            not finite or bool(np.isfinite(array).all()),
            f"{name} must be finite, and has infinity or NaN.")


def same_objects(known: Sequence[Any], now: Sequence[Any]) -> bool:
    """Return whether two sequences hold the same objects, whose content may have changed."""
    return len(known) == len(now) and all(map(operator.is_, known, now))


def check_fits(fits: bool, message: str) -> None:
    """Raise an error with a message unless fitted attributes fit each other."""
    if not fits:
        raise ValueError(f"{message} {REMEDY}")


def check_image_shape(shape: Any, n_pixels: int) -> tuple[int, ...]:
    """Return the fitted shape of an image, or raise unless it has this number of pixels."""
    found = check_numbers(shape, "image_shape_", **SIZE_LIMITS)
    check_fits(
        len(found) == 3 and math.prod(found) == n_pixels,
        f"image_shape_ must be 3 numbers with the product n_features_in_={n_pixels}, got {found}.")
    return found


def check_kinds(kinds: dict[str, tuple[Any, Any]]) -> None:
    """Raise unless each named value is of its type, or of one of a tuple of types."""
    for name, (value, kind) in kinds.items():
        if not isinstance(value, kind):
            allowed = kind if isinstance(kind, tuple) else (kind,)
            names = " or ".join(cls.__name__ for cls in allowed)
            raise TypeError(f"{name} must be {names}, got {type(value).__name__}. {REMEDY}")


def check_keys(name: str, values: Any, keys: Iterable[str]) -> None:
    """Raise unless a named value is a dict with these keys."""
    check_kinds({name: (values, dict)})
    check_fits(
        set(values) == set(keys),
        f"{name} must have the keys {sorted(keys)}, got {sorted(map(str, values))}.")


def axis_length(array: Any, axis: int) -> int:
    """Return the length of an axis, or -1 if the array has no such axis."""
    shape = getattr(array, "shape", ())
    return shape[axis] if axis < len(shape) else -1


def _has_dtype(array: Any, dtype: Any) -> bool:
    is_array = isinstance(array, np.ndarray)
    return is_array and np.issubdtype(array.dtype, dtype) and array.dtype.isnative


def _has_shape(array: Any, shape: tuple[int, ...]) -> bool:
    return len(array.shape) == len(shape) and all(
        found > 0 if length < 0 else found == length
        for found, length in zip(array.shape, shape, strict=True))


def check_step(step: Any) -> None:
    """Raise if the fitted attributes of a step of a pipeline do not belong together."""
    if hasattr(step, "_check_fitted"):
        step._check_fitted()
