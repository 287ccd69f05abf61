"""Codings: how numbers become spikes."""

from .._plugins import Registry
from ._base import Coding
from ._delta import Delta
from ._latency import Latency
from ._poisson import Poisson
from ._population import Population

CODINGS = Registry(globals(), Coding)

__all__ = ["Coding", "Delta", "Latency", "Poisson", "Population"]
