"""Simulation: networks of spiking neurons, their time loops and their gradients.

Estimators and the learning rules of the package use this part. A rule of your own needs it if it
runs the network in another way, or steps through time.
"""

# flake8: noqa: F401 (the other parts of the package import more than is documented)
from ._competition import compete
from ._delays import DelayLine, delayed, delayed_events
from ._events import Events, from_currents, from_raster, from_series, joined, with_dropout
from ._layout import WIDTH, aligned, to_lanes
from ._loops import margin_of, membrane_after
from ._network import HARD, NO_SPIKES, Layer, Network, SpikeFunction, chunks, groups
from ._passes import Trace
from ._stream import Stepper, list_currents, list_series, list_spikes

__all__ = ["Events", "Layer", "Network", "SpikeFunction", "Stepper", "Trace", "from_raster"]
