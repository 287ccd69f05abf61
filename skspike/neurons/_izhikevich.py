"""Izhikevich's simple model of spiking neurons.

    charge   dv/dt = (v**2 / 0.15 - v) / tau_mem - u,  v <- v + x
             du/dt = a (b v - u)
    fire     s = 1 if v > threshold
    reset    v <- c,  u <- u + d

v is the membrane potential, u the recovery variable.
"""

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic


class Izhikevich(EquationNeuron):
    """Izhikevich's simple model: two equations with the firing patterns of cortical neurons.

    The membrane has a quadratic term. The recovery variable u follows it at the rate `a` and grows
    by `d` with each spike. Potentials are in units of 100 mV above a rest of -70 mV. So the
    published equations [1]_ with `b` = 0.2 rest at 0 and peak at 1. There, `c` = -65 mV is 0.05
    here, `d` = 8 is 0.08, and a current of 10 is an input of 0.1 per ms. With another `b`, the
    published neuron rests elsewhere, and equals this one with an additional input of
    ``0.7 * (b - 0.2)`` per ms. The membrane potential is limited to [-3, 3], smoothly if spikes are
    smooth. Parameters of the neurons in the paper:

    ========================  =====================================
    regular spiking           ``Izhikevich()``
    intrinsically bursting    ``Izhikevich(c=0.15, d=0.04)``
    chattering                ``Izhikevich(c=0.2, d=0.02)``
    fast spiking              ``Izhikevich(a=0.1, d=0.02)``
    ========================  =====================================

    With steps of 1 ms, chattering and fast spiking neurons fire less often than in the paper.
    Shorter steps come closer.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=1.6667
        Membrane time constant at rest in ms, 5/3 in the paper. A tuple draws one per neuron,
        log-uniformly.
    a : float, (low, high) or array, default=0.02
        Rate of the recovery variable, per ms.
    b : float, (low, high) or array, default=0.2
        Gain from the membrane to the recovery variable.
    c : float, (low, high) or array, default=0.05
        Membrane potential after a spike.
    d : float, (low, high) or array, default=0.08
        Increase of the recovery variable by a spike.
    threshold : float, (low, high) or array, default=1.0
        The neuron spikes if its membrane potential exceeds this value: the peak of the upstroke.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constant in learning, in ms. "fixed" excludes it from learning.
    a_bounds : (low, high) or "fixed", default=(0.002, 0.5)
        Range of `a`.
    b_bounds : (low, high) or "fixed", default=(-0.5, 1.0)
        Range of `b`.
    c_bounds : (low, high) or "fixed", default=(-1.0, 0.5)
        Range of `c`.
    d_bounds : (low, high) or "fixed", default=(-0.1, 1.0)
        Range of `d`.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 2.0)
        Range of the threshold.

    See Also
    --------
    AdEx : Firing patterns from an exponential term.
    QuadraticIF : Without the recovery variable.

    References
    ----------
    .. [1] E. M. Izhikevich, "Simple model of spiking neurons", IEEE Transactions on Neural Networks
        14, 2003.

    Examples
    --------
    >>> from skspike.neurons import Izhikevich
    >>> Izhikevich(a=0.1, d=0.02).learnable()
    ('tau_mem', 'a', 'b', 'c', 'd', 'threshold')
    """

    name = "izhikevich"
    times = ()  # numbers in the equations are in ms too
    recovery = ("u",)
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=1.6667, bounds=(1.5, 2000.0)),
        Intrinsic("a", "log", default=0.02, bounds=(0.002, 0.5)),
        Intrinsic("b", default=0.2, bounds=(-0.5, 1.0)),
        Intrinsic("c", default=0.05, bounds=(-1.0, 0.5)),
        Intrinsic("d", default=0.08, bounds=(-0.1, 1.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 2.0)),
    )
    equations = Equations(
        states=("v", "u"),
        charge="""
            dv/dt = (v**2 / 0.15 - v) / tau_mem - u + x
            du/dt = a * (b * v - u)
            v = saturate(v, 3)
        """,
        margin="(v - threshold) / threshold",
        reset="""
            v = (1 - s) * v + s * c
            u = u + s * d
        """,
    )
