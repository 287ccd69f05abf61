"""First-order solvers, which update arrays by name: weights, intrinsics and decoder alike."""

import copy
import math
from typing import Any

import numpy as np

from .._base import Array, FittedArray, check_arrays, kernel, no_arrays, set_zero, stack_array

DOUBLE_ZERO, SUMS = np.float64(0), 16
# of each dtype, the number whose square is the largest one
LARGEST_SQUARED: dict[Any, Any] = {
    dtype: dtype(np.sqrt(np.finfo(dtype).max)) for dtype in (np.float32, np.float64)}


class Parameters(dict[Any, Array]):
    """Arrays by name. Arrays of one dtype lie end to end in a buffer, so one loop updates them.

    Values must be changed in place, because the arrays are views of the ``buffers``.

    Parameters
    ----------
    arrays : dict of ndarray
        Arrays by name, which are copied.
    """

    def __init__(self, arrays: dict[Any, Any]):
        sizes: dict[str, int] = {}
        self.places: dict[Any, tuple[str, slice]] = {}
        for key, array in arrays.items():
            dtype = array.dtype.str
            start = sizes.get(dtype, 0)
            sizes[dtype] = start + array.size
            self.places[key] = dtype, slice(start, sizes[dtype])
        self.buffers = {dtype: np.empty(size, dtype) for dtype, size in sizes.items()}
        for key, (dtype, part) in self.places.items():
            self[key] = self.buffers[dtype][part].reshape(arrays[key].shape)
            self[key][...] = arrays[key]

    def rows(self, keys: list[Any]) -> Array:
        """Return arrays of equal shape that lie end to end as the rows of one array."""
        if not keys:
            return np.empty((0, 0))
        (dtype, first), (_, last) = self.places[keys[0]], self.places[keys[-1]]
        return self.buffers[dtype][first.start : last.stop].reshape(len(keys), -1)


def zeros_like(arrays: Any) -> Any:
    """Return an array of zeros for each array, in the same places."""
    return type(arrays)({key: np.zeros_like(array) for key, array in arrays.items()})


@kernel
@no_arrays
def all_below(array: Any, limit: Any) -> bool:
    """Return whether all absolute values of a flat array are below a limit. NaN is not."""
    found = True
    for value in array:
        found &= abs(value) < limit
    return found


@kernel
@no_arrays
def add_penalty(grad: Any, p: Any, factor: Any) -> float:
    """Add a multiple of flat parameters to their gradient. Return the sum of their squares."""
    for k in range(len(p)):
        grad[k] += factor * p[k]
    # several sums, which are computed at the same time
    sums, n = stack_array(SUMS, DOUBLE_ZERO), len(p) // SUMS * SUMS
    set_zero(sums, SUMS)
    for first in range(0, n, SUMS):
        for h in range(SUMS):
            sums[h] += np.float64(p[first + h]) * np.float64(p[first + h])
    for k in range(n, len(p)):
        sums[0] += np.float64(p[k]) * np.float64(p[k])
    squares = 0.0
    for h in range(SUMS):
        squares += sums[h]
    return squares


def blocks(arrays: dict[Any, Array]) -> dict[Any, Array]:
    """Return the numbers of all arrays as few flat arrays, without a copy."""
    return arrays.buffers if isinstance(arrays, Parameters) else {
        key: array.reshape(-1) for key, array in arrays.items()}


def all_small(grads: dict[Any, Array]) -> bool:
    """Return whether the squares of all gradients are finite."""
    for grad in blocks(grads).values():
        if not all_below(grad, LARGEST_SQUARED[grad.dtype.type]):
            return False
    return True


@kernel
@no_arrays
def _adam(
        p: Any, g: Any, first: Any, second: Any, stops: Any, rates: Any, unbias: Any,
        share: Any, a: Any, b: Any, epsilon: Any) -> None:
    """Update parameters and moments in one pass. The parameters up to a stop have one rate.

    `unbias` and `share` correct the second and the first moment, which began as zeros.
    """
    start = 0
    for i in range(len(stops)):
        # parts of the arrays, because loops that begin at 0 are vectorised
        rate, stop = type(a)(rates[i] * unbias / share), stops[i]
        part, grads, mean, square = (
            p[start:stop], g[start:stop], first[start:stop], second[start:stop])
        for k in range(stop - start):
            mean[k] += a * (grads[k] - mean[k])
            square[k] += b * (grads[k] * grads[k] - square[k])
            part[k] -= rate * mean[k] / (np.sqrt(square[k]) + epsilon)
        start = stop


class Solver:
    """Base of the solvers: update parameters in place, against their gradients.

    A solver defines `step`, and lists the attributes that hold its state in ``gathered``.
    Parameters and gradients are dicts of arrays. `minimise` sets ``rates`` before each epoch.

    Parameters
    ----------
    parameters : dict of ndarray
        Parameters by name, updated in place.
    rates : dict of float
        Learning rate of each parameter.

    See Also
    --------
    minimise : Calls a solver for each mini-batch.

    Examples
    --------
    Gradient descent by the sign of the gradient:

    >>> import numpy as np
    >>> from skspike.learning import Solver
    >>> class Sign(Solver):
    ...     def step(self, grads):
    ...         for name, p in self.parameters.items():
    ...             p -= self.rates[name] * np.sign(grads[name])
    >>> parameters = {"w": np.array([1.0])}
    >>> Sign(parameters, rates={"w": 0.25}).step({"w": np.array([2.0])})
    >>> parameters["w"]
    array([0.75])
    """

    gathered: tuple[str, ...] = ()

    def __init__(self, parameters: dict[Any, Array], rates: dict[Any, float]):
        self.parameters = parameters
        # the names of the arrays in each block of `blocks`, and where the arrays end
        self._names: dict[Any, list[Any]] = {}
        self._stops: dict[Any, Array] = {}
        for name in parameters:
            block = parameters.places[name][0] if isinstance(parameters, Parameters) else name
            self._names.setdefault(block, []).append(name)
        for block, names in self._names.items():
            self._stops[block] = np.cumsum([parameters[name].size for name in names])
        self.rates = rates

    @property
    def rates(self) -> dict[Any, float]:
        """Learning rate of each parameter."""
        return self._rates

    @rates.setter
    def rates(self, rates: dict[Any, float]) -> None:
        self._rates = rates
        self._of_blocks = {
            block: np.array([rates[name] for name in names])
            for block, names in self._names.items()}

    def step(self, grads: dict[Any, Array]) -> None:
        """Update the parameters in place.

        Parameters
        ----------
        grads : dict of ndarray
            Gradients, by the names of the parameters and in their shapes. The next update
            overwrites the arrays.
        """
        raise NotImplementedError

    def memory(self) -> dict[str, Any]:
        """Return a copy of the state, such as velocities or moments.

        Returns
        -------
        memory : dict
            State by name. Dicts in it become lists of items, because keys in files must be strings.
        """
        return {
            name: [(key, array.copy()) for key, array in value.items()]
            if isinstance(value, dict) else copy.deepcopy(value)
            for name, value in ((name, getattr(self, name)) for name in self.gathered)}

    def recall(self, memory: dict[str, Any]) -> None:
        """Continue from the state of another solver.

        Parameters
        ----------
        memory : dict
            The return value of `memory`.
        """
        for name in set(self.gathered) & set(memory):
            value, initial = memory[name], getattr(self, name)
            if not isinstance(initial, dict):
                setattr(self, name, copy.deepcopy(value))
                continue
            # keep the initial state of parameters that were not learned before
            value = dict(value)
            value = {key: value.get(key, array) for key, array in initial.items()}
            check_arrays(
                FittedArray(
                    f"{name} of {key!r} in _memory", value[key], array.shape, array.dtype.type,
                    finite=False)
                for key, array in initial.items())
            for key, array in initial.items():
                array[...] = value[key]


class SGD(Solver):
    """Stochastic gradient descent with momentum (Sutskever et al. 2013).

    Parameters
    ----------
    parameters : dict of ndarray
        Parameters by name, updated in place.
    rates : dict of float
        Learning rate of each parameter.
    momentum : float, default=0.9
        Decay of the velocity.

    See Also
    --------
    minimise : Calls a solver for each mini-batch.

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
        super().__init__(parameters, rates)
        self.momentum = momentum
        self.velocities = zeros_like(self.parameters)

    def step(self, grads: dict[Any, Array]) -> None:
        """Update velocities and parameters."""
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
        Parameters by name, updated in place.
    rates : dict of float
        Learning rate of each parameter.
    decay : (float, float), default=(0.9, 0.999)
        Decay of the first and of the second moment.
    epsilon : float, default=1e-8
        Added to the denominator, so that the step is finite for a gradient of zero.

    See Also
    --------
    minimise : Calls a solver for each mini-batch.

    Examples
    --------
    The size of the first step is the learning rate, independent of the size of the gradient:

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
        super().__init__(parameters, rates)
        self.decay, self.epsilon = decay, epsilon
        self.first, self.second = zeros_like(self.parameters), zeros_like(self.parameters)
        self.n_steps = 0
        first, second = blocks(self.first), blocks(self.second)
        self._blocks = [
            (key, p, first[key], second[key], [p.dtype.type(1 - factor) for factor in decay])
            for key, p in blocks(parameters).items()]

    def step(self, grads: dict[Any, Array]) -> None:
        """Update moments and parameters."""
        self.n_steps += 1
        a, b = self.decay
        unbias, share = math.sqrt(1 - b**self.n_steps), 1 - a**self.n_steps
        if not isinstance(grads, Parameters):  # of an objective with its own gradients
            grads = type(self.parameters)({
                key: np.ascontiguousarray(grads[key], p.dtype)
                for key, p in self.parameters.items()})
        gradients = blocks(grads)
        for key, p, first, second, shares in self._blocks:
            _adam(
                p, gradients[key], first, second, self._stops[key], self._of_blocks[key], unbias,
                share, *shares, p.dtype.type(self.epsilon * unbias))


SOLVERS = {"adam": Adam, "sgd": SGD}
