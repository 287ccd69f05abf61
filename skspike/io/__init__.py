"""Conversion of recordings to rasters and back, and of networks to NIR graphs and back.

Recordings are spike times, arrays, or objects of neo, pynapple and tonic. Events in
recordings are annotations of MNE, intervals of pynapple, or tables."""

from ._arrays import from_array, from_spike_times, from_tonic, to_spike_times
from ._binning import RasterInfo
from ._events import events_from_mne, events_from_pynapple, events_from_table
from ._neo import from_neo, to_neo
from ._nir_export import to_nir
from ._nir_import import from_nir
from ._pynapple import from_pynapple, to_pynapple

__all__ = [
    "RasterInfo", "events_from_mne", "events_from_pynapple", "events_from_table", "from_array",
    "from_neo", "from_nir", "from_pynapple", "from_spike_times", "from_tonic", "to_neo", "to_nir",
    "to_pynapple", "to_spike_times"]
