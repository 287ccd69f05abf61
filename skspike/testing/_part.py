"""Contract of a part of any family."""

import warnings

from sklearn.base import BaseEstimator, clone

from ..coding import Coding
from ..complexity import Measure
from ..learning import Rule
from ..neurons import Neuron
from ..simulation import Readout
from ..trains import Expert
from . import _coding, _expert, _measure, _neuron, _readout, _rule
from ._contract import Contract

CONTRACTS = {
    Coding: _coding.demand, Expert: _expert.demand, Measure: _measure.demand,
    Neuron: _neuron.demand, Readout: _readout.demand, Rule: _rule.demand}


def check_part(part: BaseEstimator) -> None:
    """Check that a neuron, readout, rule, coding, measure or expert keeps its contract.

    The check finds wrong shapes and types, wrong derivatives, parameters without effect, bad values
    that are not refused by name, and results that depend on other samples or that contradict what
    the class declares. The pages "Add a neuron" and "Add another part" list all demands.

    Parameters
    ----------
    part : Coding, Expert, Measure, Neuron, Readout or Rule
        Object with the parameters to test. It is not changed.

    Raises
    ------
    AssertionError
        If the part breaks its contract. The message names the class, the method and the fault.
    TypeError
        If the object does not derive from a base class of parts.

    See Also
    --------
    skspike.coding.Coding : Base class of codings.
    skspike.complexity.Measure : Base class of complexity measures.
    skspike.learning.Rule : Base class of learning rules.
    skspike.neurons.Neuron : Base class of neurons.
    skspike.simulation.Readout : Base class of readouts.
    skspike.trains.Expert : Base class of experts.

    Examples
    --------
    >>> from skspike.coding import Latency
    >>> from skspike.testing import check_part
    >>> check_part(Latency(silent_below=0.1))
    """
    base = next((base for base in CONTRACTS if isinstance(part, base)), None)
    if base is None:
        names = ", ".join(base.__name__ for base in CONTRACTS)
        raise TypeError(f"part must derive from one of {names}, got {part!r}.")
    contract = Contract(part, base)
    _check_constructor(contract)
    with warnings.catch_warnings():
        # checks try time constants that users do not
        warnings.filterwarnings("ignore", ".* keeps nearly nothing of the past")
        for check in CONTRACTS[base]:
            check(contract)


def _check_constructor(contract):
    """Check that the constructor only stores its arguments, and that a clone has the same ones."""
    part = contract.part
    given = {name: object() for name in part.get_params(deep=False)}
    made = vars(contract.raises_nothing("__init__", type(part), **given))
    contract.holds(
        made.keys() == given.keys() and all(made[name] is given[name] for name in given),
        "__init__", f"must store its arguments {list(given)} as they are, and nothing else")
    contract.holds(repr(clone(part)) == repr(part), "get_params", "a clone has other parameters")
