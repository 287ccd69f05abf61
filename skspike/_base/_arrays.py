"""Checks of arrays: real numbers, spikes, containers that numpy cannot convert, unequal lengths."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse

from ._typing import Array

# Largest absolute value in networks. They compute in float32, whose largest number is 3e38, so that
# sums of products of two such values are finite.
LARGEST = 1e18
# Largest absolute value in data. Squares of such values and their means are finite in float64.
MAX_VALUE = 1e150
MAX_SPARSE_ENTRIES = 2**27  # limit for conversion to a dense array: 1 GiB in float64
PLAIN = {bool, int, float, complex, str, bytes, type(None)}  # types of items that need no check
PAGE = "See 'Tables, categories and missing values' in the user guide."
# dtype kind: the name of its values, and how to convert them
NOT_REAL = {
    "c": ("complex numbers", "Take their real part or magnitude first: x.real or abs(x)."),
    "M": ("dates", f"Convert them first: (x - x[0]) / np.timedelta64(1, 'ms'). {PAGE}"),
    "m": ("spans of time", "Convert them first: x / np.timedelta64(1, 'ms')."),
    "V": ("records", "Select one of their fields."),
}
NEO, PYNAPPLE = "from_neo(samples, bin_width=...)", "from_pynapple(tsgroup, trials, bin_width=...)"
# (package, class): the function that converts its spike times. The packages are not imported.
CONVERSIONS = {
    **{("neo", name): NEO for name in ("SpikeTrain", "SpikeTrainList", "Segment", "Block")},
    ("elephant", "BinnedSpikeTrain"): "from_array(trains.to_array(), 'CT')",
    **{("pynapple", name): PYNAPPLE for name in ("Ts", "TsGroup", "IntervalSet")},
}


def check_foreign(x: Any, name: str) -> None:
    """Raise if x is an object of another package that contains spike times."""
    classes = ((cls.__module__.partition(".")[0], cls.__name__) for cls in type(x).__mro__)
    conversion = next((CONVERSIONS[key] for key in classes if key in CONVERSIONS), None)
    if isinstance(x, np.ndarray) and {"t", "x"} <= set(x.dtype.names or ()):
        conversion = "from_tonic(samples, sensor_size=..., bin_width=...)"
    if conversion:
        raise TypeError(
            f"{name} expects an array, got {type(x).__name__} with spike times. Pass "
            f"skspike.io.{conversion}.")


def check_container(x: Any, name: str) -> None:
    """Raise unless x is an array, a data frame, a scalar or a sequence of these.

    numpy would not read the values of a mapping, a set or a generator, and would read the hidden
    values of a masked array.
    """
    if issparse(x):
        raise TypeError(
            f"{name} expects dense arrays, got a sparse one, {type(x).__name__}. Pass its "
            "toarray(), or use OneHotEncoder(sparse_output=False) in the step before.")
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ValueError(
            f"{name} expects an array without masked entries. Pass its filled(value).")
    check_foreign(x, name)
    if _is_array(x):
        return
    if hasattr(x, "keys"):
        raise TypeError(
            f"{name} expects an array, got a mapping, {type(x).__name__}. Pass an array of its "
            "values, or convert spike times with skspike.io.from_spike_times([list(x.values())], "
            "bin_width=..., t_start=..., t_stop=...).")
    if isinstance(x, Sequence):
        for item in x if set(map(type, x)) - PLAIN else ():
            check_container(item, name)
    elif np.iterable(x):
        raise TypeError(
            f"{name} expects an array or a sequence, got {type(x).__name__}. Make an array of its "
            "values first.")


def _is_array(x):
    """Return whether numpy reads the values of an object: an array, a data frame, text or bytes."""
    return hasattr(x, "__array__") or hasattr(x, "__array_interface__") or isinstance(
        x, (str, bytes, memoryview))


def densify(x: Any, name: str) -> Array:
    """Return a sparse array as a dense one, or raise if it has too many entries."""
    if math.prod(x.shape) > MAX_SPARSE_ENTRIES:
        raise ValueError(
            f"{name} converts sparse input to dense arrays of up to {MAX_SPARSE_ENTRIES} entries "
            f"at a time, got shape {x.shape}. Reduce the columns with "
            "OneHotEncoder(max_categories=...) or TruncatedSVD, pass fewer rows at a time, or pass "
            "its toarray() if there is enough memory.")
    return x.toarray()


def check_real(x: Array, name: str) -> Array:
    """Return an array of real numbers, no wider than float64, or raise for other values."""
    kind = x.dtype.kind
    if kind in "biuf" and x.dtype.itemsize <= 8:
        return x
    if kind not in "fO":
        values, solution = NOT_REAL.get(kind, ("text", "Convert it to numbers first."))
        raise TypeError(f"{name} expects real numbers, got {values} of dtype {x.dtype}. {solution}")
    check_size(x, name)
    try:
        return x.astype(float)
    except OverflowError as error:
        raise too_large_error(name) from error
    except (TypeError, ValueError) as error:
        check_entries(x, name)
        raise TypeError(f"{name} expects real numbers, got other objects: {error}.") from error


def check_size(x: Array, name: str) -> Array:
    """Return an array, or raise if a finite value is above 1e150, whose square may overflow."""
    if x.dtype.kind == "f" and x.dtype.itemsize > 4 and x.size:
        extremes = np.array([np.fmin.reduce(x, axis=None), np.fmax.reduce(x, axis=None)])
        if (np.abs(extremes) > MAX_VALUE).any():
            large = x[np.isfinite(x) & (np.abs(x) > MAX_VALUE)]
            if large.size:
                raise too_large_error(name, f", got {large[0]:.3g}")
    return x


def to_bits(values: Array, bits: int = 44) -> Array:
    """Return float64 values rounded to a number of significant bits."""
    fraction, power = np.frexp(values)
    rounded: Array = np.ldexp(np.round(np.ldexp(fraction, bits)), power - bits)
    return rounded


def too_large_error(name: str, found: str = "") -> ValueError:
    """Return the error for numbers whose squares may be beyond the range of float64."""
    return ValueError(f"{name} has values above {MAX_VALUE:g}{found}: scale the data first.")


def as_numbers(x: Any, name: str) -> Array:
    """Return x as an array of real numbers, or raise if numpy would not read its values."""
    check_container(x, name)
    try:
        x = np.asarray(x)
    except ValueError as error:  # rows of different lengths
        raise ragged_error(name, error) from error
    return check_real(x, name)


def check_entries(x: Array, name: str) -> None:
    """Raise if an entry of an array of objects is a series, as in a nested data frame."""
    for place, entry in np.ndenumerate(x) if x.dtype == object else ():
        if hasattr(entry, "__len__") and not isinstance(entry, (str, bytes, Mapping)):
            raise ragged_error(
                name, f"Entry {list(place)} is a {type(entry).__name__}. If it is a series, pass "
                "[np.stack(row) for row in np.asarray(X)].")


def ragged_error(name: str, found: object) -> ValueError:
    """Return the error for rows of different lengths, or entries that are series."""
    return ValueError(
        f"{name} expects an array of numbers whose rows have equal lengths. Pass series of unequal "
        "length as a list of arrays (n_channels, n_steps) to an estimator that takes them. Convert "
        "lists of spike times with skspike.io.from_spike_times(trials, bin_width=..., t_start=..., "
        f"t_stop=...). {found}")


def all_finite(value: Any) -> bool:
    """Return whether all floats are finite in an array, a number or a container of these."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return all(map(all_finite, value))
    return np.asarray(value).dtype.kind != "f" or bool(np.isfinite(value).all())


def is_signed(X: Array) -> bool:
    """Return whether 3-D input consists of signed spikes: -1, 0 and 1."""
    return X.ndim == 3 and bool(((X == 0) | (np.abs(X) == 1)).all())


def is_raster(X: Array) -> bool:
    """Return whether all entries of an array are 0 or 1."""
    if (kind := X.dtype.kind) in "bu":
        return kind == "b" or X.size == 0 or bool(X.max() <= 1)
    return bool(((X == 0) | (X == 1)).all())


def check_raster(X: Array, name: str) -> Array:
    """Return an array of 0 and 1 as C-contiguous uint8, or raise for other values."""
    if not is_raster(X):
        value = X[(X != 0) & (X != 1)][0]
        clip = "Clip numbers of spikes, or use shorter bins. " * bool(
            value > 0 and value == np.floor(value))
        raise ValueError(
            f"{name} expects spikes, 0 and 1 only, found the value "
            f"{'NaN' if np.isnan(value) else value}. {clip}Encode series with SpikeEncoder first, "
            "but not with a coding that returns currents ('direct' or signed spikes).")
    return np.ascontiguousarray(X, dtype=np.uint8)


def as_spikes(x: Any, name: Any, *axes: str) -> Array:
    """Return x as C-contiguous uint8 of 0 and 1, or raise if one of its last `axes` is empty."""
    x = as_numbers(x, name)
    if x.ndim < len(axes) or 0 in x.shape[x.ndim - len(axes) :]:
        raise ValueError(
            f"{name} expects an array of shape (..., {', '.join(axes)}) with at least one entry on "
            f"each of these axes, got shape {x.shape}.")
    return check_raster(x, name)


class Ragged:
    """Series of unequal length, stored end to end.

    It has the length, the dtype and the number of dimensions of an array of series, and its last
    axis is as long as the longest series. Nothing is padded: computations get arrays of samples
    of equal length (`stacked`), so that a result cannot depend on the length of other samples.

    Parameters
    ----------
    values : ndarray of shape (1, n_channels, total number of steps)
        The samples, one after the other. Functions of single values can take it as an array.
    lengths : ndarray of shape (n_samples,)
        Number of steps of each sample.
    flat : bool, default=False
        Whether the samples were given without an axis of channels.
    """

    ndim = 3

    def __init__(self, values: Array, lengths: Array, flat: bool = False):
        self.values, self.lengths, self.flat = values, lengths, flat
        self._stops = np.cumsum(lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[Array]:
        """Yield the samples, (n_channels, n_steps)."""
        return iter(np.split(self.values[0], self._stops[:-1], axis=1))

    def __getitem__(self, rows: Any) -> "Ragged":
        """Return some samples, selected by a slice or by indices, and some of their channels."""
        rows, channels = rows if isinstance(rows, tuple) else (rows, slice(None))
        chosen = np.arange(len(self))[rows]
        parts = [np.arange(self._stops[k] - self.lengths[k], self._stops[k]) for k in chosen]
        values = self.values[:, channels][:, :, np.concatenate(parts)]
        return Ragged(values, self.lengths[chosen], self.flat)

    @property
    def dtype(self) -> Any:
        """The dtype of the values."""
        return self.values.dtype

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of samples and channels, and the length of the longest sample."""
        return len(self), self.values.shape[1], int(self.lengths.max())

    def with_values(self, values: Array) -> "Ragged":
        """Return samples of the same lengths with other values."""
        return Ragged(values, self.lengths, self.flat)

    def stacked(self, rows: Array) -> Array:
        """Return samples of equal length as an array, (n_rows, n_channels, n_steps)."""
        n_steps = self.lengths[rows[0]]
        steps = (self._stops[rows] - n_steps)[:, np.newaxis] + np.arange(n_steps)
        return np.ascontiguousarray(self.values[0][:, steps].swapaxes(0, 1))


def rows_by_length(lengths: Array) -> list[Array]:
    """Return the indices of the samples of each length, the shortest first."""
    if (lengths == lengths[0]).all():  # faster
        return [np.arange(len(lengths))]
    order = np.argsort(lengths, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1)


def entries(X: Any) -> Array:
    """Return the values of an array or of samples of unequal length as one array."""
    return X.values if isinstance(X, Ragged) else X


def as_given(X: Any) -> Any:
    """Return checked samples in the form in which users pass them, for another estimator."""
    if not isinstance(X, Ragged):
        return X
    return [x[0] for x in X] if X.flat else list(X)


def collected(X: Any, name: str, flat: bool = False) -> Any:
    """Return a list or an array of objects, with one array for each sample, as one array.

    Samples are (n_channels, n_steps) or (n_steps,). If their lengths differ, the result is
    `Ragged`. With `flat`, it is `Ragged` for all samples without an axis of channels, whose array
    would look like a table. Other input is returned unchanged.
    """
    if flat and getattr(X, "ndim", 0) == 2 and hasattr(X, "__array__"):
        X = list(np.asarray(X))
    if not _are_series(X):
        return X
    shapes = list(map(np.shape, X))
    is_flat = set(map(len, shapes)) == {1}
    if len(set(shapes)) > 1 or (flat and is_flat):
        return _joined(X, shapes, name)
    return np.stack([as_numbers(x, name) for x in X]) if isinstance(X, np.ndarray) else X


def _are_series(X):
    """Return whether X holds arrays of one or two dimensions, at least one."""
    is_objects = isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1
    return (is_objects or isinstance(X, (list, tuple))) and len(X) > 0 and all(
        hasattr(x, "__array__") and len(getattr(x, "shape", ())) in (1, 2) for x in X)


def _joined(X, shapes, name):
    """Return samples of the given shapes end to end."""
    n_dims, n_channels = {len(shape) for shape in shapes}, {(1, *shape)[-2] for shape in shapes}
    if len(n_dims) > 1 or len(n_channels) > 1:
        found = ", ".join(map(str, list(dict.fromkeys(shapes))[:5]))
        raise ValueError(
            f"{name} expects samples with the same number of channels, each an array (n_channels, "
            f"n_steps), got shapes {found}. If their first axis is time, pass [x.T for x in X].")
    for k, shape in enumerate(shapes):
        if 0 in shape:
            raise ValueError(
                f"{name} needs at least one channel and one step in each sample, got shape {shape} "
                f"in sample {k}.")
    samples = [as_numbers(x, name).reshape(*n_channels, -1) for x in X]
    lengths = np.array([sample.shape[1] for sample in samples])
    return Ragged(np.concatenate(samples, axis=1)[np.newaxis], lengths, n_dims == {1})
