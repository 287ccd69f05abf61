"""Base of the neuron models: their kernels, coefficients and intrinsic parameters."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._base import LARGEST, REQUIRED, Array, convert
from ._intrinsics import Intrinsic, check_bounds, check_parameters, check_value
from ._response_peak import of_kernels

SMALLEST_NORMAL = np.finfo(np.float32).tiny  # smaller numbers are slow and have few bits
LONGEST = 2**24  # steps that float32 can count one by one
WAIT = "wait"  # name of the state that counts the remaining refractory steps
KERNELS = ("charge", "charge_vjp", "margin", "margin_vjp", "reset", "reset_vjp")


class Neuron(ABC, BaseEstimator):
    """Base of the neuron models.

    A model is parameters and scalar functions, its *kernels*, which a compiled time loop calls for
    each neuron and step. It defines

    * ``name``, the text that selects it in estimators,
    * ``states``, the names of its state variables, the membrane potential first,
    * ``intrinsics``, a tuple of `Intrinsic`, one of them with ``role="threshold"``,
    * a constructor with a parameter for each intrinsic and another one, ``<name>_bounds``,
    * the methods `kernels` and `coefficient_kernels`. Instead of the second, it may define
      `coefficients` and `coefficients_vjp`, which are not compiled.

    The value None switches an optional intrinsic off. ``counters`` names state variables that only
    count, for example the remaining refractory steps. No gradient passes through them. ``recovery``
    names state variables that oppose spikes, for example an adaptation current: the higher they
    are, the lower the margin. Networks run in float32. So values must lie between -1e18 and 1e18,
    positive values (``scale="log"``) between
    1e-18 and 1e18, and coefficients within the same limits.

    See Also
    --------
    EquationNeuron : Base of neurons that are written as equations and need no derivatives.
    skspike.SNNTransformer : Takes a neuron as `neuron`.
    skspike.testing.check_part : Check the contract of a part.

    Examples
    --------
    A network reads the coefficients of each neuron and calls the kernels:

    >>> import numpy as np
    >>> from skspike.neurons import LIF
    >>> neuron = LIF(tau_mem=(10.0, 20.0), threshold=0.5)
    >>> values = neuron.initial(n_neurons=3, rng=np.random.default_rng(0))
    >>> values["tau_mem"].round(1).tolist(), values["threshold"].tolist()
    ([15.6, 12.1, 10.3], [0.5, 0.5, 0.5])
    >>> sorted(neuron.kernels())
    ['charge', 'charge_vjp', 'margin', 'margin_vjp', 'reset', 'reset_vjp']
    """

    name: str | None = REQUIRED
    states = REQUIRED
    intrinsics: tuple[Intrinsic, ...] = REQUIRED
    counters: tuple[str, ...] = ()
    recovery: tuple[str, ...] = ()
    rates: tuple[str, ...] = ()  # parameters in Hz or per ms
    options: dict[str, Any] = {}  # further parameters, see `EquationNeuron`

    @abstractmethod
    def kernels(self, smooth: bool = False) -> dict[str, Any]:
        """Return the scalar functions of the neuron.

        Parameters
        ----------
        smooth : bool, default=False
            Whether they must be differentiable everywhere.

        Returns
        -------
        kernels : dict of str to function
            ``charge(z, x, p)``, ``margin(z, p)``, ``reset(z, s, p)`` of the state z, the input x,
            the spike s and the coefficients p, and their vector-Jacobian products ``charge_vjp``,
            ``margin_vjp`` and ``reset_vjp``.
            A hard spike is 0 or 1. The derivative with respect to s is then the change by a whole
            spike. A smooth spike is between 0 and 1, and ``reset`` must be linear in s.

        Raises
        ------
        ValueError
            If `smooth` is True and the model has no smooth form.
        """

    def coefficient_kernels(self) -> tuple[Any, Any, int] | None:
        """Return the formulas of the coefficients as scalar functions, which are compiled.

        Returns
        -------
        kernels : tuple or None
            ``coefficients(values, dt)`` of the values of the active intrinsics of one neuron, a
            tuple in their order, ``coefficients_vjp(values, dt, dp)``, which returns the gradients
            of the values, and the number of coefficients. Further coefficients are constant. All
            numbers are float64. None: the model defines `coefficients` and `coefficients_vjp`.
        """
        return None

    def coefficients(self, values: dict[str, Array], dt: float) -> tuple[Array, ...]:
        """Return the coefficients that the kernels read, by default by `coefficient_kernels`.

        Parameters
        ----------
        values : dict of str to ndarray of shape (n_neurons,)
            Values of the active intrinsics, in their own units.
        dt : float
            Length of a step in ms.

        Returns
        -------
        coefficients : tuple of ndarray of shape (n_neurons,)
            In the order of the kernels' argument p. The last is the refractory time in steps, if
            the model has this option.
        """
        function, _, _ = self._coefficient_functions()
        found = function(tuple([values[item.name] for item in self.active()]), dt)
        if WAIT in self.states:
            found = *found, round(self.refractory / dt)
        return as_arrays(found, values)

    def coefficients_vjp(
            self, values: dict[str, Array], dt: float, grads: Sequence[Array]) -> dict[str, Array]:
        """Return the gradients of the intrinsics from the gradients of the coefficients.

        Parameters
        ----------
        values : dict of str to ndarray of shape (n_neurons,)
            Values of the active intrinsics, in their own units.
        dt : float
            Length of a step in ms.
        grads : sequence of ndarray of shape (n_neurons,)
            Gradients with respect to the coefficients, in their order.

        Returns
        -------
        grads : dict of str to ndarray of shape (n_neurons,)
            Gradients with respect to the values.
        """
        _, function, n_outputs = self._coefficient_functions()
        names = [item.name for item in self.active()]
        with np.errstate(all="ignore"):  # both branches of a condition are computed
            found = function(tuple(values[name] for name in names), dt, tuple(grads[:n_outputs]))
        return dict(zip(names, as_arrays(found, values), strict=True))

    def _coefficient_functions(self) -> tuple[Any, Any, int]:
        """Return `coefficient_kernels` as functions of arrays: before they were compiled."""
        function, vjp, n_outputs = self.coefficient_kernels()  # type: ignore[misc]
        return getattr(function, "py_func", function), getattr(vjp, "py_func", vjp), n_outputs

    @property
    def times(self) -> tuple[str, ...]:
        """Parameters in ms, whose defaults are numbers of steps if the neuron is given by name."""
        taus = (item.name for item in self.intrinsics if item.name.startswith("tau"))
        return (*taus, *{"refractory"} & {*self.options})

    def log_peak(self, values: dict[str, Array], dt: float) -> tuple[Array, dict[str, Array]]:
        """Return the logarithm of the peak of the membrane's response to one spike of weight 1.

        The Tempotron learns weights in units of this peak. The response of a membrane without
        synaptic current peaks at 1. With a synaptic time constant, the peak is computed from the
        derivatives of ``charge`` at rest. A model may override this method, for example with a
        formula or for the response of a dendrite.

        Parameters
        ----------
        values : dict of str to ndarray of shape (n_neurons,)
            Values of the active intrinsics, in their own units.
        dt : float
            Length of a step in ms.

        Returns
        -------
        log_peak : ndarray of shape (n_neurons,)
            One logarithm for each neuron.
        slopes : dict of str to ndarray of shape (n_neurons,)
            Its nonzero derivatives with respect to the intrinsics.
        """
        if self.named("synapse") in values:
            return of_kernels(self, values, dt)
        return np.zeros_like(values[self.named("threshold")]), {}

    def named(self, role: str) -> str | Any:
        """Return the name of the intrinsic with a role (see `Intrinsic`).

        Parameters
        ----------
        role : {"threshold", "membrane", "synapse"}
            Threshold, or time constant of membrane or synapse.

        Returns
        -------
        name : str or None
            None if no intrinsic has the role.
        """
        for item in self.intrinsics:
            if item.role == role:
                return item.name
        return None

    def active(self) -> list[Intrinsic]:
        """Return the intrinsics that are switched on.

        Returns
        -------
        intrinsics : list of Intrinsic
            All intrinsics with a value other than None.
        """
        return [item for item in self.intrinsics if getattr(self, item.name) is not None]

    def learnable(self) -> tuple[str, ...]:
        """Return the names of the intrinsics that can be learned.

        Returns
        -------
        names : tuple of str
            All active intrinsics whose bounds are not "fixed".
        """
        return tuple([
            item.name for item in self.active()
            if not isinstance(getattr(self, f"{item.name}_bounds"), str)])

    def check(self, dt: float = 1.0) -> None:
        """Raise an error if a parameter is outside its range, and convert its numbers to float.

        Parameters
        ----------
        dt : float, default=1.0
            Length of a step in ms.

        Raises
        ------
        ValueError
            If a parameter is outside its range. The message names the parameter.
        """
        check_parameters(self)
        if "refractory" in self.options:
            convert(self, "refractory", low=0, high=LONGEST * dt)
        check_kernels(self)
        # the threshold first, because others are measured in units of it
        for item in sorted(self.intrinsics, key=lambda item: item.role != "threshold"):
            # also if the intrinsic is switched off, because a rule may switch it on
            bounds = check_bounds(self, item)
            if getattr(self, item.name) is not None or not item.optional:
                check_value(self, item, bounds)

    def initial(
            self, n_neurons: int, rng: np.random.RandomState | np.random.Generator) -> dict[
            str, Array]:
        """Return the initial intrinsics of a layer.

        Parameters
        ----------
        n_neurons : int
            Number of neurons in the layer.
        rng : RandomState or Generator
            Source of the values that are given as (low, high). One is drawn for each neuron,
            log-uniformly if ``scale="log"``, else uniformly.

        Returns
        -------
        values : dict of str to ndarray of shape (n_neurons,)
            Values of the active intrinsics, in their own units.

        Raises
        ------
        ValueError
            If the length of an array is not `n_neurons`.
        """
        values = {}
        for item in self.active():
            value = getattr(self, item.name)
            if isinstance(value, tuple):
                low, high = np.log(value) if item.scale == "log" else value
                value = rng.uniform(low, high, n_neurons)
                value = np.exp(value) if item.scale == "log" else value
            elif np.ndim(value) == 1 and len(value) != n_neurons:
                raise ValueError(
                    f"{item.name} has {len(value)} values for a layer of {n_neurons} neurons. Give "
                    "one number, or one per neuron.")
            values[item.name] = np.array(np.broadcast_to(value, n_neurons), dtype=float)
        return values

    def coefficient_table(self, values: dict[str, Array], dt: float) -> Array:
        """Return the coefficients as one array.

        A coefficient too small for float32, for example a very fast decay, becomes 0.

        Parameters
        ----------
        values : dict of str to ndarray of shape (n_neurons,)
            Values of the active intrinsics, in their own units.
        dt : float
            Length of a step in ms.

        Returns
        -------
        table : ndarray of shape (n_coefficients, n_neurons)
            A row for each coefficient.

        Raises
        ------
        ValueError
            If a coefficient is not finite or too large for float32.
        """
        with np.errstate(all="ignore"):
            table = np.array(self.coefficients(values, dt), dtype=float)
            size = np.abs(table)
        if not size.max() <= LARGEST:
            wrong = ~(size <= LARGEST).all(axis=0)
            given = ", ".join(f"{name}={value[wrong][0]:g}" for name, value in values.items())
            raise ValueError(
                f"{given} at dt={dt} give a coefficient that is not finite or above {LARGEST:g}, "
                "the limit of the float32 simulation. Use values nearer to 1 or, if learning led "
                "there, a lower learning rate.")
        table[size < SMALLEST_NORMAL] = 0
        return table

    def to_free(self, values: dict[str, Array]) -> dict[str, Array]:
        """Map intrinsics to the unconstrained space that learning uses.

        Parameters
        ----------
        values : dict of str to ndarray of shape (n_neurons,)
            Values of the active intrinsics, in their own units.

        Returns
        -------
        free : dict of str to ndarray of shape (n_neurons,)
            Copies of the values, their logarithms (``scale="log"``), or their multiples of the
            threshold (``scale="threshold"``).
        """
        free, threshold = {}, values[self.named("threshold")]
        for name, scale, *_ in self.active():
            match scale:
                case "linear":
                    free[name] = values[name].copy()
                case "log":
                    free[name] = np.log(values[name])
                case "threshold":
                    free[name] = values[name] / threshold
        return free

    def from_free(self, free: dict[str, Array]) -> dict[str, Array]:
        """Undo `to_free`.

        Parameters
        ----------
        free : dict of str to ndarray of shape (n_neurons,)
            Result of `to_free`, possibly changed.

        Returns
        -------
        values : dict of str to ndarray of shape (n_neurons,)
            Values of the active intrinsics, in their own units.
        """
        return _from_free(self, {}, free, [item.name for item in self.active()])

    def updated(
            self, values: dict[str, Array], free: dict[str, Array], learned: Sequence[str]) -> dict[
            str, Array]:
        """Return intrinsic values after a learning step, inside their bounds.

        Parameters
        ----------
        values : dict of str to ndarray of shape (n_neurons,)
            Values before the step, in their own units.
        free : dict of str to ndarray of shape (n_neurons,)
            Values after the step, in the space of `to_free`. The arrays of the `learned` intrinsics
            are clipped to their bounds in place, so that a solver continues from the clipped
            values.
        learned : sequence of str
            Names of the intrinsics that are taken from `free`. If the threshold is among them,
            intrinsics with ``scale="threshold"`` change too.

        Returns
        -------
        values : dict of str to ndarray of shape (n_neurons,)
            Values after the step, in their own units. All other values are unchanged, bit for bit.

        Examples
        --------
        >>> import numpy as np
        >>> from skspike.neurons import LIF
        >>> neuron = LIF(tau_mem_bounds=(5.0, 30.0))
        >>> values = neuron.initial(n_neurons=3, rng=np.random.default_rng(0))
        >>> free = neuron.to_free(values)
        >>> free["tau_mem"] += [-9.0, 0.1, 9.0]
        >>> neuron.updated(values, free, ["tau_mem"])["tau_mem"].round(1).tolist()
        [5.0, 22.1, 30.0]
        """
        for name in learned:
            low, high = self.free_bounds(name)
            np.minimum(np.maximum(free[name], low, out=free[name]), high, out=free[name])
        return _from_free(self, values, free, learned)

    def free_vjp(self, values: dict[str, Array], grads: dict[str, Array]) -> dict[str, Array]:
        """Return gradients in the space of `to_free` from gradients of the values.

        Parameters
        ----------
        values : dict of str to ndarray of shape (n_neurons,)
            Values of the active intrinsics, in their own units.
        grads : dict of str to ndarray of shape (n_neurons,)
            Gradients with respect to them.

        Returns
        -------
        free : dict of str to ndarray of shape (n_neurons,)
            Gradients with respect to the result of `to_free`.
        """
        active, threshold = self.active(), self.named("threshold")
        free: dict[str, Any] = {item.name: np.array(grads[item.name], float) for item in active}
        for name, scale, *_ in active:
            if scale == "threshold":
                free[threshold] += free[name] * values[name] / values[threshold]
                free[name] *= values[threshold]
        for name, scale, *_ in active:
            if scale == "log":
                value = values[name]
                # not a membrane without leak
                free[name] *= value if value.max() < np.inf else np.where(value < np.inf, value, 0)
        return free

    def bounds(self, name: str) -> Array:
        """Return the bounds of an intrinsic.

        Parameters
        ----------
        name : str
            Name of the intrinsic.

        Returns
        -------
        bounds : ndarray of shape (2,)
            Low and high, in units of the intrinsic, or in units of the threshold if
            ``scale="threshold"``.
        """
        return np.asarray(getattr(self, f"{name}_bounds"), dtype=float)

    def free_bounds(self, name: str) -> Array:
        """Return the bounds of an intrinsic in the space of `to_free`.

        Parameters
        ----------
        name : str
            Name of the intrinsic.

        Returns
        -------
        bounds : ndarray of shape (2,)
            Low and high.
        """
        bounds = self.bounds(name)
        for item in self.intrinsics:
            if item.name == name and item.scale == "log":
                bounds = np.log(bounds)
        return bounds


def check_kernels(neuron: Neuron) -> None:
    """Raise an error if the class of a neuron lacks kernels or coefficients."""
    cls, missing = type(neuron), sorted(set(KERNELS) - set(neuron.kernels()))
    if missing:
        raise TypeError(
            f"{cls.__name__}.kernels must return {', '.join(KERNELS)}; {', '.join(missing)} is "
            "missing.")
    if neuron.coefficient_kernels() is None and (
            cls.coefficients is Neuron.coefficients
            or cls.coefficients_vjp is Neuron.coefficients_vjp):
        raise TypeError(
            f"{cls.__name__} must define coefficient_kernels, or coefficients and "
            "coefficients_vjp.")


def _from_free(
        neuron: Neuron, values: dict[str, Array], free: dict[str, Array],
        learned: Sequence[str]) -> dict[str, Array]:
    """Return all values, with new ones for the `learned` intrinsics."""
    threshold, new = neuron.named("threshold"), dict(values)
    # the threshold first, because others are multiples of it
    for name, scale, *_ in sorted(neuron.active(), key=lambda item: item.scale == "threshold"):
        if name in learned or scale == "threshold" and threshold in learned:
            match scale:
                case "linear":
                    new[name] = free[name].copy()
                case "log":
                    new[name] = np.exp(free[name])
                case "threshold":
                    new[name] = free[name] * new[threshold]
    return new


def as_arrays(found: Any, values: dict[str, Array]) -> tuple[Array, ...]:
    """Return numbers and arrays as new arrays with a number for each neuron."""
    shape = next(iter(values.values())).shape
    return tuple([np.array(np.broadcast_to(value, shape), dtype=float) for value in found])
