"""Exponential integrate-and-fire neuron.

    charge   tau_mem dv/dt = -v + delta exp((v - v_t) / delta),  v <- v + x
    fire     s = 1 where v > threshold
    reset    v <- v_reset
"""

from ._equation_neuron import EquationNeuron
from ._equations import Equations
from ._intrinsic import Intrinsic


class ExponentialIF(EquationNeuron):
    """Exponential integrate-and-fire neuron: a leak, and an upstroke that starts by itself.

    Near `v_t` the sodium current sets in and carries the membrane over its threshold, the faster
    the smaller `delta` is. What is called the threshold here only tells where the spike is counted
    [1]_. The membrane is held within [-3, 3] (smoothly, where spikes are smooth).

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant in ms; a tuple draws one per neuron, log-uniformly.
    delta : float, (low, high) or array, default=0.1
        Range of potentials over which the upstroke sets in.
    v_t : float, (low, high) or array, default=0.5
        Potential at which it sets in: the largest that a constant input can hold.
    threshold : float, (low, high) or array, default=1.0
        Membrane potential above which (strictly) the neuron spikes.
    v_reset : float, (low, high) or array, default=0.0
        Membrane potential after a spike. It is learned as a multiple of the threshold, and so moves
        with it.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range in ms within which learning keeps the time constant; "fixed" excludes the parameter
        from learning.
    delta_bounds : (low, high) or "fixed", default=(0.05, 0.5)
        Range of `delta`.
    v_t_bounds : (low, high) or "fixed", default=(0.1, 2.0)
        Range of `v_t`.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 2.0)
        Range of the threshold.
    v_reset_bounds : (low, high) or "fixed", default=(-2.0, 0.95)
        Range of ``v_reset / threshold``.

    See Also
    --------
    AdEx : With a current that adapts.
    QuadraticIF : A softer upstroke.
    LIF : A leak alone.

    References
    ----------
    .. [1] N. Fourcaud-Trocmé, D. Hansel, C. van Vreeswijk, N. Brunel, "How spike generation
        mechanisms determine the neuronal response to fluctuating inputs", Journal of Neuroscience
        23, 2003.

    Examples
    --------
    >>> from skspike.neurons import ExponentialIF
    >>> ExponentialIF(delta=0.05, threshold_bounds="fixed").learnable()
    ('tau_mem', 'delta', 'v_t', 'v_reset')
    """

    name = "exponential"
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("delta", "log", default=0.1, bounds=(0.05, 0.5)),
        Intrinsic("v_t", default=0.5, bounds=(0.1, 2.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 2.0)),
        Intrinsic("v_reset", "threshold", default=0.0, bounds=(-2.0, 0.95)),
    )
    equations = Equations(
        states=("v",),
        charge="""
            dv/dt = (delta * exp(saturate((v - v_t) / delta, 10)) - v) / tau_mem + x
            v = saturate(v, 3)
        """,
        margin="(v - threshold) / threshold",
        reset="v = (1 - s) * v + s * v_reset",
    )
