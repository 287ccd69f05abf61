"""The time loops, the only places where time passes, and the networks that they run."""

from ._competition import compete
from ._delays import delayed
from ._dropout import thinned
from ._events import Events, from_currents, from_raster, from_series, joined
from ._groups import chunks, groups
from ._layout import WIDTH, filled, lanes
from ._loops import margin_of, membrane_after
from ._network import FREE, HARD, Layer, Network, SpikeFunction, heaviside, silent
from ._stream import Stepper, list_currents, list_series, list_spikes

__all__ = [
    "FREE",
    "HARD",
    "WIDTH",
    "Events",
    "Layer",
    "Network",
    "SpikeFunction",
    "Stepper",
    "chunks",
    "compete",
    "delayed",
    "filled",
    "from_currents",
    "from_raster",
    "from_series",
    "groups",
    "heaviside",
    "joined",
    "lanes",
    "list_currents",
    "list_series",
    "list_spikes",
    "margin_of",
    "membrane_after",
    "silent",
    "thinned",
]
