"""Surrogates of the spike, a step function of the margin m, with slope k.

Each surrogate has a smooth spike in [0, 1], and its derivative divided by the derivative at m = 0,
which is ``peak * k``.

    fast_sigmoid   (1 + k m / (1 + k|m|)) / 2        1 / (1 + k|m|)**2          Zenke & Ganguli 2018
    arctan         1/2 + arctan(pi k m / 2) / pi     1 / (1 + (pi k m / 2)**2)  Fang et al. 2021
    sigmoid        1 / (1 + exp(-k m))               4 s (1 - s)                Neftci et al. 2019
    triangular     the integral of the right         max(0, 1 - k|m|)           Bellec et al. 2018
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba.core.errors import NumbaError
from scipy.integrate import cumulative_trapezoid

from .._base import LARGEST, Array, check_number, scalar, shown
from ..simulation import SpikeFunction

ZERO, HALF, ONE, FOUR = np.float32(0), np.float32(0.5), np.float32(1), np.float32(4)
HALF_PI, PER_PI = np.float32(math.pi / 2), np.float32(1 / math.pi)

N_MARGINS = 10001  # at which the functions of a user are compared
TOLERANCE = 0.01  # of their spikes: steps of the derivative are integrated with such errors
NEEDS_SPIKE = (
    "Smooth spikes need the spike of the surrogate, whose derivative it is, got spike=None. Pass "
    "Surrogate(derivative, spike, peak), or use hard spikes.")


@scalar
def fast_sigmoid(m: Any, k: Any) -> Any:
    return HALF + HALF * k * m / (ONE + k * abs(m))


@scalar
def fast_sigmoid_vjp(m: Any, k: Any) -> Any:
    y = ONE + k * abs(m)
    return ONE / (y * y)


@scalar
def arctan(m: Any, k: Any) -> Any:
    return HALF + np.arctan(HALF_PI * k * m) * PER_PI


@scalar
def arctan_vjp(m: Any, k: Any) -> Any:
    y = HALF_PI * k * m
    return ONE / (ONE + y * y)


@scalar
def sigmoid(m: Any, k: Any) -> Any:
    e = np.exp(-abs(k * m))
    return (ONE if m > ZERO else e) / (ONE + e)


@scalar
def sigmoid_vjp(m: Any, k: Any) -> Any:
    e = np.exp(-abs(k * m))
    return FOUR * e / ((ONE + e) * (ONE + e))


@scalar
def triangular(m: Any, k: Any) -> Any:
    x = min(max(k * m, -ONE), ONE)
    return HALF + x - HALF * x * abs(x)


@scalar
def triangular_vjp(m: Any, k: Any) -> Any:
    return max(ZERO, ONE - abs(k * m))


class Surrogate(NamedTuple):
    """A surrogate derivative of the spike, and the smooth spike that belongs to it.

    Both are functions of two numbers, the margin m = ``(v - threshold) / threshold`` and the slope.

    Parameters
    ----------
    derivative : callable
        Function ``derivative(m, slope)``, compiled with `skspike.neurons.scalar`. It replaces the
        derivative of hard spikes, without further scaling. Height 1 at m = 0 is usual.
    spike : callable or None, default=None
        Function ``spike(m, slope)``, compiled in the same way: a smooth spike from 0 to 1 whose
        derivative with respect to m is ``peak * slope * derivative(m, slope)``. Only smooth spikes
        need it.
    peak : float, default=1.0
        Derivative of `spike` at m = 0 for slope 1, positive, if `derivative` has height 1 there.

    See Also
    --------
    SurrogateGradient : Takes one as `surrogate`, and checks it.
    hard_spikes : Hard spikes with this derivative.

    Notes
    -----
    Write constants as ``np.float32(0.5)``, so that kernels compute in single precision.

    Examples
    --------
    A rectangular derivative, and its integral, a ramp from 0 to 1:

    >>> import numpy as np
    >>> from skspike import SNNClassifier
    >>> from skspike.learning import Surrogate, SurrogateGradient
    >>> from skspike.neurons import scalar
    >>> HALF, ONE = np.float32(0.5), np.float32(1)
    >>> @scalar
    ... def box(m, slope):
    ...     return np.float32(abs(slope * m) < HALF)
    >>> @scalar
    ... def ramp(m, slope):
    ...     return min(max(slope * m + HALF, np.float32(0)), ONE)
    >>> rule = SurrogateGradient(surrogate=Surrogate(box, ramp), slope=2.0)
    >>> network = SNNClassifier(rule=rule)
    """

    derivative: Callable[..., Any]
    spike: Callable[..., Any] | None = None
    peak: float = 1.0


SURROGATES = {
    "fast_sigmoid": Surrogate(fast_sigmoid_vjp, fast_sigmoid, 0.5),
    "arctan": Surrogate(arctan_vjp, arctan, 0.5),
    "sigmoid": Surrogate(sigmoid_vjp, sigmoid, 0.25),
    "triangular": Surrogate(triangular_vjp, triangular, 1.0),
}


def check_surrogate(surrogate: Any, slope: float, smooth: bool) -> None:
    """Raise unless a surrogate is a name, or the user's functions fit together at this slope."""
    if isinstance(surrogate, str) and surrogate in SURROGATES:
        return
    if not isinstance(surrogate, Surrogate):
        raise ValueError(
            "surrogate must be a Surrogate of your functions, or must be one of "
            f"{', '.join(map(repr, SURROGATES))}, got {shown(surrogate)}.")
    m = np.linspace(-10, 10, N_MARGINS) / slope
    derivative = _values(surrogate, "derivative", m, slope)
    if not derivative.any():
        raise ValueError(
            "derivative of the surrogate is 0 at all margins from -10 / slope to 10 / slope, so "
            "nothing can be learned. Make it positive near 0.")
    if surrogate.spike is not None:
        _check_integral(surrogate, derivative, m, slope)
    elif smooth:
        raise ValueError(NEEDS_SPIKE)


def _check_integral(surrogate: Surrogate, derivative: Array, m: Array, slope: float) -> None:
    """Raise unless the smooth spike is in [0, 1] and is the integral of its derivative."""
    peak = check_number(surrogate.peak, "peak of the surrogate", above=0, high=LARGEST)
    spike = _values(surrogate, "spike", m, slope)
    if spike.min() < -TOLERANCE or spike.max() > 1 + TOLERANCE:
        raise ValueError(
            "spike of the surrogate must be from 0 to 1, got values from "
            f"{spike.min():.3g} to {spike.max():.3g}.")
    wanted = peak * slope * cumulative_trapezoid(derivative, m, initial=0)
    worst = np.abs(spike - spike[0] - wanted).argmax()
    if abs(spike[worst] - spike[0] - wanted[worst]) > TOLERANCE:
        raise ValueError(
            "spike of the surrogate must be the integral of peak * slope * derivative. From margin "
            f"{m[0]:.3g} to {m[worst]:.3g} at slope {slope:.3g}, the integral is "
            f"{wanted[worst]:.3g}, and spike rises by {spike[worst] - spike[0]:.3g}. Correct "
            f"spike, derivative or peak={peak:.3g}.")


def _values(surrogate: Surrogate, name: str, m: Array, slope: float) -> Array:
    """Return the values of one of the user's functions, or raise if it is not a finite number."""
    function = getattr(surrogate, name)
    if not isinstance(function, type(fast_sigmoid)):
        raise TypeError(
            f"{name} of the surrogate must be a function of the margin and the slope, compiled "
            f"with skspike.neurons.scalar, got {shown(function)}.")
    try:
        values = np.array([float(function(x, slope)) for x in m])
    except (NumbaError, TypeError) as error:
        raise ValueError(
            f"{name} of the surrogate must take two numbers, the margin and the slope, and return "
            f"a number. {type(error).__name__}: {error}") from error
    if not np.isfinite(values).all():
        at = m[np.flatnonzero(~np.isfinite(values))[0]]
        raise ValueError(
            f"{name} of the surrogate must be finite, and is not at margin {at:.3g} and slope "
            f"{slope:.3g}.")
    return values


def _chosen(surrogate: str | Surrogate) -> Surrogate:
    """Return the surrogate of a name, or the user's one."""
    return SURROGATES[surrogate] if isinstance(surrogate, str) else surrogate


def hard_spikes(
        surrogate: str | Surrogate = "fast_sigmoid", slope: float = 5.0) -> SpikeFunction:
    """Return hard spikes with a surrogate derivative, for training by surrogate gradients.

    The named derivatives have height 1 at the threshold. No gradient passes through the reset.

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"} or Surrogate, \
default="fast_sigmoid"
        The surrogate derivative.
    slope : float, default=5.0
        Steepness of the surrogate, positive. Larger values narrow the range of potentials near the
        threshold that pass a gradient.

    Returns
    -------
    spikes : SpikeFunction
        The spike function of a network, as ``Task.network`` takes it.

    See Also
    --------
    SurrogateGradient : The rule that uses them.

    Examples
    --------
    >>> from skspike.learning import hard_spikes
    >>> spikes = hard_spikes("fast_sigmoid", slope=1.0)
    >>> float(spikes.spike(0.5, 0.0)), float(spikes.spike_vjp(1.0, spikes.slope))
    (1.0, 0.25)
    """
    return SpikeFunction(spike_vjp=_chosen(surrogate).derivative, slope=slope)


def smooth_spikes(
        surrogate: str | Surrogate = "fast_sigmoid", slope: float = 5.0) -> SpikeFunction:
    """Return smooth spikes with their exact derivative, which also passes through the reset.

    Spikes are real numbers between 0 and 1, and the loss is differentiable everywhere. The neuron
    must have a smooth form (``neuron.kernels(smooth=True)``).

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"} or Surrogate, \
default="fast_sigmoid"
        The smooth spike.
    slope : float, default=5.0
        Steepness of the spike at the threshold, positive. Larger values approach hard spikes.

    Returns
    -------
    spikes : SpikeFunction
        The spike function of a network, as ``Task.network`` takes it.

    Raises
    ------
    ValueError
        If `surrogate` is a `Surrogate` without a smooth spike.

    See Also
    --------
    hard_spikes : Spikes of 0 and 1.
    SurrogateGradient : Uses them with ``spikes="smooth"``.

    Examples
    --------
    >>> from skspike.learning import smooth_spikes
    >>> spikes = smooth_spikes("fast_sigmoid", slope=1.0)
    >>> float(spikes.spike(0.0, 1.0)), float(spikes.spike(1.0, 1.0))
    (0.5, 0.75)
    """
    chosen = _chosen(surrogate)
    if chosen.spike is None:
        raise ValueError(NEEDS_SPIKE)
    return SpikeFunction(chosen.spike, _exact(chosen), slope, slope, smooth=True, detach=False)


@functools.lru_cache(maxsize=None)
def _exact(surrogate: Surrogate) -> Any:
    """Return the derivative of a smooth spike without normalisation."""
    vjp, peak = surrogate.derivative, surrogate.peak

    @scalar
    def smooth_vjp(m: Any, slope: Any) -> Any:
        return peak * slope * vjp(m, slope)

    return smooth_vjp
