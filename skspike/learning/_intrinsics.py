"""Learned intrinsics of a layer, by numpy or compiled."""

from typing import Any

import numpy as np

from .._base import LARGEST, Array, complete
from ..neurons import SMALLEST_NORMAL, Neuron
from ..simulation import WIDTH, fill_table, move_values, table_gradients, value_gradients

# methods of the base class that are compiled
COMPILED = "updated", "free_vjp", "free_bounds", "coefficient_table"
LIMITS = float(SMALLEST_NORMAL), LARGEST  # of the size of a coefficient


class LearnedIntrinsics:
    """Values and coefficients of a layer of neurons, as functions of learned numbers.

    Parameters
    ----------
    neuron : Neuron
        Model of the neurons.
    values : dict of str to ndarray of shape (n_neurons,)
        Values of the active intrinsics.
    dt : float
        Length of a time step in ms.
    names : tuple of str
        Names of the learned intrinsics.
    learned : ndarray of shape (n_learned, n_neurons)
        Their numbers, which a solver changes in place.
    """

    def __init__(
            self, neuron: Neuron, values: dict[str, Array], dt: float, names: tuple[str, ...],
            learned: Array):
        self.neuron, self.dt, self.learned = neuron, float(dt), learned
        self.names, self.values = tuple(names), values
        self.free = {**neuron.to_free(values), **dict(zip(self.names, learned, strict=True))}

    def move(self) -> tuple[dict[str, Array], Array]:
        """Clip the numbers to their bounds. Return new values, and the table of coefficients."""
        self.values = self.neuron.updated(self.values, self.free, self.names)
        return self.values, self.neuron.coefficient_table(self.values, self.dt)

    def gradients(self, dtable: Array) -> Array:
        """Return the gradients of the numbers, as `learned`, from those of the coefficients."""
        grads = self.neuron.coefficients_vjp(self.values, self.dt, tuple(dtable))
        free = self.neuron.free_vjp(self.values, grads)
        return np.array([free[name] for name in self.names]).reshape(self.learned.shape)


class CompiledIntrinsics(LearnedIntrinsics):
    """The same for neurons that give their coefficients as scalar functions, compiled."""

    def __init__(
            self, neuron: Neuron, values: dict[str, Array], dt: float, names: tuple[str, ...],
            learned: Array):
        super().__init__(neuron, values, dt, names, learned)
        items, names, threshold = neuron.active(), self.names, neuron.named("threshold")
        self.all_names = [item.name for item in items]
        self.all_values = np.array([values[name] for name in self.all_names])
        self.values = dict(zip(self.all_names, self.all_values, strict=True))
        self.table = neuron.coefficient_table(values, dt)
        # what the kernels read of each intrinsic
        first = self.all_names.index(threshold)
        order = np.insert(np.delete(np.arange(len(items)), first), 0, first)
        rows = np.array([names.index(name) if name in names else -1 for name in self.all_names])
        is_log, is_multiple = (
            np.array([item.scale == scale for item in items]) for scale in ("log", "threshold"))
        self.places = rows, order, is_log, is_multiple
        bounds = np.array([neuron.free_bounds(name) for name in names]).reshape(-1, 2)
        constants = np.array([self.free[name] for name in self.all_names])
        constants[~is_multiple | (rows >= 0) | (threshold not in names)] = np.nan
        self.constants = bounds, constants
        # the loops
        function, vjp, n_outputs = neuron.coefficient_kernels()  # type: ignore[misc]
        sizes = {"VALUES": len(items) * WIDTH, "OUTPUTS": n_outputs * WIDTH}
        self.fill_table = complete(fill_table, coefficients=function, **sizes)
        self.table_gradients = complete(table_gradients, coefficients_vjp=vjp, **sizes)
        self.dvalues, self.dlearned = np.empty_like(self.all_values), np.empty_like(learned)

    def move(self) -> tuple[dict[str, Array], Array]:
        """Clip the numbers to their bounds. Return the values and the table, changed in place."""
        move_values(self.learned, *self.constants, *self.places, self.all_values)
        is_finite = self.fill_table(self.all_values, self.dt, LIMITS, self.table)
        if not is_finite:
            self.neuron.coefficient_table(self.values, self.dt)  # raises the error
        return self.values, self.table

    def gradients(self, dtable: Array) -> Array:
        """Return the gradients of the numbers, until the next call."""
        self.table_gradients(dtable, self.all_values, self.dt, self.dvalues)
        value_gradients(self.dvalues, self.all_values, *self.places, self.dlearned)
        return self.dlearned


def learned_intrinsics(neuron: Neuron, *args: Any) -> LearnedIntrinsics:
    """Return the intrinsics of a layer, compiled if the neuron has scalar functions.

    A subclass may override a method and inherit the scalar functions of another formula.
    """
    def depth(name: str) -> int:
        return next(k for k, cls in enumerate(type(neuron).__mro__) if name in vars(cls))

    compiles = neuron.coefficient_kernels() is not None and all(
        getattr(type(neuron), name) is getattr(Neuron, name) for name in COMPILED)
    formulas = min(map(depth, ("coefficients", "coefficients_vjp")))
    compiles = compiles and depth("coefficient_kernels") <= formulas
    return (CompiledIntrinsics if compiles else LearnedIntrinsics)(neuron, *args)
