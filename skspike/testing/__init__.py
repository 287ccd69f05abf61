"""Contract checks of neurons, readouts, learning rules, codings, measures and experts."""

from ._coding import check_coding
from ._expert import check_expert
from ._measure import check_measure
from ._neuron import check_neuron
from ._readout import check_readout
from ._rule import check_rule

__all__ = [
    "check_coding", "check_expert", "check_measure", "check_neuron", "check_readout", "check_rule"]
