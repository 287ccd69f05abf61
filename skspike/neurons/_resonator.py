"""Resonate-and-fire neuron: a membrane with damped oscillations.

    charge   dv/dt = -v / tau_mem - w u,  v <- v + x      w = 2 pi frequency
             du/dt = -u / tau_mem + w v
    fire     s = 1 if v > threshold
    reset    v <- v_reset,  u <- 0

v is the membrane potential, u a current.
"""

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic


class Resonator(EquationNeuron):
    """Resonate-and-fire neuron, which prefers input spikes at the frequency of its oscillation.

    An input spike starts a damped oscillation of the membrane. A second spike amplifies it after a
    full period and weakens it after half a period. So the neuron responds to intervals between
    spikes, and to the end of inhibition [1]_. The equations are integrated exactly. Frequencies
    above ``500 / dt`` Hz act as lower frequencies (aliasing).

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Decay time constant of the oscillation in ms. A tuple draws one per neuron, log-uniformly.
    frequency : float, (low, high) or array, default=10.0
        Frequency of the oscillation in Hz.
    threshold : float, (low, high) or array, default=1.0
        The neuron spikes if its membrane potential exceeds this value.
    v_reset : float, (low, high) or array, default=0.0
        Membrane potential after a spike. It is learned as a multiple of the threshold.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constant in learning, in ms. "fixed" excludes it from learning.
    frequency_bounds : (low, high) or "fixed", default=(0.5, 200.0)
        Range of the frequency in Hz.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 10.0)
        Range of the threshold.
    v_reset_bounds : (low, high) or "fixed", default=(-5.0, 0.95)
        Range of ``v_reset / threshold``.

    See Also
    --------
    LIF : Integrates its input without oscillation.
    EquationNeuron : Base class for your own neurons.

    References
    ----------
    .. [1] E. M. Izhikevich, "Resonate-and-fire neurons", Neural Networks 14, 2001.

    Examples
    --------
    >>> from skspike.neurons import Resonator
    >>> Resonator(frequency=(5.0, 50.0)).states
    ('v', 'u')
    """

    name = "resonator"
    rates = ("frequency",)
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("frequency", "log", default=10.0, bounds=(0.5, 200.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
        Intrinsic("v_reset", "threshold", default=0.0, bounds=(-5.0, 0.95)),
    )
    equations = Equations(
        states=("v", "u"),
        charge="""
            angle = 2 * 3.141592653589793 * frequency * dt / 1000
            shrink = exp(-dt / tau_mem)
            along, across = shrink * cos(angle), shrink * sin(angle)
            v, u = along * v - across * u + x, across * v + along * u
        """,
        margin="(v - threshold) / threshold",
        reset="v, u = (1 - s) * v + s * v_reset, (1 - s) * u",
    )
