"""Readouts: features computed from the spikes of the last layer."""

from .._utils import Registry
from ._base import Readout
from ._count import Count
from ._exponential import Exponential
from ._windows import Pyramid, Windows

READOUTS = Registry(globals(), Readout)

__all__ = ["Count", "Exponential", "Pyramid", "Readout", "Windows"]
