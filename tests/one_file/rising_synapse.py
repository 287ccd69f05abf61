"""Leaky integrate-and-fire neuron with a synaptic current that rises and decays.

    rise     tau_rise dr/dt = -r + tau_rise x
    current  tau_syn di/dt = -i + r
    charge   tau_mem dv/dt = -v + i
    fire     s = 1 if v > threshold
    reset    v <- 0
"""

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic


class RisingSynapse(EquationNeuron):
    """Leaky integrate-and-fire neuron with a synaptic current that rises and decays.

    The current is a difference of two exponentials, as measured at synapses with AMPA or NMDA
    receptors [1]_.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant in ms. A tuple draws one value per neuron, log-uniformly.
    tau_syn : float, (low, high) or array, default=5.0
        Time constant in ms with which the current decays.
    tau_rise : float, (low, high) or array, default=2.0
        Time constant in ms with which the current rises.
    threshold : float, (low, high) or array, default=0.1
        Membrane potential above which the neuron spikes.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the membrane time constant in learning. "fixed" excludes it from learning.
    tau_syn_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constant of the decay.
    tau_rise_bounds : (low, high) or "fixed", default=(0.5, 100.0)
        Range of the time constant of the rise.
    threshold_bounds : (low, high) or "fixed", default=(0.01, 10.0)
        Range of the threshold.

    See Also
    --------
    LIF : The current jumps with each input spike.

    References
    ----------
    .. [1] A. Destexhe, Z. F. Mainen, T. J. Sejnowski, "Kinetic models of synaptic transmission",
        in C. Koch, I. Segev (editors), Methods in Neuronal Modeling, MIT Press, 1998.

    Examples
    --------
    >>> from skspike.neurons import RisingSynapse
    >>> RisingSynapse(tau_rise=1.0).states
    ('v', 'i', 'r')
    """

    name = "rising_synapse"
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("tau_syn", "log", role="synapse", default=5.0, bounds=(1.5, 2000.0)),
        Intrinsic("tau_rise", "log", default=2.0, bounds=(0.5, 100.0)),
        Intrinsic("threshold", "log", role="threshold", default=0.1, bounds=(0.01, 10.0)),
    )
    equations = Equations(
        states=("v", "i", "r"),
        charge="""
            dr/dt = -r / tau_rise + x
            di/dt = (r - i) / tau_syn
            dv/dt = (i - v) / tau_mem
        """,
        margin="(v - threshold) / threshold",
        reset="v = (1 - s) * v",
    )
