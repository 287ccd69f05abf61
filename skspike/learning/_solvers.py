"""First-order solvers over a list of arrays: weights, intrinsics and readout are all the same to them."""

import numpy as np

from .._jit import kernel


@kernel
def _adam(p, g, first, second, rate, a, b, epsilon):
    """Update flat parameters and moments in one pass."""
    for k in range(len(p)):
        first[k] += a * (g[k] - first[k])
        second[k] += b * (g[k] * g[k] - second[k])
        p[k] -= rate * first[k] / (np.sqrt(second[k]) + epsilon)


class SGD:
    """Stochastic gradient descent with momentum (Sutskever et al. 2013).

    Parameters
    ----------
    parameters : list of ndarray
        Updated in place.
    rates : list of float
        One learning rate for each array.
    momentum : float, default=0.9
        Decay of the velocity.
    """

    def __init__(self, parameters, rates, momentum=0.9):
        self.parameters, self.rates, self.momentum = parameters, rates, momentum
        self.velocities = [np.zeros_like(p) for p in parameters]

    def step(self, grads):
        """Move against the gradients, a list like the parameters."""
        for p, rate, v, g in zip(self.parameters, self.rates, self.velocities, grads, strict=True):
            v *= self.momentum
            v -= rate * g
            p += v


class Adam:
    """Adam (Kingma & Ba 2015).

    Parameters
    ----------
    parameters : list of ndarray
        Updated in place.
    rates : list of float
        One learning rate for each array.
    decay : (float, float), default=(0.9, 0.999)
        Decay of the first and of the second moment.
    epsilon : float, default=1e-8
        Keeps the step finite where the gradient vanishes.
    """

    def __init__(self, parameters, rates, decay=(0.9, 0.999), epsilon=1e-8):
        self.parameters, self.rates, self.decay, self.epsilon = parameters, rates, decay, epsilon
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]
        self.n_steps = 0

    def step(self, grads):
        """Move against the gradients, a list like the parameters."""
        self.n_steps += 1
        a, b = self.decay
        unbias = np.sqrt(1 - b**self.n_steps)
        for p, rate, first, second, g in zip(self.parameters, self.rates, self.first, self.second, grads, strict=True):
            numbers = np.array([rate * unbias / (1 - a**self.n_steps), 1 - a, 1 - b, self.epsilon * unbias], p.dtype)
            _adam(*(array.reshape(-1) for array in (p, np.ascontiguousarray(g, p.dtype), first, second)), *numbers)


SOLVERS = {"adam": Adam, "sgd": SGD}
