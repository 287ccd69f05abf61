"""Leaky integrate-and-fire neuron with an adaptive threshold.

    charge   i <- b i + x        b = exp(-dt / tau_syn)
             v <- a v + i        a = exp(-dt / tau_mem)
             w <- c w            c = exp(-dt / tau_w)
    fire     s = 1 if v > threshold (1 + w)
    reset    v <- v - threshold (1 + w)
             w <- w + beta

v is the membrane potential, i the synaptic current, w the relative increase of the threshold.
"""

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic
from ._response_peak import of_exponentials


class AdaptiveLIF(EquationNeuron):
    """Leaky integrate-and-fire neuron with an adaptive threshold, with or without synaptic current.

    Between spikes, the membrane behaves as in `LIF`. Each spike raises the threshold by the
    fraction `beta`, and the increase decays with the time constant `tau_w`. So the threshold
    remembers past activity longer than the membrane does [1]_. A spike lowers the membrane
    potential by the present threshold.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant in ms. A tuple draws one per neuron, log-uniformly.
    tau_syn : float, (low, high), array or None, default=None
        Time constant of the synaptic current in ms. None: no synaptic current.
    tau_w : float, (low, high) or array, default=150.0
        Time constant of the increase of the threshold in ms.
    beta : float, (low, high) or array, default=0.2
        Increase of the threshold by each spike, in units of the threshold.
    threshold : float, (low, high) or array, default=1.0
        A neuron at rest spikes if its membrane potential exceeds this value.
    tau_mem_bounds, tau_syn_bounds, tau_w_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constants in learning, in ms. "fixed" excludes them from learning.
    beta_bounds : (low, high) or "fixed", default=(0.0, 2.0)
        Range of `beta`.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 10.0)
        Range of the threshold.

    See Also
    --------
    LIF : Constant threshold.
    AdEx : Adaptation by a current.

    References
    ----------
    .. [1] G. Bellec, D. Salaj, A. Subramoney, R. Legenstein, W. Maass, "Long short-term memory and
        learning-to-learn in networks of spiking neurons", Advances in Neural Information Processing
        Systems 31, 2018.

    Examples
    --------
    >>> from skspike.neurons import AdaptiveLIF
    >>> AdaptiveLIF(tau_syn=5.0).states
    ('v', 'w', 'i')
    """

    name = "adaptive_lif"
    recovery = ("w",)
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("tau_syn", "log", optional=True, role="synapse", bounds=(1.5, 2000.0)),
        Intrinsic("tau_w", "log", default=150.0, bounds=(1.5, 2000.0)),
        Intrinsic("beta", default=0.2, bounds=(0.0, 2.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
    )
    equations = Equations(
        states=("v", "w", "i"),
        charge="""
            if tau_syn:
                i = exp(-dt / tau_syn) * i + x
                x = i
            v = exp(-dt / tau_mem) * v + x
            w = exp(-dt / tau_w) * w
        """,
        margin="(v - threshold) / threshold - w",
        reset="""
            v = v - s * threshold * (1 + w)
            w = w + s * beta
        """,
    )
    log_peak = of_exponentials
