"""Base of the neurons that are written as equations."""

import itertools
import math
from typing import Any, NamedTuple

from ._derivation import Derived, derive, function_of
from ._intrinsics import Intrinsic, choices_of, with_constructor
from ._neuron import WAIT, Neuron
from ._wrappers import refractory

MOST_VARIANTS = 256  # combinations of options, each of which is derived with the class


class Equations(NamedTuple):
    """Equations of a neuron for one time step, as texts.

    A text is lines of Python: assignments of expressions of names, numbers, ``+ - * / **`` and
    functions such as ``exp``, ``min`` and ``where`` (see :doc:`/add_a_neuron`).

    Parameters
    ----------
    states : tuple of str
        Names of the state variables, the membrane potential first. All are zero at the start of a
        sample.
    charge : str
        New values of the states under the input ``x`` in a step of ``dt`` ms: lines such as ``v =
        exp(-dt / tau_mem) * v + x``, which are executed in order, or differential equations such as
        ``dv/dt = -v / tau_mem + x``, which are integrated at the same time.
    margin : str
        An expression, possibly after other lines: the distance above the threshold in units of the
        threshold, such as ``(v - threshold) / threshold``. The neuron spikes if it is positive.
    reset : str
        New values of the states after the spike ``s``, 0 or 1. They must be linear in ``s``.
    substeps : int, default=1
        Number of substeps of the integration of differential equations in a step, from 1 to 64.
        More substeps are more accurate and slower.

    See Also
    --------
    EquationNeuron : Base of neurons with equations.

    Examples
    --------
    >>> from skspike.neurons import EquationNeuron, Equations, Intrinsic
    >>> class Perfect(EquationNeuron):
    ...     name = "perfect"
    ...     intrinsics = (
    ...         Intrinsic("threshold", "log", role="threshold", default=1.0, bounds=(0.1, 10.0)),
    ...     )
    ...     equations = Equations(
    ...         states=("v",), charge="v = v + x", margin="(v - threshold) / threshold",
    ...         reset="v = v - s * threshold")
    >>> Perfect().states
    ('v',)
    """

    states: tuple[str, ...]
    charge: str
    margin: str
    reset: str
    substeps: int = 1


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
    skspike.testing.check_part : Check the contract of a part.

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

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = vars(cls).keys()
        if not own & {"intrinsics", "options", "equations"}:
            return
        _check_definition(cls)
        if "__init__" not in own and own & {"intrinsics", "options"}:
            with_constructor(cls)
        # find errors now. The neurons of this package are tested, and derived when they are used.
        if not cls.__module__.startswith(f"{__package__}."):
            decisions = _decisions(cls)
            for values in itertools.product(*decisions.values()):
                derived_for(cls, dict(zip(decisions, values, strict=True)))

    @property
    def states(self):
        """Names of the state variables in use, the membrane potential first."""
        return (*derived(self).states, *(WAIT,) * (getattr(self, "refractory", 0) > 0))

    def kernels(self, smooth: bool = False) -> dict[str, Any]:
        """Return the scalar functions. With `smooth`, ``saturate`` has no kinks.

        A refractory time has no smooth form.
        """
        found = derived(self)
        codes = found.smooth_kernels if smooth else found.kernels
        kernels = {code.name: function_of(code) for code in codes}
        return refractory(smooth=smooth, **kernels) if WAIT in self.states else kernels

    def coefficient_kernels(self) -> tuple[Any, Any, int]:
        """Return the scalar functions of the coefficients, and their number."""
        found = derived(self)
        return *(function_of(code, "double") for code in found.coefficients), found.n_p

    def _coefficient_functions(self) -> tuple[Any, Any, int]:
        found = derived(self)
        return *(function_of(code, "array") for code in found.coefficients), found.n_p


def derived(neuron: EquationNeuron) -> Derived:
    """Return states and code for the parameters of a neuron."""
    decisions = {
        item.name: getattr(neuron, item.name) is not None
        for item in neuron.intrinsics if item.optional}
    decisions |= {name: getattr(neuron, name) for name in choices_of(neuron)}
    return derived_for(type(neuron), decisions)


def derived_for(cls: type[EquationNeuron], decisions: dict[str, Any]) -> Derived:
    """Return states and code for values of the optional intrinsics and of the options."""
    names = tuple(item.name for item in cls.intrinsics if decisions.get(item.name, True))
    return derive(cls.__qualname__, cls.equations, names, tuple(decisions.items()))


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
    for option, values in cls.options.items():
        if isinstance(values, (str, list)) or values == ():
            raise TypeError(f"{name}.options must give {option} a tuple of words, got {values!r}.")
    n_variants = math.prod(map(len, _decisions(cls).values()))
    if n_variants > MOST_VARIANTS:
        raise ValueError(
            f"{name}: the options and the optional intrinsics have {n_variants} combinations, and "
            f"at most {MOST_VARIANTS} are allowed, because each is derived. Split the class.")
    parameters = *(item.name for item in cls.intrinsics), *cls.options
    taken = [parameter for parameter in parameters if hasattr(EquationNeuron, parameter)]
    if taken:
        raise ValueError(
            f"{name}: every neuron has an attribute called {', '.join(taken)}. Rename "
            "the parameter.")


def _is_tuple_of(kind, values):
    """Return whether values are a tuple of objects of a type."""
    return isinstance(values, tuple) and all(isinstance(value, kind) for value in values)


def _decisions(neuron):
    """Return what the equations can test, and the values of each: optional intrinsics, options."""
    optional = {item.name: (False, True) for item in neuron.intrinsics if item.optional}
    return {**optional, **choices_of(neuron)}
