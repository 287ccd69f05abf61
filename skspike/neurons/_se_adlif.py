"""Leaky integrate-and-fire neuron with an adaptation current, by the symplectic Euler method.

    charge   i <- e i + x                    e = exp(-dt / tau_syn)
             v <- c v - (1 - c) w + i        c = exp(-dt / tau_mem)
             w <- d w + k v                  d = exp(-dt / tau_w)
    fire     s = 1 if v > threshold
    reset    w <- w - k v + b                w takes up the v after the reset, which is 0
             v <- 0

v is the membrane potential, i the synaptic current, w the adaptation current. The gain is

    k = (1 - d) a                            at most (sqrt(c) + sqrt(d))^2 / (1 - c)
"""

import numpy as np

from ._equation_neuron import EquationNeuron, Equations
from ._intrinsics import Intrinsic


class SEAdLIF(EquationNeuron):
    """Leaky integrate-and-fire neuron with an adaptation current, which makes it resonate.

    An adaptation current w opposes the membrane potential v::

        tau_mem dv/dt = -v - w + input        tau_w dw/dt = -w + a v

    Each spike adds `b` to w and resets v to 0. With `a` above ``(tau_mem - tau_w)**2 / (4
    tau_mem tau_w)``, the membrane oscillates after an input spike, so the neuron prefers rhythms.
    This is the adaptive neuron adLIF. Its equations are integrated by the symplectic Euler method:
    v is updated first, and w with the new v [1]_.

    Parameters
    ----------
    tau_mem : float, (low, high) or array of shape (n_neurons,), default=20.0
        Membrane time constant in ms. A tuple draws one per neuron, log-uniformly.
    tau_syn : float, (low, high), array or None, default=None
        Time constant of the synaptic current in ms. None: no synaptic current.
    tau_w : float, (low, high) or array, default=120.0
        Time constant of the adaptation current in ms.
    a : float, (low, high) or array, default=5.0
        Strength of the adaptation to the membrane potential: under a constant input, w approaches
        ``a v``. It has no unit.
    b : float, (low, high) or array, default=0.3
        Increase of the adaptation current by a spike, in the unit of the membrane potential.
    threshold : float, (low, high) or array, default=1.0
        The neuron spikes if its membrane potential exceeds this value.
    tau_mem_bounds, tau_syn_bounds, tau_w_bounds : (low, high) or "fixed", default=(1.5, 2000.0)
        Range of the time constants in learning, in ms. "fixed" excludes them from learning.
    a_bounds : (low, high) or "fixed", default=(0.1, 1000.0)
        Range of `a`.
    b_bounds : (low, high) or "fixed", default=(0.0, 10.0)
        Range of `b`.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 10.0)
        Range of the threshold.

    See Also
    --------
    AdaptiveLIF : Adaptation by the threshold.
    AdEx : The same adaptation current, and an exponential upstroke.
    Resonator : An oscillation of given frequency.

    Notes
    -----
    With ``c = exp(-dt / tau_mem)`` and ``d = exp(-dt / tau_w)``, a step without spikes has the
    determinant ``c d`` and the trace ``c + d - g``, where ``g = a (1 - c) (1 - d)``. It is stable
    if ``g < (1 + c) (1 + d)``. For long steps or large `a`, the neuron limits g to ``(sqrt(c) +
    sqrt(d))**2``, where the oscillation reaches its highest frequency, ``500 / dt`` Hz. Then no
    perturbation decays more slowly than with the longer of the two time constants, for any dt
    and any positive `a`. The common Euler method updates w with the old v. It has the
    determinant ``c d + g`` and diverges if this exceeds 1. After a spike, w is updated with the
    reset v, because with strong adaptation the v before the reset would feed the oscillation.

    While it oscillates, the angle per step is ``arccos((c + d - g) / (2 sqrt(c d)))``, and the
    amplitude decays by the factor ``sqrt(c d)``.

    References
    ----------
    .. [1] M. Baronig, R. Ferrand, S. Sabathiel, R. Legenstein, "Advancing spatio-temporal
        processing through adaptation in spiking neural networks", Nature Communications 16, 2025.

    Examples
    --------
    >>> from skspike.neurons import SEAdLIF
    >>> SEAdLIF(tau_syn=5.0, a=(5.0, 50.0)).states
    ('v', 'w', 'i')
    """

    name = "se_adlif"
    recovery = ("w",)
    intrinsics = (
        Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
        # no role, because the Tempotron expects the response of a membrane without adaptation
        Intrinsic("tau_syn", "log", optional=True, bounds=(1.5, 2000.0)),
        Intrinsic("tau_w", "log", default=120.0, bounds=(1.5, 2000.0)),
        Intrinsic("a", "log", default=5.0, bounds=(0.1, 1000.0)),
        Intrinsic("b", default=0.3, bounds=(0.0, 10.0)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
    )
    equations = Equations(
        states=("v", "w", "i"),
        charge="""
            c, d = exp(-dt / tau_mem), exp(-dt / tau_w)
            highest = (sqrt(c) + sqrt(d))**2 / (1 - c)
            if tau_syn:
                i = exp(-dt / tau_syn) * i + x
                x = i
            v = c * v - (1 - c) * w + x
            w = d * w + min((1 - d) * a, highest) * v
        """,
        margin="(v - threshold) / threshold",
        reset="""
            c, d = exp(-dt / tau_mem), exp(-dt / tau_w)
            highest = (sqrt(c) + sqrt(d))**2 / (1 - c)
            w = w + s * (b - min((1 - d) * a, highest) * v)
            v = (1 - s) * v
        """,
    )

    def check(self, dt: float = 1.0) -> None:
        """Raise an error if a parameter is outside its range, and convert its numbers to float."""
        super().check(dt)
        if np.isinf(self.tau_mem).any():
            raise ValueError(
                "SEAdLIF needs a membrane with a leak, got tau_mem=inf: the adaptation current "
                "acts through the leak. Use a finite tau_mem, or LIF.")
