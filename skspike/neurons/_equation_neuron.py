"""Base of the neurons that are written as equations."""

import inspect
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._checks import check_option, convert
from .._utils import Array
from ._base import LONGEST, Neuron, as_arrays
from ._equations import Equations, derive, function_of
from ._intrinsic import Intrinsic
from ._wrappers import WAIT, refractory

MOST_VARIANTS = 256  # combinations of options, each of which is derived with the class


class EquationNeuron(Neuron):
    """Base of the neurons that are written as equations, without derivatives or a constructor.

    A model defines

    * ``name``, the text that selects it in estimators,
    * ``intrinsics``, a tuple of `Intrinsic` with default and bounds,
    * ``equations``, an `Equations`,
    * ``options``, optionally: a dict of further parameters of the constructor.

    When the class is defined, this base derives the states, the kernels, the coefficients and all
    derivatives. It also makes a constructor with a parameter and bounds for each intrinsic. If a
    line cannot be derived, a ValueError shows the line. Methods that a class defines itself, such
    as `kernels`, are not replaced.

    An option with a tuple of words, such as ``{"reset": ("value", "subtract")}``, is a parameter
    that takes one of them, the first by default. Equations can test it: ``if reset ==
    "subtract":``. The option ``{"refractory": 0.0}`` adds an absolute refractory time in ms.
    Equations can also test an optional intrinsic, ``if tau_syn:``, and ``if smooth:``, which is
    true for smooth spikes. A state that neither charge nor reset assigns is not in use.

    See Also
    --------
    Equations : The equations of one time step.
    Intrinsic : A parameter that can be learned.
    Neuron : Base of the neurons with kernels written by hand.
    skspike.testing.check_neuron : Checks a neuron model.

    Examples
    --------
    >>> from skspike.neurons import EquationNeuron, Equations, Intrinsic
    >>> class Leaky(EquationNeuron):
    ...     name = "leaky"
    ...     intrinsics = (
    ...         Intrinsic("tau_mem", "log", role="membrane", default=20.0, bounds=(1.5, 2000.0)),
    ...         Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
    ...     )
    ...     equations = Equations(
    ...         states=("v",), charge="dv/dt = -v / tau_mem + x",
    ...         margin="(v - threshold) / threshold", reset="v = (1 - s) * v")
    >>> Leaky(tau_mem=10.0).learnable()
    ('tau_mem', 'threshold')
    """

    name: str | None = None
    options: dict[str, Any] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = vars(cls).keys()
        if own & {"intrinsics", "options", "equations"}:
            _check_definition(cls)
        if "__init__" not in own and own & {"intrinsics", "options"}:
            cls.__init__ = _constructor(cls)
        # find errors now. The neurons of this package are tested, and derived when they are used.
        if own & {"intrinsics", "options", "equations"} and not _is_own(cls):
            for variant in cls._variants():
                derive(*variant)

    @classmethod
    def _variants(cls):
        """Yield the arguments of `derive` for all combinations of options."""
        decisions = _decisions(cls)
        for values in itertools.product(*decisions.values()):
            yield _variant(cls, dict(zip(decisions, values, strict=True)))

    def _derived(self):
        optional = [item.name for item in self.intrinsics if item.optional]
        decisions = {name: getattr(self, name) is not None for name in optional}
        decisions |= {name: getattr(self, name) for name in _choices(self)}
        return derive(*_variant(type(self), decisions))

    @property
    def states(self):
        """Names of the state variables in use, the membrane potential first."""
        return (*self._derived().states, *(WAIT,) * self._has_refractory)

    @property
    def _has_refractory(self):
        return getattr(self, "refractory", 0) > 0

    def check(self, dt: float = 1.0) -> None:
        """Raise an error if a parameter is outside its range, and convert its numbers to float."""
        for name, allowed in _choices(self).items():
            check_option(getattr(self, name), name, allowed)
        if "refractory" in self.options:
            convert(self, "refractory", low=0, high=LONGEST * dt)
        super().check(dt)

    def kernels(self, smooth: bool = False) -> dict[str, Any]:
        """Return the scalar functions. With `smooth`, ``saturate`` has no kinks.

        A refractory time has no smooth form.
        """
        derived = self._derived()
        codes = derived.smooth_kernels if smooth else derived.kernels
        kernels = {code.name: function_of(code) for code in codes}
        return refractory(smooth=smooth, **kernels) if self._has_refractory else kernels

    def coefficient_kernels(self) -> tuple[Any, Any, int]:
        """Return the scalar functions of the coefficients, and their number."""
        derived = self._derived()
        return *(function_of(code, "double") for code in derived.coefficient_kernels), derived.n_p

    def coefficients(self, values: dict[str, Array], dt: float) -> tuple[Array, ...]:
        """Return the coefficients, and the refractory time in steps if any."""
        found = function_of(self._derived().coefficients, "array")(values, dt)
        wait = (round(self.refractory / dt),) if self._has_refractory else ()
        return as_arrays((*found, *wait), values)

    def coefficients_vjp(
            self, values: dict[str, Array], dt: float, grads: Sequence[Array]) -> dict[str, Array]:
        """Return the gradients of the intrinsics."""
        with np.errstate(all="ignore"):  # both branches of a condition are computed
            found = function_of(self._derived().coefficients_vjp, "array")(values, dt, grads)
        names = [item.name for item in self.active()]
        return dict(zip(names, as_arrays(found, values), strict=True))


def _is_own(cls):
    return cls.__module__.startswith(f"{__package__}.")


def _check_definition(cls):
    """Raise an error if an attribute of the class has a wrong type, or a parameter a taken name."""
    name, equations = cls.__qualname__, getattr(cls, "equations", None)
    if not _is_tuple_of(Intrinsic, cls.intrinsics):
        raise TypeError(
            f"{name}.intrinsics must be a tuple of Intrinsic, as in (Intrinsic(...),), got "
            f"{cls.intrinsics!r}.")
    if not isinstance(equations, Equations) or not _is_tuple_of(str, equations[1:4]):
        raise TypeError(
            f"{name}.equations must be Equations, with texts for charge, margin and reset, got "
            f"{equations!r}.")
    if not _is_tuple_of(str, equations.states) or not equations.states:
        raise TypeError(
            f"{name}: states must be a tuple of names, as in ('v',), got {equations.states!r}.")
    _check_options(cls)
    parameters = *(item.name for item in cls.intrinsics), *cls.options
    taken = [parameter for parameter in parameters if hasattr(EquationNeuron, parameter)]
    if taken:
        raise ValueError(
            f"{name}: every neuron has an attribute called {', '.join(taken)}. Rename "
            "the parameter.")


def _check_options(cls):
    for option, values in cls.options.items():
        if isinstance(values, (str, list)) or values == ():
            raise TypeError(
                f"{cls.__qualname__}.options must give {option} a tuple of words, got {values!r}.")
    n_variants = math.prod(map(len, _decisions(cls).values()))
    if n_variants > MOST_VARIANTS:
        raise ValueError(
            f"{cls.__qualname__}: the options and the optional intrinsics have {n_variants} "
            f"combinations, and at most {MOST_VARIANTS} are allowed, because each is derived. "
            "Split the class.")


def _is_tuple_of(kind, values):
    return isinstance(values, tuple) and all(isinstance(value, kind) for value in values)


def _variant(cls, decisions):
    names = tuple(item.name for item in cls.intrinsics if decisions.get(item.name, True))
    return cls.__qualname__, cls.equations, names, tuple(decisions.items())


def _decisions(neuron):
    """Return what the equations can test, and the values of each: optional intrinsics, options."""
    optional = {item.name: (False, True) for item in neuron.intrinsics if item.optional}
    return {**optional, **_choices(neuron)}


def _choices(neuron):
    """Return the options whose values are words, and the words of each."""
    return {name: values for name, values in neuron.options.items() if isinstance(values, tuple)}


def _constructor(cls):
    """Return an ``__init__`` that stores intrinsics, options, and bounds of the intrinsics."""
    defaults = {item.name: item.default for item in cls.intrinsics}
    defaults |= {
        name: values[0] if isinstance(values, tuple) else values
        for name, values in cls.options.items()}
    defaults |= {f"{item.name}_bounds": item.bounds for item in cls.intrinsics}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    defaults = {"self": inspect.Parameter.empty, **defaults}
    signature = inspect.Signature(
        [inspect.Parameter(name, kind, default=value) for name, value in defaults.items()])

    def __init__(self, *args, **kwargs):
        given = signature.bind(self, *args, **kwargs)
        given.apply_defaults()
        for name, value in list(given.arguments.items())[1:]:
            setattr(self, name, value)

    __init__.__signature__ = signature
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    __init__.__module__ = cls.__module__
    return __init__
