"""Contract checks of neurons, readouts, learning rules, codings and complexity measures."""

from ._coding import check_coding
from ._measure import check_measure
from ._neuron import check_neuron
from ._readout import check_readout
from ._rule import check_rule

__all__ = ["check_coding", "check_measure", "check_neuron", "check_readout", "check_rule"]
