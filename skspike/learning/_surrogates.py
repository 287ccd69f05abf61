"""Surrogates of the spike, a step function of the margin m, with slope k.

Each surrogate is a pair: a smooth spike in [0, 1], and its derivative divided by the derivative at
m = 0, which is ``peak * k``.

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

from .._compile import scalar
from ..simulation import SpikeFunction

ZERO, HALF, ONE, FOUR = np.float32(0), np.float32(0.5), np.float32(1), np.float32(4)
HALF_PI, PER_PI = np.float32(math.pi / 2), np.float32(1 / math.pi)


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
    """A smooth spike, its normalised derivative, and its derivative at m = 0 for slope 1."""

    smooth: Callable[..., Any]
    vjp: Callable[..., Any]
    peak: float


SURROGATES = {
    "fast_sigmoid": Surrogate(fast_sigmoid, fast_sigmoid_vjp, 0.5),
    "arctan": Surrogate(arctan, arctan_vjp, 0.5),
    "sigmoid": Surrogate(sigmoid, sigmoid_vjp, 0.25),
    "triangular": Surrogate(triangular, triangular_vjp, 1.0),
}


def hard_spikes(surrogate: str = "fast_sigmoid", slope: float = 5.0) -> SpikeFunction:
    """Return hard spikes with a surrogate derivative, for training by surrogate gradients.

    The derivative has height 1 at the threshold. No gradient passes through the reset.

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"}, default="fast_sigmoid"
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
    smooth_spikes : Differentiable spikes.
    SurrogateGradient : The rule that uses them.

    Examples
    --------
    >>> from skspike.learning import hard_spikes
    >>> spikes = hard_spikes("fast_sigmoid", slope=1.0)
    >>> float(spikes.spike(0.5, 0.0)), float(spikes.spike_vjp(1.0, spikes.slope))
    (1.0, 0.25)
    """
    return SpikeFunction(spike_vjp=SURROGATES[surrogate].vjp, slope=slope)


def smooth_spikes(surrogate: str = "fast_sigmoid", slope: float = 5.0) -> SpikeFunction:
    """Return smooth spikes with their exact derivative, which also passes through the reset.

    Spikes are real numbers between 0 and 1, and the loss is differentiable everywhere. The neuron
    must have a smooth form (``neuron.kernels(smooth=True)``).

    Parameters
    ----------
    surrogate : {"fast_sigmoid", "arctan", "sigmoid", "triangular"}, default="fast_sigmoid"
        The smooth spike.
    slope : float, default=5.0
        Steepness of the spike at the threshold, positive. Larger values approach hard spikes.

    Returns
    -------
    spikes : SpikeFunction
        The spike function of a network, as ``Task.network`` takes it.

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
    chosen = SURROGATES[surrogate]
    return SpikeFunction(chosen.smooth, _exact(chosen), slope, slope, smooth=True, detach=False)


@functools.lru_cache(maxsize=None)
def _exact(surrogate: Surrogate) -> Any:
    """Return the derivative of a smooth spike without normalisation."""
    vjp, peak = surrogate.vjp, surrogate.peak

    @scalar
    def smooth_vjp(m: Any, slope: Any) -> Any:
        return peak * slope * vjp(m, slope)

    return smooth_vjp
