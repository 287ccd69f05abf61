"""Quadratic integrate-and-fire neuron.

    charge   tau_mem dv/dt = v**2 / v_c - v,  v <- v + x
    fire     s = 1 where v > threshold
    reset    v <- v_reset
"""

from ._equation_neuron import EquationNeuron
from ._equations import Equations
from ._intrinsic import Intrinsic


class QuadraticIF(EquationNeuron):
    """Quadratic integrate-and-fire neuron: the simplest whose spikes start by themselves.

    At rest the membrane leaks as that of `LIF`; above `v_c` it grows instead, until it is over its
    threshold. Every neuron that begins to fire at a frequency of zero has this form near that point
    [1]_, [2]_. It is held within [-3, 3] (smoothly, where spikes are smooth).

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant at rest in ms; a tuple draws one per neuron, log-uniformly.
    v_c : float, (low, high) or array, default=0.5
        Potential above which the membrane grows by itself.
    threshold : float, (low, high) or array, default=1.0
        Membrane potential above which (strictly) the neuron spikes.
    v_reset : float, (low, high) or array, default=0.0
        Membrane potential after a spike. It is learned as a multiple of the threshold, and so moves
        with it.
    tau_mem_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range in ms within which learning keeps the time constant; "fixed" excludes the parameter
        from learning.
    v_c_bounds, threshold_bounds : (low, high) or "fixed", default=(0.1, 2.0)
        Range of `v_c` and of the threshold.
    v_reset_bounds : (low, high) or "fixed", default=(-2.0, 0.95)
        Range of ``v_reset / threshold``.

    See Also
    --------
    ExponentialIF : A sharper upstroke.
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
