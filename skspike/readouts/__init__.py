"""Readouts: what of a layer's spikes a decision sees."""

from .._utils import Registry
from ._base import Readout
from ._count import Count
from ._exponential import Exponential
from ._windows import Pyramid, Windows

READOUTS = Registry(globals(), Readout)

__all__ = ["Count", "Exponential", "Pyramid", "Readout", "Windows"]
