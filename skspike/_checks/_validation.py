"""The door: every array is checked and normalised here, once per call, before anything is changed."""

import math
import numbers
import operator
from collections.abc import Collection
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import get_tags
from sklearn.utils.validation import validate_data

from ._arrays import (
    Array,
    as_numbers,
    check_container,
    check_real,
    is_raster,
    ragged,
    too_large,
    written_out,
)
from ._warnings import warn_if_no_time

# of what is simulated in float32, which ends at 3e38: products of two, summed over many, stay
# finite
LARGEST = 1e18
# limits of a number of steps, neurons or samples: 32 bits count them
SIZE: dict[str, Any] = {"low": 1, "high": 2**31 - 1, "integer": True}
# limits of the length of a step, in ms: rates and times stay finite
DT: dict[str, Any] = {"low": 1e-9, "high": 1e9}


def check_input(
        estimator: Any, X: Any, y: Any = "no_validation", *, reset: bool, **options: Any) -> Any:
    """Return X as a finite array of 2 or 3 dimensions, with y if it is given; `options` are scikit-learn's."""
    name = type(estimator).__name__
    # a y that is given is to be checked
    if not reset and isinstance(y, str) and _needs_no_check(estimator, X):
        return X
    if issparse(X) and get_tags(estimator).input_tags.sparse:
        X = written_out(X, name)
    check_container(X, name)
    check_container(y, f"y of {name}")
    if not reset:
        # before the count of features, which would blame the wrong thing
        check_dimensions(estimator, X)
    try:
        # its sum over the largest floats of both signs is not a number, and is not asked for
        with np.errstate(invalid="ignore"):
            given = validate_data(
                estimator, X, y, reset=reset, allow_nd=True, dtype="numeric", **options)
        X, *target = given if isinstance(given, tuple) else (given,)
        X = check_real(X, name)
    except OverflowError as error:  # of a Python integer
        raise too_large(name) from error
    # a TypeError of text in a categorical column of pandas, which is left as it is
    except (ValueError, TypeError) as error:
        if "inhomogeneous" in str(error):
            raise ragged(name, error) from error
        if "could not convert string" not in str(error):
            raise
        way = (
            "columns of categories become numbers by a OneHotEncoder, in a ColumnTransformer "
            "before it")
        raise ValueError(
            f"{name} expects numbers, got text, {error.__cause__ or error}; {way}.") from error
    check_shape(X.shape, name)
    if reset:
        estimator.n_dims_in_ = X.ndim
        if getattr(estimator, "encoder", None) is None:  # which tells it itself
            warn_if_no_time(X, name)
    else:
        check_dimensions(estimator, X)
    return (X, *target) if target else X


def check_shape(shape: tuple[int, ...], name: str) -> None:
    """Raise unless a shape that has passed scikit-learn's checks is that of features, series or rasters."""
    if len(shape) > 3:
        raise ValueError(
            f"{name} expects 2-D input or 3-D input (n_samples, n_channels, n_steps), got "
            f"{len(shape)}-D of shape {shape}.")
    if 0 in shape:
        raise ValueError(f"{name} needs at least one channel and one step, got shape {shape}.")


def _needs_no_check(estimator, X):
    """Tell whether X is a raster of bytes of the shape seen in `fit`: then nothing is left to find, and nothing is spent on it."""
    plain = (
        type(X) is np.ndarray and X.dtype == np.uint8 and X.ndim == 3 == estimator.n_dims_in_
        and X.size > 0)
    return plain and X.shape[1] == estimator.n_features_in_ and not hasattr(
        estimator, "feature_names_in_")


def check_dimensions(estimator: Any, X: Any) -> None:
    """Raise if X has not the dimensions, or in 3-D not the axis of channels, that an estimator has seen in `fit`."""
    shape, before = getattr(X, "shape", None), estimator.n_dims_in_
    if shape is not None and len(shape) in (2, 3) and len(shape) != before:
        raise ValueError(
            f"{type(estimator).__name__} was fitted on {before}-D input and got {len(shape)}-D "
            f"input of shape {tuple(shape)}; "
            "fit it on such data first.")
    if shape is not None and len(shape) == before == 3 and shape[1] != (
            n := estimator.n_features_in_) == shape[2]:
        raise ValueError(
            f"X has {shape[1]} features, but {type(estimator).__name__} is expecting {n} features "
            f"as input; it has {n} on its last axis: "
            "if that holds the channels, pass skspike.io.from_array(X, 'NTC').")


def check_raster(X: Array, name: str) -> Array:
    """Return an array that holds only 0 and 1 as C-contiguous uint8."""
    if not is_raster(X):
        found = X[(X != 0) & (X != 1)][0]
        counts = "clip or take shorter bins if it is a number of spikes; " * bool(
            found > 0 and found == np.floor(found))
        way = (
            f"{counts}turn series into spikes with SpikeEncoder first, by a coding that is not "
            "graded: 'direct' is, and signed spikes are")
        raise ValueError(f"{name} expects spikes, 0 and 1 only, found the value {found}; {way}.")
    return np.ascontiguousarray(X, dtype=np.uint8)


def as_spikes(x: Any, name: Any, *axes: str) -> Array:
    """Return x as C-contiguous uint8 of 0 and 1 whose last axes are the named ones, none of them empty."""
    x = as_numbers(x, name)
    if x.ndim < len(axes) or 0 in x.shape[x.ndim - len(axes) :]:
        wanted = f"(..., {', '.join(axes)}) with at least one entry on each of these axes"
        raise ValueError(f"{name} expects an array of shape {wanted}, got shape {x.shape}.")
    return check_raster(x, name)


def check_number(
        value: Any, name: str, *, low: float | None = None, high: float | None = None,
        above: float | None = None, integer: bool = False, none: bool = False) -> Any:
    """Return a number as Python's own int or float; raise unless it is finite, within [low, high] and greater than `above`.

    Numbers of other types are narrow: to ``np.uint8(255)`` one cannot add 1. With `none`, None is
    returned as it is.
    """
    if none and value is None:
        return None
    wanted = " and ".join(
        ["an integer" if integer else "a finite number"]
        + [
            f"{sign} {limit}"
            for sign, limit in ((">=", low), ("<=", high), (">", above)) if limit is not None]) + (
        " or None" if none else "")
    kind: Any = numbers.Integral if integer else numbers.Real
    if not isinstance(value, kind) or isinstance(value, (bool, np.timedelta64)):
        raise TypeError(f"{name} must be {wanted}, got {shown(value)}.")
    number = operator.index(value) if integer else _float(value)
    inside = (integer or math.isfinite(number)) and (low is None or number >= low) and (
        high is None or number <= high)
    if not inside or (above is not None and number <= above):
        raise ValueError(f"{name} must be {wanted}, got {shown(value)}.")
    return number


def _float(value):
    try:
        return float(value)
    except OverflowError:  # of an integer or a fraction
        return math.inf


def check_numbers(values: Any, name: str, **limits: Any) -> tuple[Any, ...]:
    """Return the numbers of a sequence as a tuple, each checked as by `check_number`."""
    check_container(values, name)
    if not np.iterable(values) or isinstance(values, (str, bytes)):
        raise TypeError(f"{name} must be a sequence of numbers, got {shown(values)}.")
    return tuple(check_number(value, f"{name}[{k}]", **limits) for k, value in enumerate(values))


def check_jobs(n_jobs: Any) -> int | None:
    """Return a number of threads; raise unless it is None or an integer other than 0."""
    n_jobs = check_number(n_jobs, "n_jobs", integer=True, none=True)
    if n_jobs == 0:
        raise ValueError("n_jobs must be None, or an integer other than 0, got 0.")
    return n_jobs


def convert(owner: Any, *names: str, **limits: Any) -> None:
    """Check numbers that are parameters of an object of our own, and put what `check_number` returns in their places."""
    for name in names:
        setattr(owner, name, check_number(getattr(owner, name), name, **limits))


def check_option(value: Any, name: str, allowed: Collection[Any]) -> None:
    """Raise unless a parameter is one of the `allowed` values."""
    # older numpy warns where arrays are compared with words
    single = () if isinstance(value, np.ndarray) else allowed
    if not any(
            value is option or (isinstance(same := value == option, (bool, np.bool_)) and same)
            for option in single):
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, allowed))}, got {shown(value)}.")


def shown(value: Any) -> str:
    """Return what stands for a value in an error message: its repr, without the names of numpy's types."""

    def bare(value):
        if type(value) in (tuple, list):
            return type(value)(map(bare, value))
        return value.item() if isinstance(value, np.generic) else value

    return repr(bare(value))
