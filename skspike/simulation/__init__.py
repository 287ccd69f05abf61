"""The time loops and the networks that they run; the only place where time passes."""

from ._events import Events, from_currents, from_raster
from ._network import FREE, HARD, Network, SpikeFunction, heaviside

__all__ = ["FREE", "HARD", "Events", "Network", "SpikeFunction", "from_currents", "from_raster", "heaviside"]
