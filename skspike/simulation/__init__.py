"""The time loops of gradient rules, forward and backward, and the networks that they run."""

from ._events import Events, from_currents, from_raster, joined
from ._layout import LANES, filled
from ._loops import add_rows
from ._network import FREE, HARD, Network, SpikeFunction, heaviside, silent

__all__ = [
    "FREE",
    "HARD",
    "LANES",
    "Events",
    "Network",
    "SpikeFunction",
    "add_rows",
    "filled",
    "from_currents",
    "from_raster",
    "heaviside",
    "joined",
    "silent",
]
