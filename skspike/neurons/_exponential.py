"""Exponential integrate-and-fire neuron.

    charge   tau_mem dv/dt = -v + delta exp((v - v_t) / delta),  v <- v + x
    fire     s = 1 if v > threshold
    reset    v <- v_reset
"""

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic


class ExponentialIF(EquationNeuron):
    """Exponential integrate-and-fire neuron: a leaky membrane with an exponential upstroke.

    Near `v_t` the sodium current begins. It carries the membrane over the threshold, faster for
    smaller `delta`. The threshold only defines when the spike is counted [1]_. The membrane
    potential is limited to [-3, 3], smoothly if spikes are smooth.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant in ms. A tuple draws one per neuron, log-uniformly.
    delta : float, (low, high) or array, default=0.1
        Width of the onset of the upstroke: the smaller, the steeper.
    v_t : float, (low, high) or array, default=0.5
        Membrane potential at which the upstroke begins: the largest stable potential.
    threshold : float, (low, high) or array, default=1.0
        The neuron spikes if its membrane potential exceeds this value.
    v_reset : float, (low, high) or array, default=0.0
        Membrane potential after a spike. It is learned as a multiple of the threshold.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constant in learning, in ms. "fixed" excludes it from learning.
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
    AdEx : With an adaptation current.
    QuadraticIF : A quadratic upstroke.
    LIF : No upstroke.

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
