"""Neuron models: scalar functions for the dynamics of one neuron, and their derivatives.

In each time step, a neuron with state z, input x and coefficients p computes::

    z = charge(z, x, p)             integrate the input
    m = margin(z, p)                (v - threshold) / threshold for most models
    s = 1 if m > 0 else 0           spike
    z = reset(z, s, p)              change the state after a spike

A model writes these functions by hand (`LIF`, `MetaNeuron`) or as equations, from which the
functions and their derivatives follow (`EquationNeuron`).
"""

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
    "Intrinsic", "Izhikevich", "MetaNeuron", "Neuron", "QuadraticIF", "Resonator", "scalar"]
