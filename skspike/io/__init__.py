"""Conversion of recordings to rasters and back, and of networks to NIR graphs and back.

Recordings are spike times, arrays, or objects of neo, elephant, pynapple and tonic.
"""

from ._binning import RasterInfo
from ._elephant import from_elephant
from ._layout import from_array
from ._neo import from_neo, to_neo
from ._nir import from_nir, to_nir
from ._pynapple import from_pynapple, to_pynapple
from ._times import from_spike_times, to_spike_times
from ._tonic import from_tonic

__all__ = [
    "RasterInfo", "from_array", "from_elephant", "from_neo", "from_nir", "from_pynapple",
    "from_spike_times", "from_tonic", "to_neo", "to_nir", "to_pynapple", "to_spike_times"]
