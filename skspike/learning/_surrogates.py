"""Smooth stand-ins for the step from no spike to spike, as functions of the margin m and a slope k.

Each is a pair: a smooth spike in [0, 1], and its derivative divided by the derivative at m = 0,
which is ``peak * k``.

    fast_sigmoid   (1 + k m / (1 + k|m|)) / 2        1 / (1 + k|m|)**2          Zenke & Ganguli 2018
    arctan         1/2 + arctan(pi k m / 2) / pi     1 / (1 + (pi k m / 2)**2)  Fang et al. 2021
    sigmoid        1 / (1 + exp(-k m))               4 s (1 - s)                Neftci et al. 2019
    triangular     the integral of the right         max(0, 1 - k|m|)           Bellec et al. 2018
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from .._compile import scalar
from ..simulation import SpikeFunction

ZERO, HALF, ONE, FOUR = np.float32(0), np.float32(0.5), np.float32(1), np.float32(4)
HALF_PI, PER_PI = np.float32(math.pi / 2), np.float32(1 / math.pi)


@scalar
def fast_sigmoid(m, k):
    return HALF + HALF * k * m / (ONE + k * abs(m))


@scalar
def fast_sigmoid_vjp(m, k):
    y = ONE + k * abs(m)
    return ONE / (y * y)


@scalar
def arctan(m, k):
    return HALF + np.arctan(HALF_PI * k * m) * PER_PI


@scalar
def arctan_vjp(m, k):
    y = HALF_PI * k * m
    return ONE / (ONE + y * y)


@scalar
def sigmoid(m, k):
    e = np.exp(-abs(k * m))
    return (ONE if m > ZERO else e) / (ONE + e)


@scalar
def sigmoid_vjp(m, k):
    e = np.exp(-abs(k * m))
    return FOUR * e / ((ONE + e) * (ONE + e))


@scalar
def triangular(m, k):
    x = min(max(k * m, -ONE), ONE)
    return HALF + x - HALF * x * abs(x)


@scalar
def triangular_vjp(m, k):
    return max(ZERO, ONE - abs(k * m))


class Surrogate(NamedTuple):
    """A smooth spike, its normalised derivative, and the derivative at zero for slope 1."""

    smooth: object
    vjp: object
    peak: float


SURROGATES = {
    "fast_sigmoid": Surrogate(fast_sigmoid, fast_sigmoid_vjp, 0.5),
    "arctan": Surrogate(arctan, arctan_vjp, 0.5),
    "sigmoid": Surrogate(sigmoid, sigmoid_vjp, 0.25),
    "triangular": Surrogate(triangular, triangular_vjp, 1.0),
}


def hard_spikes(name, slope):
    """Return hard spikes with a surrogate derivative of height 1, the reset detached."""
    return SpikeFunction(spike_vjp=SURROGATES[name].vjp, slope=slope)


@functools.lru_cache(maxsize=None)
def _exact(surrogate):
    vjp, peak = surrogate.vjp, surrogate.peak

    @scalar
    def smooth_vjp(m, slope):
        return peak * slope * vjp(m, slope)

    return smooth_vjp


def smooth_spikes(name, slope):
    """Return smooth spikes with their own derivative, through the reset too: a loss that is differentiable everywhere."""
    surrogate = SURROGATES[name]
    return SpikeFunction(
        surrogate.smooth, _exact(surrogate), slope, slope, graded=True, detach=False)
