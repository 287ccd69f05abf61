"""Codings, which turn numbers into spikes or currents."""

from .._utils import Registry
from ._base import Coding
from ._delta import Delta
from ._direct import Direct
from ._integrate_and_fire import IntegrateAndFire
from ._latency import Latency
from ._poisson import Poisson
from ._population import Population
from ._thermometer import Thermometer

CODINGS = Registry(globals(), Coding)

__all__ = [
    "Coding", "Delta", "Direct", "IntegrateAndFire", "Latency", "Poisson", "Population",
    "Thermometer"]
