"""Leaky integrate-and-fire neuron whose threshold rises with each of its spikes, and falls back slowly.

    charge   i <- b i + x,  v <- a v + i,  w <- c w      a, b, c = exp(-dt / tau_mem), exp(-dt /
    tau_syn), exp(-dt / tau_w) fire     s = 1 where v > threshold (1 + w) reset    v <- v -
    threshold (1 + w),  w <- w + beta
"""

from ._equation_neuron import EquationNeuron
from ._equations import Equations
from ._intrinsic import Intrinsic


class AdaptiveLIF(EquationNeuron):
    """Leaky integrate-and-fire neuron with an adaptive threshold, with or without a synaptic current.

    The membrane is that of `LIF`. Each spike raises the threshold by `beta` times itself, and the
    rise decays with a time constant of its own, `tau_w`: a memory of past activity that outlasts
    the membrane's [1]_. A spike lowers the membrane by the threshold as it stands.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant in ms; a tuple draws one per neuron, log-uniformly.
    tau_syn : float, (low, high), array or None, default=None
        Time constant of the synaptic current in ms; None leaves the current out.
    tau_w : float, (low, high) or array, default=150.0
        Time constant in ms with which a raised threshold falls back.
    beta : float, (low, high) or array, default=0.2
        How far each spike raises the threshold, in units of it.
    threshold : float, (low, high) or array, default=1.0
        Membrane potential above which (strictly) a neuron spikes that has long been silent.
    tau_mem_bounds, tau_syn_bounds, tau_w_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range in ms within which learning keeps the time constants; "fixed" excludes the parameter
        from learning.
    beta_bounds : (low, high) or "fixed", default=(0.0, 2.0)
        Range of `beta`.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 10.0)
        Range of the threshold.

    See Also
    --------
    LIF : With a threshold that stays.
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
