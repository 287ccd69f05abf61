"""Quadratic integrate-and-fire neuron.

    charge   tau_mem dv/dt = v**2 / v_c - v,  v <- v + x
    fire     s = 1 if v > threshold
    reset    v <- v_reset
"""

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic


class QuadraticIF(EquationNeuron):
    """Quadratic integrate-and-fire neuron: the simplest model with an upstroke.

    Near rest the membrane leaks as in `LIF`. Above `v_c` it grows until it crosses the threshold.
    Every neuron whose firing rate rises continuously from zero has this form near the onset [1]_,
    [2]_. The membrane potential is limited to [-3, 3], smoothly if spikes are smooth.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant at rest in ms. A tuple draws one per neuron, log-uniformly.
    v_c : float, (low, high) or array, default=0.5
        Membrane potential above which the membrane grows without input.
    threshold : float, (low, high) or array, default=1.0
        The neuron spikes if its membrane potential exceeds this value.
    v_reset : float, (low, high) or array, default=0.0
        Membrane potential after a spike. It is learned as a multiple of the threshold.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constant in learning, in ms. "fixed" excludes it from learning.
    v_c_bounds, threshold_bounds : (low, high) or "fixed", default=(0.1, 2.0)
        Range of `v_c` and of the threshold.
    v_reset_bounds : (low, high) or "fixed", default=(-2.0, 0.95)
        Range of ``v_reset / threshold``.

    See Also
    --------
    ExponentialIF : An exponential upstroke.
    Izhikevich : With a recovery variable.

    References
    ----------
    .. [1] G. B. Ermentrout, N. Kopell, "Parabolic bursting in an excitable system coupled with a
        slow oscillation", SIAM Journal on Applied Mathematics 46, 1986.
    .. [2] N. Fourcaud-Trocmé, D. Hansel, C. van Vreeswijk, N. Brunel, "How spike generation
        mechanisms determine the neuronal response to fluctuating inputs", Journal of Neuroscience
        23, 2003.

    Examples
    --------
    >>> from skspike.neurons import QuadraticIF
    >>> QuadraticIF().learnable()
    ('tau_mem', 'v_c', 'threshold', 'v_reset')
    """

    name = "quadratic"
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("v_c", "log", default=0.5, bounds=(0.1, 2.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 2.0)),
        Intrinsic("v_reset", "threshold", default=0.0, bounds=(-2.0, 0.95)),
    )
    equations = Equations(
        states=("v",),
        charge="""
            dv/dt = (v**2 / v_c - v) / tau_mem + x
            v = saturate(v, 3)
        """,
        margin="(v - threshold) / threshold",
        reset="v = (1 - s) * v + s * v_reset",
    )
