"""Neuron of the Hodgkin-Huxley type, after Wang and Buzsaki.

    charge   dv/dt = -v / tau_mem - g_na m**3 h (v - 2.4) - g_k n**4 (v + 0.5),  v <- v + x
             dy/dt = phi (a_y (1 - y) - b_y y)      for the gates y = m, h and n, with rates a and b that depend on v
    fire     s = 1 where v > threshold
    reset    h <- 0,  n <- 1
"""

from ._base import Intrinsic
from ._equation_neuron import EquationNeuron
from ._equations import Equations


class HodgkinHuxley(EquationNeuron):
    """Neuron of the Hodgkin-Huxley type: sodium and potassium channels that open and close with the potential.

    The fast-spiking neuron of Wang and Buzsáki [1]_: sodium channels open by ``m`` and close by ``h``, potassium channels open by ``n``;
    these gates lie within [0, 1] and are shut at the start. Potentials are in units of 50 mV above the leak's -65 mV, so that the threshold
    of 1 lies on the upstroke, and currents reverse at 2.4 (sodium) and -0.5 (potassium). On its way down an action potential is shorter
    than a step: from the threshold on, sodium channels are shut and potassium channels open, and these bring the membrane back. No current
    flows but as in [-3, 3], whatever the input. Each step is cut into two; with steps above 1 ms spikes may get lost.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=10.0
        Time constant of the leak in ms; a tuple draws one per neuron, log-uniformly.
    g_na : float, (low, high) or array, default=35.0
        Sodium conductance over capacitance, per ms.
    g_k : float, (low, high) or array, default=9.0
        Potassium conductance over capacitance, per ms.
    phi : float, (low, high) or array, default=5.0
        How many times faster the channels are than at 6.3 degrees Celsius.
    threshold : float, (low, high) or array, default=1.0
        Membrane potential above which (strictly) the neuron spikes.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range in ms within which learning keeps the time constant; "fixed" excludes the parameter from learning.
    g_na_bounds : (low, high) or "fixed", default=(5.0, 100.0)
        Range of the sodium conductance.
    g_k_bounds : (low, high) or "fixed", default=(2.0, 40.0)
        Range of the potassium conductance.
    phi_bounds : (low, high) or "fixed", default=(0.5, 20.0)
        Range of `phi`.
    threshold_bounds : (low, high) or "fixed", default=(0.3, 1.5)
        Range of the threshold.

    References
    ----------
    .. [1] X.-J. Wang, G. Buzsáki, "Gamma oscillation by synaptic inhibition in a hippocampal interneuronal network model", Journal of
       Neuroscience 16, 1996.

    Examples
    --------
    >>> from skspike.neurons import HodgkinHuxley
    >>> HodgkinHuxley().states
    ('v', 'm', 'h', 'n')
    """

    name = "hodgkin_huxley"
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=10.0, bounds=(1.5, 2000.0)),
        Intrinsic("g_na", "log", default=35.0, bounds=(5.0, 100.0)),
        Intrinsic("g_k", "log", default=9.0, bounds=(2.0, 40.0)),
        Intrinsic("phi", "log", default=5.0, bounds=(0.5, 20.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.3, 1.5)),
    )
    equations = Equations(
        states=("v", "m", "h", "n"),
        charge="""
            v, m, h, n = saturate(v, 3), clip(m, 0, 1), clip(h, 0, 1), clip(n, 0, 1)
            a_m, b_m = 1 / exprel(3 - 5 * v), 4 * exp((0.1 - v) / 0.36)
            a_h, b_h = 0.07 * exp((0.14 - v) / 0.4), sigmoid(5 * v - 3.7)
            a_n, b_n = 0.1 / exprel(3.1 - 5 * v), 0.125 * exp((0.42 - v) / 1.6)
            dv/dt = -v / tau_mem - g_na * m**3 * h * (v - 2.4) - g_k * n**4 * (v + 0.5) + x
            dm/dt = phi * (a_m * (1 - m) - b_m * m)
            dh/dt = phi * (a_h * (1 - h) - b_h * h)
            dn/dt = phi * (a_n * (1 - n) - b_n * n)
        """,
        margin="(v - threshold) / threshold",
        reset="h, n = (1 - s) * h, n + s * (1 - n)",
        substeps=2,
    )
