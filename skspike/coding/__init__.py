"""Codings, which turn numbers into spikes or currents."""

from .._utils import Registry
from ._base import (
    CHANCE_UNITS as CHANCE_UNITS, SPIKE_UNITS as SPIKE_UNITS, VALUE_UNITS as VALUE_UNITS, Coding)
# `name as name` exports a name to the package that the reference does not document.
from ._delta import Delta as Delta, follow_step as follow_step
from ._direct import Direct as Direct
from ._integrate_and_fire import (
    MAX_DRIVE as MAX_DRIVE, IntegrateAndFire as IntegrateAndFire, integrate_step as integrate_step)
from ._latency import Latency as Latency
from ._poisson import Poisson as Poisson, Population as Population
from ._thermometer import Thermometer as Thermometer

CODINGS = Registry(globals(), Coding)

__all__ = ["Coding", *CODINGS.class_names]
