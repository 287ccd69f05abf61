"""Neuron of the Hodgkin-Huxley type, after Wang and Buzsaki.

    charge   dv/dt = -v / tau_mem - g_na m**3 h (v - 4) - g_k n**4 (v + 5/6),  v <- v + x
             dy/dt = phi (a_y(v) (1 - y) - b_y(v) y)      for the gates y = m, h and n
    fire     s = 1 if v > threshold
    reset    h <- 0,  n <- 1

v is the membrane potential. m, h and n are the gates of the ion channels, between 0 and 1.
"""

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic


class HodgkinHuxley(EquationNeuron):
    """Neuron of the Hodgkin-Huxley type, with voltage-gated sodium and potassium channels.

    This is the fast-spiking neuron of Wang and Buzsáki [1]_. Sodium channels are activated by m
    and inactivated by h, potassium channels are activated by n. All gates are zero at the start.
    Potentials are in units of 30 mV above the leak reversal of -65 mV. The threshold of 1 lies on
    the upstroke. The reversal potentials are 4 (sodium) and -5/6 (potassium). The downstroke of an
    action potential is shorter than a step. So the reset inactivates the sodium channels and opens
    the potassium channels, which bring the membrane back to rest. The neuron is then refractory for
    longer, and fires at two thirds to three quarters of the published rate, for steps of any
    length. Channel currents are computed
    with the potential limited to [-6, 6]. Each step has two substeps. With steps above 2 ms spikes
    may be missed.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=10.0
        Time constant of the leak in ms. A tuple draws one per neuron, log-uniformly.
    g_na : float, (low, high) or array, default=35.0
        Sodium conductance over capacitance, per ms.
    g_k : float, (low, high) or array, default=9.0
        Potassium conductance over capacitance, per ms.
    phi : float, (low, high) or array, default=5.0
        Speed of the channels, relative to their speed at 6.3 degrees Celsius.
    threshold : float, (low, high) or array, default=1.0
        The neuron spikes if its membrane potential exceeds this value.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constant in learning, in ms. "fixed" excludes it from learning.
    g_na_bounds : (low, high) or "fixed", default=(5.0, 100.0)
        Range of the sodium conductance.
    g_k_bounds : (low, high) or "fixed", default=(2.0, 40.0)
        Range of the potassium conductance.
    phi_bounds : (low, high) or "fixed", default=(0.5, 20.0)
        Range of `phi`.
    threshold_bounds : (low, high) or "fixed", default=(0.5, 2.0)
        Range of the threshold.

    See Also
    --------
    AdEx : A similar upstroke with two state variables.
    EquationNeuron : Base class for neurons with other channels.

    References
    ----------
    .. [1] X.-J. Wang, G. Buzsáki, "Gamma oscillation by synaptic inhibition in a hippocampal
        interneuronal network model", Journal of Neuroscience 16, 1996.

    Examples
    --------
    >>> from skspike.neurons import HodgkinHuxley
    >>> HodgkinHuxley().states
    ('v', 'm', 'h', 'n')
    """

    name = "hodgkin_huxley"
    times = ()  # numbers in the equations are in ms too
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=10.0, bounds=(1.5, 2000.0)),
        Intrinsic("g_na", "log", default=35.0, bounds=(5.0, 100.0)),
        Intrinsic("g_k", "log", default=9.0, bounds=(2.0, 40.0)),
        Intrinsic("phi", "log", default=5.0, bounds=(0.5, 20.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.5, 2.0)),
    )
    equations = Equations(
        states=("v", "m", "h", "n"),
        charge="""
            v, m, h, n = saturate(v, 6), clip(m, 0, 1), clip(h, 0, 1), clip(n, 0, 1)
            mV = 30 * v - 65
            a_m, b_m = 1 / exprel(-0.1 * (mV + 35)), 4 * exp(-(mV + 60) / 18)
            a_h, b_h = 0.07 * exp(-(mV + 58) / 20), sigmoid(0.1 * (mV + 28))
            a_n, b_n = 0.1 / exprel(-0.1 * (mV + 34)), 0.125 * exp(-(mV + 44) / 80)
            dv/dt = -v / tau_mem - g_na * m**3 * h * (v - 4) - g_k * n**4 * (v + 5 / 6) + x
            dm/dt = phi * (a_m * (1 - m) - b_m * m)
            dh/dt = phi * (a_h * (1 - h) - b_h * h)
            dn/dt = phi * (a_n * (1 - n) - b_n * n)
        """,
        margin="(v - threshold) / threshold",
        reset="h, n = (1 - s) * h, n + s * (1 - n)",
        substeps=2,
    )
