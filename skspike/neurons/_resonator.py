"""Resonate-and-fire neuron: a membrane that rings.

    charge   dv/dt = -v / tau_mem - w u,  v <- v + x      w = 2 pi frequency
             du/dt = -u / tau_mem + w v
    fire     s = 1 where v > threshold
    reset    v <- v_reset,  u <- 0
"""

from ._equation_neuron import EquationNeuron
from ._equations import Equations
from ._intrinsic import Intrinsic


class Resonator(EquationNeuron):
    """Resonate-and-fire neuron: a damped oscillation below threshold, which prefers input at its own frequency.

    A spike sets the membrane ringing. A second one adds to that if it comes a period later, and
    takes from it half a period later, so the neuron answers to intervals, and also to a release
    from inhibition [1]_. Each step turns and shrinks the membrane and its current by the exact
    amount. A frequency above ``500 / dt`` Hz cannot be told from a lower one.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Time constant in ms with which the oscillation dies away; a tuple draws one per neuron,
        log-uniformly.
    frequency : float, (low, high) or array, default=10.0
        Frequency of the oscillation in Hz.
    threshold : float, (low, high) or array, default=1.0
        Membrane potential above which (strictly) the neuron spikes.
    v_reset : float, (low, high) or array, default=0.0
        Membrane potential after a spike. It is learned as a multiple of the threshold, and so moves
        with it.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range in ms within which learning keeps the time constant; "fixed" excludes the parameter
        from learning.
    frequency_bounds : (low, high) or "fixed", default=(0.5, 200.0)
        Range of the frequency in Hz.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 10.0)
        Range of the threshold.
    v_reset_bounds : (low, high) or "fixed", default=(-5.0, 0.95)
        Range of ``v_reset / threshold``.

    See Also
    --------
    LIF : Adds up its input at any frequency.
    EquationNeuron : Base of neurons of your own.

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
