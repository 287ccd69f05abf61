"""Parameters of neurons: intrinsics and options, the constructor, and the checks of values."""

import inspect
import numbers
from typing import NamedTuple

import numpy as np

from .._base import LARGEST, Bounds, check_container, check_number, check_option, shown

SCALES, ROLES = ("linear", "log", "threshold"), ("threshold", "membrane", "synapse", None)


class Intrinsic(NamedTuple):
    """One intrinsic parameter of a neuron, such as a time constant or the threshold.

    Parameters
    ----------
    name : str
        Name of the intrinsic and of the constructor's parameter.
    scale : {"linear", "log", "threshold"}, default="linear"
        How it is learned. "linear": as its value. "log": as its logarithm, which keeps it positive.
        "threshold": as a multiple of the threshold, so that it changes with the threshold. Its
        bounds are then multiples of the threshold too.
    optional : bool, default=False
        Whether it may be None, which switches it off.
    role : {"threshold", "membrane", "synapse"} or None, default=None
        Meaning for learning rules: the threshold, or the time constant of the membrane or of the
        synapse in ms. Each neuron has exactly one threshold.
    default : float or None, default=None
        Default value in the constructor of an `EquationNeuron`. None switches it off.
    bounds : (low, high) or "fixed", default="fixed"
        Default bounds in the constructor of an `EquationNeuron`. "fixed" excludes it from learning.

    See Also
    --------
    Neuron : Lists its intrinsics in a tuple.
    skspike.inspection.IntrinsicsDisplay : Plots learned intrinsics.

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


def with_constructor(cls):
    """Add an ``__init__`` to a class that stores intrinsics, options, and bounds of intrinsics."""
    defaults = {item.name: item.default for item in cls.intrinsics}
    defaults |= {
        name: values[0] if isinstance(values, tuple) else values
        for name, values in cls.options.items()}
    defaults |= {f"{item.name}_bounds": item.bounds for item in cls.intrinsics}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    defaults = {"self": inspect.Parameter.empty, **defaults}
    signature = inspect.Signature(
        [inspect.Parameter(name, kind, default=value) for name, value in defaults.items()])

    def __init__(self, *args, **kwargs):
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        for name, value in list(given.arguments.items())[1:]:
            setattr(self, name, value)

    __init__.__signature__ = signature
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    __init__.__module__ = cls.__module__
    cls.__init__ = __init__
    return cls


def choices_of(neuron):
    """Return the options whose values are words, and the words of each."""
    return {name: values for name, values in neuron.options.items() if isinstance(values, tuple)}


def check_parameters(neuron):
    """Raise an error if an option is none of its words, or the class lacks a parameter."""
    cls, given = type(neuron).__name__, neuron.get_params(deep=False)
    for name, words in neuron.options.items():
        if isinstance(words, tuple):
            check_option(given[name], name, words)
    missing, n_thresholds = [], 0
    for item in neuron.intrinsics:
        check_option(item.scale, f"the scale of {item.name} of {cls}", SCALES)
        check_option(item.role, f"the role of {item.name} of {cls}", ROLES)
        missing += {item.name, f"{item.name}_bounds"} - given.keys()
        n_thresholds += item.role == "threshold"
    if missing:
        raise TypeError(
            f"{cls} needs the parameters {', '.join(sorted(missing))}: one with the name of each "
            "intrinsic and one for its bounds.")
    if n_thresholds != 1:
        raise TypeError(
            f"{cls} must have one intrinsic with role='threshold', and has {n_thresholds}.")


def check_bounds(neuron, item):
    """Check the bounds of an intrinsic and store them as floats.

    Return them, or infinite bounds if they are "fixed".
    """
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
    """Check the value of an intrinsic against its type, its range and its bounds.

    Store its numbers as floats.
    """
    given, name = getattr(neuron, item.name), item.name
    floats, endless = floats_of(given, name), False
    # a membrane without leak has the time constant infinity, whose logarithm cannot be learned
    if item.role == "membrane" and not isinstance(given, tuple) and floats is not None:
        endless = floats == np.inf
        if np.any(endless) and np.isfinite(bounds[1]):
            raise ValueError(
                f"{name}={shown(given)}, a membrane without leak, cannot be learned. Set "
                f"{name}_bounds='fixed'.")
    if isinstance(given, numbers.Number) and not np.any(endless):
        floats = floats_of(check_number(given, name), name)
    if floats is None or floats.ndim > 1 or floats.size == 0 or not (
            np.isfinite(floats) | endless).all():
        raise ValueError(
            f"{name} must be a number, (low, high) or an array of one value per neuron, got "
            f"{shown(given)}.")
    if isinstance(given, tuple) and not (floats.shape == (2,) and floats[0] < floats[1]):
        raise ValueError(
            f"{name} as a tuple must be (low, high) with low < high, got {shown(given)}.")
    _check_range(neuron, item, given, floats, endless, bounds)
    kept = floats if floats.ndim else float(floats)
    setattr(neuron, name, tuple(floats.tolist()) if isinstance(given, tuple) else kept)


def _check_range(neuron, item, given, floats, endless, bounds):
    """Raise an error if a value is beyond the range of the simulation, or outside its bounds."""
    if item.scale == "log" and floats.min() <= 0:
        raise ValueError(f"{item.name} must be > 0, got {shown(given)}.")
    low = 1 / LARGEST if item.scale == "log" else -LARGEST
    if floats.min() < low or floats.max(where=np.logical_not(endless), initial=low) > LARGEST:
        limits = f"[{low:g}, {LARGEST:g}], the range of the float32 simulation"
        raise ValueError(f"{item.name} must lie within {limits}, got {shown(given)}.")
    unit = ""
    if item.scale == "threshold":
        threshold, unit = getattr(neuron, neuron.named("threshold")), " (in units of the threshold)"
        # all pairs, unless both have one value per neuron
        drawn = isinstance(given, tuple) or isinstance(threshold, tuple)
        paired = not drawn and floats.shape == np.shape(threshold)
        floats = floats / threshold if paired else np.divide.outer(floats, threshold)
    if floats.min() < bounds[0] or floats.max() > bounds[1]:
        raise ValueError(
            f"{item.name}={shown(given)} lies outside {item.name}_bounds={bounds}{unit}. Widen the "
            "bounds or change the value.")


def floats_of(value, name):
    """Return a number or sequence as an array of floats, or None for other input."""
    check_container(value, name)
    try:
        array = np.asarray(value)
        # for example fractions
        objects = array.dtype.kind == "O" and all(
            isinstance(number, numbers.Real) for number in array.flat)
        with np.errstate(over="ignore"):
            return array.astype(float) if objects or array.dtype.kind in "iuf" else None
    except (ValueError, OverflowError):  # raised by numpy for ragged shapes and large integers
        return None
