"""A neuron outside the package: a membrane whose leak grows with its potential."""

from skspike.neurons import EquationNeuron, Equations, Intrinsic


class QuadraticNeuron(EquationNeuron):
    """A neuron with a quadratic leak.

    Parameters
    ----------
    gain : float, (low, high) or array of shape (n_neurons,), default=0.1
        Strength of the leak per ms. A tuple draws one value per neuron, log-uniformly.
    threshold : float, (low, high) or array, default=0.5
        Membrane potential above which the neuron spikes.
    gain_bounds : (low, high) or "fixed", default=(0.001, 0.4)
        Range of the gain in learning. "fixed" excludes it from learning.
    threshold_bounds : (low, high) or "fixed", default=(0.1, 1.5)
        Range of the threshold.

    See Also
    --------
    skspike.neurons.LIF : The leak is proportional to the potential.

    Examples
    --------
    >>> QuadraticNeuron(gain=0.2).learnable()
    ('gain', 'threshold')
    """

    name = "quadratic_leak"
    intrinsics = (
        Intrinsic("gain", "log", default=0.1, bounds=(0.001, 0.4)),
        Intrinsic("threshold", "log", role="threshold", default=0.5, bounds=(0.1, 1.5)),
    )
    equations = Equations(
        states=("v",),
        charge="v = clip(v - gain * dt * v * abs(v) + x, -2, 2)",
        margin="(v - threshold) / threshold",
        reset="v = (1 - s) * v",
    )
