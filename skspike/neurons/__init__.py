"""Neuron models: the dynamics of one neuron, as scalar functions, with their derivatives."""

from .._jit import scalar
from .._plugins import registry
from ._base import Intrinsic, Neuron
from ._lif import LIF
from ._meta import MetaNeuron

NEURONS = registry(globals(), Neuron)

__all__ = ["LIF", "Intrinsic", "MetaNeuron", "Neuron", "scalar"]
