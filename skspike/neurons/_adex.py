"""Adaptive exponential integrate-and-fire neuron.

    charge   tau_mem dv/dt = -v + delta exp((v - v_t) / delta) - w,  v <- v + x
             tau_w dw/dt = a v - w
    fire     s = 1 if v > threshold
    reset    v <- v_reset,  w <- w + b

v is the membrane potential, w the adaptation current.
"""

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic


class AdEx(EquationNeuron):
    """Adaptive exponential integrate-and-fire neuron: exponential upstroke, adaptation current.

    The membrane follows the same equation as in `ExponentialIF`. The adaptation current w follows
    the membrane with the gain `a` and grows by `b` with each spike. Depending on both, neurons
    adapt, burst or spike with a delay [1]_. In units of 40 mV above rest, the published neuron is
    ``AdEx(tau_mem=9.4, b=0.066, delta=0.05)``. The default is slower and has a less steep upstroke,
    which suits learning. The membrane potential is limited to [-3, 3], smoothly if spikes are
    smooth.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant in ms. A tuple draws one per neuron, log-uniformly.
    tau_w : float, (low, high) or array, default=144.0
        Time constant of the adaptation current in ms.
    a : float, (low, high) or array, default=0.13
        Gain from the membrane to the adaptation current. Rest is unstable below -1.
    b : float, (low, high) or array, default=0.13
        Increase of the adaptation current by a spike.
    delta : float, (low, high) or array, default=0.1
        Width of the onset of the upstroke: the smaller, the steeper.
    v_t : float, (low, high) or array, default=0.5
        Membrane potential at which the upstroke begins.
    threshold : float, (low, high) or array, default=1.0
        The neuron spikes if its membrane potential exceeds this value.
    v_reset : float, (low, high) or array, default=0.0
        Membrane potential after a spike. It is learned as a multiple of the threshold.
    tau_mem_bounds, tau_w_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constants in learning, in ms. "fixed" excludes them from learning.
    a_bounds : (low, high) or "fixed", default=(-1.0, 2.0)
        Range of `a`.
    b_bounds : (low, high) or "fixed", default=(-0.5, 2.0)
        Range of `b`.
    delta_bounds : (low, high) or "fixed", default=(0.05, 0.5)
        Range of `delta`.
    v_t_bounds, threshold_bounds : (low, high) or "fixed", default=(0.1, 2.0)
        Range of `v_t` and of the threshold.
    v_reset_bounds : (low, high) or "fixed", default=(-2.0, 0.95)
        Range of ``v_reset / threshold``.

    See Also
    --------
    ExponentialIF : Without the adaptation current.
    Izhikevich : Firing patterns from a quadratic term.
    AdaptiveLIF : Adaptation by the threshold.

    References
    ----------
    .. [1] R. Brette, W. Gerstner, "Adaptive exponential integrate-and-fire model as an effective
        description of neuronal activity", Journal of Neurophysiology 94, 2005.

    Examples
    --------
    >>> from skspike.neurons import AdEx
    >>> AdEx(b=0.5).states
    ('v', 'w')
    """

    name = "adex"
    recovery = ("w",)
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        Intrinsic("tau_w", "log", default=144.0, bounds=(1.5, 2000.0)),
        Intrinsic("a", default=0.13, bounds=(-1.0, 2.0)),
        Intrinsic("b", default=0.13, bounds=(-0.5, 2.0)),
        Intrinsic("delta", "log", default=0.1, bounds=(0.05, 0.5)),
        Intrinsic("v_t", default=0.5, bounds=(0.1, 2.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 2.0)),
        Intrinsic("v_reset", "threshold", default=0.0, bounds=(-2.0, 0.95)),
    )
    equations = Equations(
        states=("v", "w"),
        charge="""
            dv/dt = (delta * exp(saturate((v - v_t) / delta, 10)) - v - w) / tau_mem + x
            dw/dt = (a * v - w) / tau_w
            v = saturate(v, 3)
        """,
        margin="(v - threshold) / threshold",
        reset="""
            v = (1 - s) * v + s * v_reset
            w = w + s * b
        """,
    )
