"""Integrate-and-fire neuron with a constant leak.

    charge   v <- v - sign(v) min(|v|, leak dt) + x
    fire     s = 1 where v > threshold
    reset    v <- v - threshold
"""

from ._equation_neuron import EquationNeuron
from ._equations import Equations
from ._intrinsic import Intrinsic


class ConstantLeak(EquationNeuron):
    """Integrate-and-fire neuron with a constant leak, as in digital hardware.

    The membrane potential decays towards zero by the same amount in every step, however large it
    is. A spike lowers it by the threshold [1]_.

    Parameters
    ----------
    leak : float, (low, high) or array of shape (n_neurons,), default=0.02
        Decay of the membrane potential per ms. A tuple draws one value per neuron, log-uniformly.
    threshold : float, (low, high) or array, default=1.0
        Membrane potential above which (strictly) the neuron spikes.
    leak_bounds : (low, high) or "fixed", default=(0.001, 0.5)
        Range within which learning keeps the leak; "fixed" excludes it from learning.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 10.0)
        Range of the threshold.

    See Also
    --------
    LIF : A leak in proportion to the potential.

    References
    ----------
    .. [1] A. S. Cassidy et al., "Cognitive computing building block: a versatile and efficient
        digital neuron model for neurosynaptic cores", International Joint Conference on Neural
        Networks, 2013.

    Examples
    --------
    >>> from skspike.neurons import ConstantLeak
    >>> ConstantLeak(leak=0.1).learnable()
    ('leak', 'threshold')
    """

    name = "constant_leak"
    intrinsics = (
        Intrinsic("leak", "log", default=0.02, bounds=(0.001, 0.5)),
        Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
    )
    equations = Equations(
        states=("v",),
        charge="v = v - clip(v, -leak * dt, leak * dt) + x",
        margin="(v - threshold) / threshold",
        reset="v = v - s * threshold",
    )
