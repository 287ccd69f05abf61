"""Length of a step in ms: given once, and taken over or compared by the other parts of a model."""

import weakref
from typing import Any

from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from ._arrays import Array
from ._estimator import unfrozen
from ._numbers import DT_LIMITS, check_number

# by id, the length of a step of arrays that encoders have returned and that still exist
_OF_ARRAYS: dict[int, float] = {}


def check_dt(dt: Any, none: bool = False) -> Any:
    """Return a step in ms, given as a number or by the `RasterInfo` of a raster, or raise.

    With `none`, None is allowed.
    """
    if hasattr(dt, "bin_width"):
        dt = dt.bin_width
        if dt is None:
            raise ValueError(
                "dt is a RasterInfo whose bin_width is None, because its source does not contain "
                "the length of a step. Pass dt in ms.")
    found = check_number(dt, "dt", none=none, **DT_LIMITS)
    return found if found is None else float(found)


def given_dt(estimator: Any) -> float | None:
    """Return the `dt` that an estimator and its parts were given, None if it was not.

    Raise if they differ.
    """
    found = _dts(estimator) | _frozen_dts(estimator)
    given = {name: check_dt(value) for name, value in found.items() if value is not None}
    if len({*given.values()}) > 1:
        found = ", ".join(f"{name}={dt}" for name, dt in given.items())
        raise ValueError(
            f"The parts of {type(estimator).__name__} have different lengths of a step in ms: "
            f"{found}. Set all to the same dt, or leave out all but one.")
    return next(iter(given.values()), None)


def with_dt(estimator: Any, dt: Any) -> Any:
    """Return a clone of an estimator, in which each `dt` that is None has a value."""
    copy = clone(estimator)
    names = [name for name, value in _dts(copy).items() if value is None]
    copy.set_params(**dict.fromkeys(names, dt))  # a FrozenEstimator returns None
    return copy


def _dts(estimator):
    """Return the parameters of an estimator and its parts that are the length of a step."""
    return {
        name: value for name, value in estimator.get_params().items()
        if name.rpartition("__")[2] == "dt"}


def _frozen_dts(estimator):
    """Return these parameters of the frozen parts of an estimator."""
    return {
        f"{part}__estimator__{name}": dt for part, value in estimator.get_params().items()
        if isinstance(value, FrozenEstimator) for name, dt in _dts(unfrozen(value)).items()}


def remember_dt(X: Array, dt: float) -> None:
    """Store the length of a step of an array, as long as the array exists.

    A pipeline passes the array itself from an encoder to a network, so the network can compare.
    Parts and copies of the array have no entry.
    """
    _OF_ARRAYS[id(X)] = dt
    weakref.finalize(X, _OF_ARRAYS.pop, id(X), None).atexit = False


def check_same_dt(X: Any, dt: float, name: str) -> None:
    """Raise if X is the output of an encoder with steps of another length."""
    found = _OF_ARRAYS.get(id(X), dt)
    if found != dt:
        raise ValueError(
            f"{name} has steps of {dt:g} ms, and its input is from a SpikeEncoder with steps of "
            f"{found:g} ms. Set the same dt in both. An encoder needs none, unless its coding has "
            "rates in Hz or times in ms.")
