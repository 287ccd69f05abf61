"""What may be read as data: arrays of real numbers, and what numpy makes such arrays of by its values."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

Array = NDArray[Any]
MOST_ENTRIES = 2**27  # of sparse input, written out: 1 GiB in float64
PLAIN = {bool, int, float, complex, str, bytes, type(None)}  # holds nothing
NO_NUMBERS = (
    {
        "c": ("complex numbers", "take their real part or their magnitude first, x.real or abs(x)"),
        "M": (
            "dates",
            "subtract the first and divide by a unit first, as in (x - x[0]) / np.timedelta64(1, "
            "'ms')"),
        "m": ("spans of time", "divide by a unit first, as in x / np.timedelta64(1, 'ms')"),
        "V": ("records", "take one of their fields")})

# By package and class, so that none of them is imported: the line that makes a raster of what no
# array holds.
NEO, PYNAPPLE = "from_neo(samples, bin_width=...)", "from_pynapple(tsgroup, trials, bin_width=...)"
CONVERTED = {
    **{("neo", name): NEO for name in ("SpikeTrain", "SpikeTrainList", "Segment", "Block")},
    ("elephant", "BinnedSpikeTrain"): "from_elephant(trains)",
    **{("pynapple", name): PYNAPPLE for name in ("Ts", "TsGroup", "IntervalSet")},
}


def check_foreign(x: Any, name: str) -> None:
    """Raise if x is a container of spikes of another package, and tell the line that converts it."""
    kinds = ((cls.__module__.partition(".")[0], cls.__name__) for cls in type(x).__mro__)
    way = next((CONVERTED[kind] for kind in kinds if kind in CONVERTED), None)
    if isinstance(x, np.ndarray) and {"t", "x"} <= set(x.dtype.names or ()):
        way = "from_tonic(samples, sensor_size=..., bin_width=...)"
    if way:
        raise TypeError(
            f"{name} expects an array, got {type(x).__name__} that holds spikes by their times: "
            f"pass skspike.io.{way}.")


def check_container(x: Any, name: str) -> None:
    """Raise unless x is an array, a data frame, a scalar, or a sequence of these: of what else there is, numpy takes not the values.

    Of a mapping it would take the keys, of a set or a generator nothing, and of a masked array what
    the mask hides.
    """
    if issparse(x):
        way = (
            "pass its toarray(), or have a step before it make a dense one, as "
            "OneHotEncoder(sparse_output=False) does")
        raise TypeError(
            f"{name} expects dense arrays, got a sparse one, {type(x).__name__}; {way}.")
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise ValueError(
            f"{name} reads no masks, got an array with masked entries; pass its filled(value).")
    check_foreign(x, name)
    readable = hasattr(x, "__array__") or hasattr(x, "__array_interface__") or isinstance(
        x, (str, bytes, memoryview))
    if isinstance(x, Mapping) or (hasattr(x, "keys") and not readable):
        raise TypeError(
            f"{name} expects an array, got a mapping, {type(x).__name__}, whose keys are no data; "
            "pass an array of its values, or of "
            "spike times skspike.io.from_spike_times([list(x.values())], bin_width=..., "
            "t_start=..., t_stop=...).")
    if readable:
        return
    if isinstance(x, Sequence):
        for part in x if set(map(type, x)) - PLAIN else ():
            check_container(part, name)
    elif np.iterable(x):
        raise TypeError(
            f"{name} expects an array or a sequence, got {type(x).__name__}; make an array of its "
            "values first.")


def written_out(x, name):
    """Return a sparse array as a dense one; raise where that would take the memory of the machine."""
    if math.prod(x.shape) > MOST_ENTRIES:
        raise ValueError(
            f"{name} writes sparse input out, up to {MOST_ENTRIES} entries at a time, got shape "
            f"{x.shape}. Give it fewer columns, by "
            "OneHotEncoder(max_categories=...) or TruncatedSVD, or fewer rows at a time; or pass "
            "its toarray(), if memory allows.")
    return x.toarray()


def check_real(x: Array, name: str) -> Array:
    """Return an array of real numbers in a type no wider than float64; raise if it holds anything else."""
    kind = x.dtype.kind
    if kind in "biuf" and x.dtype.itemsize <= 8:
        return x
    if kind not in "fO":
        what, way = NO_NUMBERS.get(kind, ("text", "turn it into numbers first"))
        raise TypeError(f"{name} expects real numbers, got {what} of dtype {x.dtype}; {way}.")
    try:
        with np.errstate(over="ignore"):
            converted = x.astype(float)
    except OverflowError as error:
        raise too_large(name) from error
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{name} expects real numbers, got objects that are none: {error}.") from error
    if kind == "f" and (np.isinf(converted) & np.isfinite(x)).any():
        raise too_large(name)
    return converted


def too_large(name):
    """Return the error for numbers that float64 does not hold."""
    return ValueError(
        f"{name} computes in float64, and the input holds values too large for it; scale them "
        "first.")


def as_numbers(x: Any, name: str) -> Array:
    """Return x as an array of real numbers; raise if numpy would read something else than its values, or float64 not hold them."""
    check_container(x, name)
    try:
        x = np.asarray(x)
    except ValueError as error:  # numpy on shapes
        raise ragged(name, error) from error
    return check_real(x, name)


def ragged(name, error):
    """Return the error for lists of unequal lengths, which numpy makes no array of."""
    way = (
        "pass lists of spike times to skspike.io.from_spike_times(trials, bin_width=..., "
        "t_start=..., t_stop=...)")
    return ValueError(f"{name} expects an array, whose rows have equal lengths; {way}. {error}")


def is_raster(X: Array) -> bool:
    """Tell whether an array holds nothing but 0 and 1."""
    if X.dtype.kind in "bu":
        return X.dtype == bool or X.size == 0 or bool(X.max() <= 1)
    return bool(((X == 0) | (X == 1)).all())
