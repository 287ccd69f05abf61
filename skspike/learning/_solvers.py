"""First-order solvers over named arrays: weights, intrinsics and readout are all the same to them."""

import copy
from typing import Any

import numpy as np

from .._compile import kernel
from .._utils import Array


@kernel
def _adam(p, g, first, second, rate, a, b, epsilon):
    """Update flat parameters and moments in one pass."""
    for k in range(len(p)):
        first[k] += a * (g[k] - first[k])
        second[k] += b * (g[k] * g[k] - second[k])
        p[k] -= rate * first[k] / (np.sqrt(second[k]) + epsilon)


class Solver:
    """Base of the solvers: what one has gathered can be kept, for another to go on with; `gathered` names it."""

    gathered: tuple[str, ...] = ()

    def memory(self) -> dict[str, Any]:
        """Return what has been gathered.

        Returns
        -------
        memory : dict
            By name; dicts in it are lists of their items, for files may hold no keys but texts.
        """
        gathered = {name: copy.deepcopy(getattr(self, name)) for name in self.gathered}
        return {
            name: list(value.items()) if isinstance(value, dict) else value
            for name, value in gathered.items()}

    def recall(self, memory: dict[str, Any]) -> None:
        """Go on with what another solver has gathered.

        Parameters
        ----------
        memory : dict
            What `memory` has returned.
        """
        for name, value in copy.deepcopy(memory).items():
            # beside what it begins with: other intrinsics may be learned now
            setattr(
                self, name,
                {**getattr(self, name, {}), **dict(value)} if isinstance(value, list) else value)


class SGD(Solver):
    """Stochastic gradient descent with momentum (Sutskever et al. 2013).

    Parameters
    ----------
    parameters : dict of ndarray
        Updated in place.
    rates : dict of float
        The learning rate of each array.
    momentum : float, default=0.9
        Decay of the velocity.

    See Also
    --------
    Adam : Sizes of steps that adapt to the gradients.
    minimise : Calls a solver batch by batch.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.learning import SGD
    >>> parameters = {"w": np.array([1.0])}
    >>> solver = SGD(parameters, rates={"w": 0.25})
    >>> solver.step({"w": np.array([2.0])})
    >>> parameters["w"]
    array([0.5])
    """

    gathered = ("velocities",)

    def __init__(
            self, parameters: dict[Any, Array], rates: dict[Any, float], momentum: float = 0.9):
        self.parameters, self.rates, self.momentum = parameters, rates, momentum
        self.velocities = {key: np.zeros_like(p) for key, p in parameters.items()}

    def step(self, grads: dict[Any, Array]) -> None:
        """Move against the gradients.

        Parameters
        ----------
        grads : dict of ndarray
            Gradients, by the names of the parameters and in their shapes.
        """
        for key, p in self.parameters.items():
            v = self.velocities[key]
            v *= self.momentum
            v -= self.rates[key] * grads[key]
            p += v


class Adam(Solver):
    """Adam (Kingma & Ba 2015).

    Parameters
    ----------
    parameters : dict of ndarray
        Updated in place.
    rates : dict of float
        The learning rate of each array.
    decay : (float, float), default=(0.9, 0.999)
        Decay of the first and of the second moment.
    epsilon : float, default=1e-8
        Keeps the step finite where the gradient vanishes.

    See Also
    --------
    SGD : Momentum alone.
    minimise : Calls a solver batch by batch.

    Examples
    --------
    The first step has the size of the rate, whatever that of the gradient:

    >>> import numpy as np
    >>> from skspike.learning import Adam
    >>> parameters = {"w": np.array([1.0])}
    >>> solver = Adam(parameters, rates={"w": 0.25})
    >>> solver.step({"w": np.array([2.0])})
    >>> parameters["w"].round(6)
    array([0.75])
    """

    gathered = ("first", "second", "n_steps")

    def __init__(
            self, parameters: dict[Any, Array], rates: dict[Any, float],
            decay: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8):
        self.parameters, self.rates, self.decay, self.epsilon = parameters, rates, decay, epsilon
        self.first = {key: np.zeros_like(p) for key, p in parameters.items()}
        self.second = {key: np.zeros_like(p) for key, p in parameters.items()}
        self.n_steps = 0

    def step(self, grads: dict[Any, Array]) -> None:
        """Move against the gradients.

        Parameters
        ----------
        grads : dict of ndarray
            Gradients, by the names of the parameters and in their shapes.
        """
        self.n_steps += 1
        a, b = self.decay
        unbias = np.sqrt(1 - b**self.n_steps)
        for key, p in self.parameters.items():
            numbers = np.array(
                [
                    self.rates[key] * unbias / (1 - a**self.n_steps), 1 - a, 1 - b,
                    self.epsilon * unbias], p.dtype)
            arrays = p, np.ascontiguousarray(grads[key], p.dtype), self.first[key], self.second[key]
            _adam(*(array.reshape(-1) for array in arrays), *numbers)


SOLVERS = {"adam": Adam, "sgd": SGD}
