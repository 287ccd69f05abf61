"""Neuron models: scalar functions for the dynamics of one neuron, and their derivatives.

In each time step, a neuron with state z, input x and coefficients p computes::

    z = charge(z, x, p)             integrate the input
    m = margin(z, p)                (v - threshold) / threshold for most models
    s = 1 if m > 0 else 0           spike
    z = reset(z, s, p)              change the state after a spike

A model defines these functions by hand (`LIF`, `MetaNeuron`), or gives equations
(`EquationNeuron`), and the package derives the functions and their derivatives."""

from .._base import Registry, scalar
from ._adaptive_lif import AdaptiveLIF as AdaptiveLIF
from ._adex import AdEx as AdEx
from ._equation_neuron import EquationNeuron, Equations
from ._exponential import ExponentialIF as ExponentialIF
from ._hodgkin_huxley import HodgkinHuxley as HodgkinHuxley
from ._intrinsics import Intrinsic
from ._izhikevich import Izhikevich as Izhikevich
from ._lif import LIF as LIF
from ._math import exp as exp
from ._meta import MetaNeuron as MetaNeuron
from ._neuron import SMALLEST_NORMAL as SMALLEST_NORMAL, Neuron
from ._quadratic import QuadraticIF as QuadraticIF
from ._resonator import Resonator as Resonator
from ._se_adlif import SEAdLIF as SEAdLIF
from ._wrappers import biased as biased

NEURONS = Registry(globals(), Neuron)

__all__ = ["EquationNeuron", "Equations", "Intrinsic", "Neuron", "scalar", *NEURONS.class_names]
