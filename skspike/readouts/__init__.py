"""Readouts: features computed from the spikes of the last layer."""

from .._utils import Registry
from ._base import Readout
from ._filters import (
    Count as Count, Exponential as Exponential, Pyramid as Pyramid, Windows as Windows)

READOUTS = Registry(globals(), Readout)

__all__ = ["Readout", *READOUTS.class_names]
