"""Neuron models: the dynamics of one neuron, as scalar functions, with their derivatives."""

from .._compile import scalar
from .._utils import Registry
from ._adaptive_lif import AdaptiveLIF
from ._adex import AdEx
from ._base import Neuron
from ._equation_neuron import EquationNeuron
from ._equations import Equations
from ._exponential import ExponentialIF
from ._hodgkin_huxley import HodgkinHuxley
from ._intrinsic import Intrinsic
from ._izhikevich import Izhikevich
from ._lif import LIF
from ._meta import MetaNeuron
from ._quadratic import QuadraticIF
from ._resonator import Resonator

NEURONS = Registry(globals(), Neuron)

__all__ = [
    "LIF", "AdEx", "AdaptiveLIF", "EquationNeuron", "Equations", "ExponentialIF", "HodgkinHuxley",
    "Intrinsic", "Izhikevich", "MetaNeuron", "Neuron", "QuadraticIF", "Resonator", "scalar"]  # fmt: skip
