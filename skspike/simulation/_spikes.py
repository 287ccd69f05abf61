"""Spikes as a function of the margin, with the derivative that learning uses."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._compile import scalar


@scalar
def heaviside(m: Any, level: Any) -> Any:
    """Return 1 if the margin is above a level, else 0. An infinite level gives no spikes."""
    return np.float32(m > level)


@scalar
def zero_vjp(m: Any, slope: Any) -> Any:
    """Return no gradient."""
    return np.float32(0)


class SpikeFunction(NamedTuple):
    """Spikes as a function of the margin, and their derivative in the backward pass.

    The margin m is the distance of the membrane potential from the threshold, in units of the
    threshold.

    Parameters
    ----------
    spike : callable
        Function ``spike(m, spike_arg)`` of two numbers, compiled with `skspike.neurons.scalar`. The
        default spikes if ``m > spike_arg``.
    spike_vjp : callable
        Function ``spike_vjp(m, slope)`` of two numbers: the derivative of the spike with respect to
        m, or a surrogate of it. The default is zero.
    spike_arg : float, default=0.0
        Second argument of `spike`. With infinity, the default never spikes.
    slope : float, default=1.0
        Second argument of `spike_vjp`.
    smooth : bool, default=False
        Whether spikes are real numbers. The neuron's kernels are then smooth too.
    detach : bool, default=True
        Whether the backward pass treats the spike in the reset as a constant.

    See Also
    --------
    skspike.learning.hard_spikes : Returns hard spikes with a surrogate derivative.
    skspike.learning.smooth_spikes : Returns smooth spikes with their derivative.
    Network : Takes one as `spikes`.

    Examples
    --------
    Hard spikes with a triangular surrogate derivative:

    >>> import numpy as np
    >>> from skspike.neurons import scalar
    >>> from skspike.simulation import SpikeFunction
    >>> @scalar
    ... def triangle(m, slope):
    ...     return max(np.float32(0), np.float32(1) - slope * abs(m))
    >>> SpikeFunction(spike_vjp=triangle, slope=2.0).smooth
    False
    """

    spike: Callable[..., Any] = heaviside
    spike_vjp: Callable[..., Any] = zero_vjp
    spike_arg: float = 0.0
    slope: float = 1.0
    smooth: bool = False
    detach: bool = True


HARD = SpikeFunction()
NO_SPIKES = SpikeFunction(spike_arg=np.inf)
