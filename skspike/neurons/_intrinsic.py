"""Intrinsic parameters of neurons, and what they may be."""

import numbers
from typing import NamedTuple

import numpy as np

from .._checks import LARGEST, check_container, check_number, shown
from .._utils import Bounds

SCALES, ROLES = ("linear", "log", "threshold"), ("threshold", "membrane", "synapse", None)


class Intrinsic(NamedTuple):
    """One intrinsic parameter of a neuron.

    Parameters
    ----------
    name : str
        Its name, also that of the constructor's parameter.
    scale : {"linear", "log", "threshold"}, default="linear"
        The space in which it is learned and bounded; "log": positive, learned as its logarithm;
        "threshold": learned as a multiple of the threshold, so that it moves with it.
    optional : bool, default=False
        Whether it may be None, which switches it off.
    role : {"threshold", "membrane", "synapse"} or None, default=None
        What it is to learning rules: the threshold, which every neuron has one of, or the time
        constant of membrane or synapse.
    default : float or None, default=None
        Value that the constructor of an `EquationNeuron` gives it; None switches it off.
    bounds : (low, high) or "fixed", default="fixed"
        Bounds that the same constructor gives it.

    See Also
    --------
    Neuron : Names its intrinsics in a tuple.
    skspike.plotting.IntrinsicsDisplay : Shows what has been learned of them.

    Examples
    --------
    >>> from skspike.neurons import Intrinsic
    >>> Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)).scale
    'log'
    """

    name: str
    scale: str = "linear"
    optional: bool = False
    role: str | None = None
    default: float | None = None
    bounds: Bounds = "fixed"


def check_bounds(neuron, item):
    """Return the bounds of an intrinsic, those of a fixed one without end, and make the neuron's own numbers floats."""
    name = f"{item.name}_bounds"
    given = getattr(neuron, name)
    if isinstance(given, str) and given == "fixed":
        return -np.inf, np.inf
    bounds = floats_of(given, name)
    if bounds is None or bounds.shape != (2,) or not bounds[0] < bounds[1]:
        raise ValueError(
            f"{name} must be (low, high) with low < high, or 'fixed', got {shown(given)}.")
    if item.scale == "log" and bounds[0] <= 0:
        raise ValueError(f"{name} must be positive, got {shown(given)}.")
    setattr(neuron, name, tuple(bounds.tolist()))
    return getattr(neuron, name)


def check_value(neuron, item, bounds):
    """Raise if the value of an intrinsic is not one that networks can run with and its bounds allow; make its numbers floats."""
    given = getattr(neuron, item.name)
    value = check_number(given, item.name) if isinstance(given, numbers.Number) else given
    floats = floats_of(value, item.name)
    if floats is None or floats.ndim > 1 or floats.size == 0 or not np.isfinite(floats).all():
        raise ValueError(
            f"{item.name} must be a number, (low, high) or an array of one value per neuron, got "
            f"{shown(given)}.")
    if isinstance(given, tuple) and not (floats.shape == (2,) and floats[0] < floats[1]):
        raise ValueError(
            f"{item.name} as a tuple must be (low, high) with low < high, got {shown(given)}.")
    if item.scale == "log" and floats.min() <= 0:
        raise ValueError(f"{item.name} must be > 0, got {shown(given)}.")
    low = 1 / LARGEST if item.scale == "log" else -LARGEST
    if floats.min() < low or floats.max() > LARGEST:
        limits = f"[{low:g}, {LARGEST:g}], for neurons are simulated in float32"
        raise ValueError(f"{item.name} must lie within {limits}, got {shown(given)}.")
    threshold = getattr(neuron, neuron.named("threshold"))
    relative = _relative(value, floats, threshold) if item.scale == "threshold" else floats
    if relative.min() < bounds[0] or relative.max() > bounds[1]:
        unit = " (in units of the threshold)" if item.scale == "threshold" else ""
        raise ValueError(
            f"{item.name}={shown(given)} lies outside {item.name}_bounds={bounds}{unit}; widen the "
            "bounds.")
    setattr(
        neuron, item.name,
        tuple(floats.tolist()) if isinstance(given, tuple) else floats if floats.ndim
        else float(floats))


def _relative(value, floats, threshold):
    """Return values over thresholds, one by one where both are arrays; what is drawn may meet any."""
    drawn = isinstance(value, tuple) or isinstance(threshold, tuple)
    return floats / threshold if not drawn and floats.shape == np.shape(
        threshold) else np.divide.outer(floats, threshold)


def floats_of(value, name):
    """Return a number or sequence as an array of floats, or None if it is something else."""
    check_container(value, name)
    try:
        array = np.asarray(value)
        # such as fractions
        objects = array.dtype.kind == "O" and all(
            isinstance(number, numbers.Real) for number in array.flat)
        with np.errstate(over="ignore"):
            return array.astype(float) if objects or array.dtype.kind in "iuf" else None
    except (ValueError, OverflowError):  # numpy on shapes, and on large integers
        return None
