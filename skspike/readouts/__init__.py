"""Readouts: features computed from the spikes of the last layer."""

from .._utils import Registry
from ._base import Readout
from ._count import Count as Count
from ._exponential import Exponential as Exponential
from ._windows import Pyramid as Pyramid, Windows as Windows

READOUTS = Registry(globals(), Readout)

__all__ = ["Readout", *READOUTS.class_names]
