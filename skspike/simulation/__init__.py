"""Networks of spiking neurons, their time loops and gradients, and readouts of their spikes.

Estimators and the learning rules of the package use it. A custom rule needs it if it runs the
network in another way or steps through time. Readouts are features computed from the spikes of the
last layer."""

from .._base import Registry
from ._competition import compete as compete
from ._convolution import Convolution as Convolution, Shared as Shared
from ._events import (
    DENSE_SHARE as DENSE_SHARE, Events, delayed as delayed, delayed_events as delayed_events,
    delayed_spikes as delayed_spikes, from_currents as from_currents, from_raster,
    from_series as from_series, joined as joined, n_listed as n_listed,
    with_dropout as with_dropout)
from ._filters import (
    Count as Count, Exponential as Exponential, Leaky as Leaky, Pyramid as Pyramid,
    Windows as Windows)
from ._layers import Dense as Dense, Layer, Layout as Layout, layouts as layouts
from ._leaky import LeakySums as LeakySums, decays_of as decays_of
from ._loops import margin_of as margin_of, membrane_after as membrane_after
from ._network import BUDGET as BUDGET, Network, chunks as chunks, groups as groups
from ._neuron_kernels import (
    HARD as HARD, NO_SPIKES as NO_SPIKES, SpikeFunction as SpikeFunction, add as add,
    fill_table as fill_table, move_values as move_values, put as put,
    table_gradients as table_gradients, take as take, value_gradients as value_gradients)
from ._panels import (
    WIDTH as WIDTH, aligned as aligned, aligned_empty as aligned_empty, to_lanes as to_lanes)
from ._passes import OneLayer as OneLayer, Trace as Trace
from ._readout import Readout
from ._stream import (
    DelayLine as DelayLine, Stepper, list_currents as list_currents, list_series as list_series,
    list_spikes as list_spikes)

READOUTS = Registry(globals(), Readout)

__all__ = [
    "Events", "Layer", "Network", "Readout", "Stepper", "from_raster",
    *READOUTS.class_names]
