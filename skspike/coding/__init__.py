"""Codings, which turn numbers into spikes or currents."""

from .._utils import Registry
from ._base import Coding
from ._delta import Delta as Delta
from ._direct import Direct as Direct
from ._integrate_and_fire import IntegrateAndFire as IntegrateAndFire
from ._latency import Latency as Latency
from ._poisson import Poisson as Poisson
from ._population import Population as Population
from ._thermometer import Thermometer as Thermometer

CODINGS = Registry(globals(), Coding)

__all__ = ["Coding", *CODINGS.class_names]
